package dev.parley.node;

import io.netty.channel.SelectStrategy;
import io.netty.util.IntSupplier;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Keeps the event loop awake for a moment while promises wait for the disk.
///
/// To be woken by the log's writer takes a third of the time of a quick disk's sync, and the writer
/// pays for it as well. Once for each sync and for a bounded time: a disk that takes longer is
/// waited for asleep. Others that want the processor get it before.
final class Vigil implements SelectStrategy {
    private static final long NANOS = TimeUnit.MICROSECONDS.toNanos(150);

    private final LongSupplier awaited;
    private final LongSupplier nanoTime;

    /// With one processor it would only be in the way of the log's writer.
    private final boolean alone;

    private long watched;
    private long since;

    /// @param awaited the number of the news of the log that promises wait for; 0: none do
    Vigil(LongSupplier awaited, LongSupplier nanoTime, int processors) {
        this.awaited = awaited;
        this.nanoTime = nanoTime;
        this.alone = processors == 1;
    }

    @Override
    public int calculateStrategy(IntSupplier ready, boolean hasTasks) throws Exception {
        return hasTasks || watches() ? ready.get() : SELECT;
    }

    private boolean watches() {
        long news = awaited.getAsLong();
        if (news == 0 || alone) {
            return false;
        }
        long now = nanoTime.getAsLong();
        if (news != watched) {
            watched = news;
            since = now;
        }
        if (now - since >= NANOS) {
            return false;
        }
        Thread.yield();
        return true;
    }
}
