package dev.parley.core.queue;

import dev.parley.api.Reason;
import java.util.List;

/// The answer to one command.
public sealed interface QueueReply {
    /// Done; the messages concerned (removed, or ready) and the consumers there are.
    record Done(long messages, int consumers) implements QueueReply {}

    /// A get found nothing.
    record Empty() implements QueueReply {}

    /// What a get found; the delivery is reused: read it during the call.
    record Got(Delivery delivery, long messagesLeft) implements QueueReply {}

    record Refused(Reason reason) implements QueueReply {}

    record Statuses(List<QueueStatus> statuses) implements QueueReply {}

    /// What became of messages that were to be sent on.
    ///
    /// @param nowhere those that stay, because their way leads nowhere; what was named and is in
    ///   neither number is gone, or a consumer has it
    record Sent(long sent, long nowhere) implements QueueReply {}

    /// What a look found.
    ///
    /// @param next the entry from which another look goes on, -1 when this was all
    record Peeked(List<PeekedMessage> messages, long next) implements QueueReply {}
}
