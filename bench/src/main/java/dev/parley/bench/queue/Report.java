package dev.parley.bench.queue;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/// The figures of a run, and the Markdown table of their medians over the rounds.
final class Report {

    private static final int EXACT_BELOW = 100;
    private static final double SMALL = 0.1;

    private record Row(String work, Measure measure) {}

    private final Map<Row, Map<Subject, List<Double>>> figures = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();
    private final Map<String, String> sections = new LinkedHashMap<>();

    private final Set<Measure> shown;

    /// @param shown what else is measured is left out
    Report(Set<Measure> shown) {
        this.shown = shown;
    }

    /// Drops all figures: what was done up to here was for warming up.
    void forget() {
        figures.clear();
    }

    /// Adds one round's figure; one that could not be taken is left out.
    void add(String work, Measure measure, Subject subject, OptionalDouble figure) {
        if (shown.contains(measure)
                && figure.isPresent()
                && Double.isFinite(figure.getAsDouble())) {
            figures.computeIfAbsent(new Row(work, measure), row -> new EnumMap<>(Subject.class))
                    .computeIfAbsent(subject, column -> new ArrayList<>())
                    .add(figure.getAsDouble());
        }
    }

    /// Adds a sentence below the table, such as what went wrong.
    void note(String sentence) {
        if (!notes.contains(sentence)) {
            notes.add(sentence);
        }
    }

    /// Adds Markdown that stands behind the table and the notes.
    void section(String title, String text) {
        sections.put(title, text);
    }

    /// One row per work and measure; the last column says how many times better Parley is than the
    /// better of its peers.
    String markdown() {
        var text = new StringBuilder("| work | measure |");
        for (Subject subject : Subject.values()) {
            text.append(' ').append(subject.title()).append(" |");
        }
        text.append(" Parley is better by |\n|---|---|");
        text.append("---:|".repeat(Subject.values().length + 1)).append('\n');
        String above = "";
        for (Row row : ordered()) {
            text.append("| ").append(row.work().equals(above) ? "" : row.work());
            text.append(" | ").append(row.measure().title()).append(" |");
            above = row.work();
            for (Subject subject : Subject.values()) {
                OptionalDouble median = median(row, subject);
                text.append(' ').append(median.isPresent() ? shown(median.getAsDouble()) : "–");
                text.append(" |");
            }
            OptionalDouble ratio = ratio(row);
            text.append(' ').append(ratio.isPresent() ? shown(ratio.getAsDouble()) + " ×" : "–");
            text.append(" |\n");
        }
        for (String note : notes) {
            text.append("\n- ").append(note);
        }
        if (!notes.isEmpty()) {
            text.append('\n');
        }
        sections.forEach((title, body) -> text.append("\n## %s\n\n%s".formatted(title, body)));
        return text.toString();
    }

    /// Rows of the same work together, although brokers are measured one after the other.
    private List<Row> ordered() {
        Map<String, List<Row>> works = new LinkedHashMap<>();
        for (Row row : figures.keySet()) {
            works.computeIfAbsent(row.work(), work -> new ArrayList<>()).add(row);
        }
        var ordered = new ArrayList<Row>();
        works.values().forEach(ordered::addAll);
        return ordered;
    }

    private OptionalDouble median(Row row, Subject subject) {
        double[] sorted =
                figures.getOrDefault(row, Map.of()).getOrDefault(subject, List.of()).stream()
                        .mapToDouble(Double::doubleValue)
                        .sorted()
                        .toArray();
        if (sorted.length == 0) {
            return OptionalDouble.empty();
        }
        int middle = sorted.length / 2;
        return OptionalDouble.of(
                sorted.length % 2 == 1
                        ? sorted[middle]
                        : (sorted[middle - 1] + sorted[middle]) / 2);
    }

    private OptionalDouble ratio(Row row) {
        OptionalDouble ours = median(row, Subject.PARLEY);
        OptionalDouble ratio = OptionalDouble.empty();
        for (Subject peer : List.of(Subject.RABBITMQ_CLASSIC, Subject.RABBITMQ_QUORUM)) {
            OptionalDouble theirs = median(row, peer);
            if (ours.isPresent() && theirs.isPresent()) {
                double one = row.measure().advantage(ours.getAsDouble(), theirs.getAsDouble());
                ratio = OptionalDouble.of(Math.min(one, ratio.orElse(one)));
            }
        }
        return ratio;
    }

    private static String shown(double figure) {
        if (figure >= EXACT_BELOW) {
            return String.format(Locale.ROOT, "%,.0f", figure);
        }
        String format = figure >= 10 ? "%.1f" : figure >= SMALL || figure == 0 ? "%.2f" : "%.4f";
        return String.format(Locale.ROOT, format, figure);
    }
}
