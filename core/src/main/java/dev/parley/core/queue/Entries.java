package dev.parley.core.queue;

import java.util.Arrays;

/// A growing list of entries of one queue, without boxes.
///
/// An entry names a message within its queue for as long as it is there: the level in the upper
/// bits, the number within the level below.
public final class Entries {
    private static final int LEVEL_SHIFT = 54;

    private long[] entries;
    private int size;

    public Entries(int capacity) {
        entries = new long[Math.max(1, capacity)];
    }

    public static Entries of(long entry) {
        Entries one = new Entries(1);
        one.add(entry);
        return one;
    }

    public void add(long entry) {
        if (size == entries.length) {
            entries = Arrays.copyOf(entries, size * 2);
        }
        entries[size++] = entry;
    }

    public int size() {
        return size;
    }

    public long get(int index) {
        return entries[index];
    }

    public void clear() {
        size = 0;
    }

    /// As they are now, in memory of their own.
    Entries copy() {
        Entries copy = new Entries(size);
        System.arraycopy(entries, 0, copy.entries, 0, size);
        copy.size = size;
        return copy;
    }

    static long entry(int level, long number) {
        return (long) level << LEVEL_SHIFT | number;
    }

    static int level(long entry) {
        return (int) (entry >>> LEVEL_SHIFT);
    }

    static long number(long entry) {
        return entry & (1L << LEVEL_SHIFT) - 1;
    }
}
