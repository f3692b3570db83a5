package dev.parley.node.embed;

import dev.parley.api.Reason;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.queue.Window;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/// Takes one message off a queue; on the event loop.
///
/// If there is none, it becomes a consumer for the time that it waits, so that nothing has to be
/// asked twice.
final class Pull implements QueueClient, Window {
    private static final long GET = 1;
    private static final long SUBSCRIBE = 2;

    private final EmbeddedQueues queues;
    private final QueueEntry entry;
    private final long waitMillis;
    private final Ask<Optional<Arrival>> ask;
    private long consumer;
    private boolean over;
    private @Nullable Arrival found;
    private @Nullable ScheduledFuture<?> waiting;

    Pull(EmbeddedQueues queues, QueueEntry entry, long waitMillis, Ask<Optional<Arrival>> ask) {
        this.queues = queues;
        this.entry = entry;
        this.waitMillis = waitMillis;
        this.ask = ask;
    }

    void begin() {
        queues.broker().offer(entry.shard(), new QueueCommand.Get(this, GET, entry.id(), false));
    }

    @Override
    public void onReply(long token, QueueReply reply) {
        switch (reply) {
            case QueueReply.Got(Delivery delivery, long left) ->
                    end(Arrival.of(entry.shard(), delivery));
            case QueueReply.Empty _ -> {
                if (waitMillis <= 0) {
                    end(null);
                } else if (!over) {
                    subscribe();
                }
            }
            case QueueReply.Refused(Reason reason) -> {
                over = true;
                stopWaiting();
                ask.refuse(reason);
            }
            case QueueReply.Done _,
                    QueueReply.Statuses _,
                    QueueReply.Sent _,
                    QueueReply.Peeked _ -> {
                // Subscribed, or cancelled.
            }
        }
    }

    private void subscribe() {
        consumer = queues.broker().nextId();
        queues.broker()
                .offer(
                        entry.shard(),
                        new QueueCommand.Subscribe(
                                this, SUBSCRIBE, entry.id(), consumer, false, false, 0, 1, this));
        waiting = queues.later(waitMillis, () -> end(null));
    }

    @Override
    public boolean tryTake() {
        return !over;
    }

    @Override
    public void onDelivery(Delivery delivery) {
        Arrival arrival = Arrival.of(entry.shard(), delivery);
        if (over) {
            giveBack(arrival);
        } else {
            end(arrival);
        }
    }

    private void end(@Nullable Arrival arrival) {
        if (over) {
            if (arrival != null) {
                giveBack(arrival);
            }
            return;
        }
        over = true;
        found = arrival;
        stopWaiting();
        if (consumer != 0) {
            queues.broker()
                    .offer(entry.shard(), new QueueCommand.Cancel(this, 0, entry.id(), consumer));
        }
        if (arrival != null) {
            queues.broker().localMetrics().countDelivered();
        }
        ask.answer(Optional.ofNullable(arrival));
    }

    /// The timer would keep this and the message until its time has come.
    private void stopWaiting() {
        ScheduledFuture<?> timer = waiting;
        if (timer != null) {
            timer.cancel(false);
            waiting = null;
        }
    }

    /// Finds nothing, unless it has found something.
    void cancel() {
        end(null);
    }

    /// Nobody waits any more; what was found goes back.
    void abandon() {
        Arrival arrival = found;
        if (arrival != null) {
            found = null;
            giveBack(arrival);
        } else {
            end(null);
        }
    }

    private void giveBack(Arrival arrival) {
        queues.settle(arrival, Outcome.RETURNED, one -> {});
    }

    @Override
    public void onLapsed(long queue, long lapsed) {
        Arrival arrival = found;
        if (arrival != null && arrival.entry() == lapsed) {
            arrival.lapsed().set(true);
        }
    }

    @Override
    public void onCancelled(long cancelled) {
        if (!over) {
            over = true;
            stopWaiting();
            ask.refuse(queues.missing(entry.name()));
        }
    }

    @Override
    public void onAccepted(long from, long to) {
        throw new IllegalStateException("nothing was published");
    }

    @Override
    public void onRefused(long token, Reason reason) {
        throw new IllegalStateException("nothing was published");
    }
}
