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

    /// The outcomes in the order of the tests, said as they come.
    static List<Outcome> run(List<String> tests, Function<String, Outcome> one) {
        return all(
                tests,
                WIDTH,
                test -> {
                    Outcome outcome = one.apply(test);
                    System.out.printf("  %s: %s%n", outcome.test(), outcome.result());
                    return outcome;
                });
    }

    /// What comes of each, in their order.
    ///
    /// @param width how many at a time
    static <T> List<T> all(List<String> names, int width, Function<String, T> one) {
        try (ExecutorService workers = Executors.newFixedThreadPool(width)) {
            List<Future<T>> running = new ArrayList<>();
            for (String name : names) {
                running.add(workers.submit(() -> one.apply(name)));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> each : running) {
                results.add(each.get());
            }
            return results;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in the middle of a suite", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a test could not be run", e);
        }
    }
}
