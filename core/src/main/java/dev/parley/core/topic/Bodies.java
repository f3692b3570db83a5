package dev.parley.core.topic;

import dev.parley.core.shard.LongIntMap;
import java.util.Arrays;
import java.util.function.IntConsumer;

/// The messages in the log that somebody still waits for: where each lies, and how many wait.
///
/// A message is named by a small number that stays the same when it is copied to another place. One
/// message costs some 50 bytes here, however many sessions wait for it.
///
/// A message's weight is what a session counts that waits for it: that of its record, without the
/// places of all the others where those are many.
final class Bodies {
    private final LongIntMap byPosition = new LongIntMap();
    private long[] positions = new long[64];
    private int[] sizes = new int[64];
    private int[] weights = new int[64];
    private long[] expiries = new long[64];
    private int[] references = new int[64];
    private int free = -1;
    private int used;
    private int count;
    private long bytes;

    /// The number of the message at `position`, which gets one more reference.
    int refer(long position, int size, int weight, long expiry) {
        int body = byPosition.get(position);
        if (body == LongIntMap.ABSENT) {
            body = allocate();
            byPosition.put(position, body);
            positions[body] = position;
            sizes[body] = size;
            weights[body] = weight;
            expiries[body] = expiry;
            references[body] = 0;
            count++;
            bytes += size;
        }
        references[body]++;
        return body;
    }

    /// One more waits for it.
    void again(int body) {
        references[body]++;
    }

    void release(int body) {
        if (--references[body] == 0) {
            byPosition.remove(positions[body]);
            count--;
            bytes -= sizes[body];
            positions[body] = 0;
            sizes[body] = free;
            free = body;
        }
    }

    /// The message that lay at `from` lies at `to`; nothing if nobody waits for it any more.
    void move(long from, long to) {
        int body = byPosition.remove(from);
        if (body != LongIntMap.ABSENT) {
            byPosition.put(to, body);
            positions[body] = to;
        }
    }

    long position(int body) {
        return positions[body];
    }

    /// Bytes of the record that it came with, about.
    int size(int body) {
        return sizes[body];
    }

    int weight(int body) {
        return weights[body];
    }

    void weigh(int body, int weight) {
        weights[body] = weight;
    }

    /// When it expires, milliseconds since 1970; 0: never.
    long expiry(int body) {
        return expiries[body];
    }

    /// Whether more than one waits for it.
    boolean shared(int body) {
        return references[body] > 1;
    }

    int count() {
        return count;
    }

    long bytes() {
        return bytes;
    }

    void each(IntConsumer action) {
        for (int body = 0; body < used; body++) {
            if (positions[body] != 0) {
                action.accept(body);
            }
        }
    }

    private int allocate() {
        if (free >= 0) {
            int body = free;
            free = sizes[body];
            return body;
        }
        if (used == positions.length) {
            int larger = used * 2;
            positions = Arrays.copyOf(positions, larger);
            sizes = Arrays.copyOf(sizes, larger);
            weights = Arrays.copyOf(weights, larger);
            expiries = Arrays.copyOf(expiries, larger);
            references = Arrays.copyOf(references, larger);
        }
        return used++;
    }
}
