package dev.parley.core.log;

import dev.parley.core.log.Log.LiveSegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The log on local files: one write-ahead log shared by all shards of a node.
///
/// [#start] reads what is there; shards are opened; then one thread drives [#writer], one
/// [#keeper], and the event loop appends, flushes and polls. In this version all shards run on one
/// event loop.
public final class LocalEngine implements Engine, LogKeeper.Listener {
    private final Disk disk;
    private final LogConfig config;
    private final Identity identity;
    private final Recovery recovery;
    private final LogStream stream;
    private final LogWriter writer;
    private final LogKeeper keeper;
    private final Handover<Runnable> news = new Handover<>();
    private final @Nullable ShardLog[] logs;
    private final @Nullable SnapshotFile[] snapshots;
    private final long[] snapshotAt;
    private final Map<Integer, List<LiveSegment>> live = new TreeMap<>();
    private final Runnable wakeWriter;
    private final Runnable wakeKeeper;
    private long toldDurable;
    private boolean failed;

    /// Opens a directory and finds what is in it.
    ///
    /// @param id a random number that names a new directory
    /// @param wakeWriter makes sure that `writer().turn()` runs soon; any thread
    /// @param wakeKeeper the same for `keeper().turn()`
    /// @param wakeLoop the same for `poll`
    /// @throws CorruptLogException if the directory as a whole cannot be trusted
    public static LocalEngine start(
            Disk disk,
            LogConfig config,
            long id,
            Runnable wakeWriter,
            Runnable wakeKeeper,
            Runnable wakeLoop) {
        Identity before = Identity.read(disk);
        if (before == null && disk.list().stream().anyMatch(LocalEngine::isData)) {
            throw new CorruptLogException("log files without parley.log: nothing is deleted");
        }
        LogConfig used = before == null ? config : kept(config, before);
        return new LocalEngine(disk, used, before, id, wakeWriter, wakeKeeper, wakeLoop);
    }

    private static boolean isData(String name) {
        return Segment.isSegment(name) || SnapshotFile.isSnapshot(name);
    }

    private static LogConfig kept(LogConfig config, Identity identity) {
        return new LogConfig(
                identity.shards(),
                identity.segmentBytes(),
                config.chunkBytes(),
                config.cacheBytes(),
                config.snapshotEveryBytes(),
                config.reserveBytes(),
                config.volatileBytes());
    }

    private LocalEngine(
            Disk disk,
            LogConfig config,
            @Nullable Identity before,
            long id,
            Runnable wakeWriter,
            Runnable wakeKeeper,
            Runnable wakeLoop) {
        this.disk = disk;
        this.config = config;
        this.wakeWriter = wakeWriter;
        this.wakeKeeper = wakeKeeper;
        int shards = config.shards();
        logs = new ShardLog[shards];
        snapshots = new SnapshotFile[shards];
        snapshotAt = new long[shards];
        keeper = new LogKeeper(disk, config, news, wakeLoop);
        keeper.listener(this);
        keeper.removeLeftovers();
        readSnapshots();
        recovery = new Recovery(disk, config, snapshotAt.clone());
        recovery.run();
        recovery.dead().forEach(disk::delete);
        // Positions of the run before may have gone further than its files: far enough ahead, none
        // of
        // them comes again.
        long ahead = 2 + 2 * (256L << 20) / config.segmentBytes();
        long known = before == null ? -1 : before.segment();
        long segment = Math.max(recovery.lastSegment(), known) + 1 + (before == null ? 0 : ahead);
        long epoch = before == null ? 1 : before.epoch() + 1;
        identity =
                new Identity(
                        before == null ? id : before.directory(),
                        shards,
                        config.segmentBytes(),
                        epoch,
                        segment);
        identity.write(disk);
        long end = recovery.end();
        long[] turns = new long[shards];
        for (int i = 0; i < shards; i++) {
            turns[i] = recovery.turn(i);
        }
        long previous = end == 0 ? -1 : (end - 1) / config.segmentBytes();
        stream =
                new LogStream(
                        config,
                        identity.directory(),
                        epoch,
                        segment,
                        previous,
                        end,
                        recovery.lastFrame(),
                        turns);
        writer = new LogWriter(config, stream, keeper, wakeLoop);
        toldDurable = stream.durable();
        keeper.durable(toldDurable);
        Arrays.setAll(
                snapshotAt, i -> snapshotAt[i] == 0 && end == 0 ? stream.head() : snapshotAt[i]);
    }

    private void readSnapshots() {
        for (String name : disk.list()) {
            if (SnapshotFile.isSnapshot(name)) {
                int shard = SnapshotFile.shard(name);
                SnapshotFile found = SnapshotFile.read(disk, name);
                if (found == null || shard >= snapshots.length) {
                    throw new CorruptLogException(name + " is damaged: nothing is deleted");
                }
                SnapshotFile other = snapshots[shard];
                if (other == null || other.position() < found.position()) {
                    snapshots[shard] = found;
                    snapshotAt[shard] = found.position();
                }
            }
        }
    }

    @Override
    public int shards() {
        return config.shards();
    }

    /// The side that one thread drives.
    public LogWriter writer() {
        return writer;
    }

    /// The side that another thread drives.
    public LogKeeper keeper() {
        return keeper;
    }

    @Override
    public Log open(int shard, int lane, Log.Owner owner) {
        SnapshotFile snapshot = snapshots[shard];
        if (snapshot != null) {
            owner.restore(snapshot.state());
            live.put(shard, snapshot.live());
            snapshots[shard] = null;
        }
        recovery.replay(shard, owner);
        ShardLog log = new ShardLog(shard, owner);
        logs[shard] = log;
        return log;
    }

