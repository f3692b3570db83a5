package dev.parley.core.queue;

import dev.parley.api.Awaited;
import dev.parley.api.Reason;

/// Whoever publishes to queues or consumes from them: a session. Called on its own event loop; what
/// needs no disk (subscribing, say) is answered from inside the offer. It may offer commands from
/// inside these calls.
public interface QueueClient {
    /// The publishes with tokens `from` to `to` are durable in this shard (or need not be).
    void onAccepted(long from, long to);

    /// A publish will not reach (all of) its queues in this shard.
    void onRefused(long token, Reason reason);

    /// A message for one of the client's consumers. The delivery is reused, and what it shows may
    /// change with the first command that is offered to another shard: read it before.
    void onDelivery(Delivery delivery);

    void onReply(long token, QueueReply reply);

    /// The lease of a delivery has ended: it counts as failed, and its settlement comes too late.
    default void onLapsed(long queue, long entry) {}

    /// Who this is, for an operator who asks who has a message.
    ///
    /// @param consumer that has it, or 0: it was got
    default Awaited.Holder holder(long consumer) {
        return new Awaited.Holder("", "a program in the node");
    }

    /// Whether nobody waits for answers any more: what was asked for need not be looked for.
    default boolean gone() {
        return false;
    }

    /// Whether it stops publishing between [#onFull] and [#onRoomIn]. A queue that blocks its
    /// publishers takes what such a one sends meanwhile, and refuses the others while it is full.
    default boolean waitsForRoom() {
        return true;
    }

    /// A queue that blocks its publishers is full: publish no more until [#onRoomIn].
    default void onFull(long queue, String name) {}

    /// There is room in the queue again, or it is gone.
    default void onRoomIn(long queue) {}

    /// A consumer ended without having been asked to: its queue is gone.
    void onCancelled(long consumer);
}
