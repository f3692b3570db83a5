package dev.parley.node.embed;

import dev.parley.api.Event;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
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

    private final Origin<T> origin;
    private final Programs programs;
    private final Backlog backlog;
    private final Source source;
    private final AtomicLong failed = new AtomicLong();
    private final AtomicBoolean held = new AtomicBoolean();
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile @Nullable Reason lost;

    /// @param width how many may take messages at the same time
    /// @param onLost told when nothing comes any more; any thread
    Reception(Origin<T> origin, int width, Backlog.Bell bell, Runnable onLost) {
        this.origin = origin;
        this.programs = origin.programs();
        this.backlog = origin.backlog(width, bell);
        this.source =
                origin.source(
                        backlog,
                        why -> {
                            LOG.warn("what reads {} has ended: {}", origin.label(), why.detail());
                            lost = why;
                            onLost.run();
                        });
    }

    // ---- beginning and end

    void begin(Programs.Guest guest) {
        origin.hold();
        held.set(true);
        try {
            programs.begin(guest, source::begin);
        } catch (RefusedException e) {
            letGo();
            throw e;
        }
    }

    /// Once: later what it held may be another's.
    private void letGo() {
        if (held.compareAndSet(true, false)) {
            origin.letGo();
        }
    }

    Ask<Boolean> stop() {
        closing.countDown();
        return programs.ask(source::stop);
    }

    /// Nobody is at work any more.
    void end(Programs.Guest guest) {
        programs.ask(source::end).joinQuietly();
        backlog.clear();
        letGo();
        programs.forget(guest);
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
            source.onTaken(item);
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
        Event<T> event = Events.read(item.message(), origin.codec(), System.currentTimeMillis());
        StreamSource.Place place = item.place();
        long missed = place == null ? backlog.tellMissed() : place.missed();
        return new LocalReceived<>(source, item, event, missed);
    }

    void settle(Item item) {
        source.settle(item);
    }

    /// Gives a message up: it is put away if there is a place for that, and settled when it is
    /// safe. Tries until that is so or the subscription closes, since it must not be lost.
    void giveUp(Item item, String why) {
        failed.incrementAndGet();
        String dead = origin.dead();
        if (dead != null && item.settles()) {
            try {
                while (!putAway(item, dead, why)) {
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
        StreamSource.Place place = item.place();
        String story = place == null ? why : "offset %d: %s".formatted(place.offset(), why);
        try {
            EmbeddedQueues queues = programs.embeddedQueues();
            queues.open(queue, null);
            Receipt receipt = new Receipt(1);
            long now = System.currentTimeMillis();
            queues.sendUninterrupted(
                    queue, Events.putAway(item.message(), queue, story, now), receipt);
            receipt.join();
            return true;
        } catch (RuntimeException e) {
            LOG.warn("a message on {} cannot be put away", item.message().topic(), e);
            return false;
        }
    }
}
