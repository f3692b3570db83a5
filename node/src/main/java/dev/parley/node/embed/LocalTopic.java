package dev.parley.node.embed;

import dev.parley.api.Codec;
import dev.parley.api.Event;
import dev.parley.api.Listener;
import dev.parley.api.Reason;
import dev.parley.api.Subject;
import dev.parley.api.SubjectFilter;
import dev.parley.api.SubscribeOptions;
import dev.parley.api.Topic;
import dev.parley.front.mqtt.Publication;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A topic of the node in this process, as programs use it.
final class LocalTopic<T> implements Topic<T> {
    private final EmbeddedTopics topics;
    private final SubjectFilter filter;
    private final Codec<T> codec;

    LocalTopic(EmbeddedTopics topics, SubjectFilter filter, Codec<T> codec) {
        this.topics = topics;
        this.filter = filter;
        this.codec = codec;
    }

    @Override
    public String filter() {
        return filter.pattern();
    }

    EmbeddedTopics topics() {
        return topics;
    }

    Codec<T> codec() {
        return codec;
    }

    private void check(String subject) {
        if (!filter.matches(new Subject(subject))) {
            throw new IllegalArgumentException(
                    "'%s' is not under '%s'".formatted(subject, filter.pattern()));
        }
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
        check(subject);
        send(List.of(Events.clearing(subject)));
    }

    private void send(List<Publication> messages) throws InterruptedException {
        Receipt receipt = new Receipt(messages.size());
        for (Publication message : messages) {
            topics.publish(message, receipt);
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
            topics.publish(written(event), receipt);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            receipt.one(new Reason.Unavailable("interrupted while waiting for room"));
        }
        return receipt.future();
    }

    private Publication written(Event<T> event) {
        check(event.subject());
        int most = topics.config().packetBytesMax();
        return Events.written(event, codec, System.currentTimeMillis(), most);
    }

    // ---- subscribing

    @Override
    public Subscription subscribe(Listener<T> listener) {
        return subscribe(listener, SubscribeOptions.DEFAULT);
    }

    @Override
    public Subscription subscribe(Listener<T> listener, SubscribeOptions options) {
        return new LocalSubscription<>(
                        new TopicOrigin<>(this, options),
                        new LocalSubscription.Work<T>() {
                            @Override
                            public void onMessage(LocalReceived<T> message) throws Exception {
                                listener.onMessage(message);
                            }

                            @Override
                            public void cleared(String subject) throws Exception {
                                listener.cleared(subject);
                            }
                        })
                .begun();
    }

    @Override
    public Feed<T> feed() {
        return feed(SubscribeOptions.DEFAULT);
    }

    @Override
    public Feed<T> feed(SubscribeOptions options) {
        return new LocalFeed<>(new TopicOrigin<>(this, options)).begun();
    }

    // ---- what is retained

    @Override
    public Optional<Event<T>> last(String subject) throws InterruptedException {
        check(subject);
        return retained(subject).stream().findFirst();
    }

    @Override
    public List<Event<T>> lasts(String under) throws InterruptedException {
        return retained(new SubjectFilter(under).pattern());
    }

    private List<Event<T>> retained(String under) throws InterruptedException {
        RetainedLook look =
                topics.<RetainedLook>ask(ask -> ask.answer(new RetainedLook(topics.space(), under)))
                        .await();
        List<Event<T>> all = new ArrayList<>();
        List<Publication> page;
        do {
            page = topics.ask(look::next).await();
            for (Publication message : page) {
                if (filter.matches(new Subject(message.topic()))) {
                    all.add(opened(message));
                }
            }
        } while (!page.isEmpty());
        return all;
    }

    private Event<T> opened(Publication message) {
        try {
            return Events.read(message, codec, System.currentTimeMillis());
        } catch (Exception e) {
            throw Events.unreadable(message, e);
        }
    }
}
