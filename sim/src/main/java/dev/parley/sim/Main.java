package dev.parley.sim;

import dev.parley.sim.stream.StreamPlan;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;

/// Runs seeds until one breaks a promise: `./dev sim [--plan queue|topic|stream] [--seed N] [--runs
/// N] [--verbose] [--bug NAME]`.
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
        String plan = "queue";
        String bug = "NONE";
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
                    case "--bug" -> bug = rest.next();
                    case "--plan" -> plan = rest.next();
                    case "--verbose" -> verbose = true;
                    default -> throw new IllegalArgumentException();
                }
            }
            return run(seed, runs, verbose, runner(plan, bug), options(plan, bug), out);
        } catch (IllegalArgumentException | NoSuchElementException e) {
            out.println(
                    "usage: ./dev sim [--plan queue|topic|stream] [--seed N] [--runs N] [--verbose] [--bug NAME]");
            return 2;
        }
    }

    /// Runs one seed of a plan.
    private interface Runner {
        Simulation.Outcome run(long seed, boolean text);
    }

    private static Runner runner(String plan, String bug) {
        return switch (plan) {
            case "queue" -> {
                Bug planted = Bug.valueOf(bug);
                yield (seed, text) -> Simulation.run(seed, planted, text);
            }
            case "topic" -> {
                TopicPlan.Mistake planted = TopicPlan.Mistake.valueOf(bug);
                yield (seed, text) -> TopicPlan.run(seed, planted, text);
            }
            case "stream" -> {
                StreamPlan.Mistake planted = StreamPlan.Mistake.valueOf(bug);
                yield (seed, text) -> StreamPlan.run(seed, planted, text);
            }
            default -> throw new IllegalArgumentException("no plan " + plan);
        };
    }

    private static String options(String plan, String bug) {
        return (plan.equals("queue") ? "" : " --plan " + plan)
                + (bug.equals("NONE") ? "" : " --bug " + bug);
    }

    private static int run(
            long seed, long runs, boolean verbose, Runner runner, String options, PrintStream out) {
        long told = System.nanoTime();
        long events = 0;
        long confirms = 0;
        long deliveries = 0;
        for (long n = 0; n < runs; n++) {
            Simulation.Outcome outcome = runner.run(seed + n, false);
            events += outcome.events();
            confirms += outcome.confirms();
            deliveries += outcome.deliveries();
            if (outcome.broken()) {
                tell(outcome, verbose, runner, options, out);
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
            Simulation.Outcome outcome,
            boolean verbose,
            Runner runner,
            String options,
            PrintStream out) {
        if (verbose) {
            Simulation.Outcome again = runner.run(outcome.seed(), true);
            again.history().forEach(out::println);
            if (again.cause() != null) {
                out.println(trace(again.cause()));
            }
        }
        out.println(line(outcome, options));
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
        return line(outcome, options("queue", bug.name()));
    }

    private static String line(Simulation.Outcome outcome, String options) {
        return "BROKEN: %s; again: ./dev sim --seed %d%s --verbose"
                .formatted(outcome.violation(), outcome.seed(), options);
    }
}
