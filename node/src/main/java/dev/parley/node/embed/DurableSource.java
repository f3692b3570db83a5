package dev.parley.node.embed;

import dev.parley.api.Reason;
import dev.parley.core.topic.QuietClient;
import dev.parley.core.topic.Subscription;
import dev.parley.core.topic.Target;
import dev.parley.core.topic.TopicCommand;
import dev.parley.core.topic.TopicCommand.Step;
import dev.parley.core.topic.TopicDelivery;
import dev.parley.core.topic.TopicReply;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.mqtt.Subscriber;
import dev.parley.front.mqtt.TopicSpace;
import dev.parley.node.embed.Backlog.Item;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What waits under a name: a durable session, as an MQTT client's, held by this process.
final class DurableSource extends QuietClient implements Source, Subscriber {
    private static final long ATTACH = 1;
    private static final long SUBSCRIBE = 2;
    private static final long UNSUBSCRIBE = 3;

    /// Retained messages in the session that the program has not settled, where that has room for
    /// twice as many.
    private static final int OUTSTANDING_MAX = 512;

    private final EmbeddedTopics topics;
    private final String name;
    private final Subscription subscription;
    private final boolean retained;
    private final long expirySeconds;
    private final int window;
    private final Backlog backlog;
    private final Watch watch;
    private final int outstandingMax;

    // What follows belongs to the loop.
    private @Nullable Ask<Boolean> beginning;
    private long session;
    private boolean stopped;
    private boolean ended;
    private boolean stalled;
    private TopicSpace.@Nullable Cursor cursor;
    private @Nullable Publication held;
    private int outstanding;

    /// @param retained whether what is retained comes first when the subscription is new
    /// @param window messages that the program has not settled, at most
    DurableSource(
            EmbeddedTopics topics,
            String name,
            String filter,
            boolean retained,
            long expirySeconds,
            int window,
            Backlog backlog,
            Watch watch) {
        this.topics = topics;
        this.name = name;
        this.subscription = new Subscription(filter, 1, false, true, 0);
        this.retained = retained;
        this.expirySeconds = expirySeconds;
        this.window = window;
        this.backlog = backlog;
        this.watch = watch;
        int room = topics.config().queuedMessagesMax();
        this.outstandingMax = Math.clamp(room / 2, 1, OUTSTANDING_MAX);
    }

    @Override
    public String host() {
        return Programs.HOST;
    }

    @Override
    public String clientId() {
        return name;
    }

    @Override
    public Object key() {
        return session;
    }

    private void offer(TopicCommand command) {
        topics.offer(Target.shardOf(session), command);
    }

    // ---- beginning and end

    @Override
    public void begin(Ask<Boolean> ask) {
        beginning = ask;
        topics.offer(
                topics.shardOf(name),
                new TopicCommand.Attach(
                        this,
                        ATTACH,
                        Programs.HOST,
                        name,
                        false,
                        expirySeconds,
                        window,
                        null,
                        TopicCommand.NODE));
    }

    @Override
    public void onReply(long token, TopicReply reply) {
        switch (reply) {
            case TopicReply.Attached attached -> onAttached(attached);
            case TopicReply.Subscribed subscribed when token == SUBSCRIBE ->
                    onSubscribed(subscribed.existed());
            case TopicReply.Refused(Reason reason) when token != UNSUBSCRIBE -> {
                leave();
                begun(reason);
            }
            default -> {
                // What it subscribed to before is gone.
            }
        }
    }

    private void onAttached(TopicReply.Attached attached) {
        session = attached.session();
        if (ended) {
            ended = false;
            leave();
            return;
        }
        topics.space().attach(session, this);
        List<String> others =
                attached.subscriptions().stream()
                        .map(Subscription::filter)
                        .filter(one -> !one.equals(subscription.filter()))
                        .toList();
        for (String other : others) {
            offer(new TopicCommand.Unsubscribe(this, UNSUBSCRIBE, session, List.of(other)));
        }
        offer(new TopicCommand.Subscribe(this, SUBSCRIBE, session, List.of(subscription)));
    }

