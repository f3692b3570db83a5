package dev.parley.bench.queue;

/// A thing measured, with its unit and which way is better.
enum Measure {
    SENT("published, msg/s", true),
    DELIVERED("delivered, msg/s", true),
    CONFIRM_P50("confirm p50, ms", false),
    CONFIRM_P99("confirm p99, ms", false),
    CONFIRM_TO_DISK("confirm p99 / the disk's own p99", false),
    LATENCY_P50("end to end p50, ms", false),
    LATENCY_P99("end to end p99, ms", false),
    BROKER_CPU("broker CPU, µs/msg", false),
    CLIENT_CPU("PerfTest CPU, µs/msg", false),
    START("start to ready, ms", false),
    RESIDENT("resident memory, MiB", false);

    private final String title;
    private final boolean higherIsBetter;

    Measure(String title, boolean higherIsBetter) {
        this.title = title;
        this.higherIsBetter = higherIsBetter;
    }

    String title() {
        return title;
    }

    boolean higherIsBetter() {
        return higherIsBetter;
    }

    /// How many times better than a peer; above 1 is better, whatever the direction.
    double advantage(double ours, double peer) {
        return higherIsBetter ? ours / peer : peer / ours;
    }
}
