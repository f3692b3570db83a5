package dev.parley.core.shard;

import java.util.Arrays;

/// A map from long to non-negative int without boxes: open addressing, linear probing,
/// backward-shift removal.
public final class LongIntMap {
    public static final int ABSENT = -1;

    private long[] keys = new long[64];
    private int[] values = new int[64];
    private int size;

    public LongIntMap() {
        Arrays.fill(values, ABSENT);
    }

    public void put(long key, int value) {
        if (size * 2 >= keys.length) {
            grow();
        }
        int slot = slot(key);
        while (values[slot] != ABSENT && keys[slot] != key) {
            slot = slot + 1 & keys.length - 1;
        }
        if (values[slot] == ABSENT) {
            size++;
        }
        keys[slot] = key;
        values[slot] = value;
    }

    public int get(long key) {
        int slot = slot(key);
        while (values[slot] != ABSENT) {
            if (keys[slot] == key) {
                return values[slot];
            }
            slot = slot + 1 & keys.length - 1;
        }
        return ABSENT;
    }

    public int remove(long key) {
        int mask = keys.length - 1;
        int slot = slot(key);
        while (values[slot] != ABSENT && keys[slot] != key) {
            slot = slot + 1 & mask;
        }
        int removed = values[slot];
        if (removed == ABSENT) {
            return ABSENT;
        }
        size--;
        int hole = slot;
        for (int probe = hole + 1 & mask; values[probe] != ABSENT; probe = probe + 1 & mask) {
            int home = slot(keys[probe]);
            if ((probe - home & mask) >= (probe - hole & mask)) {
                keys[hole] = keys[probe];
                values[hole] = values[probe];
                hole = probe;
            }
        }
        values[hole] = ABSENT;
        return removed;
    }

    private int slot(long key) {
        long hash = key * 0x9E3779B97F4A7C15L;
        return (int) (hash >>> 32) & keys.length - 1;
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldValues = values;
        keys = new long[oldKeys.length * 2];
        values = new int[oldKeys.length * 2];
        Arrays.fill(values, ABSENT);
        size = 0;
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldValues[i] != ABSENT) {
                put(oldKeys[i], oldValues[i]);
            }
        }
    }
}
