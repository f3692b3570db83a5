package dev.parley.node;

/// How long syncs take, alone and beside another; and so whether a second may begin while one runs.
///
/// It may where a disk is slow and does several things at once. Many a disk flushes its cache for
/// one at a time: there the second only waits for the first, and so does everybody after it. So it
/// is tried from time to time, and measured.
///
/// For any thread; the event loop asks and waits for none.
final class SyncTimes {
    /// Syncs alone before two are tried, and of the second ones how many are looked at.
    static final int SAMPLES = 8;

    /// So many syncs a finding holds.
    static final int HOLDS = 500;

    /// A second sync may take this much longer than one alone.
    private static final double LONGER = 1.3;

    private static final double NEW = 0.25;

    private final long longNanos;
    private volatile boolean abreast;
    private boolean trying;
    private double alone;
    private double beside;
    private int seen;
    private int due = SAMPLES;

    /// @param longNanos a sync that takes less is quick, and alone
    SyncTimes(long longNanos) {
        this.longNanos = longNanos;
    }

    /// Whether another sync may begin while one runs.
    boolean abreast() {
        return abreast;
    }

    /// A sync has ended.
    ///
    /// @param besideAnother whether another ran when it began
    synchronized void learn(long nanos, boolean besideAnother) {
        if (!abreast) {
            alone = alone == 0 ? nanos : alone + (nanos - alone) * NEW;
            seen = Math.min(seen + 1, due);
            if (seen == due && alone > longNanos) {
                abreast = true;
                trying = true;
                beside = 0;
                seen = 0;
            }
        } else if (!trying) {
            end(++seen == HOLDS, SAMPLES);
        } else if (besideAnother) {
            beside += nanos;
            if (++seen == SAMPLES) {
                trying = false;
                seen = 0;
                end(beside > alone * LONGER * SAMPLES, HOLDS);
            }
        }
    }

    private void end(boolean now, int next) {
        if (now) {
            abreast = false;
            due = next;
            seen = 0;
        }
    }
}
