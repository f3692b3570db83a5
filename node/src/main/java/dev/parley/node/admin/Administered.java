package dev.parley.node.admin;

import dev.parley.core.catalog.User;
import dev.parley.front.amqp.Broker;
import dev.parley.front.mqtt.MqttBroker;
import dev.parley.node.feed.Feeds;
import dev.parley.node.feed.Tokens;
import java.net.InetSocketAddress;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the admin interface needs of its node, beyond what every connection needs.
public interface Administered {
    Broker broker();

    /// The same for MQTT.
    MqttBroker mqtt();

    /// Readers over HTTP.
    Feeds feeds();

    /// Tokens for them.
    Tokens tokens();

    int shards();

    /// Whether a shard is open; one that is damaged stays closed.
    boolean serves(int shard);

    /// Whether the log has failed: the node is about to end.
    boolean stopped();

    /// Hashes a password off the event loop and answers on it.
    void hash(String password, Consumer<String> answer);

    /// Reads certificate and key again; answers on the event loop with the certificate that is now
    /// in use, or null and why the old one stays.
    void reloadTls(BiConsumer<@Nullable String, String> answer);

    /// Notes that somebody has changed something, or was told why he cannot.
    ///
    /// @param what names only, nothing secret
    void changed(User user, InetSocketAddress from, String what, int status);

    /// Notes that somebody who is no administrator has tried to be one.
    void denied(User user, InetSocketAddress from);

    /// Runs something on the event loop later; the action that comes back prevents it.
    Runnable after(long millis, Runnable task);

    /// What the node counts, in Prometheus' text format; gathered off the event loop, answered on
    /// it.
    void scrape(Consumer<String> answer);

    String version();
}
