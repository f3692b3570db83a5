package dev.parley.core.topic;

import java.util.Arrays;

/// The sessions of this shard that one message goes to, with the number that it gets in each; put
/// together anew for every message.
final class Places {
    private long[] sessions = new long[16];
    private long[] numbers = new long[16];
    private Terms[] terms = new Terms[16];
    private int size;

    void clear() {
        size = 0;
    }

    void add(long session, long number, Terms how) {
        if (size == sessions.length) {
            sessions = Arrays.copyOf(sessions, size * 2);
            numbers = Arrays.copyOf(numbers, size * 2);
            terms = Arrays.copyOf(terms, size * 2);
        }
        sessions[size] = session;
        numbers[size] = number;
        terms[size++] = how;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    long session(int at) {
        return sessions[at];
    }

    long number(int at) {
        return numbers[at];
    }

    Terms terms(int at) {
        return terms[at];
    }
}
