package dev.parley.core.topic;

import dev.parley.core.message.ShortText;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A view of one message on its way to a session's client, reused for the next one.
public final class TopicDelivery {
    private ByteBuffer stored = ByteBuffer.allocate(0);
    private int start;
    private int properties;
    private int payload;
    private long session;
    private int packetId;
    private boolean repeated;
    private Terms terms = Terms.plain(0);
    private boolean shared;
    private @Nullable Object form;

    /// The topic of the last message whose topic was asked for, and its bytes: it mostly is the
    /// next one's too.
    private String topic = "";

    private byte[] topicBytes = {};

    TopicDelivery() {}

    /// Points to the stored message that begins at `start` of `record`.
    TopicDelivery show(ByteBuffer record, int start) {
        this.stored = record;
        this.start = start;
        int length = start + Stored.TOPIC + Short.toUnsignedInt(record.getShort(start + 9));
        properties = length + 4;
        payload = properties + record.getInt(length);
        form = null;
        shared = false;
        return this;
    }

    /// Others wait for the message too.
    TopicDelivery shared(boolean waitedFor) {
        shared = waitedFor;
        return this;
    }

    TopicDelivery to(long session, int packetId, boolean repeated, Terms terms) {
        this.session = session;
        this.packetId = packetId;
        this.repeated = repeated;
        this.terms = terms;
        return this;
    }

    public long session() {
        return session;
    }

    /// 0 for quality of service 0.
    public int packetId() {
        return packetId;
    }

    /// Whether this may have been delivered before.
    public boolean repeated() {
        return repeated;
    }

    /// Quality of service, retain bit and subscription identifiers of this delivery.
    public Terms terms() {
        return terms;
    }

    /// When the message expires, milliseconds since 1970; 0: never.
    public long expiryMillis() {
        return stored.getLong(start + 1);
    }

    /// What the client of another session has made of the same message just now, or null.
    public @Nullable Object form() {
        return form;
    }

    /// Keeps what the client has made of the message, for the next who gets it too; as long as the
    /// message's buffers are valid.
    public void form(Object made) {
        form = made;
    }

    public String topic() {
        int from = start + Stored.TOPIC;
        int length = properties - 4 - from;
        boolean same = length == topicBytes.length;
        for (int i = 0; same && i < length; i++) {
            same = stored.get(from + i) == topicBytes[i];
        }
        if (!same) {
            byte[] bytes = new byte[length];
            stored.get(from, bytes);
            topic = ShortText.decoded(bytes);
            topicBytes = bytes;
        }
        return topic;
    }

    /// Whether other sessions get the message too.
    public boolean shared() {
        return shared;
    }

    public int topicSize() {
        return properties - 4 - start - Stored.TOPIC;
    }

    public int propertiesSize() {
        return payload - properties;
    }

    public int payloadSize() {
        return stored.limit() - payload;
    }

    public void putTopic(ByteBuffer out) {
        put(out, start + Stored.TOPIC, topicSize());
    }

    public void putProperties(ByteBuffer out) {
        put(out, properties, propertiesSize());
    }

    public void putPayload(ByteBuffer out) {
        put(out, payload, payloadSize());
    }

    private void put(ByteBuffer out, int from, int bytes) {
        int to = out.position();
        out.put(to, stored, from, bytes).position(to + bytes);
    }

    /// The topic's UTF-8 bytes.
    public ByteBuffer topicBytes() {
        return stored.slice(start + Stored.TOPIC, properties - 4 - start - Stored.TOPIC);
    }

    public ByteBuffer properties() {
        return stored.slice(properties, payload - properties);
    }

    public ByteBuffer payload() {
        return stored.slice(payload, stored.limit() - payload);
    }
}
