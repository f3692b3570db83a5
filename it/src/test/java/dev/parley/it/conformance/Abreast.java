package dev.parley.it.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/// Tests that mostly wait, a few of them at a time, each in a process of its own.
final class Abreast {

    private static final int WIDTH = 4;

    private Abreast() {}

    /// The outcomes in the order of the tests.
    static List<Outcome> run(List<String> tests, Function<String, Outcome> one) {
        try (ExecutorService workers = Executors.newFixedThreadPool(WIDTH)) {
            List<Future<Outcome>> running = new ArrayList<>();
            for (String test : tests) {
                running.add(
                        workers.submit(() -> {
                            Outcome outcome = one.apply(test);
                            System.out.printf("  %s: %s%n", outcome.test(), outcome.result());
                            return outcome;
                        }));
            }
            List<Outcome> outcomes = new ArrayList<>();
            for (Future<Outcome> each : running) {
                outcomes.add(each.get());
            }
            return outcomes;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in the middle of a suite", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a test could not be run", e);
        }
    }
}
