package dev.parley.front.wire;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;

/// One event loop's round: after all sockets that were ready have been read, the work they caused
/// is done once, and what is to be written goes out once per connection.
///
/// However many ask for a round, one runs.
public final class Round {
    /// The work between reading and writing.
    @FunctionalInterface
    public interface Work {
        /// Runs the shards' turns; returns when, in milliseconds from now, it wants to run again at
        /// the latest (a negative number: not by itself).
        long run();
    }

    /// Something that may have bytes to write.
    interface Writer {
        void write();
    }

    private final EventLoop loop;
    private final Work work;
    private final Runnable run = this::run;
    private final AtomicBoolean asked = new AtomicBoolean();
    private List<Writer> writers = new ArrayList<>();
    private List<Writer> writing = new ArrayList<>();
    private long alarm = Long.MAX_VALUE;

    public Round(EventLoop loop, Work work) {
        this.loop = loop;
        this.work = work;
    }

    /// Makes sure that a round runs soon, unless the loop has ended; any thread.
    public void soon() {
        if (asked.compareAndSet(false, true)) {
            try {
                loop.execute(run);
            } catch (RejectedExecutionException e) {
                // The log may still write when the loop is gone: nobody is left to be told.
                if (!loop.isShuttingDown()) {
                    throw e;
                }
            }
        }
    }

    /// Adds somebody who has something to write at the end of this round; on the loop, once per
    /// round.
    void add(Writer writer) {
        writers.add(writer);
        soon();
    }

    private void run() {
        asked.set(false);
        long again = work.run();
        List<Writer> now = writers;
        writers = writing;
        writing = now;
        now.forEach(Round::write);
        now.clear();
        if (again >= 0) {
            wakeIn(again);
        }
    }

    /// One that fails has closed its connection; what the others have to say goes out all the same.
    private static void write(Writer writer) {
        try {
            writer.write();
        } catch (RuntimeException | OutOfMemoryError e) {
            LoggerFactory.getLogger(Round.class).error("a connection's output failed", e);
        }
    }

    private void wakeIn(long millis) {
        long at = System.nanoTime() / 1_000_000 + millis;
        if (at < alarm) {
            alarm = at;
            loop.schedule(
                    () -> {
                        alarm = Long.MAX_VALUE;
                        soon();
                    },
                    Math.max(1, millis),
                    TimeUnit.MILLISECONDS);
        }
    }
}
