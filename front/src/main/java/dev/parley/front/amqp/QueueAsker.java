package dev.parley.front.amqp;

import dev.parley.api.Reason;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueReply;
import java.util.function.Consumer;

/// A client of queues that asks one thing.
public final class QueueAsker implements QueueClient {
    private final Consumer<QueueReply> then;

    public QueueAsker(Consumer<QueueReply> then) {
        this.then = then;
    }

    @Override
    public void onReply(long token, QueueReply reply) {
        then.accept(reply);
    }

    // It asks and nothing else.

    @Override
    public void onAccepted(long from, long to) {}

    @Override
    public void onRefused(long token, Reason reason) {}

    @Override
    public void onDelivery(Delivery delivery) {
        throw new IllegalStateException("nobody subscribed");
    }

    @Override
    public void onCancelled(long consumer) {}
}
