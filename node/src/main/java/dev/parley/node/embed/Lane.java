package dev.parley.node.embed;

import dev.parley.api.Reason;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What this process sends to one queue, in order; on the event loop.
///
/// Messages wait here while there is no room for them. When the queue refuses one because it is
/// full, that one and all behind it wait and are tried again, so that none overtakes another. A
/// queue that blocks its publishers says itself that it is full; nothing is offered until there is
/// room.
final class Lane implements QueueClient {
    /// Time between two tries of a full queue or disk.
    static final long RETRY_MILLIS = 5;

    private final EmbeddedQueues queues;
    private final String queue;
    private final ArrayDeque<Send> pending = new ArrayDeque<>();
    private final Map<Long, Send> offered = new HashMap<>();
    private long nextToken = 1;

    /// Whether a try is due later, and nothing is offered until then.
    private boolean stalled;

    /// The queue that has no room, 0 for none. Not a flag: a queue may be followed by another of
    /// its name, and what is said of the two may come in any order.
    private long full;

    Lane(EmbeddedQueues queues, String queue) {
        this.queues = queues;
        this.queue = queue;
    }

    String queue() {
        return queue;
    }

    void add(Send send) {
        pending.add(send);
        if (!stalled) {
            offer();
            queues.rest(this);
        }
    }

    private void offer() {
        Send send;
        while (!stalled && (send = pending.poll()) != null) {
            Reason hindrance = hindrance();
            if (send.receipt().withdrawn()) {
                end(send, new Reason.Unavailable("the sender was interrupted"));
            } else if (hindrance != null) {
                holdBack(send, hindrance);
            } else {
                offer(send);
            }
        }
    }

    private @Nullable Reason hindrance() {
        return full == 0 ? queues.hindrance() : new Reason.Full("queue '" + queue + "' is full");
    }

    private void offer(Send send) {
        QueueEntry entry = queues.entry(queue);
        if (entry == null) {
            end(send, queues.missing(queue));
            return;
        }
        long token = nextToken++;
        offered.put(token, send);
        queues.broker().localMetrics().countPublished();
        queues.broker()
                .offer(
                        entry.shard(),
                        new QueueCommand.Publish(this, token, List.of(entry.id()), send.message()));
    }

    /// Keeps a message at its place in the line until there may be room, or its time is over.
    private void holdBack(Send send, Reason why) {
        if (queues.nowMillis() >= send.deadlineMillis()) {
            end(send, why);
            return;
        }
        pending.addFirst(send);
        if (!stalled) {
            stalled = true;
            queues.later(RETRY_MILLIS, this::tryAgain);
        }
    }

    private void tryAgain() {
        stalled = false;
        offer();
        queues.rest(this);
    }

    /// A message has come to its end.
    private void end(Send send, @Nullable Reason reason) {
        queues.answer(send, reason);
    }

    /// Whether nothing is on its way here, so that it can be forgotten. While the queue is full it
    /// cannot: another lane would not know that it is.
    boolean idle() {
        return pending.isEmpty() && offered.isEmpty() && full == 0;
    }

    @Override
    public void onAccepted(long from, long to) {
        for (long token = from; token <= to; token++) {
            Send send = offered.remove(token);
            if (send != null) {
                end(send, null);
            }
        }
        queues.rest(this);
    }

    @Override
    public void onRefused(long token, Reason reason) {
        Send send = offered.remove(token);
        if (send == null) {
            return;
        }
        if (reason instanceof Reason.Full) {
            holdBack(send, reason);
        } else {
            end(send, reason);
            queues.rest(this);
        }
    }

    @Override
    public void onFull(long of, String name) {
        full = of;
        queues.keep(this);
    }

    /// What waits is tried again in a moment.
    @Override
    public void onRoomIn(long of) {
        if (full == of) {
            full = 0;
            queues.rest(this);
        }
    }

    /// Nothing more will be heard of what is on its way.
    void fail(Reason reason) {
        List<Send> all = new ArrayList<>(offered.values());
        all.addAll(pending);
        offered.clear();
        pending.clear();
        all.forEach(send -> end(send, reason));
    }

    @Override
    public void onDelivery(Delivery delivery) {
        throw new IllegalStateException("a lane does not subscribe");
    }

    @Override
    public void onReply(long token, QueueReply reply) {
        throw new IllegalStateException("a lane asks nothing");
    }

    @Override
    public void onCancelled(long consumer) {
        throw new IllegalStateException("a lane does not subscribe");
    }
}
