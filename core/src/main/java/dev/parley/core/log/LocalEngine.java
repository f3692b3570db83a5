package dev.parley.core.log;

import dev.parley.core.log.Log.LiveSegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The log on local files: one write-ahead log shared by all shards of a node.
///
/// [#start] reads what is there; shards are opened; then two threads drive [#writer], one
/// [#keeper], one [#reader], and the event loop appends, flushes and polls. In this version all
/// shards run on one event loop.
public final class LocalEngine implements Engine, LogKeeper.Listener {
    /// Heap for blocks that were read back.
    private static final long BLOCKS_MIN = 256 << 10;

    private static final long BLOCKS_MAX = 32 << 20;

    private final Disk disk;
    private final LogConfig config;
    private final LogStream stream;
    private final LogWriter writer;
    private final LogKeeper keeper;
    private final LogReader reader;
    private final BlockCache cache;
    private final Handover<Runnable> news = new Handover<>();
    private final Track[] tracks;
    private final @Nullable ShardLog[] logs;
    private final @Nullable SnapshotFile[] snapshots;

    /// Where each shard's newest snapshot is; what lies below is kept alive by [#live] only.
    private final long[] snapshotAt;

    private final Map<Integer, List<LiveSegment>> live = new TreeMap<>();
    private final Runnable wakeWriter;
    private final Runnable wakeKeeper;
    private final Runnable wakeLoop;
    private long toldDurable;
    private boolean failed;

    /// Opens a directory and finds what is in it.
    ///
    /// @param id a random number that names a new directory
    /// @param ticks milliseconds of a clock that only goes forward; for the writer
    /// @param wakeWriter makes sure that `writer().turn()` runs soon; any thread
    /// @param wakeKeeper the same for `keeper().turn()`
    /// @param wakeReader the same for `reader().turn()`
    /// @param wakeLoop the same for `poll`
    /// @throws CorruptLogException if the directory as a whole cannot be trusted
    /// @throws DiskException FULL if the disk has no room for a first segment
    public static LocalEngine start(
            Disk disk,
            LogConfig config,
            long id,
            LongSupplier ticks,
            Runnable wakeWriter,
            Runnable wakeKeeper,
            Runnable wakeReader,
            Runnable wakeLoop) {
        Identity before = Identity.read(disk);
        if (before == null && disk.list().stream().anyMatch(LocalEngine::isData)) {
            throw new CorruptLogException("log files without parley.log: nothing is deleted");
        }
        LogConfig used = before == null ? config : kept(config, before);
        return new LocalEngine(
                disk, used, before, id, ticks, wakeWriter, wakeKeeper, wakeReader, wakeLoop);
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
            LongSupplier ticks,
            Runnable wakeWriter,
            Runnable wakeKeeper,
            Runnable wakeReader,
            Runnable wakeLoop) {
        this.disk = disk;
        this.config = config;
        this.wakeWriter = wakeWriter;
        this.wakeKeeper = wakeKeeper;
        this.wakeLoop = wakeLoop;
        int shards = config.shards();
        logs = new ShardLog[shards];
        snapshots = new SnapshotFile[shards];
        tracks = new Track[shards];
        readSnapshots();
        long directory = before == null ? id : before.directory();
        Recovery recovery = new Recovery(disk, directory, config.segmentBytes(), tracks);
        recovery.run();
        checkSegments();
        keeper = new LogKeeper(disk, config, this::forget, news, wakeLoop);
        reader = new LogReader(disk, config.segmentBytes(), keeper::tell, keeper::note, wakeReader);
        keeper.listener(this);
        keeper.takeLeftovers();
        removeDead(recovery.dead());
        keeper.needsRoom();
        Identity identity = next(before, directory, recovery.lastSegment());
        identity.write(disk);
        long end = recovery.end();
        stream =
                new LogStream(
                        config,
                        directory,
                        identity.epoch(),
                        identity.segment(),
                        end == 0 ? -1 : (end - 1) / config.segmentBytes(),
                        end,
                        recovery.lastFrame(),
                        Arrays.stream(tracks).mapToLong(Track::turn).toArray());
        writer = new LogWriter(config, stream, keeper, ticks, wakeLoop);
        cache = new BlockCache(reader, stream::durable, blockBytes(config));
        toldDurable = stream.durable();
        keeper.durable(toldDurable);
        snapshotAt = Arrays.stream(tracks).mapToLong(Track::from).toArray();
    }

