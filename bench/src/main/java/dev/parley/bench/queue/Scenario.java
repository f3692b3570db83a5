package dev.parley.bench.queue;

import java.util.ArrayList;
import java.util.List;

/// One kind of work for a broker, as PerfTest is told to do it.
///
/// @param confirm most publishes without their confirm per publisher, 0: no confirms asked for
/// @param durable durable queue, persistent messages and one acknowledgement per message; if not, a
///   transient queue and automatic acknowledgement
record Scenario(
        String name,
        Shape shape,
        int bytes,
        int producers,
        int consumers,
        boolean durable,
        int confirm) {

    /// How messages get to consumers.
    enum Shape {
        /// All producers to one queue that all consumers share.
        FLOW,
        /// Through a fan-out exchange, one queue for each consumer.
        FANOUT,
        /// First filled to a depth, then the broker starts anew, then it is emptied.
        DRAIN
    }

    private static final int WINDOW = 192;
    private static final int PREFETCH = 200;
    private static final int FILL_WINDOW = 1_000;

    /// All of them, in the order in which they run.
    static List<Scenario> all() {
        var all = new ArrayList<Scenario>();
        all.add(transientFlow("16 B", 16, 1));
        all.add(transientFlow("1 KiB", 1_024, 1));
        all.add(transientFlow("16 B", 16, 4));
        for (int clients : new int[] {1, 4}) {
            all.add(confirmedFlow("16 B", 16, clients));
            all.add(confirmedFlow("1 KiB", 1_024, clients));
            all.add(confirmedFlow("64 KiB", 65_536, clients));
        }
        all.add(new Scenario("confirm one at a time, 1 KiB", Shape.FLOW, 1_024, 1, 0, true, 1));
        all.add(
                new Scenario(
                        "16 publishers, each waits for its confirm, 1 KiB",
                        Shape.FLOW,
                        1_024,
                        16,
                        0,
                        true,
                        1));
        all.add(
                new Scenario(
                        "fan-out to ten queues, transient, auto-ack, 16 B",
                        Shape.FANOUT,
                        16,
                        1,
                        10,
                        false,
                        0));
        all.add(
                new Scenario(
                        "fan-out to ten queues, persistent, confirm, ack, 1 KiB",
                        Shape.FANOUT,
                        1_024,
                        1,
                        10,
                        true,
                        WINDOW));
        all.add(
                new Scenario(
                        "deep backlog, persistent, 1 KiB",
                        Shape.DRAIN,
                        1_024,
                        1,
                        1,
                        true,
                        FILL_WINDOW));
        return List.copyOf(all);
    }

    private static Scenario transientFlow(String size, int bytes, int clients) {
        String name = "transient, auto-ack, %s, %2$d×%2$d".formatted(size, clients);
        return new Scenario(name, Shape.FLOW, bytes, clients, clients, false, 0);
    }

    private static Scenario confirmedFlow(String size, int bytes, int clients) {
        String name = "persistent, confirm, ack, %s, %2$d×%2$d".formatted(size, clients);
        return new Scenario(name, Shape.FLOW, bytes, clients, clients, true, WINDOW);
    }

    /// Whether a publisher does nothing but wait, so that only the confirm's latency counts.
    boolean waits() {
        return confirm == 1;
    }

    /// The queues that a run under this name uses.
    List<String> queues(String name) {
        if (shape != Shape.FANOUT) {
            return List.of(name);
        }
        var queues = new ArrayList<String>();
        for (int i = 1; i <= consumers; i++) {
            queues.add(name + "-" + i);
        }
        return List.copyOf(queues);
    }

    /// PerfTest's arguments for a timed run.
    List<String> timed(String name, int seconds) {
        List<String> arguments = common(name, producers, consumers);
        arguments.addAll(List.of("-z", "" + seconds));
        return arguments;
    }

    /// PerfTest's arguments that fill the queue, within a time.
    List<String> fill(String name, long messages, int seconds) {
        List<String> arguments = common(name, 1, 0);
        arguments.addAll(List.of("-C", "" + messages, "-z", "" + seconds));
        return arguments;
    }

    /// PerfTest's arguments that empty it, within a time.
    List<String> drain(String name, long messages, int seconds) {
        List<String> arguments = common(name, 0, 1);
        arguments.addAll(List.of("-D", "" + messages, "-z", "" + seconds));
        return arguments;
    }

    private List<String> common(String name, int publishing, int consuming) {
        var arguments = new ArrayList<String>();
        arguments.addAll(List.of("-x", "" + publishing, "-y", "" + consuming));
        arguments.addAll(List.of("-s", "" + bytes, "-ad", "false", "-i", "1"));
        if (shape == Shape.FANOUT) {
            arguments.addAll(List.of("-t", "fanout", "-e", name, "-qp", name + "-%d"));
            arguments.addAll(List.of("-qpf", "1", "-qpt", "" + consumers));
        } else {
            arguments.addAll(List.of("-u", name));
        }
        if (durable) {
            arguments.addAll(List.of("-f", "persistent", "-q", "" + PREFETCH));
        } else {
            arguments.add("-a");
        }
        if (confirm > 0 && publishing > 0) {
            arguments.addAll(List.of("-c", "" + confirm));
        }
        return arguments;
    }
}
