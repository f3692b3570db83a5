package dev.parley.core.queue;

import dev.parley.core.message.ShortText;
import java.nio.ByteBuffer;

/// A view of one message on its way to a consumer, reused for the next one.
///
/// Layout of the stored message: exchange and routing key, each with one length byte; the length of
/// the property list (4 bytes) and the list; the body to the end.
public final class Delivery {
    private ByteBuffer stored = ByteBuffer.allocate(0);
    private int names;
    private int properties;
    private int body;
    private long queue;
    private long consumer;
    private long entry;
    private boolean redelivered;
    private int failures;

    Delivery() {}

    /// Points to the message that begins at `start` of `payload`.
    Delivery show(ByteBuffer payload, int start) {
        stored = payload;
        names = start;
        int key = start + 1 + Byte.toUnsignedInt(payload.get(start));
        int length = key + 1 + Byte.toUnsignedInt(payload.get(key));
        properties = length + 4;
        body = properties + payload.getInt(length);
        return this;
    }

    Delivery to(long queue, long consumer, long entry, boolean redelivered, int failures) {
        this.queue = queue;
        this.consumer = consumer;
        this.entry = entry;
        this.redelivered = redelivered;
        this.failures = failures;
        return this;
    }

    public long queue() {
        return queue;
    }

    public long consumer() {
        return consumer;
    }

    public long entry() {
        return entry;
    }

    public boolean redelivered() {
        return redelivered;
    }

    /// Deliveries of this message that failed before.
    public int failures() {
        return failures;
    }

    /// The message as it is stored, with something in front of it. Who copies parts of it does so
    /// by their places, so that no views are made: names, property list, body to the limit. Neither
    /// position nor limit are to be moved.
    public ByteBuffer stored() {
        return stored;
    }

    /// Where exchange and routing key are, each led by its length in one byte, one behind the
    /// other.
    public int namesAt() {
        return names;
    }

    public int namesSize() {
        return properties - 4 - names;
    }

    public int propertiesAt() {
        return properties;
    }

    public int bodyAt() {
        return body;
    }

    public String exchange() {
        return text(names);
    }

    public String routingKey() {
        return text(names + 1 + Byte.toUnsignedInt(stored.get(names)));
    }

    public ByteBuffer properties() {
        return stored.slice(properties, body - properties);
    }

    public ByteBuffer body() {
        return stored.slice(body, stored.limit() - body);
    }

    private String text(int at) {
        byte[] bytes = new byte[Byte.toUnsignedInt(stored.get(at))];
        stored.get(at + 1, bytes);
        return ShortText.decoded(bytes);
    }
}
