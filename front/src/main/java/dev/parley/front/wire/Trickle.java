package dev.parley.front.wire;

import java.util.function.LongSupplier;

/// Lets a few log lines a second through and counts the others, so that nobody outside can fill a
/// disk with them. Any thread.
public final class Trickle {
    private final int perSecond;
    private final LongSupplier millis;
    private long second = Long.MIN_VALUE;
    private int passed;
    private long withheld;

    /// @param millis milliseconds that only go forward
    public Trickle(int perSecond, LongSupplier millis) {
        this.perSecond = perSecond;
        this.millis = millis;
    }

    /// Whether one more line may be written now.
    public synchronized boolean lets() {
        long now = Math.floorDiv(millis.getAsLong(), 1_000L);
        if (now != second) {
            second = now;
            passed = 0;
        }
        if (passed < perSecond) {
            passed++;
            return true;
        }
        withheld++;
        return false;
    }

    /// For the end of a line that is let through: how many before it were not, if any.
    public synchronized String withheld() {
        long count = withheld;
        withheld = 0;
        return count == 0 ? "" : " withheld=" + count;
    }
}
