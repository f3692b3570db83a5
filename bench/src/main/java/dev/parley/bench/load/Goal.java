package dev.parley.bench.load;

import java.util.concurrent.TimeUnit;

/// When a stretch of a load ends: whatever comes first.
///
/// @param nanos this long after its beginning
/// @param confirmed when so many publishes are confirmed since the load began; 0: does not count
/// @param delivered when so many messages are delivered since the load began; 0: does not count
public record Goal(long nanos, long confirmed, long delivered) {

    public static Goal seconds(double seconds) {
        return new Goal((long) (seconds * TimeUnit.SECONDS.toNanos(1)), 0, 0);
    }

    public Goal confirmed(long messages) {
        return new Goal(nanos, messages, delivered);
    }

    public Goal delivered(long messages) {
        return new Goal(nanos, confirmed, messages);
    }

    boolean reached(long nanosPassed, Tally tally) {
        return nanosPassed >= nanos
                || confirmed > 0 && tally.confirmed >= confirmed
                || delivered > 0 && tally.delivered >= delivered;
    }
}
