package dev.parley.node.embed;

import dev.parley.core.topic.Subscription;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.mqtt.Subscriber;
import dev.parley.front.mqtt.TopicSpace;
import dev.parley.node.embed.Backlog.Item;
import org.jspecify.annotations.Nullable;

/// What is published while a subscription is there; it lives in memory and ends with it.
final class LiveSource implements Source, Subscriber {
    private final EmbeddedTopics topics;
    private final String filter;
    private final boolean retained;
    private final Backlog backlog;

    // What follows belongs to the loop.
    private TopicSpace.@Nullable Cursor cursor;
    private @Nullable Item held;
    private boolean stopped;

    /// @param retained whether what is retained comes first
    LiveSource(EmbeddedTopics topics, String filter, boolean retained, Backlog backlog) {
        this.topics = topics;
        this.filter = filter;
        this.retained = retained;
        this.backlog = backlog;
    }

    @Override
    public String host() {
        return Programs.HOST;
    }

    @Override
    public String clientId() {
        return "";
    }

    @Override
    public void begin(Ask<Boolean> ask) {
        if (!stopped) {
            topics.space().subscribe(this, new Subscription(filter, 1, false, true, 0));
            if (retained) {
                cursor = topics.space().retained(Programs.HOST, filter, this::pump);
                pump();
            }
        }
        ask.answer(true);
    }

    @Override
    public void stop(Ask<Boolean> ask) {
        stopped = true;
        cursor = null;
        topics.space().forget(this);
        ask.answer(true);
    }

    @Override
    public void end(Ask<Boolean> ask) {
        ask.answer(true);
    }

    @Override
    public boolean ready() {
        return !stopped && backlog.takes();
    }

    @Override
    public void onMessage(Publication message, int qos, boolean retain, Ids ids) {
        if (!stopped) {
            topics.programs().metrics().countDelivered();
            backlog.offer(new Item(message.detached(), 0, false));
        }
    }

    @Override
    public void onRetained(String topic) {
        TopicSpace.Cursor from = cursor;
        if (from != null) {
            from.overtake(topic);
        }
        if (held != null && held.message().topic().equals(topic)) {
            held = null;
        }
    }

    /// Gives away what is retained, as there is room for it.
    private void pump() {
        TopicSpace.Cursor from = cursor;
        while (from != null && !stopped) {
            Item next = held == null ? item(from.next()) : held;
            held = null;
            if (next == null) {
                if (from.done()) {
                    cursor = null;
                }
                return;
            }
            if (!backlog.roomFor(next)) {
                held = next;
                return;
            }
            topics.programs().metrics().countDelivered();
            backlog.add(next);
        }
    }

    private static @Nullable Item item(@Nullable Publication message) {
        return message == null ? null : new Item(message, 0, false);
    }

    @Override
    public void settle(Item item) {
        // Nothing is expected back.
    }

    @Override
    public void onRoom() {
        topics.ask(ask -> {
            pump();
            ask.answer(true);
        });
    }
}
