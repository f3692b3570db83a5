package dev.parley.core.queue;

import java.nio.ByteBuffer;

/// A copy of a message that stays where it is.
public record PeekedMessage(
        long entry,
        boolean redelivered,
        String exchange,
        String routingKey,
        ByteBuffer properties,
        ByteBuffer body) {}
