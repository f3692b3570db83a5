package dev.parley.core.queue;

import java.nio.ByteBuffer;

/// A copy of a message that stays where it is.
///
/// @param entry names it within its queue for as long as it is there
/// @param failures deliveries that failed so far
/// @param expiryMillis when it expires, milliseconds since 1970; 0: never
/// @param dueMillis when it may reach a consumer, for one that is scheduled or rests; else 0
public record PeekedMessage(
        long entry,
        Standing standing,
        boolean redelivered,
        int failures,
        long expiryMillis,
        long dueMillis,
        String exchange,
        String routingKey,
        ByteBuffer properties,
        ByteBuffer body) {
    /// Which messages somebody who looks into a queue wants to see. Called on the shard's event
    /// loop: it must be quick, and must not keep the delivery.
    @FunctionalInterface
    public interface Filter {
        Filter ALL = message -> true;

        boolean matches(Delivery message);
    }

    /// What a message waits for.
    public enum Standing {
        /// A consumer with room.
        READY,
        /// That others of its group are settled.
        HELD,
        /// Its time to be tried again.
        RESTING,
        /// Its time to be delivered at all.
        SCHEDULED,
        /// The answer of the consumer that has it.
        TAKEN
    }
}
