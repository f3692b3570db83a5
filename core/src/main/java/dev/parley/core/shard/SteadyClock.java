package dev.parley.core.shard;

/// Wall-clock time that goes on when somebody sets the clock back: what has passed stays passed,
/// and what waits keeps its distance.
///
/// Set forward, time jumps and everything between is due at once. Used on one event loop.
public final class SteadyClock implements Clock {
    private final Clock wall;
    private long last = Long.MIN_VALUE;
    private long ahead;

    public SteadyClock(Clock wall) {
        this.wall = wall;
    }

    @Override
    public long millis() {
        long now = wall.millis() + ahead;
        if (now < last) {
            ahead += last - now;
            now = last;
        }
        last = now;
        return now;
    }
}
