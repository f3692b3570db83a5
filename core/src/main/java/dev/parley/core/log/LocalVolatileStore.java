package dev.parley.core.log;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Messages that need no disk: chunks of memory with a count of what lives in each; over its budget
/// the oldest are written to a spill file and read back when wanted.
///
/// Positions count down from -1: the negated address in the store's own address space, in which
/// each chunk takes [#SPAN] or, for one large message, a multiple of it.
final class LocalVolatileStore implements VolatileStore {
    private static final int SPAN = 256 << 10;

    /// Chunks kept for use again.
    private static final int SPARES = 16;

    private static final class Chunk {
        private final long number;
        private final int bytes;
        private @Nullable ByteBuffer buffer;

        /// Shows what was glanced at last.
        private @Nullable ByteBuffer shown;

        private int used;
        private int live;
        private boolean spilling;

        /// Its place in the spill file, in spans.
        private int spillAt = -1;

        Chunk(long number, ByteBuffer buffer) {
            this.number = number;
            this.buffer = buffer;
            this.shown = buffer.duplicate();
            this.bytes = buffer.capacity();
        }
    }

    private final Disk disk;
    private final String file;
    private final Consumer<Runnable> keeper;
    private final Consumer<Runnable> loop;
    private final Log.Owner owner;
    private final long budget;
    private final Map<Long, Chunk> chunks = new HashMap<>();
    private final ArrayDeque<Chunk> inMemory = new ArrayDeque<>();
    private final ArrayDeque<ByteBuffer> spare = new ArrayDeque<>();
    private Chunk current;

    /// A view of the current chunk that shows what was appended last.
    private ByteBuffer filled = ByteBuffer.allocate(0);

    /// The chunk that was asked for last, and mostly is again.
    private @Nullable Chunk recent;

    private long nextNumber;
    private long memory;
    private long spilling;
    private long position;

    /// Which spans of the spill file are in use.
    private final BitSet spilled = new BitSet();

    /// @param keeper runs something on the keeper's thread, in order
    /// @param loop runs something on the event loop
    LocalVolatileStore(
            Disk disk,
            String file,
            long budget,
            Consumer<Runnable> keeper,
            Consumer<Runnable> loop,
            Log.Owner owner) {
        this.disk = disk;
        this.file = file;
        this.budget = budget;
        this.keeper = keeper;
        this.loop = loop;
        this.owner = owner;
        this.current = new Chunk(-1, ByteBuffer.allocate(0));
    }

    @Override
    public ByteBuffer append(int size) {
        int needed = size + 4 + 7 & ~7;
        if (current.bytes - current.used < needed) {
            retire(current);
            current = addChunk(needed);
        }
        ByteBuffer buffer = bufferOf(current);
        int at = current.used;
        buffer.putInt(at, size);
        current.used += needed;
        current.live++;
        position = -(current.number * SPAN + at + 1);
        return filled.limit(at + 4 + size).position(at + 4);
    }

    private static ByteBuffer bufferOf(Chunk chunk) {
        ByteBuffer buffer = chunk.buffer;
        if (buffer == null) {
            throw new IllegalStateException("chunk " + chunk.number + " is not in memory");
        }
        return buffer;
    }

    private Chunk addChunk(int needed) {
        spillOverBudget();
        int spans = (needed + SPAN - 1) / SPAN;
        ByteBuffer buffer = spans == 1 ? spare.poll() : null;
        if (buffer == null) {
            buffer = ByteBuffer.allocate(spans * SPAN);
        }
        filled = buffer.duplicate();
        Chunk chunk = new Chunk(nextNumber, buffer);
        for (int i = 0; i < spans; i++) {
            chunks.put(nextNumber + i, chunk);
        }
        nextNumber += spans;
        memory += chunk.bytes;
        inMemory.add(chunk);
        return chunk;
    }

    @Override
    public long position() {
        return position;
    }

    private @Nullable Chunk chunkOf(long where) {
        long span = (-where - 1) / SPAN;
        Chunk found = recent;
        if (found == null || span < found.number || span >= found.number + found.bytes / SPAN) {
            found = chunks.get(span);
            recent = found;
        }
        return found;
    }

    @Override
    public @Nullable ByteBuffer cached(long where) {
        ByteBuffer shown = glance(where);
        return shown == null ? null : shown.slice();
    }

    @Override
    public @Nullable ByteBuffer glance(long where) {
        Chunk chunk = chunkOf(where);
        ByteBuffer shown = chunk == null ? null : chunk.shown;
        if (chunk == null || shown == null) {
            return null;
        }
        int start = (int) (-where - 1 - chunk.number * SPAN) + 4;
        int size = shown.clear().getInt(start - 4);
        return shown.limit(start + size).position(start);
    }

