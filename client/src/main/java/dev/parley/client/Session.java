package dev.parley.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A session of an MQTT client.
///
/// @param durable whether it outlives its connection
/// @param waiting messages that are not sent yet
/// @param inFlight messages that are sent and not acknowledged
/// @param slow what the client would rather miss when it does not keep up
/// @param missed messages of QoS 0 that it did not get
/// @param refused messages that it had no room for
/// @param endsMillis when it ends unless its client comes back, milliseconds since 1970; 0: never
/// @param missedOf the topics of which it missed most, where one session is asked for
/// @param filters what it subscribes to, where one session is asked for
public record Session(
        String clientId,
        boolean durable,
        boolean connected,
        @Nullable String user,
        @Nullable String peer,
        @Nullable String version,
        long keepAliveSeconds,
        int subscriptions,
        long waiting,
        int inFlight,
        int unreleased,
        long bytes,
        long received,
        long sent,
        @Nullable String slow,
        long missed,
        long refused,
        long redelivered,
        long expired,
        long expirySeconds,
        long endsMillis,
        long willMillis,
        @Nullable List<Missed> missedOf,
        @Nullable List<Subscribed> filters) {
    /// How many messages were missed of one topic.
    public record Missed(String topic, long count) {}

    /// One subscription.
    public record Subscribed(
            String filter, int qos, boolean noLocal, boolean retainAsPublished, int id) {}
}
