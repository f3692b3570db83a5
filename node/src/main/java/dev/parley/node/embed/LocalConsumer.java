package dev.parley.node.embed;

import dev.parley.api.ConsumeOptions;
import dev.parley.api.Handler;
import dev.parley.api.Message;
import dev.parley.api.Queue;
import dev.parley.api.Reason;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.message.FieldValue;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.queue.Window;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A consumer in this process.
///
/// The loop puts deliveries into a line and, while fewer handlers are at work than may be, starts a
/// virtual thread that works off the line until it is empty. So a burst costs no more wake-ups than
/// there are handlers, and none while they are at work.
final class LocalConsumer<T>
        implements Queue.Consumer, QueueClient, Window, LocalDelivery.Settler, Programs.Guest {
    private static final Logger LOG = LoggerFactory.getLogger(LocalConsumer.class);

    /// Bytes on hand at which no more are fetched.
    private static final long BYTES_MAX = 16L << 20;

    private static final long SUBSCRIBE = 1;
    private static final long CANCEL = 2;

    private final EmbeddedQueues queues;
    private final LocalQueue<T> queue;
    private final Handler<T> handler;
    private final ConsumeOptions options;
    private final Line line = new Line();
    private final AtomicInteger working = new AtomicInteger();
    private final Set<Thread> workers = ConcurrentHashMap.newKeySet();
    private final Map<Thread, LocalDelivery<T>> handled = new ConcurrentHashMap<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile boolean gone;

    // What follows belongs to the loop.
    private @Nullable QueueEntry entry;
    private long id;
    private long bytes;

    /// What is neither settled nor lapsed, by entry.
    private final Map<Long, Arrival> onHand = new HashMap<>();

    private boolean stopped;
    private @Nullable Ask<Boolean> subscribing;
    private @Nullable Ask<Boolean> cancelling;

    LocalConsumer(
            EmbeddedQueues queues,
            LocalQueue<T> queue,
            Handler<T> handler,
            ConsumeOptions options) {
        this.queues = queues;
        this.queue = queue;
        this.handler = handler;
        this.options = options;
    }

    // ---- the loop's side

    void subscribe(Ask<Boolean> ask) {
        QueueEntry found = queues.entry(queue.name());
        if (found == null) {
            ask.refuse(queues.missing(queue.name()));
            return;
        }
        subscribing = ask;
        entry = found;
        FieldValue groups = found.settings().get("x-group-header");
        line.groupHeader(groups == null ? null : groups.asText());
        id = queues.broker().nextId();
        queues.broker()
                .offer(
                        found.shard(),
                        new QueueCommand.Subscribe(
                                this,
                                SUBSCRIBE,
                                found.id(),
                                id,
                                false,
                                options.exclusive(),
                                options.priority(),
                                options.prefetch(),
                                this));
    }

    private void cancel(Ask<Boolean> ask) {
        Ask<Boolean> begun = subscribing;
        if (begun != null) {
            subscribing = null;
            begun.refuse(new Reason.Unavailable("the consumer was closed before it began"));
        }
        QueueEntry from = entry;
        if (from == null || gone) {
            ask.answer(true);
            return;
        }
        cancelling = ask;
        queues.broker().offer(from.shard(), new QueueCommand.Cancel(this, CANCEL, from.id(), id));
    }

    @Override
    public void onReply(long token, QueueReply reply) {
        Ask<Boolean> ask = token == CANCEL ? cancelling : subscribing;
        if (ask == null) {
            return;
        }
        if (token == CANCEL) {
            cancelling = null;
        } else {
            subscribing = null;
        }
        if (reply instanceof QueueReply.Refused(Reason reason)) {
            gone = true;
            ask.refuse(reason);
        } else {
            ask.answer(true);
        }
    }

    @Override
    public boolean tryTake() {
        stopped = closing() || bytes >= BYTES_MAX;
        return !stopped;
    }

    @Override
    public void onDelivery(Delivery delivery) {
        QueueEntry from = entry;
        if (from == null) {
            throw new IllegalStateException("a delivery before a subscription");
        }
        Arrival arrival = Arrival.of(from.shard(), delivery);
        bytes += arrival.bytes();
        queues.broker().localMetrics().countDelivered();
        onHand.put(arrival.entry(), arrival);
        line.add(arrival);
        startWorker();
    }

    /// The message may come here again, while the arrival that has lapsed is still at a handler.
    @Override
    public void onLapsed(long from, long lapsed) {
        Arrival arrival = onHand.remove(lapsed);
        if (arrival != null) {
            arrival.lapsed().set(true);
        }
    }

    @Override
    public void onCancelled(long consumer) {
        gone = true;
        LOG.info("queue {} is gone, and its consumer ends", queue.name());
    }

    @Override
    public void onFailed() {
        gone = true;
    }

    /// A delivery has come to its end here, settled or lapsed: its bytes are free.
    private void onSettled(Arrival arrival) {
        bytes -= arrival.bytes();
        if (!arrival.lapsed().get()) {
            onHand.remove(arrival.entry());
        }
        QueueEntry from = entry;
        if (stopped && !closing() && bytes < BYTES_MAX && from != null) {
            stopped = false;
            queues.broker().offer(from.shard(), new QueueCommand.Resume(from.id(), id));
        }
    }

    @Override
    public void onAccepted(long from, long to) {
        throw new IllegalStateException("a consumer publishes nothing");
    }

    @Override
    public void onRefused(long token, Reason reason) {
        throw new IllegalStateException("a consumer publishes nothing");
    }

    // ---- the workers' side

    /// Starts a worker if there may be one more; any thread.
    private void startWorker() {
        int now = working.get();
        while (now < options.concurrency()) {
            if (working.compareAndSet(now, now + 1)) {
                Thread worker =
                        Thread.ofVirtual()
                                .name("parley-consumer-" + queue.name())
                                .unstarted(this::work);
                workers.add(worker);
                worker.start();
                return;
            }
            now = working.get();
        }
    }

    private void work() {
        try {
            Arrival arrival;
            while ((arrival = line.take()) != null) {
                do {
                    handleWhateverHappens(arrival);
                    arrival = line.after(arrival);
                } while (arrival != null);
            }
        } finally {
            workers.remove(Thread.currentThread());
            working.decrementAndGet();
            if (!line.isEmpty()) {
                startWorker();
            }
        }
    }

    /// A worker that died would leave the group that it has without one.
    private void handleWhateverHappens(Arrival arrival) {
        try {
            handle(arrival);
        } catch (Throwable e) {
            // Only its class: to tell more may be what has failed.
            LOG.error("a worker of queue {} met {}", queue.name(), e.getClass().getName());
        }
    }

    private void handle(Arrival arrival) {
        if (closing() || arrival.lapsed().get()) {
            settle(arrival, Outcome.RETURNED);
            return;
        }
        Message<T> message;
        try {
            message = Envelope.opened(arrival.properties(), arrival.body(), queue.codec());
        } catch (Throwable e) {
            String why = e.getClass().getName();
            try {
                LOG.warn("a message of queue {} cannot be read and is put away", queue.name(), e);
                why = e.toString();
            } finally {
                putAway(arrival, "cannot be read: " + why);
            }
            return;
        }
        LocalDelivery<T> delivery = new LocalDelivery<>(this, arrival, message);
        handled.put(Thread.currentThread(), delivery);
        try {
            handler.handle(delivery);
            delivery.ack();
        } catch (Throwable e) {
            onFailure(delivery, e);
        } finally {
            handled.remove(Thread.currentThread());
            // Has been settled, unless its failure could not even be told.
            delivery.fail();
        }
        // An interrupt was meant for this message, not for the next.
        Thread.interrupted();
    }

    private void onFailure(LocalDelivery<T> delivery, Throwable failure) {
        int attempt = delivery.failures() + 1;
        if (delivery.settled()) {
            LOG.warn("a handler of queue {} failed when it was done", queue.name(), failure);
        } else if (closing() && failure instanceof InterruptedException) {
            delivery.giveBack();
        } else if (attempt >= options.attempts()) {
            LOG.warn(
                    "attempt {} at a message of queue {} failed; it is put away",
                    attempt,
                    queue.name(),
                    failure);
            delivery.putAway("attempt %d failed: %s".formatted(attempt, failure));
        } else {
            LOG.info(
                    "attempt {} at a message of queue {} failed: {}",
                    attempt,
                    queue.name(),
                    failure.toString());
            delivery.fail();
        }
    }

    @Override
    public void settle(Arrival arrival, Outcome outcome) {
        queues.settle(arrival, outcome, this::onSettled);
    }

    /// Tries until the message is safe, or the consumer closes: it must not be lost, and to give it
    /// back would only bring it here again.
    @Override
    public void putAway(Arrival arrival, String why) {
        Outcome outcome = Outcome.RETURNED;
        try {
            do {
                try {
                    outcome = queue.moveAway(arrival, why);
                } catch (RuntimeException | Error e) {
                    // Whatever it is: the worker must live on, and the message be settled.
                    LOG.warn("a message of queue {} cannot be put away", queue.name(), e);
                }
            } while (outcome == Outcome.RETURNED && !closing.await(1, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        settle(arrival, outcome);
    }

    private boolean closing() {
        return closing.getCount() == 0;
    }

    // ---- the program's side

    @Override
    public boolean running() {
        return !closing() && !gone;
    }

    @Override
    public void prefetch(int most) {
        if (most < 1 || most > 65_535) {
            throw new IllegalArgumentException("prefetch is 1 to 65,535, not " + most);
        }
        queues.ask(ask -> {
            QueueEntry from = entry;
            if (from != null) {
                queues.broker().offer(from.shard(), new QueueCommand.Adjust(from.id(), id, most));
            }
            ask.answer(true);
        });
    }

    @Override
    public void close() {
        close(options.closeWithin());
    }

    private void close(Duration bound) {
        Ask<Boolean> cancelled = stop();
        end(cancelled, System.nanoTime() + bound.toNanos());
    }

    @Override
    public Ask<Boolean> stop() {
        closing.countDown();
        return queues.ask(this::cancel);
    }

    @Override
    public void end(Ask<Boolean> cancelled, long deadline) {
        cancelled.joinQuietly();
        queues.programs().forget(this);
        line.drain().forEach(arrival -> settle(arrival, Outcome.RETURNED));
        boolean interrupted = false;
        for (Thread worker : List.copyOf(workers)) {
            if (worker != Thread.currentThread() && !interrupted) {
                interrupted = !await(worker, deadline);
            }
        }
        workers.stream().filter(one -> one != Thread.currentThread()).forEach(Thread::interrupt);
        handled.forEach((worker, delivery) -> {
            if (worker != Thread.currentThread()) {
                delivery.giveBack();
            }
        });
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Returns false when the caller was interrupted.
    private static boolean await(Thread worker, long deadline) {
        try {
            worker.join(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }
}
