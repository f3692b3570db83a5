package dev.parley.core.topic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What waits for one session, in order: a ring of numbered entries.
///
/// The number of an entry says its packet id, so that it is the same after a crash as before, and
/// nothing has to remember it.
final class Mailbox {
    /// Packet ids are 1 to this; those above are for what else a client gets on its connection.
    static final int PACKET_IDS = 32_767;

    /// Entries from the first to the last, gaps included: one more has no room.
    static final int SPAN_MAX = 1 << 22;

    static final byte ABSENT = 0;

    /// To be delivered, or delivered and not acknowledged.
    static final byte WAITING = 1;

    /// Received (quality of service 2), so that nothing but its packet id is left of it.
    static final byte RELEASED = 2;

    /// Done; the record that says so comes at the end of the turn.
    static final byte ENDING = 3;

    private int[] bodies = new int[4];
    private @Nullable Terms[] terms = new Terms[4];
    private byte[] states = new byte[4];
    private long head;
    private long tail;
    private int size;

    static int packetId(long number) {
        return 1 + (int) (number % PACKET_IDS);
    }

    /// The entry that has this packet id while it is among the first in the mailbox.
    long numberOf(int packetId) {
        if (packetId > PACKET_IDS) {
            return tail; // it is none of ours
        }
        return head + Math.floorMod(packetId - 1 - head, (long) PACKET_IDS);
    }

    /// The first entry that may be there.
    long head() {
        return head;
    }

    /// The number that the next entry gets.
    long tail() {
        return tail;
    }

    int size() {
        return size;
    }

    byte state(long number) {
        return number < head || number >= tail ? ABSENT : states[slot(number)];
    }

    boolean present(long number) {
        return state(number) != ABSENT;
    }

    /// The message, or -1 when nothing is left of it but its packet id.
    int body(long number) {
        return bodies[slot(number)];
    }

    /// Nothing but the packet id is needed any more.
    void release(long number) {
        bodies[slot(number)] = -1;
        states[slot(number)] = RELEASED;
    }

    Terms terms(long number) {
        Terms found = terms[slot(number)];
        if (found == null) {
            throw new IllegalStateException("no entry " + number + " in a mailbox");
        }
        return found;
    }

    void add(long number, int body, Terms how) {
        if (number < tail || number - (size == 0 ? number : head) >= SPAN_MAX) {
            throw new IllegalStateException(
                    "entry %d comes behind entry %d".formatted(number, tail - 1));
        }
        if (size == 0) {
            head = number;
            tail = number;
            states[slot(number)] = ABSENT;
        }
        reach(number + 1);
        int slot = slot(number);
        bodies[slot] = body;
        terms[slot] = how;
        states[slot] = WAITING;
        size++;
    }

    void state(long number, byte state) {
        states[slot(number)] = state;
    }

    void remove(long number) {
        int slot = slot(number);
        states[slot] = ABSENT;
        terms[slot] = null;
        size--;
        while (head < tail && states[slot(head)] == ABSENT) {
            head++;
        }
        if (size == 0 && states.length > 256) {
            bodies = new int[4];
            terms = new Terms[4];
            states = new byte[4];
        }
    }

    /// Whether one more entry fits behind `reserved` others that are still to come.
    boolean hasRoom(int reserved) {
        return tail - head + reserved < SPAN_MAX;
    }

    /// The next entry gets this number.
    void end(long number) {
        if (number < tail || (size > 0 && number - head > SPAN_MAX)) {
            throw new IllegalStateException("entry %d is to follow %d".formatted(number, tail));
        }
        if (size == 0) {
            head = number;
            tail = number;
        } else {
            reach(number);
        }
    }

    private void reach(long number) {
        while (number - head > states.length) {
            grow();
        }
        for (; tail < number; tail++) {
            states[slot(tail)] = ABSENT;
        }
    }

    private int slot(long number) {
        return (int) number & states.length - 1;
    }

    private void grow() {
        int before = states.length;
        int[] oldBodies = bodies;
        @Nullable Terms[] oldTerms = terms;
        byte[] oldStates = states;
        bodies = new int[before * 2];
        terms = Arrays.copyOf(terms, before * 2);
        Arrays.fill(terms, null);
        states = new byte[before * 2];
        for (long number = head; number < tail; number++) {
            int from = (int) number & before - 1;
            int to = slot(number);
            bodies[to] = oldBodies[from];
            terms[to] = oldTerms[from];
            states[to] = oldStates[from];
        }
    }
}
