package dev.parley.client;

import java.util.Map;

/// A queue and how it stands.
///
/// @param type `classic`, `quorum` or `stream`
/// @param state `running`, or `unavailable` where its shard is damaged; then the counts are 0
/// @param scheduled messages that are not due yet
/// @param resting messages that came back and are tried again later
/// @param bytes bytes of the bodies ready
public record Queue(
        String name,
        String vhost,
        String type,
        String state,
        boolean durable,
        boolean exclusive,
        boolean autoDelete,
        Map<String, Object> arguments,
        long ready,
        long unacknowledged,
        long scheduled,
        long resting,
        boolean paused,
        long bytes,
        int consumers,
        long published,
        long delivered,
        long acknowledged,
        long deadLettered,
        long dropped) {}
