package dev.parley.core.stream;

import dev.parley.api.Reason;
import java.util.List;

/// The answer to one command.
public sealed interface StreamReply {
    /// Done; the messages concerned.
    record Done(long messages) implements StreamReply {}

    /// The reader is there.
    ///
    /// @param next the offset of the message that it gets first, or would get
    /// @param missed messages between where it wanted to begin and `next` that are kept no more
    record Attached(long next, long missed) implements StreamReply {}

    /// Some messages, copies, in order.
    ///
    /// @param next the offset to read on from
    /// @param missed messages before the first one that were asked for and are kept no more
    record Page(List<Kept> messages, long next, long missed) implements StreamReply {}

    /// A message with its place.
    ///
    /// @param timeMillis when it came, milliseconds since 1970
    record Kept(long offset, long timeMillis, StreamMessage message) {}

    record Statuses(List<StreamStatus> streams) implements StreamReply {}

    record Refused(Reason reason) implements StreamReply {}
}
