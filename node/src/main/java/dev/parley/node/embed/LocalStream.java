package dev.parley.node.embed;

import dev.parley.api.Codec;
import dev.parley.api.Event;
import dev.parley.api.EventStream;
import dev.parley.api.From;
import dev.parley.api.ReadOptions;
import dev.parley.api.Reason;
import dev.parley.api.Recorded;
import dev.parley.api.RefusedException;
import dev.parley.api.StreamListener;
import dev.parley.api.Topic;
import dev.parley.core.queue.Message;
import dev.parley.core.stream.StreamCommand;
import dev.parley.core.stream.StreamMessage;
import dev.parley.core.stream.StreamReply;
import dev.parley.core.stream.StreamReply.Kept;
import dev.parley.core.stream.StreamStatus;
import dev.parley.front.mqtt.AmqpProperties;
import dev.parley.front.mqtt.Publication;
import dev.parley.node.embed.EmbeddedStreams.Known;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A stream of the node in this process, as programs use it.
final class LocalStream<T> implements EventStream<T> {
    private static final int PAGE_MAX = 1_000;
    private static final int PAGE_BYTES_MAX = 8 << 20;

    private final EmbeddedStreams streams;
    private final String name;
    private final Codec<T> codec;

    LocalStream(EmbeddedStreams streams, String name, Codec<T> codec) {
        this.streams = streams;
        this.name = name;
        this.codec = codec;
    }

    @Override
    public String name() {
        return name;
    }

    EmbeddedStreams streams() {
        return streams;
    }

    Codec<T> codec() {
        return codec;
    }

    // ---- publishing

    @Override
    public void publish(String subject, T payload) throws InterruptedException {
        publish(Event.of(subject, payload));
    }

    @Override
    public void publish(Event<T> event) throws InterruptedException {
        publishAll(List.of(event));
    }

    @Override
    public void publishAll(Collection<Event<T>> events) throws InterruptedException {
        if (!events.isEmpty()) {
            // All are written before the first goes: one that cannot be written stops none halfway.
            send(events.stream().map(this::written).toList());
        }
    }

    @Override
    public void clear(String subject) throws InterruptedException {
        if (!streams.find(name).lastPerSubject()) {
            throw new RefusedException(
                    new Reason.Precondition(
                            "stream '%s' does not keep last messages of subjects".formatted(name)));
        }
        send(List.of(Events.kept(Events.clearing(subject))));
    }

    private void send(List<Message> messages) throws InterruptedException {
        Receipt receipt = new Receipt(messages.size());
        for (Message message : messages) {
            streams.publish(name, message, receipt);
        }
        receipt.await();
    }

    @Override
    public CompletableFuture<@Nullable Void> publishAsync(String subject, T payload) {
        return publishAsync(Event.of(subject, payload));
    }

    @Override
    public CompletableFuture<@Nullable Void> publishAsync(Event<T> event) {
        Receipt receipt = new Receipt(1);
        try {
            streams.publish(name, written(event), receipt);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            receipt.one(new Reason.Unavailable("interrupted while waiting for room"));
        }
        return receipt.future();
    }

    private Message written(Event<T> event) {
        long now = System.currentTimeMillis();
        return Events.kept(Events.written(event, codec, now, streams.messageBytesMax()));
    }

    // ---- reading

    @Override
    public Topic.Subscription read(StreamListener<T> listener, ReadOptions options) {
        return new LocalSubscription<>(
                        new StreamOrigin<>(this, options),
                        new LocalSubscription.Work<T>() {
                            @Override
                            public void onMessage(LocalReceived<T> message) throws Exception {
                                listener.onMessage(message.recorded());
                            }

                            @Override
                            public void cleared(String subject) throws Exception {
                                listener.cleared(subject);
                            }
                        })
                .begun();
    }

    @Override
    public Feed<T> feed(ReadOptions options) {
        return new Reader<>(new LocalFeed<>(new StreamOrigin<>(this, options)).begun());
    }

    private record Reader<T>(LocalFeed<T> feed) implements Feed<T> {
        @Override
        public Optional<Recorded<T>> next(Duration timeout) throws InterruptedException {
            return feed.take(timeout).map(LocalReceived::recorded);
        }

        @Override
        public boolean running() {
            return feed.running();
        }

        @Override
        public long missed() {
            return feed.missed();
        }

        @Override
        public long failed() {
            return feed.failed();
        }

        @Override
        public void close() {
            feed.close();
        }
    }

    // ---- looking

    @Override
    public Page<T> page(From from, int count) throws InterruptedException {
        if (count < 1 || count > PAGE_MAX) {
            throw new IllegalArgumentException(
                    "a page has 1 to %d messages, not %d".formatted(PAGE_MAX, count));
        }
        Known stream = streams.find(name);
        StreamReply reply =
                streams.ask(
                        stream,
                        client ->
                                new StreamCommand.Read(
                                        client,
                                        1,
                                        stream.id(),
                                        EmbeddedStreams.start(from),
                                        count,
                                        PAGE_BYTES_MAX));
        StreamReply.Page page = (StreamReply.Page) reply;
        List<Recorded<T>> messages = new ArrayList<>();
        long missed = page.missed();
        for (Kept kept : page.messages()) {
            Recorded<T> message = recorded(stream, kept, messages.isEmpty() ? missed : 0);
            if (message != null) {
                messages.add(message);
            }
        }
        return new Page<>(messages, page.next(), missed);
    }

    /// Null: it says that a subject has no last message any more.
    private @Nullable Recorded<T> recorded(Known stream, Kept kept, long missed) {
        StreamMessage message = kept.message();
        Publication publication =
                EmbeddedStreams.told(
                        AmqpProperties.ofStream(
                                message.subject(), message.properties(), message.body(), name),
                        stream.lastPerSubject());
        if (Events.clears(publication)) {
            return null;
        }
        StreamSource.Place place =
                new StreamSource.Place(
                        stream.id(), kept.offset(), kept.timeMillis(), missed, message.key());
        try {
            Event<T> event = Events.read(publication, codec, kept.timeMillis());
            return new LocalRecorded<>(event, place, false, missed, () -> {});
        } catch (Exception e) {
            throw Events.unreadable(publication, e);
        }
    }

    @Override
    public Status status() throws InterruptedException {
        Known stream = streams.find(name);
        StreamReply reply =
                streams.ask(
                        stream, client -> new StreamCommand.Inspect(client, 1, stream.id(), true));
        if (reply instanceof StreamReply.Statuses(var found) && !found.isEmpty()) {
            return status(found.getFirst());
        }
        throw new RefusedException(streams.missing(name));
    }

    private static Status status(StreamStatus status) {
        return new Status(
                status.id(),
                status.first(),
                status.next(),
                status.messages(),
                status.bytes(),
                status.cursors().stream()
                        .map(one ->
                                new Cursor(
                                        one.name(), one.offset(), one.readers(), one.unsettled()))
                        .toList());
    }

    @Override
    public void forget(String cursor) throws InterruptedException {
        Known stream = streams.find(name);
        streams.ask(stream, client -> new StreamCommand.Move(client, 1, stream.id(), cursor, -1));
    }
}
