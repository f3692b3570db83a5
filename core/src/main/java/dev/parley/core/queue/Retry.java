package dev.parley.core.queue;

/// When a message that came back is tried again.
///
/// The wait before attempt n is `minMillis` for the first, then grows, never above `maxMillis`; a
/// share of it, chosen by chance and written into the log, is taken off so that many that failed
/// together do not come back together.
///
/// @param on which ways of coming back it is for
/// @param minMillis the first wait, at least 1
/// @param maxMillis the longest wait, at least `minMillis`
/// @param exponential whether each wait is twice the one before; if not, it grows by `minMillis`
/// @param jitterPercent most that chance takes off, 0 to 100
public record Retry(On on, long minMillis, long maxMillis, boolean exponential, int jitterPercent) {
    /// Which deliveries wait before they are repeated.
    public enum On {
        /// None: what comes back may go out again at once.
        NOTHING,
        /// Those that failed: rejected with requeue, or their consumer died.
        FAILED,
        /// Those given back by `basic.nack`.
        RETURNED,
        /// Both.
        ALL
    }

    public static final Retry AT_ONCE = new Retry(On.NOTHING, 1, 1, false, 0);

    public Retry {
        if (minMillis < 1 || maxMillis < minMillis || jitterPercent < 0 || jitterPercent > 100) {
            throw new IllegalArgumentException(
                    "a retry after %d to %d ms with %d %% jitter"
                            .formatted(minMillis, maxMillis, jitterPercent));
        }
    }

    boolean afterFailure() {
        return on == On.FAILED || on == On.ALL;
    }

    boolean afterReturn() {
        return on == On.RETURNED || on == On.ALL;
    }

    /// The wait before the next attempt.
    ///
    /// @param failures how often the message has failed so far
    /// @param chance any number
    long waitMillis(int failures, long chance) {
        int step = Math.max(1, failures);
        long wait;
        if (exponential) {
            int doublings = Math.min(step - 1, 62);
            wait = minMillis > maxMillis >> doublings ? maxMillis : minMillis << doublings;
        } else {
            wait = minMillis > maxMillis / step ? maxMillis : minMillis * step;
        }
        long most = wait / 100 * jitterPercent + wait % 100 * jitterPercent / 100;
        return Math.max(1, wait - Math.floorMod(chance, most + 1));
    }
}
