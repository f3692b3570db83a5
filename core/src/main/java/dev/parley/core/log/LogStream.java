package dev.parley.core.log;

import dev.parley.core.log.Segment.Header;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The event loop's side of the log: encodes records straight into the chunk that the writer writes
/// from and deliveries are served from.
///
/// Chunks follow each other without a gap in the address space, but for the end of a segment that a
/// record does not fit in. The ring of chunks is written by the event loop and read by the writer
/// below `sealed`, which is published last: what lies below it never changes while it is in the
/// ring. A chunk leaves the ring when it is durable and the cache is full.
///
/// Shards take turns in a round as they like. A frame that another shard's record interrupts is
/// marked as going on; when its shard seals, the mark is taken from the last one again. Nothing of
/// a round is given to the writer before all of it is sealed, so that is in time.
final class LogStream {
    static final int RING = 1 << 12;

    /// A piece of the log in memory.
    static final class Chunk {
        private final long base;
        private final ByteBuffer buffer;

        /// Shows the record that is filled.
        private final ByteBuffer record;

        /// Shows what was glanced at last.
        private final ByteBuffer shown;

        /// The writer's view: the event loop moves the limits of its own.
        private final ByteBuffer written;

        private final @Nullable Header opens;

        /// How much of the buffer it may use.
        private final int room;

        private int used;

        Chunk(long base, ByteBuffer buffer, int room, @Nullable Header opens) {
            this.base = base;
            this.buffer = buffer;
            this.room = room;
            this.record = buffer.duplicate();
            this.shown = buffer.duplicate();
            this.written = buffer.duplicate();
            this.opens = opens;
        }

        long base() {
            return base;
        }

        long end() {
            return base + used;
        }

        /// The bytes from one address to another, shown until the next call; the writer's.
        ByteBuffer bytes(long from, long to) {
            return written.limit((int) (to - base)).position((int) (from - base));
        }

        /// The header of the segment that begins with this chunk, or null.
        @Nullable Header opens() {
            return opens;
        }
    }

    private final LogConfig config;
    private final long directory;
    private final long epoch;
    private final CRC32C crc = new CRC32C();
    private final @Nullable Chunk[] ring = new Chunk[RING];
    private final Spares spares;
    private final long[] turns;

    /// Where the last frame of each shard's unsealed turn is, if another shard has interrupted it.
    private final @Nullable Chunk[] openChunks;

    private final int[] openFrames;
    private int openTurns;

    private long first;
    private long next;
    private long cached;
    private long segment;
    private int offset;
    private long frames;
    private long segmentPrevious;
    private long segmentPreviousEnd;

    private Chunk chunk;
    private int frameShard = -1;
    private int frameStart;
    private int frameRecords;
    private int recordStart = -1;

    private boolean begun;

    /// The newest record that somebody waits for, and what of that the writer knows.
    private long awaiting;

    private volatile long awaited;
    private volatile long sealed;
    private volatile long durable;

    /// @param segment the first segment to write, unused so far
    /// @param previous the segment before it, or -1
    /// @param previousEnd where the log ends in that one
    /// @param frames the number of the last frame
    /// @param turns the number of each shard's last frame; changed here from now on
    LogStream(
            LogConfig config,
            long directory,
            long epoch,
            long segment,
            long previous,
            long previousEnd,
            long frames,
            long[] turns) {
        this.config = config;
        this.directory = directory;
        this.epoch = epoch;
        this.segment = segment;
        this.segmentPrevious = previous;
        this.segmentPreviousEnd = previousEnd;
        this.frames = frames;
        this.turns = turns;
        this.spares = new Spares(config.cacheBytes() / 2);
        this.openChunks = new Chunk[turns.length];
        this.openFrames = new int[turns.length];
        long start = segment * config.segmentBytes() + Segment.HEADER;
        this.sealed = start;
        this.durable = start;
        this.offset = Segment.HEADER;
        this.chunk = addChunk(0, true);
    }

