package dev.parley.node.embed;

import dev.parley.api.Event;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import dev.parley.api.SubscribeOptions;
import dev.parley.api.SubscribeOptions.Overflow;
import dev.parley.core.topic.TopicCommand;
import dev.parley.node.embed.Backlog.Item;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What every subscription of a program has: a source, what waits, and an end.
final class Reception<T> {
    private static final Logger LOG = LoggerFactory.getLogger(Reception.class);

    /// Messages of a durable session that are not settled, at most.
    private static final int WINDOW_MAX = 1_024;

    /// Behind the name of a subscription: the queue for what it cannot deal with.
    private static final String DEAD = ".dead";

    private final LocalTopic<T> topic;
    private final EmbeddedTopics topics;
    private final SubscribeOptions options;
    private final Backlog backlog;
    private final Source source;
    private final AtomicLong failed = new AtomicLong();
    private final AtomicBoolean held = new AtomicBoolean();
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile @Nullable Reason lost;

    /// @param width how many may take messages at the same time
    /// @param onLost told when nothing comes any more; any thread
    Reception(
            LocalTopic<T> topic,
            SubscribeOptions options,
            int width,
            Backlog.Bell bell,
            Runnable onLost) {
        this.topic = topic;
        this.topics = topic.topics();
        this.options = options;
        String name = options.name();
        if (name == null) {
            backlog = new Backlog(options.overflow(), options.buffer(), width, bell);
            source = new LiveSource(topics, topic.filter(), options.retained(), backlog);
        } else {
            backlog = new Backlog(Overflow.DROP_NEWEST, options.buffer(), width, bell);
            source =
                    new DurableSource(
                            topics,
                            name,
                            topic.filter(),
                            options.retained(),
                            expirySeconds(options.stays()),
                            Math.min(WINDOW_MAX, options.buffer()),
                            backlog,
                            why -> {
                                LOG.warn("subscription {} has ended: {}", name, why.detail());
                                lost = why;
                                onLost.run();
                            });
        }
    }

    private long expirySeconds(@Nullable Duration stays) {
        long most = topics.config().sessionExpiryMaxSeconds();
        return stays == null
                ? Math.min(TopicCommand.NEVER, most)
                : Math.clamp(stays.toSeconds(), 1, most);
    }

    // ---- beginning and end

    void begin(Programs.Guest guest) {
        String name = options.name();
        if (name != null) {
            topics.hold(name);
            held.set(true);
        }
        try {
            topics.programs().begin(guest, source::begin);
        } catch (RefusedException e) {
            letGo();
            throw e;
        }
    }

    /// Once: later the name may be another's.
    private void letGo() {
        String name = options.name();
        if (name != null && held.compareAndSet(true, false)) {
            topics.letGo(name);
        }
    }

    Ask<Boolean> stop() {
        closing.countDown();
        return topics.ask(source::stop);
    }

    /// Nobody is at work any more.
    void end(Programs.Guest guest) {
        topics.ask(source::end).joinQuietly();
        backlog.clear();
        letGo();
        topics.programs().forget(guest);
    }

    /// The log has failed.
    void lose(Reason why) {
        lost = why;
    }

    boolean running() {
        return !closing() && lost == null;
    }

    boolean closing() {
        return closing.getCount() == 0;
    }

    /// Why no more comes, or null.
    @Nullable Reason over() {
        Reason why = lost;
        return why == null && closing()
                ? new Reason.Unavailable("the subscription is closed")
                : why;
    }

    /// Waits; returns true when the subscription closes meanwhile.
    boolean pause(Duration time) throws InterruptedException {
        return closing.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    // ---- messages

    Backlog backlog() {
        return backlog;
    }

    long failed() {
        return failed.get();
    }

    /// The next message that has not expired, or null.
    @Nullable Item take(Backlog.Strand strand) {
        Item item;
        while ((item = strand.poll()) != null) {
            if (backlog.wanted()) {
                source.onRoom();
            }
            if (item.message().expiresAt() > System.currentTimeMillis()) {
                return item;
            }
            source.settle(item);
        }
        return null;
    }

    /// @throws Exception if the codec cannot read it
    LocalReceived<T> open(Item item) throws Exception {
        Event<T> event = Events.read(item.message(), topic.codec(), System.currentTimeMillis());
        return new LocalReceived<>(source, item, event, backlog.tellMissed());
    }

    void settle(Item item) {
        source.settle(item);
    }

    /// Gives a message up: with a name it is put away, and settled when it is safe. Tries until
    /// that is so or the subscription closes, since it must not be lost.
    void giveUp(Item item, String why) {
        failed.incrementAndGet();
        String name = options.name();
        if (name != null && item.packetId() != 0) {
            try {
                while (!putAway(item, name + DEAD, why)) {
                    if (pause(Duration.ofSeconds(1))) {
                        return;
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        source.settle(item);
    }

    private boolean putAway(Item item, String queue, String why) {
        try {
            topics.queues().open(queue, null);
            Receipt receipt = new Receipt(1);
            long now = System.currentTimeMillis();
            topics.queues()
                    .sendUninterrupted(
                            queue, Events.putAway(item.message(), queue, why, now), receipt);
            receipt.join();
            return true;
        } catch (RuntimeException e) {
            LOG.warn("a message on {} cannot be put away", item.message().topic(), e);
            return false;
        }
    }
}
