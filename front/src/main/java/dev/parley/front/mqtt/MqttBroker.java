package dev.parley.front.mqtt;

import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.shard.Command;
import dev.parley.front.pace.Crowd;
import dev.parley.front.pace.Outbox;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What MQTT connections need from the node they came to; used on their event loop.
public interface MqttBroker {
    /// The catalog as this event loop sees it.
    Catalog catalog();

    /// Checks a user's password, off the event loop; answers on it with the user, or null.
    void authenticate(
            InetSocketAddress peer, String user, String password, Consumer<@Nullable User> answer);

    /// Begins a login by SCRAM-SHA-256.
    Handshake scram(InetSocketAddress peer);

    /// A login in which a client shows that it knows a password without saying it.
    interface Handshake {
        /// Takes the client's first message; answers with a challenge, perhaps after a while, or
        /// with null: refused.
        void begin(byte[] said, Consumer<byte @Nullable []> challenge);

        /// Takes its proof; null: it is none.
        @Nullable Admission prove(byte[] said);
    }

    /// Who has come in, and how the node shows that it knows him too.
    ///
    /// @param name as the client gave it
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Admission(String name, User user, byte[] proof) {}

    /// The user of a client certificate's name, or null; null for who has shown none.
    @Nullable User certified(InetSocketAddress peer, @Nullable String name);

    /// Counts a connection in; returns why it may not be, or null.
    @Nullable String admit(User user, VirtualHost host);

    /// Counts in a connection that takes the place of one that was counted out just now.
    void succeed(User user, VirtualHost host);

    /// Counts it out.
    void dismiss(User user, VirtualHost host);

    /// Sends a command to a shard.
    void offer(int shard, Command command);

    /// A number that nobody else is given while the node runs.
    long nextId();

    /// A name that nobody guesses.
    String randomName();

    /// Whether the disk is so far behind that publishers should wait.
    boolean behind();

    /// Runs `task` once when the disk is no longer behind.
    void whenCaughtUp(Runnable task);

    /// What publishers have to wait for: room on the disk, or what an operator says.
    boolean holdsPublishers();

    /// Milliseconds that only go forward.
    long tickMillis();

    /// The time for people, milliseconds since 1970; it may jump.
    long wallMillis();

    MqttConfig mqtt();

    MqttMetrics mqttMetrics();

    /// Memory for what waits for readers that are too slow, of all protocols together.
    Outbox.Pool slowReaders();

    /// Memory for what waits for sessions that end with their connections.
    Crowd crowd();

    /// Where messages go and come from.
    TopicSpace topics();
}
