package dev.parley.core.queue;

import dev.parley.core.message.FieldTable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the queues of a shard need from the node around them; on the shard's event loop.
public interface QueueHost {
    /// The number of this shard.
    int shard();

    /// The queues that a message sent to this exchange reaches now, each once, and [#TOPICS] if
    /// somebody subscribes to it; none if there is no such exchange.
    ///
    /// @param keys the routing key and carbon copies
    List<Destination> route(
            String host, String exchange, List<String> keys, @Nullable FieldTable headers);

    /// Stands for the topics where a [Destination] or a move names a shard: no shard has so high a
    /// number.
    int TOPICS = 4_096;

    /// Brings a message to those who subscribe to its topic, at least once. Answered by
    /// [QueueCommand.Accepted] of [#TOPICS] when every durable session has it, unless `move` is 0.
    ///
    /// @param move numbers what this shard sends to topics; it ascends
    /// @param message null if it could not be read back: only its number is to arrive
    void toTopics(String host, long move, @Nullable Message message);

    /// The queue has ended (deleted, unused, or its last consumer left) and its end is durable.
    void onGone(long queue);

    /// A message cannot be read back from the log; it stays where it is and is not delivered.
    void onDamaged(String queue, long position);

    /// A queue on some shard, or the topics.
    record Destination(int shard, long queue, String name) {}
}
