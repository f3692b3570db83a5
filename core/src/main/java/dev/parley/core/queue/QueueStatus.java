package dev.parley.core.queue;

/// How one queue stands at one moment.
///
/// @param ready messages that wait for a consumer
/// @param unacknowledged messages that a consumer has
/// @param scheduled messages that are not due yet
/// @param resting messages that came back and are tried again later
/// @param paused whether deliveries are stopped for the time being
/// @param bytes bytes of the bodies ready
public record QueueStatus(
        long id,
        String host,
        String name,
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
