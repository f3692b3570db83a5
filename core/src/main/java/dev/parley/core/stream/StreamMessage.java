package dev.parley.core.stream;

import dev.parley.core.message.ShortText;
import java.nio.ByteBuffer;

/// A message on its way into streams. The buffers are borrowed: valid during the call that carries
/// them.
///
/// @param exchange what it was published to, at most 255 bytes; part of the message
/// @param subject its routing key, at most 255 bytes: what last values are kept by
/// @param key says what keeps its order where several share a cursor: messages of one key go to one
///   of them at a time
/// @param properties what travels with it, as the front ends lay it out; nobody here looks inside
public record StreamMessage(
        String exchange, String subject, int key, ByteBuffer properties, ByteBuffer body) {
    public StreamMessage {
        check(exchange);
        check(subject);
    }

    private static void check(String name) {
        if (name.length() > ShortText.BYTES_MAX / 3
                && ShortText.bytes(name).length > ShortText.BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a name of %d characters on a message".formatted(name.length()));
        }
    }

    /// The same message with buffers of its own.
    public StreamMessage detached() {
        return new StreamMessage(exchange, subject, key, copy(properties), copy(body));
    }

    private static ByteBuffer copy(ByteBuffer source) {
        ByteBuffer copy = ByteBuffer.allocate(source.remaining());
        return copy.put(source.duplicate()).flip();
    }
}