    /// What blocks that were read back may take in all.
    static long blockBytes(LogConfig config) {
        return Math.clamp(config.cacheBytes() / 2, BLOCKS_MIN, BLOCKS_MAX);
    }

    /// Positions of the run before may have gone further than its files, by all that its memory can
    /// have held: far enough ahead, none of them comes again.
    private Identity next(@Nullable Identity before, long directory, long lastSegment) {
        if (before == null) {
            return new Identity(directory, config.shards(), config.segmentBytes(), 1, 0);
        }
        long segment = Math.max(lastSegment, before.segment()) + LogStream.RING + 2;
        long epoch = before.epoch() + 1;
        return new Identity(directory, config.shards(), config.segmentBytes(), epoch, segment);
    }

    /// The newest first, and each for good before the next: a start that is interrupted must not
    /// find a gap.
    private void removeDead(List<String> dead) {
        for (String name : dead.reversed()) {
            disk.delete(name);
            disk.syncDirectory();
        }
    }

    private void readSnapshots() {
        List<String> files = disk.list().stream().filter(SnapshotFile::isSnapshot).toList();
        String[] damaged = new String[snapshots.length];
        long[] newest = new long[snapshots.length];
        for (String name : files) {
            int shard = SnapshotFile.shard(name);
            if (shard >= snapshots.length) {
                throw new CorruptLogException(
                        name + ": there are " + snapshots.length + " shards: nothing is deleted");
            }
            long position = SnapshotFile.position(name);
            SnapshotFile found = SnapshotFile.read(disk, name);
            if (found == null || found.shard() != shard || found.position() != position) {
                damaged[shard] = name + " is damaged";
            } else {
                snapshots[shard] = found; // the files are sorted
            }
            newest[shard] = position;
        }
        for (int i = 0; i < snapshots.length; i++) {
            SnapshotFile snapshot = snapshots[i];
            tracks[i] = new Track(newest[i], snapshot == null ? 0 : snapshot.turn());
            String what = damaged[i];
            if (what != null) {
                tracks[i].corrupt(what);
            }
        }
    }

    /// A shard whose snapshot refers to a segment that is not there has lost messages.
    private void checkSegments() {
        for (int i = 0; i < snapshots.length; i++) {
            SnapshotFile snapshot = snapshots[i];
            if (snapshot == null) {
                continue;
            }
            for (LiveSegment one : snapshot.live()) {
                String name = Segment.name(one.segment());
                if (one.bytes() > 0 && !disk.exists(name)) {
                    tracks[i].corrupt(name + " is missing, in which messages were alive");
                }
            }
        }
    }

    @Override
    public int shards() {
        return config.shards();
    }

    /// The largest body of a message that this directory's segments have room for.
    public long bodyBytesMax() {
        return config.bodyBytesMax();
    }

    /// The side that up to [LogWriter#THREADS] threads drive.
    public LogWriter writer() {
        return writer;
    }

    /// The side that another thread drives.
    public LogKeeper keeper() {
        return keeper;
    }

    public LogReader reader() {
        return reader;
    }

    private void forget(String segment) {
        reader.forget(segment);
    }

