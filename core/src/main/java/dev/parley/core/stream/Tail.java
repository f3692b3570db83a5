package dev.parley.core.stream;

import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.LongUnaryOperator;

/// The newest messages of a stream, each in the record that brought it.
///
/// No message is an object here: a ring of numbers. One that was superseded takes no bytes and is
/// passed over.
final class Tail {
    private long[] positions = new long[16];
    private long[] millis = new long[16];
    private int[] sizes = new int[16];

    /// What of its record each message keeps alive: one that went into several streams is shared.
    private int[] shares = new int[16];

    private long base;
    private long end;
    private int alive;
    private long bytes;

    /// The offset of the oldest message here.
    long base() {
        return base;
    }

    /// The offset that the next message gets.
    long end() {
        return end;
    }

    int size() {
        return (int) (end - base);
    }

    /// Messages that were not superseded, and what they take.
    int alive() {
        return alive;
    }

    long bytes() {
        return bytes;
    }

    long position(long offset) {
        return positions[slot(offset)];
    }

    /// The bytes of the message; 0 if it was superseded.
    int bytes(long offset) {
        return sizes[slot(offset)];
    }

    long millis(long offset) {
        return millis[slot(offset)];
    }

    boolean has(long offset) {
        return offset >= base && offset < end;
    }

    /// Goes on at an offset without the ones before, when nothing is here.
    void begin(long offset) {
        base = offset;
        end = offset;
    }

    void add(long position, int size, int share, long time) {
        if (size() == positions.length) {
            grow();
        }
        int slot = slot(end++);
        positions[slot] = position;
        sizes[slot] = size;
        shares[slot] = share;
        millis[slot] = time;
        alive++;
        bytes += size;
    }

    /// The message at `offset` was superseded.
    void kill(long offset) {
        int slot = slot(offset);
        if (sizes[slot] > 0) {
            alive--;
            bytes -= sizes[slot];
            sizes[slot] = 0;
        }
    }

    void move(long offset, long position, int share) {
        positions[slot(offset)] = position;
        shares[slot(offset)] = share;
    }

    /// Drops what lies below `offset`; returns how many of it were not superseded.
    int drop(long offset) {
        int before = alive;
        while (base < offset && base < end) {
            kill(base++);
        }
        return before - alive;
    }

    /// The first message that came at `time` or later, or the end.
    long since(long time) {
        long low = base;
        long high = end;
        while (low < high) {
            long middle = low + high >>> 1;
            if (millis(middle) < time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private int slot(long offset) {
        return (int) offset & positions.length - 1;
    }

    private void grow() {
        int larger = positions.length * 2;
        long[] newPositions = new long[larger];
        long[] newMillis = new long[larger];
        int[] newSizes = new int[larger];
        int[] newShares = new int[larger];
        for (long offset = base; offset < end; offset++) {
            int from = slot(offset);
            int to = (int) offset & larger - 1;
            newPositions[to] = positions[from];
            newMillis[to] = millis[from];
            newSizes[to] = sizes[from];
            newShares[to] = shares[from];
        }
        positions = newPositions;
        millis = newMillis;
        sizes = newSizes;
        shares = newShares;
    }

    void save(SnapshotWriter out, LongUnaryOperator segmentOf) {
        out.putLong(base).putInt(size());
        for (long offset = base; offset < end; offset++) {
            int slot = slot(offset);
            out.putLong(positions[slot]).putLong(millis[slot]);
            out.putInt(sizes[slot]).putInt(shares[slot]);
            if (sizes[slot] > 0) {
                out.keep(segmentOf.applyAsLong(positions[slot]), shares[slot]);
            }
        }
    }

    void restore(ByteBuffer in) {
        begin(in.getLong());
        for (int n = in.getInt(); n > 0; n--) {
            long position = in.getLong();
            long time = in.getLong();
            int size = in.getInt();
            if (size < 0) {
                throw new IllegalStateException("a message of " + size + " bytes in a snapshot");
            }
            add(position, Math.max(size, 1), in.getInt(), time);
            if (size == 0) {
                kill(end - 1);
            }
        }
    }

    /// Gives memory back that a long tail has left behind.
    void shrink() {
        if (size() == 0 && positions.length > 4096) {
            positions = Arrays.copyOf(positions, 16);
            millis = Arrays.copyOf(millis, 16);
            sizes = Arrays.copyOf(sizes, 16);
            shares = Arrays.copyOf(shares, 16);
        }
    }
}
