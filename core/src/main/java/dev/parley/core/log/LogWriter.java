package dev.parley.core.log;

import dev.parley.core.log.LogStream.Chunk;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The writing side of the log: takes whatever has been sealed, writes it, and syncs it if somebody
/// waits for that.
///
/// While syncs run the next batch gathers. What nobody waits for (acknowledgements, messages that
/// are not to be confirmed) is written and synced with what is awaited next, or after
/// [#UNAWAITED_MILLIS]: until then little of it wakes nobody ([#dozes]).
///
/// Driven by [#THREADS] threads through [#turn]: one at a time writes, and while the sync of what
/// it wrote runs the other may write more and sync that. A sync covers all that was written to its
/// file before it began, so whichever ends first speaks for both. What opens a segment is synced
/// alone, for it lies in two files.
///
/// A write or sync that fails ends the log for good: what it wrote is unknown, and a second sync
/// would lie about it. Each sync that may run beside another has a handle of its own on the file,
/// for the system tells each handle of a failure once, and the other would take silence for
/// success.
public final class LogWriter {
    /// How many threads may take turns, and so how many syncs run at a time.
    public static final int THREADS = 2;

    /// How long what nobody waits for may be written and not be synced.
    static final long UNAWAITED_MILLIS = 5;

    /// How much of it there may be.
    private static final long UNAWAITED_BYTES = 256 << 10;

    /// How much of it is written in one go before that.
    private static final long DOZING_BYTES = 64 << 10;

    private static final long STARVED_MILLIS = 100;
    private static final long IDLE_MILLIS = 10_000;

    /// What a turn has written and others before it, to be synced now.
    ///
    /// @param files handles of the files it lies in, the newest last; nobody else has them
    /// @param end what is durable after that; negative if that says nothing new, since the rest of
    ///   what was flushed finds no room
    /// @param worked whether there was anything to write or sync, so that another turn is due
    /// @param awaited whether somebody waits for that
    public record Batch(List<Disk.File> files, long end, boolean worked, boolean awaited) {
        private static final Batch WORKED = new Batch(List.of(), -1, true, false);
        private static final Batch RESTED = new Batch(List.of(), -1, false, false);
    }

    private final LogStream stream;
    private final LogKeeper keeper;
    private final Runnable wakeLoop;
    private final LogConfig config;
    private final LongSupplier ticks;
    private volatile @Nullable LogFailure failure;

    /// Where there is a turn within [#UNAWAITED_MILLIS] anyway: as far as that may be sealed
    /// without another one, if nobody waits. Else -1.
    private volatile long dozing = -1;

    /// Whoever has it writes, and changes all that is below. Held while something is written, for
    /// that is what it is there for; never during a sync, but those of a segment's opening.
    private final ReentrantLock pen = new ReentrantLock();

    private long index;
    private long written;

    /// All below is durable when the syncs that have begun have ended.
    private long covered;

    /// Whether anything was written that no sync has begun for, and when the oldest of it was.
    private boolean dirty;

    private long writtenAt;

    private Disk.@Nullable File file;

    /// Handles of the newest file that no sync uses.
    private final ArrayDeque<Disk.File> free = new ArrayDeque<>();

    /// Files before the newest that are not synced.
    private final List<Disk.File> ended = new ArrayList<>();

    private int syncing;

    /// Whether the sync that runs tolerates no other.
    private boolean alone;

    private boolean ending;
    private boolean starved;

