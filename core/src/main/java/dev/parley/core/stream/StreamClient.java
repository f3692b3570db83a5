package dev.parley.core.stream;

import dev.parley.api.Reason;

/// Whoever publishes to streams or reads them. Called on its own event loop, never from inside a
/// call that it made; it may offer commands from inside these calls.
public interface StreamClient {
    /// The publishes with tokens `from` to `to` are durable in this shard.
    void onAccepted(long from, long to);

    /// A publish was not taken by this shard.
    void onRefused(long token, Reason reason);

    void onReply(long token, StreamReply reply);

    /// Whether one more message can be taken now. When it refuses, nothing comes for this reader
    /// until [StreamCommand.Resume]. When it agrees, a message follows at once.
    boolean ready(long reader);

    /// A message for one of the client's readers. The delivery is reused: read it during the call.
    void onDelivery(StreamDelivery delivery);

    /// A reader ended without having been asked to: its stream is gone.
    void onEnded(long reader);
}
