package dev.parley.core.topic;

import dev.parley.api.Reason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The answer to one command.
public sealed interface TopicReply {
    record Done() implements TopicReply {}

    /// The session is there and belongs to the client; deliveries follow.
    ///
    /// @param present whether it was there before
    /// @param received packet ids of its publishes of quality of service 2 that are not released
    record Attached(
            long session, boolean present, List<Subscription> subscriptions, List<Integer> received)
            implements TopicReply {}

    /// A subscription stands or is gone.
    ///
    /// @param existed whether it stood before
    record Subscribed(boolean existed) implements TopicReply {}

    /// Some retained messages, copies, in the order of their topics.
    ///
    /// @param next where another look goes on ([TopicCommand.Retained#after]), null when this was
    ///   all
    record Retained(List<TopicMessage> messages, @Nullable String next) implements TopicReply {}

    record Statuses(List<SessionStatus> sessions, TopicStatus shard) implements TopicReply {}

    record Refused(Reason reason) implements TopicReply {}
}
