package dev.parley.node.embed;

import java.time.Duration;

/// How a node deals with the programs in its own process.
///
/// @param patience how long a send waits for room before it is refused
/// @param inFlightBytes bytes of messages on their way at most; senders wait for their turn
/// @param closeWithin how long the node waits, when it closes, for handlers that are at work
public record EmbedConfig(Duration patience, int inFlightBytes, Duration closeWithin) {
    /// 30 seconds, 64 MiB, 10 seconds.
    public static final EmbedConfig DEFAULT =
            new EmbedConfig(Duration.ofSeconds(30), 64 << 20, Duration.ofSeconds(10));

    public EmbedConfig {
        if (patience.isNegative() || closeWithin.isNegative() || inFlightBytes < 1) {
            throw new IllegalArgumentException("embedding configuration out of bounds");
        }
    }

    public EmbedConfig withPatience(Duration one) {
        return new EmbedConfig(one, inFlightBytes, closeWithin);
    }

    public EmbedConfig withCloseWithin(Duration one) {
        return new EmbedConfig(patience, inFlightBytes, one);
    }
}
