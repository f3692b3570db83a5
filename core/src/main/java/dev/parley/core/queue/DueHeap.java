package dev.parley.core.queue;

import java.util.Arrays;

/// Numbers ordered by the time at which they are due, without an object for each. What is due at
/// the same time comes in the order of the numbers.
///
/// There is no removal from the middle: whoever takes the head looks whether it still counts.
final class DueHeap {
    private long[] dues = new long[16];
    private long[] values = new long[16];
    private int size;

    int size() {
        return size;
    }

    /// When the head is due, or `Long.MAX_VALUE`.
    long nextDue() {
        return size == 0 ? Long.MAX_VALUE : dues[0];
    }

    /// The value that is due first; there must be one.
    long first() {
        check();
        return values[0];
    }

    private void check() {
        if (size == 0) {
            throw new IllegalStateException("nothing is due");
        }
    }

    void add(long due, long value) {
        if (size == dues.length) {
            dues = Arrays.copyOf(dues, size * 2);
            values = Arrays.copyOf(values, size * 2);
        }
        int at = size++;
        while (at > 0 && before(due, value, (at - 1) / 2)) {
            move((at - 1) / 2, at);
            at = (at - 1) / 2;
        }
        dues[at] = due;
        values[at] = value;
    }

    /// Removes and returns the value that is due first; there must be one.
    long remove() {
        check();
        long first = values[0];
        size--;
        long due = dues[size];
        long value = values[size];
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && before(dues[child + 1], values[child + 1], child)) {
                child++;
            }
            if (before(due, value, child)) {
                break;
            }
            move(child, at);
            at = child;
        }
        dues[at] = due;
        values[at] = value;
        if (size == 0 && dues.length > 1024) {
            clear();
        }
        return first;
    }

    void clear() {
        size = 0;
        dues = new long[16];
        values = new long[16];
    }

    private boolean before(long due, long value, int other) {
        return due < dues[other] || (due == dues[other] && value < values[other]);
    }

    private void move(int from, int to) {
        dues[to] = dues[from];
        values[to] = values[from];
    }
}