    long epoch() {
        return epoch;
    }

    ByteBuffer append(int shard, int type, int size) {
        int bytes = Frame.recordBytes(size);
        if (bytes > config.segmentBytes() - Segment.HEADER - Frame.HEADER || size < 0) {
            throw new IllegalArgumentException("a record of " + size + " bytes is too large");
        }
        if (frameShard >= 0 && frameShard != shard) {
            closeFrame(Frame.CONTINUED);
        }
        begun = true;
        finishRecord();
        int needed = bytes + (frameShard < 0 ? Frame.HEADER : 0);
        if (chunk.room - chunk.used < needed) {
            closeFrame(Frame.CONTINUED);
            nextChunk(bytes + Frame.HEADER);
        }
        if (frameShard < 0) {
            frameShard = shard;
            frameStart = chunk.used;
            frameRecords = 0;
            chunk.used += Frame.HEADER;
        }
        recordStart = chunk.used;
        chunk.used += bytes;
        frameRecords++;
        ByteBuffer buffer = chunk.buffer;
        buffer.putLong(chunk.used - 8, 0);
        buffer.putInt(recordStart, size);
        buffer.put(recordStart + 8, (byte) type);
        int start = recordStart + Frame.RECORD_HEADER;
        return chunk.record.limit(start + size).position(start);
    }

    /// The address of the record appended last.
    long position() {
        return chunk.base + recordStart;
    }

    private void finishRecord() {
        if (recordStart >= 0) {
            ByteBuffer buffer = chunk.buffer;
            int size = buffer.getInt(recordStart);
            buffer.putInt(recordStart + 4, Frame.recordChecksum(crc, buffer, recordStart, size));
            recordStart = -1;
        }
    }

    void seal(int shard) {
        if (frameShard == shard) {
            closeFrame(0);
        } else {
            endTurn(shard);
        }
    }

    /// Takes the mark from a frame that was to go on.
    private void endTurn(int shard) {
        Chunk open = openChunks[shard];
        if (open != null) {
            int at = openFrames[shard];
            open.buffer.put(at + 14, (byte) 0);
            open.buffer.putInt(at + 8, Frame.checksum(crc, directory, open.buffer, at));
            openChunks[shard] = null;
            openTurns--;
        }
    }

    private void closeFrame(int flags) {
        if (frameShard < 0) {
            return;
        }
        finishRecord();
        ByteBuffer buffer = chunk.buffer;
        int at = frameStart;
        buffer.putInt(at, Frame.MAGIC)
                .putInt(at + 4, chunk.used - at)
                .putShort(at + 12, (short) frameShard)
                .put(at + 14, (byte) flags)
                .put(at + 15, (byte) Frame.VERSION)
                .putLong(at + 16, epoch)
                .putLong(at + 24, ++frames)
                .putLong(at + 32, ++turns[frameShard])
                .putLong(at + 40, durable)
                .putInt(at + 48, frameRecords)
                .putInt(at + 52, 0)
                .putLong(at + 56, segment);
        buffer.putInt(at + 8, Frame.checksum(crc, directory, buffer, at));
        boolean wasOpen = openChunks[frameShard] != null;
        boolean open = (flags & Frame.CONTINUED) != 0;
        openTurns += (open ? 1 : 0) - (wasOpen ? 1 : 0);
        openChunks[frameShard] = open ? chunk : null;
        openFrames[frameShard] = at;
        frameShard = -1;
    }

    /// Somebody waits until the record at `position` is durable.
    void await(long position) {
        awaiting = Math.max(awaiting, position);
    }

    /// Makes everything visible to the writer, ending turns that are still open; returns whether
    /// there was anything new.
    boolean flush() {
        closeFrame(0);
        for (int shard = 0; openTurns > 0; shard++) {
            endTurn(shard);
        }
        long end = chunk.end();
        boolean more = end != sealed;
        if (more) {
            sealed = end;
        }
        if (awaiting != awaited) {
            // After what it lies in.
            awaited = awaiting;
            more = true;
        }
        return more;
    }

