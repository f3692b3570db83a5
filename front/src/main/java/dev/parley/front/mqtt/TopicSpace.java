package dev.parley.front.mqtt;

import dev.parley.api.Reason;
import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.TopicClient;
import dev.parley.core.topic.TopicCommand;
import dev.parley.front.mqtt.Publication.Ids;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The topics of all virtual hosts: who is connected, who subscribes to what, and what is retained.
/// On the event loop.
public interface TopicSpace {
    /// What becomes of a publish that somebody waits for.
    interface Receipt {
        /// It is where it has to be.
        ///
        /// @param matched whether anybody subscribes to its topic
        void onAccepted(long token, boolean matched);

        void onRefused(long token, Reason reason);

        /// Who is told by the shard itself of a message that somebody subscribes to and that goes
        /// to one shard only, as most do; null: this hears of it.
        default @Nullable TopicClient alone() {
            return null;
        }
    }

    /// Retained messages that somebody goes through at his own pace.
    interface Cursor {
        /// The next one, or null: there is none at the moment.
        @Nullable Publication next();

        /// Whether there will be none any more. Otherwise the subscriber is told when to go on.
        boolean done();

        /// Leaves out what has been read already of a topic: something newer has come to whoever
        /// goes through it.
        void overtake(String topic);
    }

    /// Makes this the connection of its client; one that it had before is told to go.
    void enter(String host, String clientId, MqttConnection connection);

    /// The connection has ended.
    void leave(String host, String clientId, MqttConnection connection);

    /// A session that outlives its connection has one: it gets messages of QoS 0.
    void attach(long session, Subscriber subscriber);

    void detach(long session, Subscriber subscriber);

    /// The shard that a session or a topic is on.
    int shardOf(String host, String name);

    /// Brings a message to everybody who wants it, and keeps it if it is to be retained.
    ///
    /// @param message borrowed for the call
    /// @param publisher null: nobody's session
    /// @param origin what makes it recognisable if it is published again, or null
    /// @param receipt null: nobody waits
    void publish(
            String host,
            Publication message,
            @Nullable Subscriber publisher,
            TopicCommand.@Nullable Origin origin,
            @Nullable Receipt receipt,
            long token);

    /// Whether queues get what is published to a topic.
    boolean isQueued(String host, String topic);

    /// Puts a retained message into one session that outlives its connection.
    void put(String host, long session, Publication message, int qos, Ids ids);

    /// Adds a subscription of a session that ends with its connection, or changes it; returns
    /// whether it is new.
    boolean subscribe(Subscriber subscriber, Subscription subscription);

    /// Returns whether there was such a subscription.
    boolean unsubscribe(Subscriber subscriber, String filter);

    /// Removes all of its subscriptions.
    void forget(Subscriber subscriber);

    /// The connections that there are in a virtual host.
    Collection<MqttConnection> connections(String host);

    /// The connection of a client, or null.
    @Nullable MqttConnection connection(String host, String clientId);

    /// How many subscribe to each filter.
    Map<String, Integer> filters(String host);

    /// How many subscriptions ask for what the node tells of itself ([TopicNames#isSystem]).
    int watchers(String host);

    /// Brings a message of the node's own, of QoS 0, to those who subscribe to it; queues do not
    /// get it.
    void announce(String host, Publication message);

    /// The retained messages under a filter.
    ///
    /// @param onMore told when a cursor that had none goes on
    Cursor retained(String host, String filter, Runnable onMore);
}
