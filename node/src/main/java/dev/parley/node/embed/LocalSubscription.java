package dev.parley.node.embed;

import dev.parley.api.Reason;
import dev.parley.api.SubscribeOptions;
import dev.parley.api.Topic;
import dev.parley.node.embed.Backlog.Item;
import dev.parley.node.embed.Backlog.Strand;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A subscription that hands messages to a listener. A virtual thread works off each strand of its
/// backlog for as long as something is in it.
final class LocalSubscription<T> implements Topic.Subscription, Programs.Guest {
    private static final Logger LOG = LoggerFactory.getLogger(LocalSubscription.class);

    private static final Duration PAUSE_MAX = Duration.ofMinutes(1);

    /// What a program does with a message.
    interface Work<T> {
        void onMessage(LocalReceived<T> message) throws Exception;

        /// The last message of this subject has been removed.
        void cleared(String subject) throws Exception;
    }

    private final String label;
    private final Work<T> work;
    private final SubscribeOptions options;
    private final Reception<T> reception;
    private final Set<Thread> workers = ConcurrentHashMap.newKeySet();

    LocalSubscription(Origin<T> origin, Work<T> work) {
        this.label = origin.label();
        this.work = work;
        this.options = origin.options();
        this.reception = new Reception<>(origin, options.concurrency(), this::start, () -> {});
    }

    LocalSubscription<T> begun() {
        reception.begin(this);
        return this;
    }

    // ---- the workers' side

    private void start(Strand strand) {
        if (strand.take()) {
            Thread worker =
                    Thread.ofVirtual()
                            .name("parley-subscriber-" + label)
                            .unstarted(() -> work(strand));
            workers.add(worker);
            worker.start();
        }
    }

    private void work(Strand strand) {
        try {
            Item item;
            while (!reception.closing() && (item = reception.take(strand)) != null) {
                handleWhateverHappens(item);
            }
        } finally {
            workers.remove(Thread.currentThread());
            strand.rest();
            if (!strand.isEmpty() && !reception.closing()) {
                start(strand);
            }
        }
    }

    private void handleWhateverHappens(Item item) {
        try {
            handle(item);
        } catch (Throwable e) {
            // Only its class: to tell more may be what has failed.
            LOG.error("a subscriber to {} met {}", label, e.getClass().getName());
        }
        // An interrupt was meant for this message, not for the next.
        Thread.interrupted();
    }

    private void handle(Item item) throws InterruptedException {
        @Nullable LocalReceived<T> received = null;
        if (!Events.clears(item.message())) {
            try {
                received = reception.open(item);
            } catch (Exception e) {
                calm();
                LOG.warn("a message on {} cannot be read", item.message().topic(), e);
                reception.giveUp(item, "cannot be read: " + e);
                return;
            }
        }
        Duration pause = options.retryAfter();
        int attempt = 1;
        while (!tried(item, received, attempt)) {
            if (reception.pause(pause)) {
                return;
            }
            Duration twice = pause.multipliedBy(2);
            pause = twice.compareTo(PAUSE_MAX) < 0 ? twice : PAUSE_MAX;
            attempt++;
        }
    }

    /// One try; returns whether there is to be no other.
    private boolean tried(Item item, @Nullable LocalReceived<T> received, int attempt) {
        try {
            if (received == null) {
                work.cleared(item.message().topic());
                reception.settle(item);
            } else {
                work.onMessage(received);
                received.ack();
            }
            return true;
        } catch (Throwable e) {
            return onFailure(item, received, attempt, e);
        }
    }

    private boolean onFailure(
            Item item, @Nullable LocalReceived<T> received, int attempt, Throwable failure) {
        String topic = item.message().topic();
        if (received != null && received.settled()) {
            LOG.warn("a subscriber to {} failed when it was done", topic, failure);
            return true;
        }
        if (reception.closing() && failure instanceof InterruptedException) {
            return true;
        }
        calm();
        if (attempt < options.attempts()) {
            LOG.info(
                    "attempt {} at a message on {} failed: {}", attempt, topic, failure.toString());
            return false;
        }
        LOG.warn("attempt {} at a message on {} failed; it is given up", attempt, topic, failure);
        reception.giveUp(item, "attempt %d failed: %s".formatted(attempt, failure));
        return true;
    }

    /// Forgets an interrupt that the program's code has left: the pause before the next attempt
    /// must not end by it. One that is ours comes when the subscription closes.
    private void calm() {
        if (!reception.closing()) {
            Thread.interrupted();
        }
    }

    // ---- the program's side

    @Override
    public boolean running() {
        return reception.running();
    }

    @Override
    public long missed() {
        return reception.backlog().missed();
    }

    @Override
    public long failed() {
        return reception.failed();
    }

    @Override
    public void close() {
        Ask<Boolean> stopped = stop();
        end(stopped, System.nanoTime() + options.closeWithin().toNanos());
    }

    @Override
    public Ask<Boolean> stop() {
        return reception.stop();
    }

    @Override
    public void end(Ask<Boolean> stopped, long deadline) {
        stopped.joinQuietly();
        if (workers.contains(Thread.currentThread())) {
            // It closes itself: what it has in hand is acknowledged when it returns.
            Thread.startVirtualThread(() -> endNow(deadline));
        } else {
            endNow(deadline);
        }
    }

    private void endNow(long deadline) {
        boolean interrupted = false;
        for (Thread worker : List.copyOf(workers)) {
            try {
                worker.join(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
            } catch (InterruptedException e) {
                interrupted = true;
                break;
            }
        }
        workers.forEach(Thread::interrupt);
        reception.end(this);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void onFailed() {
        reception.lose(new Reason.Unavailable("the log has failed"));
    }
}
