package dev.parley.core.queue;

import org.jspecify.annotations.Nullable;

/// How one queue behaves: by its declaration, and by the policies that count for it.
///
/// @param ttlMillis how long a message may wait, or [#NONE]
/// @param expiresMillis how long the queue may be unused before it goes, or [#NONE]
/// @param lengthMax most messages ready, or [#NONE]
/// @param bytesMax most bytes of bodies ready, or [#NONE]
/// @param deadLetterKey the routing key of dead letters; null keeps the message's own
/// @param priorityMax the highest priority, 0 for a queue without priorities, at most 255
/// @param deliveryLimit failed deliveries that a message may have before it is put away, or [#NONE]
/// @param retry when a message that came back is tried again
/// @param deduplication whether named messages are taken once
/// @param leaseMillis how long a consumer may keep a delivery before it counts as failed, or
///   [#NONE]; consumers may ask for a lease of their own
/// @param groupHeader the header that names a message's ordering group; null: no groups
public record QueueSpec(
        boolean durable,
        boolean autoDelete,
        long ttlMillis,
        long expiresMillis,
        long lengthMax,
        long bytesMax,
        Overflow overflow,
        @Nullable String deadLetterExchange,
        @Nullable String deadLetterKey,
        boolean singleActiveConsumer,
        int priorityMax,
        int deliveryLimit,
        Retry retry,
        Deduplication deduplication,
        long leaseMillis,
        @Nullable String groupHeader) {
    public static final int NONE = -1;

    public QueueSpec {
        if (priorityMax < 0 || priorityMax > 255) {
            throw new IllegalArgumentException("priorities go from 0 to 255, not " + priorityMax);
        }
    }

    /// A queue that retries at once, and knows neither names nor leases nor groups.
    public QueueSpec(
            boolean durable,
            boolean autoDelete,
            long ttlMillis,
            long expiresMillis,
            long lengthMax,
            long bytesMax,
            Overflow overflow,
            @Nullable String deadLetterExchange,
            @Nullable String deadLetterKey,
            boolean singleActiveConsumer,
            int priorityMax,
            int deliveryLimit) {
        this(
                durable,
                autoDelete,
                ttlMillis,
                expiresMillis,
                lengthMax,
                bytesMax,
                overflow,
                deadLetterExchange,
                deadLetterKey,
                singleActiveConsumer,
                priorityMax,
                deliveryLimit,
                Retry.AT_ONCE,
                Deduplication.NONE,
                NONE,
                null);
    }

    /// This one, but for what a queue keeps as long as it lives: whether it is durable, how it
    /// ends, its single consumer and its priorities, beside which there are no groups.
    QueueSpec onto(QueueSpec living) {
        return new QueueSpec(
                living.durable,
                living.autoDelete,
                ttlMillis,
                expiresMillis,
                lengthMax,
                bytesMax,
                overflow,
                deadLetterExchange,
                deadLetterKey,
                living.singleActiveConsumer,
                living.priorityMax,
                deliveryLimit,
                retry,
                deduplication,
                leaseMillis,
                living.priorityMax > 0 ? living.groupHeader : groupHeader);
    }

    /// A queue with no bounds and no extras.
    public static QueueSpec plain(boolean durable) {
        return new QueueSpec(
                durable,
                false,
                NONE,
                NONE,
                NONE,
                NONE,
                Overflow.DROP_HEAD,
                null,
                null,
                false,
                0,
                NONE);
    }
}
