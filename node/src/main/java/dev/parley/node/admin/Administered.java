package dev.parley.node.admin;

import dev.parley.front.amqp.Broker;
import java.util.function.Consumer;

/// What the admin interface needs of its node, beyond what every connection needs.
public interface Administered {
    Broker broker();

    int shards();

    /// Whether a shard is open; one that is damaged stays closed.
    boolean serves(int shard);

    /// Whether the log has failed: the node is about to end.
    boolean stopped();

    /// Hashes a password off the event loop and answers on it.
    void hash(String password, Consumer<String> answer);

    /// Runs something on the event loop later; the action that comes back prevents it.
    Runnable after(long millis, Runnable task);

    /// What the node counts, in Prometheus' text format; gathered off the event loop, answered on
    /// it.
    void scrape(Consumer<String> answer);

    String version();
}
