package dev.parley.core.topic;

/// Bounds of the topics of one shard that somebody may set. What happens at each is said beside it.
///
/// @param sessionMessagesMax messages that wait in one session: one more is not taken, counted
/// @param sessionBytesMax the same by bytes
/// @param sessionsMax sessions of one shard: one more is refused
/// @param subscriptionsMax subscriptions of one session: one more is refused
/// @param retainedMax retained messages of one shard: a publish that would add one is refused
public record TopicConfig(
        int sessionMessagesMax,
        long sessionBytesMax,
        int sessionsMax,
        int subscriptionsMax,
        int retainedMax) {
    public static final TopicConfig DEFAULT =
            new TopicConfig(100_000, 256L << 20, 1_000_000, 10_000, 1_000_000);

    /// Most deliveries that a session has not acknowledged, whatever its client allows.
    static final int WINDOW_MAX = 1024;

    public TopicConfig {
        if (sessionMessagesMax < 1
                || sessionMessagesMax > Mailbox.SPAN_MAX / 2
                || sessionBytesMax < 1
                || sessionsMax < 1
                || subscriptionsMax < 1
                || retainedMax < 1) {
            throw new IllegalArgumentException("bounds of topics out of bounds");
        }
    }
}
