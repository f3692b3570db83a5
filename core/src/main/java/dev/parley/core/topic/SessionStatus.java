package dev.parley.core.topic;

import java.util.List;

/// How one durable session stands at one moment.
///
/// @param waiting messages not sent yet
/// @param inFlight messages sent and not acknowledged to the end
/// @param bytes of what waits and what is in flight
/// @param received publishes of quality of service 2 from the client that it has not released
/// @param endsMillis when it ends unless its client comes back; 0: not while it is connected, or
///   never
/// @param willMillis when its will is published unless its client comes back; 0: there is none, or
///   it is connected
/// @param delivered first deliveries; `redelivered` those that were tried again
/// @param refused messages that it had no room for
/// @param missed messages of quality of service 0 that came while nobody could take them
public record SessionStatus(
        long session,
        String host,
        String clientId,
        boolean connected,
        List<Subscription> subscriptions,
        long waiting,
        int inFlight,
        long bytes,
        int received,
        long expirySeconds,
        long endsMillis,
        long willMillis,
        long delivered,
        long redelivered,
        long acknowledged,
        long expired,
        long refused,
        long missed) {}
