package dev.parley.core.stream;

import java.util.Arrays;

/// The messages that a reader has and has not settled, by their offsets, with the keys that they
/// have in a shared cursor.
///
/// Nearly always they come in order and are settled in order: a ring would do. What comes again
/// after others is put in between.
final class Unsettled {
    /// Called for each message that is no longer there.
    @FunctionalInterface
    interface Gone {
        void onGone(long offset, int key);
    }

    private long[] offsets = new long[8];
    private int[] keys = new int[8];
    private int head;
    private int end;

    int size() {
        return end - head;
    }

    /// The lowest offset, or `Long.MAX_VALUE`.
    long first() {
        return head == end ? Long.MAX_VALUE : offsets[head];
    }

    void add(long offset, int key) {
        if (end == offsets.length) {
            makeRoom();
        }
        int at = end;
        while (at > head && offsets[at - 1] > offset) {
            offsets[at] = offsets[at - 1];
            keys[at] = keys[at - 1];
            at--;
        }
        offsets[at] = offset;
        keys[at] = key;
        end++;
    }

    private void makeRoom() {
        int size = size();
        if (head < offsets.length / 2) {
            offsets = Arrays.copyOf(offsets, offsets.length * 2);
            keys = Arrays.copyOf(keys, keys.length * 2);
        } else {
            System.arraycopy(offsets, head, offsets, 0, size);
            System.arraycopy(keys, head, keys, 0, size);
            head = 0;
            end = size;
        }
    }

    /// Takes out those from `from` to `to`; returns how many there were.
    int remove(long from, long to, Gone gone) {
        int begin = index(from);
        int behind = to == Long.MAX_VALUE ? end : index(to + 1);
        int count = behind - begin;
        if (count <= 0) {
            return 0;
        }
        for (int i = begin; i < behind; i++) {
            gone.onGone(offsets[i], keys[i]);
        }
        if (begin == head) {
            head = behind;
        } else {
            System.arraycopy(offsets, behind, offsets, begin, end - behind);
            System.arraycopy(keys, behind, keys, begin, end - behind);
            end -= count;
        }
        if (head == end) {
            head = 0;
            end = 0;
        }
        return count;
    }

    /// Where the first offset of at least `offset` stands.
    private int index(long offset) {
        int found = Arrays.binarySearch(offsets, head, end, offset);
        return found < 0 ? -found - 1 : found;
    }
}
