package dev.parley.core.log;

import dev.parley.core.log.Log.LiveSegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Does for the log what may take its time: reads old records, writes snapshots, keeps a
/// zero-filled segment ready, frees segments that nobody needs.
///
/// Driven by one thread through [#turn]; requests come from the event loop, answers go back to it
/// as news.
public final class LogKeeper {
    private static final int SPARES = 2;
    private static final int ZEROS = 1 << 20;

    private record Read(long position, int size, Log.Owner owner) {}

    private record Snapshot(int shard, long position, ByteBuffer state, List<LiveSegment> live) {}

    private final Disk disk;
    private final LogConfig config;
    private final Handover<Read> reads = new Handover<>();
    private final Handover<Snapshot> snapshots = new Handover<>();
    private final Handover<Runnable> jobs = new Handover<>();
    private final Handover<String> spares = new Handover<>();
    private final Handover<Runnable> news;
    private final Runnable wakeLoop;
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(ZEROS);

    private long spareNumber;
    private final AtomicInteger spareCount = new AtomicInteger();
    private volatile boolean roomy = true;
    private volatile long durable;

    LogKeeper(Disk disk, LogConfig config, Handover<Runnable> news, Runnable wakeLoop) {
        this.disk = disk;
        this.config = config;
        this.news = news;
        this.wakeLoop = wakeLoop;
    }

    void read(long position, int size, Log.Owner owner) {
        reads.offer(new Read(position, size, owner));
    }

    void snapshot(int shard, long position, ByteBuffer state, List<LiveSegment> live) {
        snapshots.offer(new Snapshot(shard, position, state, live));
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

    /// Does what is waiting; returns whether there was anything.
    public boolean turn() {
        boolean worked = false;
        Runnable job;
        while ((job = jobs.poll()) != null) {
            tryOnce(job);
            worked = true;
        }
        for (int n = 0; n < 64; n++) {
            Read read = reads.poll();
            if (read == null) {
                break;
            }
            answer(read);
            worked = true;
        }
        worked |= writeSnapshot();
        worked |= prepareSpare();
        return worked;
    }

    /// Work on files that fails is left: nothing depends on it, and the next snapshot asks for it
    /// again.
    private static void tryOnce(Runnable work) {
        try {
            work.run();
        } catch (DiskException e) {
            // What was not freed stays as it was.
        }
    }

    private void tell(Runnable one) {
        news.offer(one);
        wakeLoop.run();
    }

    // ---- reading

    private void answer(Read read) {
        LogBlock block = null;
        try {
            block = readBlock(read.position(), read.size());
        } catch (DiskException e) {
            // Told as damage: the record cannot be had, and the owner says so.
            block = null;
        }
        LogBlock found = block;
        tell(() -> read.owner().onRead(read.position(), found));
    }

    private @Nullable LogBlock readBlock(long position, int size) {
        long segment = position / config.segmentBytes();
        int at = (int) (position % config.segmentBytes());
        int length = Math.min(size, config.segmentBytes() - at);
        Disk.File file = disk.open(Segment.name(segment), false);
        try {
            ByteBuffer bytes = readAt(file, at, length);
            if (bytes.remaining() < Frame.RECORD_HEADER) {
                return null;
            }
            int needed = bytes.getInt(0);
            if (needed < 0 || needed > config.segmentBytes() - at - Frame.RECORD_HEADER) {
                return null;
            }
            if (bytes.remaining() < needed + Frame.RECORD_HEADER) {
                bytes = readAt(file, at, needed + Frame.RECORD_HEADER);
            }
            LogBlock block = new LogBlock(position, bytes);
            return block.payload(position) == null ? null : block;
        } finally {
            file.close();
        }
    }

    private static ByteBuffer readAt(Disk.File file, int at, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        file.read(bytes, at);
        return bytes.flip();
    }

    // ---- snapshots

    private boolean writeSnapshot() {
        Snapshot snapshot = snapshots.peek();
        if (snapshot == null || snapshot.position() > durable) {
            return false;
        }
        snapshots.poll();
        try {
            SnapshotFile.write(
                    disk, snapshot.shard(), snapshot.position(), snapshot.state(), snapshot.live());
            tell(() -> listener.onSnapshot(snapshot.shard(), snapshot.position(), snapshot.live()));
        } catch (DiskException e) {
            // The older snapshot stays valid; the log is asked again later.
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
        if (spareCount.get() < SPARES * 2) {
            String spare = "spare-" + ++spareNumber;
            disk.rename(name, spare);
            spares.offer(spare);
            spareCount.incrementAndGet();
        } else {
            disk.delete(name);
        }
    }

    /// Keeps a zero-filled segment in reserve, and says when there is no room for one.
    private boolean prepareSpare() {
        boolean worked = false;
        boolean room = measure() > config.reserveBytes();
        if (room && spareCount.get() < SPARES) {
            String name = "spare-" + ++spareNumber;
            try {
                fillWithZeros(name);
                spares.offer(name);
                spareCount.incrementAndGet();
                worked = true;
            } catch (DiskException e) {
                room = e.kind() != DiskException.Kind.FULL;
                forget(name);
            }
        }
        boolean now = room || spareCount.get() > 1;
        if (now != roomy) {
            roomy = now;
            tell(() -> listener.onRoom(now));
        }
        return worked;
    }

    /// A disk that does not even say how much room it has is taken for a full one.
    private long measure() {
        try {
            return disk.usableBytes();
        } catch (DiskException e) {
            return 0;
        }
    }

    private void fillWithZeros(String name) {
        Disk.File file = disk.open(name, true);
        try {
            for (long at = 0; at < config.segmentBytes(); at += ZEROS) {
                ByteBuffer piece = zeros.duplicate();
                piece.limit((int) Math.min(ZEROS, config.segmentBytes() - at));
                file.write(piece, at);
            }
            file.sync();
        } finally {
            file.close();
        }
    }

    private void forget(String name) {
        tryOnce(() -> {
            if (disk.exists(name)) {
                disk.delete(name);
            }
        });
    }

    /// The writer's: a file of the right size under the name of a segment, durable in the
    /// directory.
    ///
    /// @throws DiskException FULL when there is no room for one
    Disk.File takeSpare(String name) {
        String spare = spares.poll();
        if (spare == null) {
            spare = "spare-now";
            try {
                fillWithZeros(spare);
            } catch (DiskException e) {
                forget(spare);
                throw e;
            }
        } else {
            spareCount.decrementAndGet();
        }
        disk.rename(spare, name);
        disk.syncDirectory();
        return disk.open(name, false);
    }

    /// Files left over by an earlier run.
    void removeLeftovers() {
        for (String name : new ArrayList<>(disk.list())) {
            if (name.startsWith("spare-") || name.endsWith(".new") || name.startsWith("spill-")) {
                disk.delete(name);
            }
        }
    }

    static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate());
        return (int) crc.getValue();
    }
}
