package dev.parley.core.topic;

import dev.parley.api.Reason;

/// Whoever publishes, or holds a durable session: a connection. Called on its own event loop, never
/// from inside a call that it made; it may offer commands from inside these calls.
public interface TopicClient {
    /// The publishes with tokens `from` to `to` are durable in this shard (or need not be).
    void onAccepted(long from, long to);

    /// A publish of quality of service 2 came before and was taken then; that is durable.
    void onKnown(long token);

    /// A publish was not taken by this shard.
    void onRefused(long token, Reason reason);

    void onReply(long token, TopicReply reply);

    /// A message for the session that this client holds. The delivery is reused: read it during the
    /// call, in which nothing is offered to other shards.
    void onDelivery(TopicDelivery delivery);

    /// A message of the session ends without a delivery: it has expired, or cannot be read.
    default void onDropped() {}

    /// The receipt of a delivery of quality of service 2 is durable (or there is no such delivery):
    /// let go of its packet id. Comes again when a client attaches that has not completed it.
    void onRelease(int packetId, boolean known);

    /// The release of a publish of quality of service 2 is durable: its packet id is free again.
    void onComplete(int packetId, boolean known);

    /// Whether one more delivery can be taken now. When it refuses, nothing comes until
    /// [TopicCommand.Resume].
    boolean ready();

    /// Another client holds the session from now on.
    void onTakenOver(long session);

    /// Somebody ended the session.
    void onEnded(long session);
}
