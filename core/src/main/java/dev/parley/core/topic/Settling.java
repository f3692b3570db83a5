package dev.parley.core.topic;

import dev.parley.core.shard.Decision;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/// Ends deliveries, in one record a turn: what follows one another in a session is one run there.
final class Settling {
    /// Runs that one record names at most.
    private static final int BATCH = 1 << 16;

    private static final int RUN_BYTES = 8 + 8 + 4 + 1;

    private final Topics topics;
    private final Consumer<Session> touched;
    private long[] sessions = new long[64];
    private long[] firsts = new long[64];
    private int[] counts = new int[64];
    private byte[] outcomes = new byte[64];
    private int size;
    private final List<Receipt> receipts = new ArrayList<>();

    /// What a client waits to hear about a delivery of quality of service 2.
    private record Receipt(Session session, TopicClient client, int packetId, boolean known) {
        void keep() {
            if (session.client() == client) {
                client.onRelease(packetId, known);
            }
        }
    }

    Settling(Topics topics, Consumer<Session> touched) {
        this.topics = topics;
        this.touched = touched;
    }

    void settle(TopicCommand.Settle settle) {
        Session session = topics.get(settle.session());
        if (session == null || session.client() != settle.client()) {
            return;
        }
        for (int i = 0; i < settle.count(); i++) {
            settle(session, settle.packetId() + i, settle);
        }
    }

    private void settle(Session session, int packetId, TopicCommand.Settle settle) {
        Mailbox mailbox = session.mailbox();
        long number = mailbox.numberOf(packetId);
        byte state = session.sent(number) ? mailbox.state(number) : Mailbox.ABSENT;
        boolean known = state == Mailbox.WAITING || state == Mailbox.RELEASED;
        boolean twice = known && mailbox.terms(number).qos() == 2;
        switch (settle.step()) {
            case ACKNOWLEDGED -> {
                if (known && !twice) {
                    acknowledge(session, number);
                }
            }
            case RECEIVED -> {
                if (twice && state == Mailbox.WAITING) {
                    add(session, number, Records.RECEIVED);
                }
                receipts.add(new Receipt(session, settle.client(), packetId, twice));
            }
            case COMPLETED -> {
                if (state == Mailbox.RELEASED) {
                    acknowledge(session, number);
                }
            }
            case REFUSED -> {
                if (state == Mailbox.WAITING) {
                    acknowledge(session, number);
                }
            }
        }
    }

    private void acknowledge(Session session, long number) {
        session.acknowledged++;
        end(session, number);
    }

    /// The entry is done with and never went to the client.
    void drop(Session session, long number) {
        end(session, number);
        TopicClient client = session.client();
        if (client != null) {
            client.onDropped();
        }
    }

    /// The entry is done with.
    void end(Session session, long number) {
        session.done(number);
        session.mailbox().state(number, Mailbox.ENDING);
        add(session, number, Records.DONE);
        touched.accept(session);
    }

    private void add(Session session, long number, byte outcome) {
        int last = size - 1;
        if (last >= 0
                && sessions[last] == session.id()
                && firsts[last] + counts[last] == number
                && outcomes[last] == outcome) {
            counts[last]++;
            return;
        }
        if (size == firsts.length) {
            sessions = Arrays.copyOf(sessions, size * 2);
            firsts = Arrays.copyOf(firsts, size * 2);
            counts = Arrays.copyOf(counts, size * 2);
            outcomes = Arrays.copyOf(outcomes, size * 2);
        }
        sessions[size] = session.id();
        firsts[size] = number;
        counts[size] = 1;
        outcomes[size++] = outcome;
    }

    /// Logs what has ended. Before anything else is logged that looks at it.
    void flush(Decision decision) {
        for (int from = 0; from < size; from += BATCH) {
            int to = Math.min(size, from + BATCH);
            ByteBuffer out = decision.append(Records.SETTLE_RUN, 4 + (to - from) * RUN_BYTES);
            out.putInt(to - from);
            for (int i = from; i < to; i++) {
                out.putLong(sessions[i]).putLong(firsts[i]);
                out.putInt(counts[i]).put(outcomes[i]);
            }
            decision.apply();
        }
        size = 0;
        if (!receipts.isEmpty()) {
            receipts.forEach(receipt -> decision.promise(receipt::keep));
            receipts.clear();
        }
    }
}
