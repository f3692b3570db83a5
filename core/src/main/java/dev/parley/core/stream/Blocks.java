package dev.parley.core.stream;

import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.LongUnaryOperator;

/// The index of a stream's history: where its blocks lie, oldest first.
///
/// A block reaches from its first offset to the next block's. One whose record holds a single
/// message may be the record that brought it.
final class Blocks {
    private static final int NONE = -1;

    private long[] firsts = new long[4];
    private long[] positions = new long[4];
    private long[] firstMillis = new long[4];
    private long[] lastMillis = new long[4];
    private int[] counts = new int[4];
    private int[] alive = new int[4];
    private int[] sizes = new int[4];
    private int start;
    private int size;
    private long bytes;
    private long messages;

    int size() {
        return size;
    }

    /// Bytes of all blocks.
    long bytes() {
        return bytes;
    }

    /// Messages that were neither superseded nor trimmed.
    long messages() {
        return messages;
    }

    long first(int index) {
        return firsts[start + index];
    }

    long position(int index) {
        return positions[start + index];
    }

    long firstMillis(int index) {
        return firstMillis[start + index];
    }

    long lastMillis(int index) {
        return lastMillis[start + index];
    }

    /// Messages in the record.
    int count(int index) {
        return counts[start + index];
    }

    /// Those of them that were neither superseded nor trimmed.
    int alive(int index) {
        return alive[start + index];
    }

    int bytes(int index) {
        return sizes[start + index];
    }

    /// The block that reaches over `offset`, or -1 if it lies before all.
    int find(long offset) {
        int low = 0;
        int high = size - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            if (firsts[start + middle] <= offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /// The first block with a message that came at `time` or later, or the number of blocks.
    int since(long time) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = low + high >>> 1;
            if (lastMillis[start + middle] < time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// One block more; none if there is nothing in it.
    void add(Records.BlockHead head, long position, int blockBytes) {
        insert(size, head, position, blockBytes);
    }

    /// Puts one block in the place of those that begin from `head.from()` to below `head.to()`.
    void replace(Records.BlockHead head, long first, long position, int blockBytes) {
        int index = find(head.from());
        if (index == NONE || firsts[start + index] != head.from()) {
            throw new IllegalStateException("no block begins at " + head.from());
        }
        int behind = index;
        while (behind < size && firsts[start + behind] < head.to()) {
            behind++;
        }
        remove(index, behind);
        insert(index, head.from(first), position, blockBytes);
    }

    private void insert(int index, Records.BlockHead head, long position, int blockBytes) {
        if (head.count() == 0) {
            return;
        }
        if (start + size == firsts.length) {
            makeRoom();
        }
        shift(index, index + 1);
        firsts[start + index] = head.from();
        positions[start + index] = position;
        firstMillis[start + index] = head.firstMillis();
        lastMillis[start + index] = head.lastMillis();
        counts[start + index] = head.count();
        alive[start + index] = head.count();
        sizes[start + index] = blockBytes;
        size++;
        bytes += blockBytes;
        messages += head.count();
    }

    void move(int index, long position, int blockBytes) {
        positions[start + index] = position;
        bytes += blockBytes - sizes[start + index];
        sizes[start + index] = blockBytes;
    }

    /// One message of the block was superseded.
    void kill(int index) {
        if (alive[start + index] > 0) {
            alive[start + index]--;
            messages--;
        }
    }

    /// Drops the blocks below `index`.
    void drop(int index) {
        remove(0, index);
    }

    /// Of the first block, so many messages were trimmed.
    void trim(long trimmed) {
        int most = Math.clamp(trimmed, 0, alive[start]);
        alive[start] -= most;
        messages -= most;
    }

    private void remove(int from, int to) {
        for (int i = from; i < to; i++) {
            bytes -= sizes[start + i];
            messages -= alive[start + i];
        }
        if (from == 0) {
            start += to;
        } else {
            shift(to, from);
        }
        size -= to - from;
    }

    /// Moves what lies from `from` on to `to`.
    private void shift(int from, int to) {
        move(start + from, start + to, size - from);
    }

    private void move(int from, int to, int count) {
        System.arraycopy(firsts, from, firsts, to, count);
        System.arraycopy(positions, from, positions, to, count);
        System.arraycopy(firstMillis, from, firstMillis, to, count);
        System.arraycopy(lastMillis, from, lastMillis, to, count);
        System.arraycopy(counts, from, counts, to, count);
        System.arraycopy(alive, from, alive, to, count);
        System.arraycopy(sizes, from, sizes, to, count);
    }

    private void makeRoom() {
        if (start > firsts.length / 2) {
            move(start, 0, size);
            start = 0;
            return;
        }
        int larger = firsts.length * 2;
        firsts = Arrays.copyOf(firsts, larger);
        positions = Arrays.copyOf(positions, larger);
        firstMillis = Arrays.copyOf(firstMillis, larger);
        lastMillis = Arrays.copyOf(lastMillis, larger);
        counts = Arrays.copyOf(counts, larger);
        alive = Arrays.copyOf(alive, larger);
        sizes = Arrays.copyOf(sizes, larger);
    }

    void save(SnapshotWriter out, LongUnaryOperator segmentOf) {
        out.putInt(size);
        for (int i = 0; i < size; i++) {
            out.putLong(firsts[start + i]).putLong(positions[start + i]);
            out.putLong(firstMillis[start + i]).putLong(lastMillis[start + i]);
            out.putInt(counts[start + i]).putInt(alive[start + i]).putInt(sizes[start + i]);
            if (alive[start + i] > 0) {
                out.keep(segmentOf.applyAsLong(positions[start + i]), sizes[start + i]);
            }
        }
    }

    void restore(ByteBuffer in) {
        for (int n = in.getInt(); n > 0; n--) {
            long first = in.getLong();
            long position = in.getLong();
            long begins = in.getLong();
            long ends = in.getLong();
            int count = in.getInt();
            int left = in.getInt();
            int blockBytes = in.getInt();
            if (size > 0 && first <= firsts[start + size - 1]
                    || count <= 0
                    || left > count
                    || left < 0) {
                throw new IllegalStateException("block " + first + " of a snapshot is nonsense");
            }
            add(
                    new Records.BlockHead(0, first, first + 1, count, begins, ends),
                    position,
                    blockBytes);
            messages -= count - left;
            alive[start + size - 1] = left;
        }
    }
}
