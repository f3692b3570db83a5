package dev.parley.node.admin;

import dev.parley.api.Awaited;
import dev.parley.api.Reason;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.Entries;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One request for deliveries: takes what is there; where nothing is, waits as a consumer for the
/// first message that comes.
final class Taking implements QueueClient {
    /// Bytes of bodies in one answer, beyond which no further message is taken.
    private static final long BYTES_MAX = 8L << 20;

    /// The queue's own lease must not end before the loan, whose settlement would otherwise end the
    /// delivery of whoever has the message then; a message that was got has no lease either.
    private static final long LEASE_MILLIS = 86_400_000;

    /// Lends a delivery to the caller and names it.
    interface Lender {
        String lend(long consumer, long entry);
    }

    private final Administered node;
    private final Call call;
    private final QueueEntry queue;
    private final int count;
    private final long waitMillis;
    private final Lender lender;
    private final List<Map<String, Object>> taken = new ArrayList<>();
    private long bytes;
    private long consumer;
    private boolean over;
    private Runnable stopWaiting = () -> {};

    Taking(
            Administered node,
            Call call,
            QueueEntry queue,
            int count,
            long waitMillis,
            Lender lender) {
        this.node = node;
        this.call = call;
        this.queue = queue;
        this.count = count;
        this.waitMillis = waitMillis;
        this.lender = lender;
    }

    void start() {
        call.onGone(() -> {
            over = true;
            leave();
        });
        next();
    }

    private void next() {
        offer(new QueueCommand.Get(this, 1, queue.id(), false));
    }

    private void offer(QueueCommand command) {
        node.broker().offer(queue.shard(), command);
    }

    @Override
    public void onReply(long token, QueueReply reply) {
        switch (reply) {
            case QueueReply.Got(Delivery got, long left) -> {
                if (onTaken(got, 0) && taken.size() < count && bytes < BYTES_MAX && left > 0) {
                    next();
                } else {
                    finish();
                }
            }
            case QueueReply.Empty none -> {
                if (taken.isEmpty() && waitMillis > 0 && !over) {
                    subscribe();
                } else {
                    finish();
                }
            }
            case QueueReply.Refused(Reason reason) -> refuse(reason);
            case QueueReply.Done subscribed -> {
                // The consumer is in line; a delivery or the clock goes on.
            }
            case QueueReply.Statuses s -> throw new IllegalStateException("nobody asked for it");
            case QueueReply.Sent s -> throw new IllegalStateException("nobody asked for it");
            case QueueReply.Peeked p -> throw new IllegalStateException("nobody asked for it");
        }
    }

    private void subscribe() {
        consumer = node.broker().nextId();
        stopWaiting = node.after(waitMillis, this::finish);
        offer(
                new QueueCommand.Subscribe(
                        this,
                        1,
                        queue.id(),
                        consumer,
                        false,
                        false,
                        0,
                        1,
                        LEASE_MILLIS,
                        () -> !over));
    }

    @Override
    public Awaited.Holder holder(long of) {
        return new Awaited.Holder("", call.caller().name() + " over HTTP");
    }

    @Override
    public void onDelivery(Delivery delivery) {
        if (onTaken(delivery, consumer)) {
            finish();
        }
    }

    /// Returns whether the caller still wants it.
    private boolean onTaken(Delivery delivery, long by) {
        if (over) {
            offer(
                    new QueueCommand.Settle(
                            queue.id(),
                            by,
                            Entries.of(delivery.entry()),
                            QueueCommand.Outcome.RETURNED));
            return false;
        }
        Map<String, Object> row =
                FieldJson.message(
                        delivery.exchange(),
                        delivery.routingKey(),
                        delivery.redelivered(),
                        delivery.properties(),
                        delivery.body());
        row.put("delivery", lender.lend(by, delivery.entry()));
        taken.add(row);
        node.broker().localMetrics().countDelivered();
        bytes += delivery.body().remaining();
        return true;
    }

    @Override
    public void onCancelled(long gone) {
        consumer = 0;
        refuse(new Reason.NotFound("queue '" + queue.name() + "' was deleted"));
    }

    private void refuse(Reason reason) {
        if (!over) {
            over = true;
            leave();
            call.refuse(reason);
        }
    }

    private void finish() {
        if (!over) {
            over = true;
            leave();
            call.ok(taken);
        }
    }

    private void leave() {
        stopWaiting.run();
        if (consumer != 0) {
            offer(new QueueCommand.Cancel(this, 0, queue.id(), consumer));
            consumer = 0;
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
