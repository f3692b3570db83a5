package dev.parley.sim;

import dev.parley.core.message.Properties;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A message that a client published, and its copies in queues.
final class Letter {
    private final int publisher;
    private final long number;
    private final byte[] properties;
    private final byte[] body;
    private final boolean persistent;
    private final int priority;
    private final boolean expires;
    private final boolean mandatory;
    private final List<Copy> copies = new ArrayList<>();
    private long sentAt;

    Letter(
            int publisher,
            long number,
            byte[] properties,
            byte[] body,
            boolean persistent,
            int priority,
            boolean expires,
            boolean mandatory) {
        this.publisher = publisher;
        this.number = number;
        this.properties = properties;
        this.body = body;
        this.persistent = persistent;
        this.priority = priority;
        this.expires = expires;
        this.mandatory = mandatory;
    }

    /// A body that is told by whose it is.
    static byte[] body(int publisher, long number, int size) {
        byte[] body = new byte[size];
        long pattern = publisher * 31L + number * 0x9E3779B97F4A7C15L;
        for (int i = 0; i < size; i++) {
            pattern = pattern * 6364136223846793005L + 1442695040888963407L;
            body[i] = (byte) (pattern >>> 56);
        }
        return body;
    }

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

    Id id() {
        return new Id(publisher, number);
    }

    byte[] properties() {
        return properties;
    }

    byte[] body() {
        return body;
    }

    boolean persistent() {
        return persistent;
    }

    int priority() {
        return priority;
    }

    boolean expires() {
        return expires;
    }

    boolean mandatory() {
        return mandatory;
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
        return id() + (persistent ? "" : " (transient)");
    }
}
