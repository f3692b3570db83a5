package dev.parley.core.queue;

import dev.parley.core.message.ShortText;
import java.nio.ByteBuffer;

/// A message on its way into queues. The buffers are borrowed: valid during the call that carries
/// them.
///
/// @param persistent whether it must survive a restart, in queues that do
/// @param priority 0 when the publisher gave none
/// @param ttlMillis how long it may wait, or -1
/// @param properties the encoded property list, as it is handed on to consumers
public record Message(
        String exchange,
        String routingKey,
        boolean persistent,
        int priority,
        long ttlMillis,
        ByteBuffer properties,
        ByteBuffer body) {

    public Message {
        checkName(exchange);
        checkName(routingKey);
    }

    /// One byte says how long a name is where a message is kept.
    private static void checkName(String name) {
        if (name.length() > ShortText.BYTES_MAX / 3
                && ShortText.bytes(name).length > ShortText.BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a name of %d characters on a message".formatted(name.length()));
        }
    }

    Message detached() {
        return new Message(
                exchange,
                routingKey,
                persistent,
                priority,
                ttlMillis,
                copy(properties),
                copy(body));
    }

    private static ByteBuffer copy(ByteBuffer source) {
        ByteBuffer copy = ByteBuffer.allocate(source.remaining());
        return copy.put(source.duplicate()).flip();
    }
}
