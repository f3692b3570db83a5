package dev.parley.bench.topic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/// The figures of a run, and the Markdown table of them.
final class Report {

    private static final int EXACT_BELOW = 100;

    private record Row(String work, Measure measure) {}

    private final List<Product> products;
    private final Map<Row, Map<Product, Double>> figures = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();

    /// With one column for each product, in this order.
    Report(List<Product> products) {
        this.products = List.copyOf(products);
    }

    /// Adds a figure; one that is no number is left out.
    void add(String work, Measure measure, Product product, double figure) {
        if (Double.isFinite(figure)) {
            figures.computeIfAbsent(new Row(work, measure), row -> new LinkedHashMap<>())
                    .put(product, figure);
        }
    }

    OptionalDouble figure(String work, Measure measure, Product product) {
        Double figure = figures.getOrDefault(new Row(work, measure), Map.of()).get(product);
        return figure == null ? OptionalDouble.empty() : OptionalDouble.of(figure);
    }

    /// Adds a sentence below the table, such as what went wrong.
    void note(String sentence) {
        if (!notes.contains(sentence)) {
            notes.add(sentence);
        }
    }

    /// One row per work and measure; the last column says how many times better Parley is than the
    /// best of its peers.
    String markdown() {
        var text = new StringBuilder("| work | measure |");
        products.forEach(product -> text.append(' ').append(product.title()).append(" |"));
        text.append(" Parley is better by |\n|---|---|");
        text.append("---:|".repeat(products.size() + 1)).append('\n');
        String above = "";
        for (Row row : ordered()) {
            text.append("| ").append(row.work().equals(above) ? "" : row.work());
            text.append(" | ").append(row.measure().title()).append(" |");
            above = row.work();
            for (Product product : products) {
                OptionalDouble figure = figure(row.work(), row.measure(), product);
                text.append(' ').append(figure.isPresent() ? shown(figure.getAsDouble()) : "–");
                text.append(" |");
            }
            OptionalDouble ratio = ratio(row);
            text.append(' ').append(ratio.isPresent() ? shown(ratio.getAsDouble()) + " ×" : "–");
            text.append(" |\n");
        }
        for (String note : notes) {
            text.append("\n- ").append(note);
        }
        return notes.isEmpty() ? text.toString() : text.append('\n').toString();
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

    private OptionalDouble ratio(Row row) {
        Map<Product, Double> all = figures.getOrDefault(row, Map.of());
        OptionalDouble ours =
                all.entrySet().stream()
                        .filter(entry -> entry.getKey() instanceof Parley)
                        .mapToDouble(Map.Entry::getValue)
                        .findFirst();
        if (ours.isEmpty()) {
            return OptionalDouble.empty();
        }
        return all.entrySet().stream()
                .filter(entry -> entry.getKey().peer() && !(entry.getKey() instanceof Parley))
                .mapToDouble(entry -> row.measure().advantage(ours.getAsDouble(), entry.getValue()))
                .filter(Double::isFinite)
                .min();
    }

    private static String shown(double figure) {
        if (figure >= EXACT_BELOW) {
            return String.format(Locale.ROOT, "%,.0f", figure);
        }
        return String.format(Locale.ROOT, figure >= 10 ? "%.1f" : "%.2f", figure);
    }
}
