package dev.parley.node.management;

import java.util.HashMap;
import java.util.Map;

/// How fast counters move: each is looked at when somebody asks, and its rate is what it moved by
/// since it was looked at before.
///
/// So a rate costs nothing while nobody asks, and is an average over the time between two looks.
final class Rates {
    private static final long SPAN_NANOS = 1_000_000_000L;

    /// Counters remembered; at the bound all are forgotten, and their rates are 0 once.
    private static final int REMEMBERED_MAX = 200_000;

    private record Seen(long value, long nanos, double rate) {}

    private final Map<String, Seen> seen = new HashMap<>();

    /// Messages per second; a counter that is seen for the first time stands still.
    double of(String counter, long value) {
        long now = System.nanoTime();
        Seen before = seen.get(counter);
        if (before == null) {
            if (seen.size() >= REMEMBERED_MAX) {
                seen.clear();
            }
            seen.put(counter, new Seen(value, now, 0));
            return 0;
        }
        long span = now - before.nanos;
        if (span < SPAN_NANOS) {
            return before.rate;
        }
        double rate = (value - before.value) * 1e9 / span;
        seen.put(counter, new Seen(value, now, Math.round(rate * 10) / 10.0));
        return rate;
    }

    /// Puts a counter and its rate as RabbitMQ shows them.
    void put(Map<String, Object> row, String name, String counter, long value) {
        row.put(name, value);
        row.put(name + "_details", Map.of("rate", of(counter, value)));
    }
}
