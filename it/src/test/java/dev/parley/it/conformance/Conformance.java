package dev.parley.it.conformance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// One run of suites: every class against a fresh broker, first of one kind, then of the other.
final class Conformance<P extends Peer> {

    private final Exclusions exclusions = Exclusions.read();
    private final List<Suite<P>> suites;
    private final List<String> only;

    /// @param only suites, classes or tests with `,` between; empty for everything
    Conformance(List<Suite<P>> suites, String only) {
        this.suites = suites;
        this.only = only.isEmpty() ? List.of() : List.of(only.split(","));
    }

    Exclusions exclusions() {
        return exclusions;
    }

    /// Runs everything on one kind of broker and says on standard output how it goes.
    Map<String, Outcome> run(String broker, Supplier<P> start) {
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        for (Suite<P> suite : suites) {
            for (String type : suite.classes()) {
                String unit = suite.name() + "/" + type;
                if (wanted(unit)) {
                    run(broker, suite, type, start).forEach(one -> outcomes.put(one.test(), one));
                }
            }
        }
        return outcomes;
    }

    private boolean wanted(String unit) {
        return only.isEmpty()
                || only.stream()
                        .anyMatch(one ->
                                unit.equals(one)
                                        || unit.startsWith(one + "/")
                                        || unit.startsWith(one + ".")
                                        || one.startsWith(unit + "/"));
    }

    private List<Outcome> run(String broker, Suite<P> suite, String type, Supplier<P> start) {
        long began = System.nanoTime();
        List<Outcome> outcomes = new ArrayList<>();
        String unit = suite.name() + "/" + type;
        try (P peer = start.get()) {
            List<String> tests = only.stream().filter(one -> one.startsWith(unit + "/")).toList();
            if (tests.isEmpty()) {
                outcomes.addAll(suite.run(type, peer));
            }
            for (String test : tests) {
                outcomes.addAll(suite.again(type, test.substring(unit.length() + 1), peer));
            }
        }
        outcomes.replaceAll(one -> {
            if (one.result() != Outcome.Result.FAILED
                    || !exclusions.retries(one)
                    || exclusions.reason(one.test()).isPresent()) {
                return one;
            }
            try (P peer = start.get()) {
                String test = one.test().substring(unit.length() + 1);
                return suite.again(type, test, peer).stream()
                        .filter(later -> later.test().equals(one.test()))
                        .findFirst()
                        .map(one::again)
                        .orElse(one);
            }
        });
        long passed = outcomes.stream().filter(Outcome::passed).count();
        System.out.printf(
                "%s %s: %d of %d passed, %d s%n",
                broker,
                unit,
                passed,
                outcomes.size(),
                Duration.ofNanos(System.nanoTime() - began).toSeconds());
        outcomes.stream()
                .filter(one -> !one.passed())
                .forEach(one ->
                        System.out.printf(
                                "    %s %s: %s%n", one.result(), one.test(), one.detail()));
        return outcomes;
    }
}
