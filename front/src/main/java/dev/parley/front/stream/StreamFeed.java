package dev.parley.front.stream;

import dev.parley.api.Reason;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.shard.Command;
import dev.parley.core.stream.Start;
import dev.parley.core.stream.StreamClient;
import dev.parley.core.stream.StreamCommand;
import dev.parley.core.stream.StreamDelivery;
import dev.parley.core.stream.StreamReply;
import org.jspecify.annotations.Nullable;

/// One reader of one stream, for whoever hands its messages on; on the event loop.
///
/// The messages come in order, each when it is durable, from where the reader begins and then on as
/// they are published, without a gap or a duplicate in between.
public final class StreamFeed {
    /// The way to the shards: a broker's `offer`.
    @FunctionalInterface
    public interface Way {
        void offer(int shard, Command command);
    }

    /// Who gets the messages.
    public interface Sink {
        /// The reader is there; the first message comes after this.
        ///
        /// @param next the offset of the message that comes first
        /// @param missed messages between where it wanted to begin and `next` that are kept no more
        void onAttached(long next, long missed);

        /// There is no reader; nothing more comes.
        void onRefused(Reason reason);

        /// Whether one more message can be taken now. Whoever refuses calls [#resume] when it can.
        boolean ready();

        /// A message; the delivery is valid during the call.
        void onMessage(StreamDelivery message);

        /// The stream is gone; nothing more comes.
        void onEnded();
    }

    private final Way way;
    private final int shard;
    private final long stream;
    private final long reader;
    private final Sink sink;
    private final Client client = new Client();
    private boolean stalled;
    private boolean over;

    private StreamFeed(Way way, QueueEntry stream, long reader, Sink sink) {
        this.way = way;
        this.shard = stream.shard();
        this.stream = stream.id();
        this.reader = reader;
        this.sink = sink;
    }

    /// Begins to read; the sink hears how that went.
    ///
    /// @param reader a number that no other reader or consumer of the node has
    /// @param cursor the durable cursor that it reads for, or null
    /// @param window most messages unsettled at a time, 0 for no limit
    public static StreamFeed open(
            Way way,
            QueueEntry stream,
            long reader,
            Start start,
            @Nullable String cursor,
            int window,
            Sink sink) {
        StreamFeed feed = new StreamFeed(way, stream, reader, sink);
        feed.offer(
                new StreamCommand.Attach(
                        feed.client, 1, stream.id(), reader, start, cursor, window));
        return feed;
    }

    private void offer(StreamCommand command) {
        way.offer(shard, command);
    }

    /// The history that offsets count in: another one under the same name has another number.
    public long epoch() {
        return stream;
    }

    /// The sink is ready again.
    public void resume() {
        if (stalled && !over) {
            stalled = false;
            offer(new StreamCommand.Resume(stream, reader));
        }
    }

    /// The messages from one offset to another, which have come, are done with.
    public void settle(long from, long to) {
        if (!over) {
            offer(new StreamCommand.Settle(stream, reader, from, to));
        }
    }

    /// They are to come again, to this reader or another of its cursor.
    public void giveBack(long from, long to) {
        if (!over) {
            offer(new StreamCommand.Return(stream, reader, from, to));
        }
    }

    /// Ends the reader; what it has not settled goes to others of its cursor.
    public void close() {
        if (!over) {
            over = true;
            offer(new StreamCommand.Detach(client, 0, stream, reader));
        }
    }

    /// What the shard speaks to.
    private final class Client implements StreamClient {
        @Override
        public void onReply(long token, StreamReply reply) {
            if (over) {
                return;
            }
            switch (reply) {
                case StreamReply.Attached(long next, long missed) -> sink.onAttached(next, missed);
                case StreamReply.Refused(Reason reason) -> {
                    over = true;
                    sink.onRefused(reason);
                }
                default -> throw new IllegalStateException("no answer to a reader: " + reply);
            }
        }

        @Override
        public boolean ready(long one) {
            boolean takes = !over && sink.ready();
            stalled = !takes;
            return takes;
        }

        @Override
        public void onDelivery(StreamDelivery delivery) {
            if (!over) {
                sink.onMessage(delivery);
            }
        }

        @Override
        public void onEnded(long one) {
            if (!over) {
                over = true;
                sink.onEnded();
            }
        }

        // Nothing is published this way.

        @Override
        public void onAccepted(long from, long to) {}

        @Override
        public void onRefused(long token, Reason reason) {}
    }
}
