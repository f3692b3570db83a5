package dev.parley.node.embed;

import dev.parley.api.ReadOptions;
import dev.parley.api.Reason;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.stream.StreamDelivery;
import dev.parley.front.mqtt.AmqpProperties;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.stream.StreamFeed;
import dev.parley.node.embed.Backlog.Item;
import org.jspecify.annotations.Nullable;

/// A reader of a stream. It has a window: what its program has not taken, or not settled, is not
/// read on from.
final class StreamSource implements Source, StreamFeed.Sink {
    /// Where a message stands in its stream.
    ///
    /// @param missed messages right before it that are kept no more
    /// @param key messages of one key keep their order
    record Place(long epoch, long offset, long timeMillis, long missed, int key) {}

    private final EmbeddedStreams streams;
    private final String stream;
    private final ReadOptions options;
    private final Backlog backlog;
    private final Watch watch;

    // What follows belongs to the loop.
    private @Nullable Ask<Boolean> beginning;
    private @Nullable StreamFeed feed;
    private boolean lastPerSubject;
    private boolean stopped;
    private long missed;

    StreamSource(
            EmbeddedStreams streams,
            String stream,
            ReadOptions options,
            Backlog backlog,
            Watch watch) {
        this.streams = streams;
        this.stream = stream;
        this.options = options;
        this.backlog = backlog;
        this.watch = watch;
    }

    // ---- beginning and end

    @Override
    public void begin(Ask<Boolean> ask) {
        QueueEntry entry = streams.entry(stream);
        if (stopped) {
            ask.refuse(new Reason.Unavailable("the reader was closed before it began"));
        } else if (entry == null) {
            ask.refuse(streams.missing(stream));
        } else {
            beginning = ask;
            lastPerSubject = EmbeddedStreams.Known.of(entry).lastPerSubject();
            feed =
                    StreamFeed.open(
                            streams.way(),
                            entry,
                            streams.nextId(),
                            EmbeddedStreams.start(options.from()),
                            options.cursor(),
                            options.buffer(),
                            this);
        }
    }

    @Override
    public void onAttached(long next, long gone) {
        miss(gone);
        begun(null);
    }

    @Override
    public void onRefused(Reason reason) {
        begun(reason);
    }

    private void begun(@Nullable Reason refusal) {
        Ask<Boolean> ask = beginning;
        beginning = null;
        if (ask != null && refusal != null) {
            ask.refuse(refusal);
        } else if (ask != null) {
            ask.answer(true);
        }
    }

    @Override
    public void stop(Ask<Boolean> ask) {
        stopped = true;
        ask.answer(true);
    }

    @Override
    public void end(Ask<Boolean> ask) {
        StreamFeed open = feed;
        if (open != null) {
            open.close();
        }
        begun(new Reason.Unavailable("the reader was closed before it began"));
        ask.answer(true);
    }

    @Override
    public void onEnded() {
        Reason why = new Reason.NotFound("stream '" + stream + "' was deleted");
        begun(why);
        watch.onLost(why);
    }

    // ---- messages

    @Override
    public boolean ready() {
        return !stopped && backlog.takes();
    }

    @Override
    public void onMessage(StreamDelivery delivery) {
        miss(delivery.missed());
        Place place =
                new Place(
                        delivery.stream(),
                        delivery.offset(),
                        delivery.timeMillis(),
                        missed,
                        delivery.key());
        missed = 0;
        Publication message =
                AmqpProperties.ofStream(
                        delivery.subject(), delivery.properties(), delivery.body(), stream);
        streams.programs().metrics().countDelivered();
        Publication own = EmbeddedStreams.told(message, lastPerSubject).detached();
        backlog.add(new Item(own, 0, delivery.repeated(), place));
    }

    private void miss(long count) {
        missed += count;
        backlog.miss(count);
    }

    /// Without a cursor there is nothing that the program would settle.
    @Override
    public void onTaken(Item item) {
        if (options.cursor() == null) {
            letGo(item);
        }
    }

    @Override
    public void settle(Item item) {
        if (options.cursor() != null) {
            letGo(item);
        }
    }

    private void letGo(Item item) {
        Place place = item.place();
        if (place == null) {
            return;
        }
        streams.programs()
                .add(
                        new Inlet.Job() {
                            @Override
                            public void run() {
                                StreamFeed open = feed;
                                if (open != null) {
                                    open.settle(place.offset(), place.offset());
                                }
                            }

                            @Override
                            public void refuse(Reason reason) {
                                // The node stops: it comes again.
                            }
                        });
    }

    @Override
    public void onRoom() {
        streams.programs()
                .<Boolean>ask(ask -> {
                    StreamFeed open = feed;
                    if (open != null && !stopped) {
                        open.resume();
                    }
                    ask.answer(true);
                });
    }
}
