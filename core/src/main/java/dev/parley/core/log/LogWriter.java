package dev.parley.core.log;

import dev.parley.core.log.LogStream.Chunk;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The writing side of the log: takes whatever has been sealed, writes it, syncs once.
///
/// While one sync runs the next batch gathers; there is no timer. Driven by one thread through
/// [#turn]. A write or sync that fails ends the log for good: what it wrote is unknown, and a
/// second sync would lie about it.
public final class LogWriter {
    private final LogStream stream;
    private final LogKeeper keeper;
    private final Runnable wakeLoop;
    private final List<Disk.File> touched = new ArrayList<>();
    private final LogConfig config;

    private long written;
    private long index;
    private Disk.@Nullable File file;
    private volatile @Nullable LogFailure failure;
    private volatile boolean starved;

    LogWriter(LogConfig config, LogStream stream, LogKeeper keeper, Runnable wakeLoop) {
        this.config = config;
        this.stream = stream;
        this.keeper = keeper;
        this.wakeLoop = wakeLoop;
        this.written = stream.sealed();
    }

    /// Writes and syncs what is there; returns whether it did anything.
    public boolean turn() {
        long target = stream.sealed();
        if (target == written || failure != null) {
            return false;
        }
        try {
            while (written < target) {
                if (!writeChunk(target)) {
                    break;
                }
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
            if (!touched.contains(current)) {
                touched.add(current);
            }
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
        touched.add(opened);
        return true;
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

    /// Whether it waits for room on the disk; [#turn] tries again.
    public boolean starved() {
        return starved;
    }

    @Nullable LogFailure failure() {
        return failure;
    }

    private void fail(LogFailure why) {
        failure = why;
        wakeLoop.run();
    }

    void close() {
        if (file != null) {
            file.close();
            file = null;
        }
    }
}
