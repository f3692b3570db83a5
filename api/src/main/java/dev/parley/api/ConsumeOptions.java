package dev.parley.api;

import java.time.Duration;

/// How a consumer works.
///
/// @param concurrency handlers at work at the same time, 1 to 100,000; with 1 they see messages in
///   order
/// @param prefetch messages on hand at most, those in handlers included: at least `concurrency`, at
///   most 65,535. Whatever it is, no more are fetched while 16 MiB are on hand
/// @param attempts how often a message is tried in all before it is put away, at least 1. A
///   delivery limit of the queue itself may come first
/// @param closeWithin how long handlers may take to end when the consumer closes
/// @param exclusive whether to be the only consumer of the queue, or be refused
/// @param priority consumers with a higher one are served first while they can take more
public record ConsumeOptions(
        int concurrency,
        int prefetch,
        int attempts,
        Duration closeWithin,
        boolean exclusive,
        int priority) {
    /// One at a time, 32 on hand, five attempts, ten seconds to close.
    public static final ConsumeOptions DEFAULT =
            new ConsumeOptions(1, 32, 5, Duration.ofSeconds(10), false, 0);

    public ConsumeOptions {
        check("concurrency", concurrency, 1, 100_000);
        check("prefetch", prefetch, Math.min(concurrency, 65_535), 65_535);
        check("attempts", attempts, 1, Integer.MAX_VALUE);
        if (closeWithin.isNegative()) {
            throw new IllegalArgumentException("closeWithin is negative: " + closeWithin);
        }
    }

    private static void check(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "%s is %d to %d, not %d".formatted(name, least, most, value));
        }
    }

    /// With this concurrency, and a prefetch of twice that if it was less.
    public ConsumeOptions withConcurrency(int one) {
        int enough = (int) Math.min(65_535, 2L * one);
        return new ConsumeOptions(
                one, Math.max(prefetch, enough), attempts, closeWithin, exclusive, priority);
    }

    public ConsumeOptions withPrefetch(int one) {
        return new ConsumeOptions(concurrency, one, attempts, closeWithin, exclusive, priority);
    }

    public ConsumeOptions withAttempts(int one) {
        return new ConsumeOptions(concurrency, prefetch, one, closeWithin, exclusive, priority);
    }

    public ConsumeOptions withCloseWithin(Duration one) {
        return new ConsumeOptions(concurrency, prefetch, attempts, one, exclusive, priority);
    }

    public ConsumeOptions withExclusive(boolean one) {
        return new ConsumeOptions(concurrency, prefetch, attempts, closeWithin, one, priority);
    }

    public ConsumeOptions withPriority(int one) {
        return new ConsumeOptions(concurrency, prefetch, attempts, closeWithin, exclusive, one);
    }
}
