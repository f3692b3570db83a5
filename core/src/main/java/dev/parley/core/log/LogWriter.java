package dev.parley.core.log;

import dev.parley.core.log.LogStream.Chunk;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The writing side of the log: takes whatever has been sealed, writes it, and syncs it if somebody
/// waits for that.
///
/// While one sync runs the next batch gathers; who waits waits for no timer. What nobody waits for
/// (acknowledgements, messages that are not to be confirmed) is written at once as well, so that it
/// outlives the process, and is synced with what is awaited next, or after [#UNAWAITED_MILLIS].
/// Driven by one thread through [#turn]. A write or sync that fails ends the log for good: what it
/// wrote is unknown, and a second sync would lie about it.
public final class LogWriter {
    /// How long what nobody waits for may be written and not be synced.
    static final long UNAWAITED_MILLIS = 5;

    /// How much of it there may be.
    private static final long UNAWAITED_BYTES = 256 << 10;

    private static final long STARVED_MILLIS = 100;
    private static final long IDLE_MILLIS = 10_000;

    private final LogStream stream;
    private final LogKeeper keeper;
    private final Runnable wakeLoop;
    private final List<Disk.File> touched = new ArrayList<>();
    private final LogConfig config;
    private final LongSupplier ticks;

    private long written;

    /// When the oldest that is not synced was written.
    private long writtenAt;

    private boolean ending;
    private long index;
    private Disk.@Nullable File file;
    private volatile @Nullable LogFailure failure;
    private boolean starved;

    LogWriter(
            LogConfig config,
            LogStream stream,
            LogKeeper keeper,
            LongSupplier ticks,
            Runnable wakeLoop) {
        this.config = config;
        this.ticks = ticks;
        this.stream = stream;
        this.keeper = keeper;
        this.wakeLoop = wakeLoop;
        this.written = stream.sealed();
    }

    /// Writes what is there and syncs what is due; returns whether it did anything.
    public boolean turn() {
        if (failure != null) {
            return false;
        }
        // In this order: what is awaited is sealed.
        long awaited = stream.awaited();
        long target = stream.sealed();
        boolean more = written < target;
        try {
            while (written < target) {
                if (!writeChunk(target)) {
                    break;
                }
            }
            if (touched.isEmpty() || written == target && !due(awaited)) {
                return more && written == target;
            }
            for (Disk.File one : touched) {
                one.sync();
            }
            closeOld();
        } catch (DiskException e) {
            fail(new LogFailure.Unknown(e.getMessage() == null ? "disk failed" : e.getMessage()));
            return true;
        }
        if (written < target) {
            // Out of room within what was flushed, perhaps within a turn; and half a turn is
            // dropped
            // by recovery, so nothing of it counts as durable yet.
            return false;
        }
        stream.durable(written);
        wakeLoop.run();
        return true;
    }

    /// Whether what is written has to be synced now.
    private boolean due(long awaited) {
        long durable = stream.durable();
        return awaited >= durable
                || ending
                || written - durable > UNAWAITED_BYTES
                || ticks.getAsLong() - writtenAt >= UNAWAITED_MILLIS;
    }

    /// How long to rest, in milliseconds, when a turn found nothing to do and nobody asks for one.
    public long restMillis() {
        if (starved) {
            return STARVED_MILLIS;
        }
        return touched.isEmpty() || failure != null
                ? IDLE_MILLIS
                : Math.max(1, writtenAt + UNAWAITED_MILLIS - ticks.getAsLong());
    }

    /// Returns false when there is no room for the segment that comes next.
    private boolean writeChunk(long target) {
        Chunk chunk = stream.chunk(index);
        if (chunk == null) {
            // Written to its end and durable, it has left the ring since.
            index++;
            return true;
        }
        if (written < chunk.base()) {
            written = chunk.base();
        }
        Segment.Header header = chunk.opens();
        if (header != null && written == chunk.base() && !openSegment(header)) {
            return false;
        }
        Disk.File current = file;
        if (current == null) {
            throw new IllegalStateException("no segment is open");
        }
        long end = Math.min(target, chunk.end());
        if (end > written) {
            current.write(chunk.bytes(written, end), written % config.segmentBytes());
            touch(current);
            written = end;
        }
        if (written < target) {
            index++;
        }
        return true;
    }

    private boolean openSegment(Segment.Header header) {
        String name = Segment.name(header.sequence());
        Disk.File opened;
        try {
            opened = keeper.takeSpare(name);
        } catch (DiskException e) {
            if (e.kind() == DiskException.Kind.FULL) {
                starved = true;
                return false;
            }
            throw e;
        }
        starved = false;
        // Before anything else of it: a header that is not there under frames that are would be
        // damage.
        opened.write(Segment.encode(header), 0);
        opened.sync();
        file = opened;
        touch(opened);
        return true;
    }

    private void touch(Disk.File one) {
        if (touched.isEmpty()) {
            writtenAt = ticks.getAsLong();
        }
        if (!touched.contains(one)) {
            touched.add(one);
        }
    }

    /// After a sync only the newest file stays open.
    private void closeOld() {
        for (Disk.File one : touched) {
            if (one != file) {
                one.close();
            }
        }
        touched.clear();
    }

    @Nullable LogFailure failure() {
        return failure;
    }

    private void fail(LogFailure why) {
        failure = why;
        wakeLoop.run();
    }

    /// Ends in good order: everything sealed becomes durable.
    void close() {
        ending = true;
        while (turn()) {
            // Until there is nothing left, or no room for it.
        }
        if (file != null) {
            file.close();
            file = null;
        }
    }
}
