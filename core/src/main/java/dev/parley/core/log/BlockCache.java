package dev.parley.core.log;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What was read back from the log not long ago, for all who read: records of many queues lie side
/// by side in one log, so what is read for one of them mostly serves others as well.
///
/// Of those that ask for nearly the same at the same time one has it read, and the others wait for
/// that. Over the budget the blocks go that were not used for longest; who still holds one, or a
/// view of it, may keep it. Used on the event loop only.
final class BlockCache {
    /// Bytes that are being read at once, about; who asks for more waits for his turn.
    private static final int UNDER_WAY_BYTES = 4 << 20;

    /// Blocks looked at for one position: a small one may lie within a large one.
    private static final int LOOKS = 4;

    /// What a block counts at least, so that small ones have a bound, too.
    private static final int BLOCK_MIN = 4 << 10;

    private record Wanted(long position, int size, Log.Owner owner) {}

    /// A read that is under way, and who waits for it.
    private record Read(long position, int size, List<Wanted> waiting) {
        boolean covers(long where) {
            return where >= position && where + Frame.RECORD_HEADER < position + size;
        }
    }

    private final LogReader reader;
    private final LongSupplier durable;
    private final long budget;

    /// In the order in which they lie in the log, and where each begins.
    private @Nullable LogBlock[] blocks = new LogBlock[16];

    private long[] froms = new long[16];
    private long[] usedAt = new long[16];
    private int size;
    private long bytes;
    private long uses;

    private final ArrayDeque<Wanted> wanted = new ArrayDeque<>();
    private final List<Read> underWay = new ArrayList<>();
    private long underWayBytes;

    /// @param durable behind this, a recycled segment holds records of its former life
    /// @param budget bytes of blocks that are kept
    BlockCache(LogReader reader, LongSupplier durable, long budget) {
        this.reader = reader;
        this.durable = durable;
        this.budget = budget;
    }

    /// The payload of the record at `position`, checked, if a block holds it whole.
    @Nullable ByteBuffer payload(long position) {
        int index = indexBelow(position);
        for (int n = 0; n < LOOKS && index >= 0; n++, index--) {
            LogBlock block = blocks[index];
            ByteBuffer payload = block == null ? null : block.payload(position);
            if (payload != null) {
                usedAt[index] = ++uses;
                return payload;
            }
        }
        return null;
    }

    /// The last block that begins at `position` or before, or -1.
    private int indexBelow(long position) {
        int at = Arrays.binarySearch(froms, 0, size, position);
        return at < 0 ? -at - 2 : at;
    }

    /// Has the record at `position` read, and of the `hint` bytes from there on what is durable.
    /// The owner is told by a later [Engine#poll].
    void read(long position, int hint, Log.Owner owner) {
        Wanted asked = new Wanted(position, hint, owner);
        if (underWayBytes < UNDER_WAY_BYTES) {
            begin(asked);
        } else {
            wanted.add(asked);
        }
    }

    private void begin(Wanted asked) {
        for (Read read : underWay) {
            if (read.covers(asked.position())) {
                read.waiting().add(asked);
                return;
            }
        }
        int most = (int) (end(asked) - asked.position());
        Read read = new Read(asked.position(), most, new ArrayList<>(List.of(asked)));
        underWay.add(read);
        underWayBytes += most;
        reader.read(read.position(), most, block -> end(read, block));
    }

    /// Where a read ends: at the latest where the next block begins, as nothing need be read twice.
    private long end(Wanted asked) {
        long from = asked.position();
        long end = Math.max(from, Math.min(from + asked.size(), durable.getAsLong()));
        int next = indexBelow(from) + 1;
        if (next < size) {
            end = Math.min(end, froms[next]);
        }
        for (Read read : underWay) {
            if (read.position() > from) {
                end = Math.min(end, read.position());
            }
        }
        return end;
    }

    /// A read has ended; with nothing if the record that it began with cannot be had.
    private void end(Read read, @Nullable LogBlock block) {
        underWay.remove(read);
        underWayBytes -= read.size();
        if (block != null) {
            add(read.position(), block);
        }
        for (Wanted one : read.waiting()) {
            if (one.position() == read.position()) {
                one.owner().onRead(one.position(), block);
            } else if (block != null && block.payload(one.position()) != null) {
                one.owner().onRead(one.position(), block);
            } else {
                wanted.addFirst(one); // a record that the block does not hold whole
            }
        }
        Wanted next;
        while (underWayBytes < UNDER_WAY_BYTES && (next = wanted.poll()) != null) {
            LogBlock here = holding(next.position());
            if (here == null) {
                begin(next);
            } else {
                next.owner().onRead(next.position(), here);
            }
        }
    }

    private @Nullable LogBlock holding(long position) {
        int index = indexBelow(position);
        LogBlock block = index < 0 ? null : blocks[index];
        return block == null || block.payload(position) == null ? null : block;
    }

    private void add(long from, LogBlock block) {
        if (weight(block) > budget / 4) {
            return; // one large record is not worth all the others
        }
        int below = indexBelow(from);
        if (below >= 0 && froms[below] == from) {
            remove(below);
            below--;
        }
        if (size == froms.length) {
            blocks = Arrays.copyOf(blocks, size * 2);
            froms = Arrays.copyOf(froms, size * 2);
            usedAt = Arrays.copyOf(usedAt, size * 2);
        }
        int index = below + 1;
        shift(index, index + 1);
        blocks[index] = block;
        froms[index] = from;
        usedAt[index] = ++uses;
        size++;
        bytes += weight(block);
        while (bytes > budget && size > 0) {
            remove(longestUnused());
        }
    }

    private int longestUnused() {
        int oldest = 0;
        for (int i = 1; i < size; i++) {
            oldest = usedAt[i] < usedAt[oldest] ? i : oldest;
        }
        return oldest;
    }

    private void remove(int index) {
        bytes -= weight(blocks[index]);
        shift(index + 1, index);
        blocks[--size] = null;
    }

    private static int weight(@Nullable LogBlock block) {
        return block == null ? 0 : Math.max(BLOCK_MIN, block.bytes());
    }

    /// Moves what lies from `index` on to `to`.
    private void shift(int index, int to) {
        System.arraycopy(blocks, index, blocks, to, size - index);
        System.arraycopy(froms, index, froms, to, size - index);
        System.arraycopy(usedAt, index, usedAt, to, size - index);
    }
}