    @Override
    public void read(long where, int size) {
        Chunk chunk = chunkOf(where);
        keeper.accept(() -> {
            Log.Block block = chunk == null ? null : readChunk(chunk);
            loop.accept(() -> owner.onRead(where, block));
        });
    }

    private Log.@Nullable Block readChunk(Chunk chunk) {
        ByteBuffer bytes = ByteBuffer.allocate(chunk.used);
        try {
            Disk.File spill = disk.open(file, false);
            try {
                spill.read(bytes, (long) chunk.spillAt * SPAN);
            } finally {
                spill.close();
            }
        } catch (DiskException e) {
            return null; // told as damage: the message cannot be had
        }
        return new SpilledBlock(chunk.number * SPAN, bytes.flip());
    }

    private record SpilledBlock(long base, ByteBuffer buffer) implements Log.Block {
        @Override
        public @Nullable ByteBuffer payload(long where) {
            long at = -where - 1 - base;
            if (at < 0 || at + 4 > buffer.limit()) {
                return null;
            }
            int size = buffer.getInt((int) at);
            if (size < 0 || at + 4 + size > buffer.limit()) {
                return null;
            }
            return buffer.slice((int) at + 4, size);
        }

        @Override
        public int bytes() {
            return buffer.capacity();
        }
    }

    @Override
    public void release(long where, int size) {
        Chunk chunk = chunkOf(where);
        if (chunk == null || chunk.live == 0) {
            throw new IllegalStateException("nothing lives at " + where);
        }
        chunk.live--;
        if (chunk.live == 0 && chunk != current) {
            retire(chunk);
        }
    }

    /// Lets go of a chunk if nothing lives in it.
    private void retire(Chunk chunk) {
        if (chunk.live > 0 || chunk.bytes == 0) {
            return;
        }
        for (int i = 0; i < chunk.bytes / SPAN; i++) {
            chunks.remove(chunk.number + i);
        }
        if (recent == chunk) {
            recent = null;
        }
        forgetMemory(chunk);
        if (chunk.spillAt >= 0) {
            spilled.clear(chunk.spillAt, chunk.spillAt + chunk.bytes / SPAN);
            if (spilled.isEmpty()) {
                keeper.accept(() -> resize(0));
            }
        }
    }

    /// The disk gets back what is not needed.
    private void resize(long bytes) {
        Disk.File spill = disk.open(file, true);
        try {
            spill.truncate(bytes);
        } finally {
            spill.close();
        }
    }

    private void forgetMemory(Chunk chunk) {
        ByteBuffer buffer = chunk.buffer;
        if (buffer != null) {
            chunk.buffer = null;
            chunk.shown = null;
            memory -= chunk.bytes;
            inMemory.remove(chunk);
            if (chunk.bytes == SPAN && spare.size() < SPARES && !chunk.spilling) {
                spare.add(buffer);
            }
        }
    }

    private void spillOverBudget() {
        for (Chunk chunk : inMemory) {
            if (memory - spilling <= budget) {
                return;
            }
            ByteBuffer buffer = chunk.buffer;
            if (!chunk.spilling && chunk != current && buffer != null) {
                chunk.spilling = true;
                chunk.spillAt = freeSpans(chunk.bytes / SPAN);
                spilled.set(chunk.spillAt, chunk.spillAt + chunk.bytes / SPAN);
                spilling += chunk.bytes;
                keeper.accept(() -> spill(chunk, buffer));
            }
        }
    }

    /// Where in the spill file that many spans are free.
    private int freeSpans(int spans) {
        int at = spilled.nextClearBit(0);
        for (int used; (used = spilled.nextSetBit(at)) >= 0 && used - at < spans; ) {
            at = spilled.nextClearBit(used);
        }
        return at;
    }

    private void spill(Chunk chunk, ByteBuffer buffer) {
        boolean written;
        try {
            Disk.File spill = disk.open(file, true);
            try {
                spill.write(buffer.slice(0, chunk.used), (long) chunk.spillAt * SPAN);
            } finally {
                spill.close();
            }
            written = true;
        } catch (DiskException e) {
            written = false; // no room: the chunk stays in memory
        }
        boolean done = written;
        loop.accept(() -> {
            spilling -= chunk.bytes;
            if (chunk.buffer != null && done) {
                forgetMemory(chunk);
            }
        });
    }
}
