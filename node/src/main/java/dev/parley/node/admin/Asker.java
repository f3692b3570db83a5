package dev.parley.node.admin;

import dev.parley.api.Awaited;
import dev.parley.api.Reason;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import java.util.function.Consumer;
import java.util.function.Function;

/// A client of queues that asks one thing.
public final class Asker implements QueueClient {
    private final Consumer<QueueReply> then;

    private Asker(Consumer<QueueReply> then) {
        this.then = then;
    }

    /// One who is answered once.
    public static QueueClient answering(Consumer<QueueReply> then) {
        return new Asker(then);
    }

    /// Asks a shard; one that is damaged and closed refuses at once.
    public static void ask(
            Administered node,
            int shard,
            Function<QueueClient, QueueCommand> question,
            Consumer<QueueReply> then) {
        if (node.serves(shard)) {
            node.broker().offer(shard, question.apply(new Asker(then)));
        } else {
            String detail = "shard " + shard + " is damaged and closed";
            then.accept(new QueueReply.Refused(new Reason.Unavailable(detail)));
        }
    }

    /// Asks a queue's shard; likewise.
    static void ask(
            Administered node,
            QueueEntry queue,
            Function<QueueClient, QueueCommand> question,
            Consumer<QueueReply> then) {
        if (node.serves(queue.shard())) {
            ask(node, queue.shard(), question, then);
        } else {
            then.accept(new QueueReply.Refused(damaged(queue)));
        }
    }

    /// The same for what cannot sensibly be refused other than by telling the caller.
    static void ask(
            Administered node,
            Call call,
            QueueEntry queue,
            Function<QueueClient, QueueCommand> question,
            Consumer<QueueReply> then) {
        ask(
                node,
                queue,
                question,
                reply -> {
                    if (reply instanceof QueueReply.Refused(Reason reason)) {
                        call.refuse(reason);
                    } else {
                        then.accept(reply);
                    }
                });
    }

    static Reason damaged(QueueEntry queue) {
        return new Reason.Unavailable(
                "queue '%s' is on shard %d, which is damaged and closed"
                        .formatted(queue.name(), queue.shard()));
    }

    @Override
    public Awaited.Holder holder(long consumer) {
        return new Awaited.Holder("", "a request over HTTP");
    }

    @Override
    public void onReply(long token, QueueReply reply) {
        then.accept(reply);
    }

    @Override
    public void onAccepted(long from, long to) {
        then.accept(new QueueReply.Done(0, 0));
    }

    @Override
    public void onRefused(long token, Reason reason) {
        then.accept(new QueueReply.Refused(reason));
    }

    /// A request ends with its answer: there is nobody to hold back.
    @Override
    public boolean waitsForRoom() {
        return false;
    }

    @Override
    public void onDelivery(Delivery delivery) {
        throw new IllegalStateException("nobody subscribed");
    }

    @Override
    public void onCancelled(long consumer) {
        throw new IllegalStateException("nobody subscribed");
    }
}
