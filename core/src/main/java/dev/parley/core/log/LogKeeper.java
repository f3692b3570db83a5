package dev.parley.core.log;

import dev.parley.core.log.Log.LiveSegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Does for the log what may take its time: writes snapshots, keeps a zero-filled segment ready,
/// frees segments that nobody needs.
///
/// Driven by one thread through [#turn]; requests come from the event loop, answers go back to it
/// as news.
public final class LogKeeper {
    private static final int SPARES = 2;

    /// Recycled segments kept beyond the spares.
    private static final int SPARES_MAX = 8;

    /// A spare is filled in pieces of this size, and what else waits comes in between.
    private static final int ZEROS = 1 << 20;

    private final Disk disk;
    private final LogConfig config;
    private final Consumer<String> gone;
    private final Handover<SnapshotFile> snapshots = new Handover<>();
    private final Handover<Runnable> jobs = new Handover<>();
    private final Handover<String> spares = new Handover<>();
    private final Handover<Runnable> news;
    private final Runnable wakeLoop;
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(ZEROS);

    private long spareNumber;
    private @Nullable String filling;
    private long filled;
    private final AtomicInteger spareCount = new AtomicInteger();
    private volatile boolean roomy = true;
    private volatile long durable;
    private final AtomicReference<Trouble> trouble = new AtomicReference<>(new Trouble(0, ""));

    /// @param gone is told which segments are there no more
    LogKeeper(
            Disk disk,
            LogConfig config,
            Consumer<String> gone,
            Handover<Runnable> news,
            Runnable wakeLoop) {
        this.disk = disk;
        this.config = config;
        this.gone = gone;
        this.news = news;
        this.wakeLoop = wakeLoop;
    }

    void snapshot(SnapshotFile snapshot) {
        snapshots.offer(snapshot);
    }

    /// Any other work on files, run in a turn.
    void job(Runnable job) {
        jobs.offer(job);
    }

    void durable(long address) {
        durable = address;
    }

    /// Whether messages may come in: there is a segment in reserve, and room beyond it.
    public boolean roomy() {
        return roomy;
    }

    /// What the disk has refused of the work that can wait: a snapshot, a removal, a spare.
    ///
    /// @param count how often that was
    /// @param last what happened last
    public record Trouble(long count, String last) {}

    public Trouble trouble() {
        return trouble.get();
    }

    /// Does what is waiting; returns whether there was anything.
    public boolean turn() {
        boolean worked = false;
        Runnable job;
        while ((job = jobs.poll()) != null) {
            Runnable one = job;
            attempt(one);
            worked = true;
        }
        worked |= writeSnapshot();
        worked |= prepareSpare();
        return worked;
    }

    /// Nothing that is promised rests on what the keeper does, so it goes on: what was to be
    /// removed is still there, and asked for again.
    private void attempt(Runnable work) {
        try {
            work.run();
        } catch (DiskException e) {
            note(e);
        }
    }

    /// Any thread.
    void note(DiskException e) {
        String what = String.valueOf(e.getMessage());
        trouble.updateAndGet(before -> new Trouble(before.count() + 1, what));
    }

    /// Runs something on the event loop; any thread.
    void tell(Runnable one) {
        news.offer(one);
        wakeLoop.run();
    }

    // ---- snapshots

    private boolean writeSnapshot() {
        SnapshotFile snapshot = snapshots.peek();
        if (snapshot == null || snapshot.position() > durable) {
            return false;
        }
        snapshots.poll();
        try {
            snapshot.write(disk);
            tell(() -> listener.onSnapshot(snapshot.shard(), snapshot.position(), snapshot.live()));
        } catch (DiskException e) {
            // The older snapshot stays valid; the shard is asked again later.
            note(e);
            tell(() -> listener.onSnapshotFailed(snapshot.shard()));
        }
        return true;
    }

    /// The engine, told on the event loop.
    interface Listener {
        void onSnapshot(int shard, long position, List<LiveSegment> live);

        void onSnapshotFailed(int shard);

        void onRoom(boolean roomy);

        void onSparse(List<Long> segments);
    }

    private Listener listener = new Nobody();

    void listener(Listener one) {
        listener = one;
    }

    private static final class Nobody implements Listener {
        @Override
        public void onSnapshot(int shard, long position, List<LiveSegment> live) {
            throw new IllegalStateException("nobody listens yet");
        }

        @Override
        public void onSnapshotFailed(int shard) {
            throw new IllegalStateException("nobody listens yet");
        }

        @Override
        public void onRoom(boolean now) {
            throw new IllegalStateException("nobody listens yet");
        }

        @Override
        public void onSparse(List<Long> segments) {
            throw new IllegalStateException("nobody listens yet");
        }
    }

    // ---- segments