    /// What was sealed when a sync last ended, before anybody was told.
    private volatile long sealedThen;

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
        this.covered = written;
    }

    /// Writes what is there and syncs what is due; returns whether it did anything.
    public boolean turn() {
        return sync(write());
    }

    /// The first half of a turn: writes what is there. What it returns goes to [#sync].
    public Batch write() {
        pen.lock();
        try {
            return failure != null || alone ? Batch.RESTED : gather();
        } catch (DiskException e) {
            fail(e);
            return Batch.WORKED;
        } finally {
            pen.unlock();
        }
    }

    private Batch gather() {
        // In this order: what is sealed after a look at `dozing` is found, or asks for a turn; and
        // what is awaited is sealed.
        dozing = -1;
        long awaited = stream.awaited();
        long target = stream.sealed();
        boolean more = written < target;
        boolean open = true;
        while (written < target && open) {
            open = writeChunk(target);
        }
        boolean whole = written == target;
        if (dirty && whole && !due(awaited)) {
            dozing = written + DOZING_BYTES;
            return more ? Batch.WORKED : Batch.RESTED;
        }
        if (!dirty || free.isEmpty() || (!whole && !starved)) {
            return more && whole ? Batch.WORKED : Batch.RESTED;
        }
        List<Disk.File> files = List.of(free.remove());
        alone = !ended.isEmpty();
        if (alone) {
            files = Stream.concat(ended.stream(), files.stream()).toList();
            ended.clear();
        }
        dirty = false;
        syncing++;
        boolean waited = awaited >= covered;
        if (whole) {
            covered = written;
        }
        // Where there is no room what was written may end within a turn; and half a turn is dropped
        // by recovery, so nothing of it counts as durable yet.
        return new Batch(files, whole ? written : -1, true, waited);
    }

    /// Whether what is sealed below `address` can do without a turn of its own, unless somebody
    /// waits for it. Any thread.
    boolean dozes(long address) {
        return address <= dozing;
    }

    /// Whether what is written has to be synced now.
    private boolean due(long awaited) {
        return awaited >= covered
                || ending
                || written - covered > UNAWAITED_BYTES
                || ticks.getAsLong() - writtenAt >= UNAWAITED_MILLIS;
    }

    /// The second half of a turn: makes it durable; returns whether another turn is due.
    public boolean sync(Batch batch) {
        if (batch.files().isEmpty()) {
            return batch.worked();
        }
        try {
            for (int i = 0; i < batch.files().size(); i++) {
                batch.files().get(i).sync();
            }
        } catch (DiskException e) {
            fail(e);
            return true;
        }
        pen.lock();
        try {
            if (failure != null) {
                return true;
            }
            release(batch.files());
            sealedThen = stream.sealed();
            if (batch.end() > stream.durable()) {
                stream.durable(batch.end());
            }
        } finally {
            pen.unlock();
        }
        if (batch.end() < 0) {
            return false;
        }
        wakeLoop.run();
        return true;
    }

    /// The newest file is written on, the ones before it are done with.
    private void release(List<Disk.File> files) {
        syncing--;
        alone = false;
        free.add(files.getLast());
        for (int i = 0; i < files.size() - 1; i++) {
            files.get(i).close();
        }
    }

    /// How long to rest, in milliseconds, when a turn found nothing to do and nobody asks for one.
    public long restMillis() {
        pen.lock();
        try {
            if (starved) {
                return STARVED_MILLIS;
            }
            return dirty && failure == null
                    ? Math.max(1, writtenAt + UNAWAITED_MILLIS - ticks.getAsLong())
                    : IDLE_MILLIS;
        } finally {
            pen.unlock();
        }
    }

    /// Returns false when the segment that comes next cannot be opened now.
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
            touch();
            current.write(chunk.bytes(written, end), written % config.segmentBytes());
            written = end;
        }
        if (written < target) {
            index++;
        }
        return true;
    }

    private boolean openSegment(Segment.Header header) {
        if (syncing > 0) {
            return false; // whoever ends that comes back
        }
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
        leave();
        file = opened;
        free.add(opened);
        while (free.size() < THREADS) {
            free.add(keeper.again(name));
        }
        return true;
    }

    /// Keeps one handle of the file that was the newest, if there is something to sync in it.
    private void leave() {
        if (dirty) {
            ended.add(free.remove());
        }
        closeFree();
    }

    private void closeFree() {
        Disk.File one;
        while ((one = free.poll()) != null) {
            one.close();
        }
    }

    private void touch() {
        if (!dirty) {
            dirty = true;
            writtenAt = ticks.getAsLong();
        }
    }

    /// The address below which everything is here to be written; any thread.
    public long sealed() {
        return stream.sealed();
    }

    /// Bytes that have come since a sync last ended; any thread.
    public long cameSince() {
        return stream.sealed() - sealedThen;
    }

    @Nullable LogFailure failure() {
        return failure;
    }

    private void fail(DiskException e) {
        failure = new LogFailure.Unknown(e.getMessage() == null ? "disk failed" : e.getMessage());
        wakeLoop.run();
    }

    /// Ends in good order: everything sealed becomes durable.
    void close() {
        ending = true;
        while (turn()) {
            // Until there is nothing left, or no room for it.
        }
        closeFree();
        file = null;
    }
}
