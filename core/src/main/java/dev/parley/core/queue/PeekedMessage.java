package dev.parley.core.queue;

import dev.parley.api.Awaited;
import java.nio.ByteBuffer;

/// A copy of a message that stays where it is.
///
/// @param entry names it within its queue for as long as it is there
/// @param waitsFor why it is still there
/// @param failures deliveries that failed so far
/// @param expiryMillis when it expires, milliseconds since 1970; 0: never
/// @param dueMillis when it may reach a consumer, for one that is scheduled or rests; else 0
public record PeekedMessage(
        long entry,
        Standing standing,
        Awaited waitsFor,
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

    /// Where a message stands.
    public enum Standing {
        /// In the line of its priority.
        READY,
        /// In the line of its ordering group.
        HELD,
        /// Tried, and not yet to be tried again.
        RESTING,
        /// In the schedule, before its time.
        SCHEDULED,
        /// Out, at whoever took it.
        TAKEN
    }
}