    /// Frees segments below `replay` in which nothing is alive, and names up to four in which
    /// little is.
    ///
    /// @param alive the bytes alive in each segment
    void free(long replay, Map<Long, Long> alive) {
        List<Long> sparse = new ArrayList<>();
        boolean changed = false;
        for (String name : disk.list()) {
            if (!Segment.isSegment(name) || Segment.sequence(name) >= replay) {
                continue;
            }
            long segment = Segment.sequence(name);
            long bytes = alive.getOrDefault(segment, 0L);
            if (bytes == 0) {
                recycle(name);
                changed = true;
            } else if (bytes < config.segmentBytes() / 4 && sparse.size() < 4) {
                sparse.add(segment);
            }
        }
        if (changed) {
            disk.syncDirectory();
        }
        if (!sparse.isEmpty()) {
            tell(() -> listener.onSparse(sparse));
        }
    }

    private void recycle(String name) {
        if (spareCount.get() < SPARES_MAX) {
            String spare = "spare-" + ++spareNumber;
            disk.rename(name, spare);
            spares.offer(spare);
            spareCount.incrementAndGet();
        } else {
            disk.delete(name);
        }
        gone.accept(name);
    }

    /// Keeps zero-filled segments in reserve, piece by piece, and says when there is no room for
    /// them.
    private boolean prepareSpare() {
        boolean room = roomy;
        boolean worked = false;
        try {
            room = disk.usableBytes() > config.reserveBytes();
            if (room && spareCount.get() < SPARES) {
                worked = fill();
            }
        } catch (DiskException e) {
            note(e);
            room &= e.kind() != DiskException.Kind.FULL;
            abandon();
        }
        boolean now = room || spareCount.get() > 1;
        if (now != roomy) {
            roomy = now;
            tell(() -> listener.onRoom(now));
        }
        return worked;
    }

    /// Writes the next piece of a spare; returns whether there is more to do.
    private boolean fill() {
        String name = filling;
        if (name == null) {
            name = "spare-" + ++spareNumber;
            filling = name;
            filled = 0;
        }
        Disk.File file = disk.open(name, true);
        try {
            filled += fill(file, filled);
            file.sync();
        } finally {
            file.close();
        }
        if (filled == config.segmentBytes()) {
            filling = null;
            spares.offer(name);
            spareCount.incrementAndGet();
        }
        return true;
    }

    private int fill(Disk.File file, long at) {
        int length = (int) Math.min(ZEROS, config.segmentBytes() - at);
        file.write(zeros.slice(0, length), at);
        return length;
    }

    private void abandon() {
        String name = filling;
        filling = null;
        if (name != null) {
            attempt(() -> disk.delete(name));
        }
    }

    /// The writer's: a file of the right size under the name of a segment, durable in the
    /// directory.
    ///
    /// @throws DiskException FULL when there is no room for one
    Disk.File takeSpare(String name) {
        String spare = spares.poll();
        if (spare == null) {
            spare = "spare-now";
            fillAtOnce(spare);
        } else {
            spareCount.decrementAndGet();
        }
        disk.rename(spare, name);
        disk.syncDirectory();
        return disk.open(name, false);
    }

    /// The writer's: another handle on the file of a segment that is open.
    Disk.File again(String name) {
        return disk.open(name, false);
    }

    private void fillAtOnce(String name) {
        try {
            Disk.File file = disk.open(name, true);
            try {
                for (long at = 0; at < config.segmentBytes(); ) {
                    at += fill(file, at);
                }
                file.sync();
            } finally {
                file.close();
            }
        } catch (DiskException e) {
            disk.delete(name);
            throw e;
        }
    }

    /// Files left over by an earlier run: whole spares serve again, the rest goes.
    void takeLeftovers() {
        for (String name : disk.list()) {
            if (name.matches("spare-[0-9]{1,18}") && whole(name) && spareCount.get() < SPARES_MAX) {
                spareNumber = Math.max(spareNumber, Long.parseLong(name.substring(6)));
                spares.offer(name);
                spareCount.incrementAndGet();
            } else if (name.startsWith("spare-")
                    || name.startsWith("spill-")
                    || name.endsWith(".new")) {
                disk.delete(name);
            }
        }
    }

    /// A log that cannot open its first segment would take requests and answer none.
    ///
    /// @throws DiskException FULL if there is neither a spare nor room for one
    void needsRoom() {
        long usable = disk.usableBytes();
        if (spareCount.get() == 0 && usable < config.segmentBytes()) {
            throw new DiskException(
                    DiskException.Kind.FULL,
                    "no room to start: the log needs %d bytes, the disk has %d"
                            .formatted(config.segmentBytes(), usable));
        }
    }

    private boolean whole(String name) {
        Disk.File file = disk.open(name, false);
        try {
            return file.size() == config.segmentBytes();
        } finally {
            file.close();
        }
    }

    static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate());
        return (int) crc.getValue();
    }
}
