package dev.parley.core.topic;

import dev.parley.api.Subject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// A message on its way to subscribers. The buffers are borrowed: valid during the call that
/// carries them, unless somebody says that they are a copy.
///
/// @param qos the quality of service that its publisher gave it: 0, 1 or 2
/// @param expiryMillis when it expires, milliseconds since 1970; 0: never
/// @param properties what travels with it, as the front ends lay it out; nobody here looks inside
public record TopicMessage(
        String topic, int qos, long expiryMillis, ByteBuffer properties, ByteBuffer payload) {
    public TopicMessage {
        if (qos < 0 || qos > 2) {
            throw new IllegalArgumentException("a quality of service of " + qos);
        }
        if (topic.length() > Subject.BYTES_MAX / 3
                && topic.getBytes(StandardCharsets.UTF_8).length > Subject.BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a topic of %d characters on a message".formatted(topic.length()));
        }
    }

    /// The same message with buffers of its own.
    public TopicMessage detached() {
        return new TopicMessage(topic, qos, expiryMillis, copy(properties), copy(payload));
    }

    private static ByteBuffer copy(ByteBuffer source) {
        ByteBuffer copy = ByteBuffer.allocate(source.remaining());
        return copy.put(source.duplicate()).flip();
    }
}
