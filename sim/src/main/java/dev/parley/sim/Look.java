package dev.parley.sim;

import dev.parley.api.Reason;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.PeekedMessage;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import java.util.List;
import java.util.function.Consumer;

/// Somebody who asks what stands in a queue.
final class Look implements QueueClient {
    /// As many as one answer may hold.
    static final int MOST = 1000;

    private final Consumer<QueueReply> then;
    private List<PeekedMessage> messages = List.of();
    private boolean answered;

    /// One who only looks.
    Look() {
        this(reply -> {});
    }

    /// @param then what is done with the answer
    Look(Consumer<QueueReply> then) {
        this.then = then;
    }

    /// Asks for everything that stands in a queue.
    static QueueCommand at(Look look, long queue) {
        return new QueueCommand.Peek(look, 1, queue, MOST, true, -1, PeekedMessage.Filter.ALL);
    }

    boolean answered() {
        return answered;
    }

    List<PeekedMessage> messages() {
        return messages;
    }

    @Override
    public void onReply(long token, QueueReply reply) {
        answered = true;
        if (reply instanceof QueueReply.Peeked peeked) {
            messages = peeked.messages();
        }
        then.accept(reply);
    }

    @Override
    public void onAccepted(long from, long to) {
        throw new IllegalStateException("a look publishes nothing");
    }

    @Override
    public void onRefused(long token, Reason reason) {
        throw new IllegalStateException("a look publishes nothing");
    }

    @Override
    public void onDelivery(Delivery delivery) {
        throw new IllegalStateException("a look consumes nothing");
    }

    @Override
    public void onCancelled(long consumer) {
        throw new IllegalStateException("a look consumes nothing");
    }
}
