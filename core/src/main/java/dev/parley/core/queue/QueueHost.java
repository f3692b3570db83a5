package dev.parley.core.queue;

import dev.parley.core.message.FieldTable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the queues of a shard need from the node around them; on the shard's event loop.
public interface QueueHost {
    /// The number of this shard.
    int shard();

    /// The queues that a message sent to this exchange reaches now, each once; none if there is no
    /// such exchange.
    ///
    /// @param keys the routing key and carbon copies
    List<Destination> route(
            String host, String exchange, List<String> keys, @Nullable FieldTable headers);

    /// The queue has ended (deleted, unused, or its last consumer left) and its end is durable.
    void onGone(long queue);

    /// A message cannot be read back from the log; it stays where it is and is not delivered.
    void onDamaged(String queue, long position);

    /// A queue on some shard.
    record Destination(int shard, long queue, String name) {}
}