    private void nextChunk(int needed) {
        offset = (int) (chunk.end() - segment * config.segmentBytes());
        boolean fits = config.segmentBytes() - offset >= needed;
        if (!fits) {
            segmentPrevious = segment;
            segmentPreviousEnd = chunk.end();
            segment++;
            offset = Segment.HEADER;
        }
        chunk = addChunk(needed, !fits);
    }

    private Chunk addChunk(int needed, boolean opensSegment) {
        evict();
        if (next - first == RING) {
            throw new IllegalStateException("the log writer is " + RING + " chunks behind");
        }
        ByteBuffer buffer = spares.take(capacity(needed));
        int room = Math.min(buffer.capacity(), config.segmentBytes() - offset);
        Header header = null;
        if (opensSegment) {
            header =
                    new Header(
                            directory,
                            segment,
                            config.segmentBytes(),
                            epoch,
                            frames + 1,
                            segmentPrevious,
                            segmentPreviousEnd,
                            durable);
        }
        Chunk added = new Chunk(segment * config.segmentBytes() + offset, buffer, room, header);
        ring[(int) next & RING - 1] = added;
        next++;
        cached += buffer.capacity();
        return added;
    }

    /// In steps, so that what one large record leaves behind fits the next of about its size.
    private int capacity(int needed) {
        int step = config.chunkBytes() / 4;
        int stepped = Math.max(config.chunkBytes(), (needed + step - 1) / step * step);
        return Math.min(stepped, config.segmentBytes());
    }

    private void evict() {
        while (cached > config.cacheBytes() && next - first > 1) {
            Chunk oldest = chunkAt(first);
            // The writer may still stand at the end of the chunk that it finished last.
            if (oldest.end() >= durable) {
                return;
            }
            ring[(int) first & RING - 1] = null;
            first++;
            cached -= oldest.buffer.capacity();
            spares.add(oldest.buffer);
        }
    }

    private Chunk chunkAt(long index) {
        Chunk found = ring[(int) index & RING - 1];
        if (found == null) {
            throw new IllegalStateException("chunk " + index + " has left the ring");
        }
        return found;
    }

    /// The payload at `position` if it is in memory.
    @Nullable ByteBuffer cached(long position) {
        ByteBuffer shown = glance(position);
        return shown == null ? null : shown.slice();
    }

    /// The same, shown until the next call of either.
    @Nullable ByteBuffer glance(long position) {
        if (position >= chunk.base) {
            return payload(chunk, position);
        }
        long low = first;
        long high = next - 1;
        while (low <= high) {
            long middle = low + high >>> 1;
            Chunk candidate = chunkAt(middle);
            if (position < candidate.base) {
                high = middle - 1;
            } else if (position >= candidate.end()) {
                low = middle + 1;
            } else {
                return payload(candidate, position);
            }
        }
        return null;
    }

    private static ByteBuffer payload(Chunk chunk, long position) {
        int at = (int) (position - chunk.base);
        int start = at + Frame.RECORD_HEADER;
        return chunk.shown.limit(start + chunk.buffer.getInt(at)).position(start);
    }

    /// The position behind everything appended; where the log ended before, as long as nothing was.
    long head() {
        return begun ? chunk.end() : segmentPreviousEnd;
    }

    /// The address at which the next frame goes.
    long next() {
        return chunk.end();
    }

    /// The number of a shard's last frame.
    long turn(int shard) {
        return turns[shard];
    }

    long sealed() {
        return sealed;
    }

    /// The newest record that somebody waits for, which lies below what is sealed after it was
    /// asked for.
    long awaited() {
        return awaited;
    }

    long durable() {
        return durable;
    }

    /// The writer's: everything below `address` is durable.
    void durable(long address) {
        durable = address;
    }

    /// The writer's: the chunk numbered `index`, or null when it is not there yet.
    @Nullable Chunk chunk(long index) {
        return ring[(int) index & RING - 1];
    }
}
