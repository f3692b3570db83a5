package dev.parley.front.amqp;

import java.util.Arrays;

/// Which publishes of a channel are still open, and which can be confirmed.
///
/// A publish is open while any shard owes an answer. Answers come in any order; what is complete
/// from the lowest on is confirmed by one frame, what is complete beyond by one each.
final class Confirms {
    private static final byte REFUSED = 1;
    private static final byte SAID = 2;

    private int[] owed = new int[64];
    private byte[] marks = new byte[64];
    private long first = 1;
    private long next = 1;
    private boolean changed;
    private int open;

    /// Called with what can be said.
    interface Voice {
        void ack(long number, boolean multiple);

        void nack(long number);
    }

    /// The number of the next publish.
    long next() {
        return next;
    }

    /// Notes a publish to `shards` shards; returns its number.
    long add(int shards) {
        if (next - first == owed.length) {
            grow();
        }
        int slot = slot(next);
        owed[slot] = shards;
        marks[slot] = 0;
        changed |= shards == 0;
        open += shards > 0 ? 1 : 0;
        return next++;
    }

    boolean allAnswered() {
        return open == 0;
    }

    void accepted(long from, long to) {
        for (long n = Math.max(from, first); n <= to && n < next; n++) {
            if (owed[slot(n)] > 0 && --owed[slot(n)] == 0) {
                changed = true;
                open--;
            }
        }
    }

    void refused(long number) {
        if (number >= first && number < next) {
            marks[slot(number)] |= REFUSED;
            accepted(number, number);
        }
    }

    /// Says what has become known since the last time; returns how many publishes it confirmed.
    int say(Voice voice) {
        if (!changed) {
            return 0;
        }
        changed = false;
        int confirmed = 0;
        long acked = 0;
        while (first < next && owed[slot(first)] == 0) {
            byte mark = marks[slot(first)];
            if ((mark & SAID) == 0) {
                if ((mark & REFUSED) != 0) {
                    if (acked != 0) {
                        voice.ack(acked, true);
                        acked = 0;
                    }
                    voice.nack(first);
                } else {
                    acked = first;
                    confirmed++;
                }
            }
            first++;
        }
        if (acked != 0) {
            voice.ack(acked, true);
        }
        for (long n = first; n < next; n++) {
            int slot = slot(n);
            if (owed[slot] == 0 && (marks[slot] & SAID) == 0) {
                marks[slot] |= SAID;
                if ((marks[slot] & REFUSED) != 0) {
                    voice.nack(n);
                } else {
                    voice.ack(n, false);
                    confirmed++;
                }
            }
        }
        return confirmed;
    }

    private int slot(long number) {
        return (int) number & owed.length - 1;
    }

    private void grow() {
        int[] largerOwed = new int[owed.length * 2];
        byte[] largerMarks = Arrays.copyOf(new byte[0], owed.length * 2);
        for (long n = first; n < next; n++) {
            int to = (int) n & largerOwed.length - 1;
            largerOwed[to] = owed[slot(n)];
            largerMarks[to] = marks[slot(n)];
        }
        owed = largerOwed;
        marks = largerMarks;
    }
}
