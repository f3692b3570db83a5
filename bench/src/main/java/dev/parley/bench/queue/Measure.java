package dev.parley.bench.queue;

import java.util.Set;

/// A thing measured, with its unit and which way is better.
enum Measure {
    SENT("published, msg/s", true),
    DELIVERED("delivered, msg/s", true),
    CONFIRM_P50("confirm p50, ms", false),
    CONFIRM_P99("confirm p99, ms", false),
    CONFIRM_P999("confirm p99.9, ms", false),
    CONFIRM_TO_DISK("confirm p99 / the disk's own p99", false),
    LATENCY_P50("end to end p50, ms", false),
    LATENCY_P99("end to end p99, ms", false),
    LATENCY_P999("end to end p99.9, ms", false),
    BROKER_CPU("broker CPU, µs/msg", false),
    CLIENT_CPU("client CPU, µs/msg", false),
    SYNCS("syncs per confirm", false),
    ALLOCATED("allocated on the heap, B/msg", false),
    CYCLES("connect to close, per second", true),
    CYCLE_CPU("broker CPU, µs/connection", false),
    CYCLE_CLIENT("client CPU, µs/connection", false),
    CYCLE_P50("connect to close p50, ms", false),
    CYCLE_P99("connect to close p99, ms", false),
    KEPT("publishing rate kept, %", true),
    GAINED("resident memory gained, MiB", false),
    START("start to ready, ms", false),
    RESIDENT("resident memory, MiB", false);

    /// Every one.
    static final Set<Measure> ALL = Set.of(values());

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
