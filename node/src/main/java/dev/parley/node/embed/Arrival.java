package dev.parley.node.embed;

import dev.parley.core.queue.Delivery;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/// A delivery as it came from the queue, with bytes of its own.
///
/// @param consumer the consumer that took it, 0 for a get
/// @param lapsed whether its lease is over: how it ends here does not count, since the message may
///   be another's, or here once more; set on the loop
record Arrival(
        int shard,
        long queue,
        long consumer,
        long entry,
        boolean redelivered,
        int failures,
        String exchange,
        String routingKey,
        ByteBuffer properties,
        ByteBuffer body,
        AtomicBoolean lapsed) {
    /// Copies what the loop shows for the time of a call.
    static Arrival of(int shard, Delivery delivery) {
        return new Arrival(
                shard,
                delivery.queue(),
                delivery.consumer(),
                delivery.entry(),
                delivery.redelivered(),
                delivery.failures(),
                delivery.exchange(),
                delivery.routingKey(),
                ByteBuffer.wrap(bytes(delivery.properties())),
                ByteBuffer.wrap(bytes(delivery.body())),
                new AtomicBoolean());
    }

    private static byte[] bytes(ByteBuffer source) {
        byte[] copy = new byte[source.remaining()];
        source.get(copy);
        return copy;
    }

    /// Bytes that it takes.
    int bytes() {
        return properties.capacity() + body.capacity();
    }
}