    @Override
    public Log open(int shard, int lane, Log.Owner owner) {
        String damage = tracks[shard].damage();
        if (damage != null) {
            throw new CorruptLogException("shard " + shard + ": " + damage);
        }
        try {
            SnapshotFile snapshot = snapshots[shard];
            if (snapshot != null) {
                owner.restore(snapshot.state());
                live.put(shard, snapshot.live());
                snapshots[shard] = null;
            }
            tracks[shard].replay(disk, config.segmentBytes(), owner);
        } catch (CorruptLogException | DiskException e) {
            throw e;
        } catch (RuntimeException e) {
            // Every checksum was right, and yet the machine cannot make sense of it.
            throw new CorruptLogException("shard " + shard + " cannot be restored: " + e, e);
        }
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
                job -> {
                    keeper.job(job);
                    wakeKeeper.run();
                },
                done -> {
                    news.offer(done);
                    wakeLoop.run();
                },
                owner);
    }

    @Override
    public long segment(long position) {
        return position / config.segmentBytes();
    }

    @Override
    public void flush(int lane) {
        long awaited = stream.awaited();
        boolean more = stream.flush() && !failed;
        if (more && (stream.awaited() != awaited || !writer.dozes(stream.sealed()))) {
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
            log.onSnapshot();
        }
    }

    @Override
    public void onSnapshotFailed(int shard) {
        ShardLog log = logs[shard];
        if (log != null) {
            log.onSnapshot();
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
        writer.close();
    }

    /// One shard's end.
    private final class ShardLog implements Log {
        /// What must be written after a snapshot before there is another, where there is no room;
        /// less is enough when the log has come to rest.
        private static final long SNAPSHOT_STEP = 64 << 10;

        private final int shard;
        private final Log.Owner owner;
        private long position;

        /// There may be a record at or above this address that is not known durable, 0 for none.
        private long waiting;

        private boolean snapshotting;

        /// Where the log stood when a snapshot was last begun; the bytes replayed count as written
        /// since.
        private long snapshotMark;

        ShardLog(int shard, Log.Owner owner) {
            this.shard = shard;
            this.owner = owner;
            this.snapshotMark = stream.next() - (stream.head() - snapshotAt[shard]);
        }

        /// Returns whether there was anything to tell.
        boolean tell(long durable) {
            if (waiting == 0 || waiting >= durable) {
                return false;
            }
            waiting = position >= durable ? durable : 0;
            owner.onDurable(durable);
            return true;
        }

        void onSnapshot() {
            snapshotting = false;
            owner.onSnapshot();
        }

        @Override
        public long epoch() {
            return stream.epoch();
        }

        @Override
        public ByteBuffer append(int type, int size) {
            ByteBuffer buffer = stream.append(shard, type, size);
            position = stream.position();
            waiting = waiting == 0 ? position : waiting;
            return buffer;
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public void hurry() {
            if (position >= toldDurable) {
                stream.await(position);
            }
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
            return stream.next() - toldDurable;
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
        public @Nullable ByteBuffer glance(long where) {
            return stream.glance(where);
        }

        @Override
        public @Nullable ByteBuffer readBack(long where) {
            return cache.payload(where);
        }

        @Override
        public void read(long where, int size) {
            cache.read(where, size, owner);
        }

        @Override
        public boolean snapshotDue() {
            if (snapshotting) {
                return false;
            }
            long written = stream.next() - snapshotMark;
            if (roomy()) {
                // Staggered, so that not all shards write at once.
                long every = config.snapshotEveryBytes();
                return written > every - every / 4 * shard / config.shards();
            }
            // Only snapshots free segments: at once, for a shard that has changed or holds one
            // back.
            boolean changed = position >= snapshotAt[shard];
            boolean pins = segment(snapshotAt[shard]) < segment(stream.head());
            boolean quiet = stream.next() == toldDurable;
            return written > (quiet ? 0 : SNAPSHOT_STEP) && (changed || pins);
        }

        @Override
        public void snapshot(ByteBuffer state, List<LiveSegment> refers) {
            snapshotting = true;
            snapshotMark = stream.next();
            keeper.snapshot(
                    new SnapshotFile(shard, stream.head(), stream.turn(shard), state, refers));
            wakeKeeper.run();
        }
    }
}
