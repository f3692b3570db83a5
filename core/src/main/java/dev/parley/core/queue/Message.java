package dev.parley.core.queue;

import dev.parley.core.message.ShortText;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A message on its way into queues. The buffers are borrowed: valid during the call that carries
/// them.
///
/// @param persistent whether it must survive a restart, in queues that do
/// @param priority 0 when the publisher gave none
/// @param ttlMillis how long it may wait, or -1
/// @param dueMillis when it may reach consumers, milliseconds since 1970; 0: at once
/// @param once what makes it recognisable if it is published again, or null
/// @param properties the encoded property list, as it is handed on to consumers
public record Message(
        String exchange,
        String routingKey,
        boolean persistent,
        int priority,
        long ttlMillis,
        long dueMillis,
        @Nullable Once once,
        ByteBuffer properties,
        ByteBuffer body) {
    /// A message that is due at once and like any other.
    public Message(
            String exchange,
            String routingKey,
            boolean persistent,
            int priority,
            long ttlMillis,
            ByteBuffer properties,
            ByteBuffer body) {
        this(exchange, routingKey, persistent, priority, ttlMillis, 0, null, properties, body);
    }

    public Message {
        checkName(exchange);
        checkName(routingKey);
    }

    /// One byte says how long a name is where a message is kept.
    private static void checkName(String name) {
        if (name.length() > ShortText.BYTES_MAX / 3 && ShortText.size(name) > ShortText.BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a name of %d characters on a message".formatted(name.length()));
        }
    }

    /// The same message with buffers of its own.
    public Message detached() {
        return new Message(
                exchange,
                routingKey,
                persistent,
                priority,
                ttlMillis,
                dueMillis,
                once,
                copy(properties),
                copy(body));
    }

    private static ByteBuffer copy(ByteBuffer source) {
        ByteBuffer copy = ByteBuffer.allocate(source.remaining());
        return copy.put(source.duplicate()).flip();
    }
}