    private void onSubscribed(boolean existed) {
        if (!existed && retained && !ended) {
            cursor = topics.space().retained(Programs.HOST, subscription.filter(), this::pump);
            pump();
        }
        begun(null);
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
        cursor = null;
        ask.answer(true);
    }

    @Override
    public void end(Ask<Boolean> ask) {
        leave();
        begun(new Reason.Unavailable("the subscription was closed before it began"));
        ask.answer(true);
    }

    private void leave() {
        if (!ended) {
            ended = true;
            if (session != 0) {
                topics.space().detach(session, this);
                offer(new TopicCommand.Detach(this, session, false, -1));
            }
        }
    }

    @Override
    public void onTakenOver(long taken) {
        lose(new Reason.Locked("another client has taken over as '%s'".formatted(name)));
    }

    @Override
    public void onEnded(long gone) {
        lose(new Reason.NotFound("the subscription '%s' has been ended".formatted(name)));
    }

    private void lose(Reason why) {
        if (!ended) {
            ended = true;
            topics.space().detach(session, this);
            begun(why);
            watch.onLost(why);
        }
    }

    // ---- messages

    @Override
    public boolean ready() {
        if (ended || stopped) {
            return false;
        }
        stalled = !backlog.takes();
        return !stalled;
    }

    @Override
    public void onDelivery(TopicDelivery delivery) {
        Publication message =
                new Publication(
                        delivery.topic(),
                        delivery.terms().qos(),
                        delivery.terms().retain(),
                        delivery.expiryMillis() == 0 ? Long.MAX_VALUE : delivery.expiryMillis(),
                        delivery.properties(),
                        delivery.payload());
        Item item = new Item(message.detached(), delivery.packetId(), delivery.repeated());
        topics.programs().metrics().countDelivered();
        if (item.packetId() == 0) {
            backlog.offer(item);
        } else {
            backlog.add(item);
        }
    }

    /// A message that was not published as durable: the session does not keep it.
    @Override
    public void onMessage(Publication message, int qos, boolean retain, Ids ids) {
        if (!ended && !stopped) {
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
        if (held != null && held.topic().equals(topic)) {
            held = null;
        }
    }

    /// Puts what is retained into the session, a few at a time.
    private void pump() {
        TopicSpace.Cursor from = cursor;
        while (from != null && !ended && outstanding < outstandingMax) {
            Publication next = held == null ? from.next() : held;
            held = null;
            if (next == null) {
                if (from.done()) {
                    cursor = null;
                }
                return;
            }
            if (next.qos() > 0) {
                outstanding++;
                topics.space().put(Programs.HOST, session, next, 1, Ids.NONE);
                continue;
            }
            Item item = new Item(next, 0, false);
            if (!backlog.roomFor(item)) {
                held = next;
                return;
            }
            topics.programs().metrics().countDelivered();
            backlog.add(item);
        }
    }

    @Override
    public void settle(Item item) {
        if (item.packetId() == 0) {
            return;
        }
        topics.programs()
                .add(
                        new Inlet.Job() {
                            @Override
                            public void run() {
                                acknowledge(item);
                            }

                            @Override
                            public void refuse(Reason reason) {
                                // The node stops: it comes again.
                            }
                        });
    }

    private void acknowledge(Item item) {
        if (ended) {
            return;
        }
        // Of quality of service 2 are messages of an MQTT client that had the session before.
        Step step = item.message().qos() == 2 ? Step.RECEIVED : Step.ACKNOWLEDGED;
        offer(new TopicCommand.Settle(this, session, item.packetId(), step));
        if (outstanding > 0 && --outstanding <= outstandingMax / 2) {
            pump();
        }
    }

    @Override
    public void onDropped() {
        if (outstanding > 0 && --outstanding == outstandingMax / 2) {
            onRoom();
        }
    }

    @Override
    public void onRelease(int packetId, boolean known) {
        if (!ended && known) {
            offer(new TopicCommand.Settle(this, session, packetId, Step.COMPLETED));
        }
    }

    @Override
    public void onRoom() {
        topics.ask(ask -> {
            if (stalled && !ended) {
                stalled = false;
                offer(new TopicCommand.Resume(this, session));
            }
            pump();
            ask.answer(true);
        });
    }
}
