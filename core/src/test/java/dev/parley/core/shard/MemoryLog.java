package dev.parley.core.shard;

import dev.parley.core.log.Log;
import dev.parley.core.log.VolatileStore;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The log of one shard in memory: a crash loses what was not synced, positions are never used
/// again, what is cold has to be read, and what is damaged cannot be.
public final class MemoryLog {
    public static final int SEGMENT = 1 << 16;

    /// Positions that a crash skips, as the real log does.
    private static final long SKIP = 10L * SEGMENT;

    private final TreeMap<Long, Entry> entries = new TreeMap<>();
    private final Set<Long> damaged = new TreeSet<>();
    private long next = SEGMENT;
    private long last;
    private long durable;
    private long warmFrom;

    public record Entry(int type, ByteBuffer payload) {}

    public long add(int type, ByteBuffer payload) {
        last = next;
        entries.put(last, new Entry(type, payload));
        next += 16 + payload.remaining();
        return last;
    }

    /// The position of the record appended last.
    public long last() {
        return last;
    }

    /// The position that the next record gets.
    public long end() {
        return next;
    }

    /// Everything below is durable.
    public long durable() {
        return durable;
    }

    public void sync() {
        durable = next;
    }

    /// Forgets what was not synced.
    public void crash() {
        entries.tailMap(durable).clear();
        next += SKIP;
        last = 0;
        durable = next;
    }

    /// From now on everything written so far must be read.
    public void cool() {
        warmFrom = next;
    }

    /// The record at `position` cannot be read any more.
    public void damage(long position) {
        damaged.add(position);
    }

    /// A segment that no snapshot refers to any more is gone.
    public void loseSegment(long segment) {
        entries.subMap(segment * SEGMENT, (segment + 1) * SEGMENT).clear();
    }

    public static long segment(long position) {
        return position / SEGMENT;
    }

    /// Records behind `position`, in order.
    public Map<Long, Entry> after(long position) {
        return entries.tailMap(position, false);
    }

    public ByteBuffer payload(long position) {
        Entry entry = entries.get(position);
        if (entry == null) {
            throw new IllegalStateException("nothing was written at " + position);
        }
        return entry.payload().duplicate();
    }

    public int count(int type) {
        return (int) entries.values().stream().filter(one -> one.type() == type).count();
    }

    /// Positions of all records of a type.
    public List<Long> positions(int type) {
        return entries.entrySet().stream()
                .filter(one -> one.getValue().type() == type)
                .map(Map.Entry::getKey)
                .toList();
    }

    public @Nullable ByteBuffer cached(long position) {
        Entry entry = position < warmFrom ? null : entries.get(position);
        return entry == null ? null : entry.payload().duplicate();
    }

    /// What a read of `size` bytes brings: at least the record at `position`.
    public Log.@Nullable Block read(long position, int size) {
        if (damaged.contains(position) || !entries.containsKey(position)) {
            return null;
        }
        Map<Long, ByteBuffer> found = new HashMap<>();
        for (var entry : entries.subMap(position, position + Math.max(1, size)).entrySet()) {
            if (!damaged.contains(entry.getKey())) {
                found.put(entry.getKey(), entry.getValue().payload());
            }
        }
        return new Block(found, size);
    }

    private record Block(Map<Long, ByteBuffer> payloads, int bytes) implements Log.Block {
        @Override
        public @Nullable ByteBuffer payload(long position) {
            ByteBuffer payload = payloads.get(position);
            return payload == null ? null : payload.duplicate();
        }
    }

    /// The volatile store of the shard: complains of what is given back twice.
    public static final class Volatile implements VolatileStore {
        private final Map<Long, ByteBuffer> live = new HashMap<>();
        private long position;

        @Override
        public ByteBuffer append(int size) {
            position--;
            ByteBuffer buffer = ByteBuffer.allocate(size);
            live.put(position, buffer.duplicate());
            return buffer;
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public @Nullable ByteBuffer cached(long where) {
            ByteBuffer buffer = live.get(where);
            return buffer == null ? null : buffer.duplicate();
        }

        @Override
        public void read(long where, int size) {
            throw new IllegalStateException("nothing is spilled in this test, not even " + where);
        }

        @Override
        public void release(long where, int size) {
            if (live.remove(where) == null) {
                throw new IllegalStateException("nothing lives at " + where);
            }
        }

        public int size() {
            return live.size();
        }
    }
}
