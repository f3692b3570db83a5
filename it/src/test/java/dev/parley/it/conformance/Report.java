package dev.parley.it.conformance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What each test did on each broker, as Markdown.
///
/// @param exclusions the tests that do not count, with their reasons
/// @param brokers outcomes by broker, each by the test's name
record Report(Exclusions exclusions, Map<String, Map<String, Outcome>> brokers) {

    /// Everything: totals, differences, one row for each test.
    String full(String title) {
        var text = new StringBuilder(summary(title));
        for (String suite : suites()) {
            text.append("\n## Every test of %s\n\n".formatted(suite));
            row(text, "test", brokers.keySet());
            row(text, "---", brokers.keySet().stream().map(name -> "---").toList());
            for (String test : tests()) {
                if (test.startsWith(suite + "/")) {
                    row(text, test.substring(suite.length() + 1), words(test));
                }
            }
        }
        return text.toString();
    }

    /// Totals, the tests that did not pass everywhere, and those that needed another try.
    String summary(String title) {
        var text = new StringBuilder("# ").append(title).append("\n\n## Totals\n\n");
        row(text, "suite", brokers.keySet());
        row(text, "---", brokers.keySet().stream().map(name -> "---").toList());
        for (String suite : suites()) {
            row(text, suite, brokers.values().stream().map(all -> total(suite, all)).toList());
        }
        text.append("\n## Not passed by all\n\n");
        List<String> different = tests().stream().filter(test -> !passedByAll(test)).toList();
        if (different.isEmpty()) {
            text.append("None.\n");
        } else {
            var titles = new ArrayList<>(brokers.keySet());
            titles.add("why");
            row(text, "test", titles);
            row(text, "---", titles.stream().map(name -> "---").toList());
            for (String test : different) {
                List<String> words = words(test);
                words.add(exclusions.reason(test).isPresent() ? "excluded, see below" : "");
                row(text, test, words);
            }
        }
        retries(text);
        text.append("\n## Excluded, and why\n\n");
        Set<String> suites = suites();
        exclusions.all().entrySet().stream()
                .filter(one -> suites.contains(one.getKey().split("/", 2)[0]))
                .forEach(one -> text.append("- %s: %s%n".formatted(one.getKey(), one.getValue())));
        return text.toString();
    }

    private void retries(StringBuilder text) {
        text.append("\n## Tried twice\n\n");
        boolean none = true;
        for (var broker : brokers.entrySet()) {
            for (Outcome outcome : broker.getValue().values()) {
                if (outcome.tries() > 1) {
                    none = false;
                    text.append(
                            "- %s, %s: %s%n"
                                    .formatted(outcome.test(), broker.getKey(), word(outcome)));
                }
            }
        }
        if (none) {
            text.append("None.\n");
        }
    }

    /// The tests that a broker did not pass and that count, with what they said.
    List<String> failures(String broker) {
        return brokers.getOrDefault(broker, Map.of()).values().stream()
                .filter(one -> !one.passed())
                .filter(one -> exclusions.reason(one.test()).isEmpty())
                .map(one -> one.test() + ": " + one.result() + " " + one.detail())
                .toList();
    }

    private static String total(String suite, Map<String, Outcome> all) {
        List<Outcome> here =
                all.values().stream().filter(one -> one.test().startsWith(suite + "/")).toList();
        return here.stream().filter(Outcome::passed).count() + " of " + here.size();
    }

    private Set<String> suites() {
        var suites = new LinkedHashSet<String>();
        tests().forEach(test -> suites.add(test.substring(0, test.indexOf('/'))));
        return suites;
    }

    private Set<String> tests() {
        Map<String, Outcome> all = new LinkedHashMap<>();
        brokers.values().forEach(all::putAll);
        return all.keySet();
    }

    private boolean passedByAll(String test) {
        return brokers.values().stream()
                .allMatch(all -> {
                    Outcome outcome = all.get(test);
                    return outcome != null && outcome.passed();
                });
    }

    private List<String> words(String test) {
        List<String> words = new ArrayList<>();
        for (Map<String, Outcome> all : brokers.values()) {
            Outcome outcome = all.get(test);
            words.add(outcome == null ? "not run" : word(outcome));
        }
        return words;
    }

    private static String word(Outcome outcome) {
        String word =
                switch (outcome.result()) {
                    case PASSED -> "passed";
                    case FAILED -> "failed";
                    case SKIPPED -> "skipped";
                    case MISSING -> "did not end";
                };
        return outcome.tries() > 1 ? word + " at try " + outcome.tries() : word;
    }

    private static void row(StringBuilder text, String first, Iterable<String> rest) {
        text.append("| ").append(first.replace("|", "\\|"));
        rest.forEach(cell -> text.append(" | ").append(cell));
        text.append(" |\n");
    }
}
