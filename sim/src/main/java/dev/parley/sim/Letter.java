package dev.parley.sim;

import dev.parley.core.message.Properties;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A message that a client published, and its copies in queues.
final class Letter {
    /// Who published it, and as which of its letters; stands in the message's id.
    record Id(int publisher, long number) {
        static Id of(byte[] properties) {
            String text = Properties.read(ByteBuffer.wrap(properties)).messageId();
            if (text == null || !text.matches("\\d+:\\d+")) {
                throw new Violation("a message that nobody sent: its id is " + text);
            }
            int colon = text.indexOf(':');
            return new Id(
                    Integer.parseInt(text.substring(0, colon)),
                    Long.parseLong(text.substring(colon + 1)));
        }

        @Override
        public String toString() {
            return publisher + ":" + number;
        }
    }

    private final Id id;
    private final Envelope envelope;
    private final byte[] properties;
    private final byte[] body;
    private final List<Copy> copies = new ArrayList<>();
    private long sentAt;

    /// The time on the node's clock before which no consumer may see it.
    private long notBefore;

    private long dueAt;

    /// Whether it was sent to all queues that an exchange leads to.
    boolean fanned;

    /// Whether an operator has sent it to another queue, or wanted to.
    boolean moved;

    /// Whether it was sent more than once.
    boolean repeated;

    /// Whether its queue may count it as taken when it never was: its number may come too late.
    boolean forgettable;

    Letter(Id id, Envelope envelope, int size) {
        this.id = id;
        this.envelope = envelope;
        this.properties = envelope.properties(id);
        this.body = body(id, size);
    }

    /// A body that is told by whose it is.
    private static byte[] body(Id id, int size) {
        byte[] body = new byte[size];
        long pattern = id.publisher() * 31L + id.number() * 0x9E3779B97F4A7C15L;
        for (int i = 0; i < size; i++) {
            pattern = pattern * 6364136223846793005L + 1442695040888963407L;
            body[i] = (byte) (pattern >>> 56);
        }
        return body;
    }

    /// It is to be delivered then, and not before; 0 for at once.
    void dueAt(long due) {
        notBefore = due;
        dueAt = due;
    }

    /// It is sent once more, perhaps after the clock was set: one of the two counts.
    void dueAgain(long now) {
        if (envelope.delay() > 0) {
            notBefore = Math.min(notBefore, now + envelope.delay());
            dueAt = Math.max(dueAt, now + envelope.delay());
        }
    }

    /// The node has it. It may have read it only now, long after it was sent: a publisher is held
    /// back while there is no room.
    void taken(long now) {
        if (envelope.delay() > 0) {
            dueAt = Math.max(dueAt, now + envelope.delay());
        }
    }

    long dueAt() {
        return dueAt;
    }

    long notBefore() {
        return notBefore;
    }

    /// The node's clock has come to `now`: from now on the letter has its place in the queue, even
    /// if the clock is set back.
    void reached(long now) {
        if (notBefore <= now) {
            notBefore = 0;
        }
    }

    Id id() {
        return id;
    }

    Envelope envelope() {
        return envelope;
    }

    byte[] properties() {
        return properties;
    }

    byte[] body() {
        return body;
    }

    boolean persistent() {
        return envelope.persistent();
    }

    boolean expires() {
        return envelope.expires();
    }

    List<Copy> copies() {
        return copies;
    }

    long sentAt() {
        return sentAt;
    }

    void sentAt(long stamp) {
        sentAt = stamp;
    }

    @Override
    public String toString() {
        return id + (persistent() ? "" : " (transient)");
    }
}
