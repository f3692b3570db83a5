package dev.parley.front.amqp;

import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.User;
import dev.parley.core.shard.Command;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What connections need from the node they came to; used on their event loop.
public interface Broker {
    /// The catalog as this event loop sees it.
    Catalog catalog();

    /// Sends a command to a shard.
    void offer(int shard, Command command);

    /// Checks a user's password, off the event loop; answers on it with the user, or null. Where
    /// many were wrong, the answer takes its time.
    ///
    /// @param peer where the client is
    void authenticate(
            InetSocketAddress peer, String user, String password, Consumer<@Nullable User> answer);

    /// The same for a client certificate's name; null: it has shown none.
    @Nullable User certified(InetSocketAddress peer, @Nullable String name);

    /// Who is in, for the limits of users and virtual hosts.
    Attendance attendance();

    /// A number for a connection or a consumer, never used again while the node runs.
    long nextId();

    /// A name that nobody guesses.
    String randomName();

    /// Channels that wait for direct replies, by address.
    ReplyAddresses replies();

    /// The connections of this node.
    Connections connections();

    /// What publishers have to wait for, besides room on the disk.
    Alarms alarms();

    /// The tracing of messages.
    Firehose firehose();

    /// Whether there is room for messages on disk.
    boolean roomy();

    /// Whether the disk is so far behind that publishers should wait.
    boolean behind();

    /// Runs `task` once when the disk is no longer behind.
    void whenCaughtUp(Runnable task);

    /// Milliseconds that only go forward.
    long tickMillis();

    /// The time for people, milliseconds since 1970; it may jump.
    long wallMillis();

    AmqpConfig config();

    /// Who else gets what is published to `amq.topic`.
    default TopicBridge topicBridge() {
        return new TopicBridge.None();
    }

    /// Counts what happens.
    AmqpMetrics metrics();

    LocalMetrics localMetrics();
}
