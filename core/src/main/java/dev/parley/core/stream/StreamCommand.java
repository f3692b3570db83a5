package dev.parley.core.stream;

import dev.parley.core.shard.Command;
import dev.parley.core.shard.Pattern;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What can be asked of the streams of a shard. Streams are named by the id that the catalog gave
/// them: that id is never given again, so it tells one history of a name from another.
public sealed interface StreamCommand extends Command {
    @Override
    default Pattern pattern() {
        return Pattern.STREAM;
    }

    /// Makes sure that the stream exists and keeps what the spec says, from now on.
    record Create(long stream, String host, String name, StreamSpec spec)
            implements StreamCommand {}

    /// Removes the stream, its messages, cursors and readers, which are told. Answered by Done with
    /// the number of messages, or Refused when a condition does not hold. A null client wants no
    /// answer.
    record Delete(@Nullable StreamClient client, long token, long stream, boolean ifUnused)
            implements StreamCommand {}

    /// Drops streams that the catalog does not know; sent once after recovery.
    record Retain(List<Long> streams) implements StreamCommand {}

    // ---- publishing

    /// Puts a message at the end of streams of this shard. Answered by `onAccepted` or `onRefused`
    /// unless `token` is 0. Streams that do not exist (any more) are passed over.
    record Publish(StreamClient client, long token, List<Long> streams, StreamMessage message)
            implements StreamCommand {
        @Override
        public Command detached() {
            return new Publish(client, token, streams, message.detached());
        }
    }

    /// A message that shard `from` moves here; taken once per `move`, in ascending order. Move 0 is
    /// not remembered. Whoever moves it waits for another command of this shard that comes behind
    /// this one.
    record Accept(int from, long move, List<Long> streams, StreamMessage message)
            implements StreamCommand {
        @Override
        public Command detached() {
            return new Accept(from, move, streams, message.detached());
        }
    }

    // ---- reading

    /// Adds a reader, whose messages come in the order of their offsets, each when it is durable.
    /// Answered by Attached before the first of them, or Refused. `reader` is unique within the
    /// client's node.
    ///
    /// @param cursor the durable cursor that it reads for, or null. The first reader of a cursor
    ///   makes it at `start`; later ones go on behind what is settled, and `start` says nothing.
    ///   Several readers may share a cursor: each message goes to one of them, and messages of one
    ///   key, while some are unsettled, to the same
    /// @param window most messages unsettled at a time, 0 for no limit; a reader of a cursor has
    ///   65,536 at most
    record Attach(
            StreamClient client,
            long token,
            long stream,
            long reader,
            Start start,
            @Nullable String cursor,
            int window)
            implements StreamCommand {}

    /// Ends a reader. What it has not settled goes to others of its cursor. Answered by Done unless
    /// `token` is 0.
    record Detach(StreamClient client, long token, long stream, long reader)
            implements StreamCommand {}

    /// The reader's client is ready again.
    record Resume(long stream, long reader) implements StreamCommand {}

    /// What the reader has of the messages `from` to `to` is done with: its window has room for
    /// others, and its cursor moves on when nothing before is unsettled.
    record Settle(long stream, long reader, long from, long to) implements StreamCommand {}

    /// What the reader has of the messages `from` to `to` comes again, to it or another of its
    /// cursor; for a reader without a cursor like Settle.
    record Return(long stream, long reader, long from, long to) implements StreamCommand {}

    /// Makes a durable cursor stand at an offset, and makes it where there is none; forgets it with
    /// offset -1. Answered by Done, or Refused while readers have it.
    record Move(StreamClient client, long token, long stream, String cursor, long offset)
            implements StreamCommand {}

    // ---- looking

    /// Reads some messages once, without a reader. Answered by Page.
    ///
    /// @param count most messages in the answer, at most 1,000
    /// @param bytes most bytes in the answer; the first message comes whatever its size
    record Read(StreamClient client, long token, long stream, Start start, int count, int bytes)
            implements StreamCommand {}

    /// Answered by Statuses: of one stream, or of all with `stream` 0.
    ///
    /// @param cursors whether to tell of the cursors, too, of which there may be many
    record Inspect(StreamClient client, long token, long stream, boolean cursors)
            implements StreamCommand {}
}
