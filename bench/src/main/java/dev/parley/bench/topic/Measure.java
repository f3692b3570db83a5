package dev.parley.bench.topic;

/// A thing measured, with its unit and which way is better.
enum Measure {
    DELIVERED("delivered, msg/s", true),
    OF_CLEAN("delivered, of the clean session's rate", true),
    LATENCY_P50("due to delivered p50, ms", false),
    LATENCY_P99("due to delivered p99, ms", false),
    BROKER_CPU("broker CPU, µs/delivered", false),
    CLIENT_CPU("load generator CPU, µs/delivered", false),
    FILLED("retained, msg/s", true),
    FILL_CPU("broker CPU, µs/retained", false),
    ARRIVED("arrived, % of them", true),
    ARRIVAL("SUBSCRIBE to the last, ms", false),
    CONNECTED("connected and subscribed, per second", true),
    CONNECT_CPU("broker CPU, µs/connection", false),
    CONNECT_P99("handshake with SUBSCRIBE p99, ms", false),
    MEMORY("resident memory gained, KiB/connection", false),
    BACK("all cut to all back, ms", false);

    private final String title;
    private final boolean higherIsBetter;

    Measure(String title, boolean higherIsBetter) {
        this.title = title;
        this.higherIsBetter = higherIsBetter;
    }

    String title() {
        return title;
    }

    /// How many times better than a peer; above 1 is better, whatever the direction.
    double advantage(double ours, double peer) {
        return higherIsBetter ? ours / peer : peer / ours;
    }
}
