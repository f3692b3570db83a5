package dev.parley.core.topic;

import dev.parley.core.message.ShortText;
import java.nio.ByteBuffer;

/// How a message is laid out at the end of a record: quality of service (1 byte), expiry (8), the
/// length of the topic (2) and the topic, the length of the properties (4) and the properties, the
/// payload to the end.
final class Stored {
    /// Where the topic's bytes begin.
    static final int TOPIC = 1 + 8 + 2;

    private Stored() {}

    static int size(TopicMessage message, byte[] topic) {
        return TOPIC
                + topic.length
                + 4
                + message.properties().remaining()
                + message.payload().remaining();
    }

    static void put(ByteBuffer out, TopicMessage message, byte[] topic) {
        out.put((byte) message.qos()).putLong(message.expiryMillis());
        out.putShort((short) topic.length).put(topic);
        out.putInt(message.properties().remaining()).put(message.properties().duplicate());
        out.put(message.payload().duplicate());
    }

    /// The message that begins at `start` and fills the rest; its buffers are views.
    static TopicMessage read(ByteBuffer record, int start) {
        int length = Short.toUnsignedInt(record.getShort(start + 9));
        int properties = start + TOPIC + length;
        int size = record.getInt(properties);
        int payload = properties + 4 + size;
        return new TopicMessage(
                topic(record, start),
                record.get(start),
                record.getLong(start + 1),
                record.slice(properties + 4, size),
                record.slice(payload, record.limit() - payload));
    }

    static String topic(ByteBuffer record, int start) {
        byte[] bytes = new byte[Short.toUnsignedInt(record.getShort(start + 9))];
        record.get(start + TOPIC, bytes);
        return ShortText.decoded(bytes);
    }

    static long expiry(ByteBuffer record, int start) {
        return record.getLong(start + 1);
    }

    /// The bytes of the payload alone: a retained message without any removes the one before.
    static int payloadSize(ByteBuffer record, int start) {
        int properties = start + TOPIC + Short.toUnsignedInt(record.getShort(start + 9));
        return record.limit() - properties - 4 - record.getInt(properties);
    }
}
