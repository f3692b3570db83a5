package dev.parley.core.stream;

import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The newest message of each subject of a stream that keeps the last ones.
///
/// A subject is known by its SipHash under the stream's own seed alone, so that a million of them
/// take 32 MiB at most: nobody who does not know the seed finds two that are taken for one, and by
/// chance that happens once in thirty million such streams.
///
/// The table is in the order of the hashes, in which it is written to snapshots: open addressing by
/// the hash's upper bits, and whoever is larger moves on.
final class Subjects {
    /// Slots behind the last home, so that nothing needs to go round.
    private static final int OVERFLOW = 64;

    private final long seed;
    private int bits = 6;
    private long[] hashes = new long[(1 << bits) + OVERFLOW];

    /// Offset plus 1; 0 where nothing is.
    private long[] offsets = new long[(1 << bits) + OVERFLOW];

    private int size;

    Subjects(long seed) {
        this.seed = seed;
    }

    /// The offset of the newest message, or -1.
    long get(long hash) {
        int slot = find(hash);
        return offsets[slot] != 0 && hashes[slot] == hash ? offsets[slot] - 1 : -1;
    }

    /// @param first what lies below this offset is gone and need not be remembered
    void put(long hash, long offset, long first) {
        int slot = find(hash);
        if (offsets[slot] != 0 && hashes[slot] == hash) {
            offsets[slot] = offset + 1;
            return;
        }
        int end = slot;
        while (offsets[end] != 0) {
            end++;
        }
        if (size * 2 >= 1 << bits || end >= offsets.length - 2) {
            rebuild(first);
            put(hash, offset, first);
            return;
        }
        System.arraycopy(hashes, slot, hashes, slot + 1, end - slot);
        System.arraycopy(offsets, slot, offsets, slot + 1, end - slot);
        hashes[slot] = hash;
        offsets[slot] = offset + 1;
        size++;
    }

    void remove(long hash) {
        int slot = find(hash);
        if (offsets[slot] == 0 || hashes[slot] != hash) {
            return;
        }
        int next = slot + 1;
        while (offsets[next] != 0 && home(hashes[next]) < next) {
            hashes[next - 1] = hashes[next];
            offsets[next - 1] = offsets[next];
            next++;
        }
        offsets[next - 1] = 0;
        size--;
    }

    /// Where the hash is, or would be.
    private int find(long hash) {
        int slot = home(hash);
        while (offsets[slot] != 0 && Long.compareUnsigned(hashes[slot], hash) < 0) {
            slot++;
        }
        return slot;
    }

    private int home(long hash) {
        return (int) (hash >>> 64 - bits);
    }

    private void rebuild(long first) {
        long[] oldHashes = hashes;
        long[] oldOffsets = offsets;
        int kept = 0;
        for (long offset : oldOffsets) {
            kept += offset > first ? 1 : 0;
        }
        // A table that is full at its end grows, however few they are.
        bits = Math.max(kept * 2 < size ? bits : bits + 1, 6);
        hashes = new long[(1 << bits) + OVERFLOW];
        offsets = new long[(1 << bits) + OVERFLOW];
        size = 0;
        for (int i = 0; i < oldOffsets.length; i++) {
            if (oldOffsets[i] > first) {
                put(oldHashes[i], oldOffsets[i] - 1, first);
            }
        }
    }

    void save(SnapshotWriter out, long first) {
        int kept = 0;
        for (long offset : offsets) {
            kept += offset > first ? 1 : 0;
        }
        out.putInt(kept);
        for (int i = 0; i < offsets.length; i++) {
            if (offsets[i] > first) {
                out.putLong(hashes[i]).putLong(offsets[i] - 1);
            }
        }
    }

    void restore(ByteBuffer in, long first) {
        for (int n = in.getInt(); n > 0; n--) {
            put(in.getLong(), in.getLong(), first);
        }
    }

    // ---- SipHash-2-4

    /// The hash of `length` bytes from `from` on.
    long hash(ByteBuffer bytes, int from, int length) {
        ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        long k1 = seed * 0x9E3779B97F4A7C15L ^ 0x5851F42D4C957F2DL;
        long v0 = seed ^ 0x736f6d6570736575L;
        long v1 = k1 ^ 0x646f72616e646f6dL;
        long v2 = seed ^ 0x6c7967656e657261L;
        long v3 = k1 ^ 0x7465646279746573L;
        int words = length / 8;
        for (int word = 0; word <= words + 2; word++) {
            // After the words come the rest and the length, then two rounds that only mix.
            long m = word < words ? in.getLong(from + word * 8) : 0;
            if (word == words) {
                m = (long) length << 56;
                for (int i = words * 8; i < length; i++) {
                    m |= (in.get(from + i) & 0xFFL) << (i & 7) * 8;
                }
            }
            v2 ^= word == words + 1 ? 0xFF : 0;
            v3 ^= m;
            for (int round = 0; round < 2; round++) {
                v0 += v1;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v0 = Long.rotateLeft(v0, 32);
                v2 += v3;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 += v3;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 += v1;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v2 = Long.rotateLeft(v2, 32);
            }
            v0 ^= m;
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }
}
