package dev.parley.sim;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.Iterator;

/// Runs seeds until one breaks a promise: `./dev sim [--seed N] [--runs N] [--verbose] [--bug
/// NAME]`.
public final class Main {
    private static final long PROGRESS_MILLIS = 2_000;

    private Main() {}

    /// Ends with 1 when a promise was broken, with 2 when it was called wrongly.
    public static void main(String[] arguments) {
        System.exit(run(arguments, System.out));
    }

    static int run(String[] arguments, PrintStream out) {
        long seed = System.nanoTime() & 0xFFFF_FFFFL;
        long runs = Long.MAX_VALUE;
        boolean verbose = false;
        Bug bug = Bug.NONE;
        Iterator<String> rest = Arrays.asList(arguments).iterator();
        try {
            boolean counted = false;
            while (rest.hasNext()) {
                switch (rest.next()) {
                    case "--seed" -> {
                        seed = Long.parseLong(rest.next());
                        runs = counted ? runs : 1;
                    }
                    case "--runs" -> {
                        runs = Long.parseLong(rest.next());
                        counted = true;
                    }
                    case "--bug" -> bug = Bug.valueOf(rest.next());
                    case "--verbose" -> verbose = true;
                    default -> throw new IllegalArgumentException();
                }
            }
        } catch (RuntimeException e) {
            out.println("usage: ./dev sim [--seed N] [--runs N] [--verbose] [--bug NAME]");
            return 2;
        }
        return run(seed, runs, verbose, bug, out);
    }

    private static int run(long seed, long runs, boolean verbose, Bug bug, PrintStream out) {
        long told = System.nanoTime();
        long events = 0;
        long confirms = 0;
        long deliveries = 0;
        for (long n = 0; n < runs; n++) {
            Simulation.Outcome outcome = Simulation.run(seed + n, bug, false);
            events += outcome.events();
            confirms += outcome.confirms();
            deliveries += outcome.deliveries();
            if (outcome.broken()) {
                tell(outcome, verbose, bug, out);
                return 1;
            }
            boolean last = n == runs - 1;
            if (last || System.nanoTime() - told > PROGRESS_MILLIS * 1_000_000) {
                told = System.nanoTime();
                out.printf(
                        "%,d runs (seeds %d to %d), %,d events, %,d confirms, %,d deliveries: all promises kept%n",
                        n + 1, seed, seed + n, events, confirms, deliveries);
            }
        }
        return 0;
    }

    /// Prints one line that repeats the run, and with `verbose` what led to it.
    private static void tell(
            Simulation.Outcome outcome, boolean verbose, Bug bug, PrintStream out) {
        if (verbose) {
            Simulation.Outcome again = Simulation.run(outcome.seed(), bug, true);
            again.history().forEach(out::println);
            if (again.cause() != null) {
                out.println(trace(again.cause()));
            }
        }
        out.println(line(outcome, bug));
    }

    private static String trace(Throwable cause) {
        StringBuilder lines = new StringBuilder();
        for (Throwable one = cause; one != null; one = one.getCause()) {
            lines.append(one).append('\n');
            for (StackTraceElement frame : one.getStackTrace()) {
                lines.append("    at ").append(frame).append('\n');
            }
        }
        return lines.toString();
    }

    /// What was broken, and the command that shows it again.
    static String line(Simulation.Outcome outcome, Bug bug) {
        return "BROKEN: %s; again: ./dev sim --seed %d%s --verbose"
                .formatted(
                        outcome.violation(),
                        outcome.seed(),
                        bug == Bug.NONE ? "" : " --bug " + bug);
    }
}