    @Override
    public VolatileStore volatileStore(int shard, int lane, Log.Owner owner) {
        return new LocalVolatileStore(
                disk,
                "spill-%04d".formatted(shard),
                Math.max(1 << 20, config.volatileBytes() / config.shards()),
                keeper,
                news,
                wakeKeeper,
                owner);
    }

    @Override
    public long segment(long position) {
        return position / config.segmentBytes();
    }

    @Override
    public void flush(int lane) {
        if (stream.flush() && !failed) {
            wakeWriter.run();
        }
    }

    @Override
    public int poll(int lane) {
        int told = 0;
        LogFailure failure = writer.failure();
        if (failure != null && !failed) {
            failed = true;
            for (ShardLog log : logs) {
                if (log != null) {
                    log.owner.onFailure(failure);
                    told++;
                }
            }
        }
        if (failed) {
            return told;
        }
        long durable = stream.durable();
        if (durable != toldDurable) {
            toldDurable = durable;
            keeper.durable(durable);
            wakeKeeperForSnapshots();
            for (ShardLog log : logs) {
                if (log != null && log.tell(durable)) {
                    told++;
                }
            }
        }
        Runnable one;
        while ((one = news.poll()) != null) {
            one.run();
            told++;
        }
        return told;
    }

    private void wakeKeeperForSnapshots() {
        for (ShardLog log : logs) {
            if (log != null && log.snapshotting) {
                wakeKeeper.run();
                return;
            }
        }
    }

    @Override
    public void onSnapshot(int shard, long position, List<LiveSegment> refers) {
        snapshotAt[shard] = position;
        live.put(shard, refers);
        freeSegments();
        ShardLog log = logs[shard];
        if (log != null) {
            log.snapshotting = false;
            log.owner.onSnapshot();
        }
    }

    @Override
    public void onSnapshotFailed(int shard) {
        ShardLog log = logs[shard];
        if (log != null) {
            log.snapshotting = false;
            log.owner.onSnapshot();
        }
    }

    @Override
    public void onRoom(boolean roomy) {
        for (ShardLog log : logs) {
            if (log != null) {
                log.owner.onRoom(roomy);
            }
        }
    }

    /// Frees segments that no snapshot refers to and no replay needs; asks for survivors of nearly
    /// empty ones to be moved.
    private void freeSegments() {
        for (ShardLog log : logs) {
            if (log == null) {
                return; // a shard that could not be opened keeps everything as it is
            }
        }
        long replay = Arrays.stream(snapshotAt).min().orElse(0) / config.segmentBytes();
        TreeMap<Long, Long> alive = new TreeMap<>();
        live.values()
                .forEach(list ->
                        list.forEach(one -> alive.merge(one.segment(), one.bytes(), Long::sum)));
        keeper.job(() -> keeper.free(replay, alive));
        wakeKeeper.run();
    }

    @Override
    public void onSparse(List<Long> segments) {
        for (long segment : segments) {
            live.forEach((shard, list) -> {
                ShardLog log = logs[shard];
                if (log != null && refersTo(list, segment)) {
                    log.owner.onSparse(segment);
                }
            });
        }
    }

    private static boolean refersTo(List<LiveSegment> list, long segment) {
        return list.stream().anyMatch(one -> one.segment() == segment);
    }

    /// Ends in good order: call when the writer's thread has ended; writes what is left.
    public void close() {
        stream.flush();
        while (writer.turn()) {
            // Everything sealed becomes durable.
        }
        writer.close();
    }

    /// One shard's end.
    private final class ShardLog implements Log {
        private final int shard;
        private final Log.Owner owner;
        private long position;
        private long waiting;
        private boolean snapshotting;

        ShardLog(int shard, Log.Owner owner) {
            this.shard = shard;
            this.owner = owner;
        }

        boolean tell(long durable) {
            if (waiting == 0 || waiting >= durable) {
                return false;
            }
            waiting = 0;
            owner.onDurable(durable);
            return true;
        }

        @Override
        public long epoch() {
            return stream.epoch();
        }

        @Override
        public ByteBuffer append(int type, int size) {
            ByteBuffer buffer = stream.append(shard, type, size);
            position = stream.position();
            waiting = position;
            return buffer;
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public void seal() {
            stream.seal(shard);
        }

        @Override
        public long head() {
            return stream.head();
        }

        @Override
        public long durable() {
            return toldDurable;
        }

        @Override
        public long undurableBytes() {
            return stream.head() - toldDurable;
        }

        @Override
        public boolean roomy() {
            return keeper.roomy();
        }

        @Override
        public @Nullable ByteBuffer cached(long where) {
            return stream.cached(where);
        }

        @Override
        public void read(long where, int size) {
            keeper.read(where, size, owner);
            wakeKeeper.run();
        }

        @Override
        public boolean snapshotDue() {
            // Staggered, so that not all shards write at once; but only snapshots free segments, so
            // at once when there is no room.
            long every = config.snapshotEveryBytes();
            long due = roomy() ? every - every / 4 * shard / config.shards() : 0;
            return !snapshotting && stream.head() - snapshotAt[shard] > due;
        }

        @Override
        public void snapshot(ByteBuffer state, List<LiveSegment> refers) {
            snapshotting = true;
            keeper.snapshot(shard, stream.head(), state, refers);
            wakeKeeper.run();
        }
    }
}
