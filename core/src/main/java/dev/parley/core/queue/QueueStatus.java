package dev.parley.core.queue;

/// How one queue stands at one moment.
///
/// @param ready messages that wait for a consumer
/// @param unacknowledged messages that a consumer has
/// @param bytes bytes of the bodies ready
public record QueueStatus(
        long id,
        String host,
        String name,
        long ready,
        long unacknowledged,
        long bytes,
        int consumers,
        long published,
        long delivered,
        long acknowledged,
        long deadLettered,
        long dropped) {}
