package dev.parley.it.conformance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// One run of suites: every class against a fresh broker, first of one kind, then of the other.
final class Conformance {

    private final Exclusions exclusions = Exclusions.read();
    private final List<Suite> suites;
    private final String only;

    /// @param only suite, suite and class, or suite, class and test; empty for everything
    Conformance(List<Suite> suites, String only) {
        this.suites = suites;
        this.only = only;
    }

    Exclusions exclusions() {
        return exclusions;
    }

    /// Runs everything on one kind of broker and says on standard output how it goes.
    Map<String, Outcome> run(String broker, Supplier<Peer> start) {
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        for (Suite suite : suites) {
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
                || unit.equals(only)
                || unit.startsWith(only + "/")
                || unit.startsWith(only + ".")
                || only.startsWith(unit + "/");
    }

    private List<Outcome> run(String broker, Suite suite, String type, Supplier<Peer> start) {
        long began = System.nanoTime();
        List<Outcome> outcomes = new ArrayList<>();
        String unit = suite.name() + "/" + type;
        try (Peer peer = start.get()) {
            outcomes.addAll(
                    only.startsWith(unit + "/")
                            ? suite.again(type, only.substring(unit.length() + 1), peer)
                            : suite.run(type, peer));
        }
        outcomes.replaceAll(one -> {
            if (one.result() != Outcome.Result.FAILED || !exclusions.retries(one)) {
                return one;
            }
            try (Peer peer = start.get()) {
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
