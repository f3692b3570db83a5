package dev.parley.node.embed;

import dev.parley.api.Codec;
import dev.parley.api.Inspected;
import dev.parley.api.Look;
import dev.parley.api.Message;
import dev.parley.api.Operator;
import dev.parley.api.RefusedException;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.queue.Entries;
import dev.parley.core.queue.PeekedMessage;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.queue.QueueStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiFunction;

/// What a program does to a queue of the node in this process as its operator.
final class LocalOperator<T> implements Operator<T> {
    private static final long HEAD = -1;
    private static final long FOUND_BYTES_MAX = 16L << 20;

    private final EmbeddedQueues queues;
    private final String name;
    private final Codec<T> codec;

    LocalOperator(EmbeddedQueues queues, String name, Codec<T> codec) {
        this.queues = queues;
        this.name = name;
        this.codec = codec;
    }

    // ---- looking

    @Override
    public List<Inspected<T>> inspect(Look<T> look) throws InterruptedException {
        List<Inspected<T>> found = new ArrayList<>();
        Inspected<T> after = look.after();
        long next = after == null ? HEAD : after.entry() + 1;
        long bytes = 0;
        do {
            QueueReply.Peeked peeked = peek(look.count(), next);
            for (PeekedMessage one : peeked.messages()) {
                Inspected<T> message = inspected(one);
                if (look.wanted().test(message)) {
                    found.add(message);
                    bytes += one.body().remaining();
                    if (found.size() == look.count() || bytes > FOUND_BYTES_MAX) {
                        return found;
                    }
                }
            }
            next = peeked.next();
        } while (next >= 0);
        return found;
    }

    private QueueReply.Peeked peek(int count, long from) throws InterruptedException {
        return queues.askQueue(
                        name,
                        (client, queue) ->
                                new QueueCommand.Peek(
                                        client,
                                        1,
                                        queue.id(),
                                        count,
                                        true,
                                        from,
                                        PeekedMessage.Filter.ALL),
                        QueueReply.Peeked.class::cast)
                .await();
    }

    private Inspected<T> inspected(PeekedMessage one) {
        byte[] body = new byte[one.body().remaining()];
        one.body().duplicate().get(body);
        return new Inspected<>(
                one.entry(),
                one.waitsFor(),
                one.expiryMillis() == 0 ? Instant.MAX : Instant.ofEpochMilli(one.expiryMillis()),
                one.failures(),
                one.redelivered(),
                one.exchange(),
                one.routingKey(),
                body,
                () -> LocalQueue.opened(name, one.properties(), one.body(), codec));
    }

    // ---- single messages

    @Override
    public long remove(Collection<Inspected<T>> messages) throws InterruptedException {
        Entries entries = entries(messages);
        return done((client, queue) -> new QueueCommand.Remove(client, 1, queue.id(), entries));
    }

    @Override
    public boolean replace(Inspected<T> message, Message<T> with) throws InterruptedException {
        dev.parley.core.queue.Message sealed =
                Envelope.sealed(with, name, codec, Instant.now(), queues.messageBytesMax());
        return done((client, queue) ->
                new QueueCommand.Replace(client, 1, queue.id(), message.entry(), sealed))
                > 0;
    }

    @Override
    public long moveTo(String queue, Collection<Inspected<T>> messages)
            throws InterruptedException {
        return moveTo("", queue, messages);
    }

    @Override
    public long moveTo(String exchange, String routingKey, Collection<Inspected<T>> messages)
            throws InterruptedException {
        return send(messages, new QueueCommand.Way.To(exchange, routingKey));
    }

    @Override
    public long redrive(Collection<Inspected<T>> messages) throws InterruptedException {
        return send(messages, new QueueCommand.Way.Back());
    }

    @Override
    public long redriveAll() throws InterruptedException {
        // What dies again meanwhile must not keep this going for ever.
        long left = size();
        long sent = 0;
        Look<T> look = Look.first(Look.COUNT_MAX);
        List<Inspected<T>> found = inspect(look);
        while (!found.isEmpty() && left > 0) {
            List<Inspected<T>> batch = found.subList(0, (int) Math.min(left, found.size()));
            sent += redrive(batch);
            left -= batch.size();
            found = inspect(look.after(batch.getLast()));
        }
        return sent;
    }

    /// All messages in the queue, wherever they stand.
    private long size() throws InterruptedException {
        List<QueueStatus> found =
                queues.askQueue(
                                name,
                                (client, queue) -> new QueueCommand.Inspect(client, 1, queue.id()),
                                reply -> ((QueueReply.Statuses) reply).statuses())
                        .await();
        if (found.isEmpty()) {
            throw new RefusedException(queues.missing(name));
        }
        QueueStatus status = found.getFirst();
        return status.ready() + status.unacknowledged() + status.scheduled() + status.resting();
    }

    private long send(Collection<Inspected<T>> messages, QueueCommand.Way way)
            throws InterruptedException {
        if (messages.isEmpty()) {
            return 0;
        }
        Entries entries = entries(messages);
        return queues.askQueue(
                        name,
                        (client, queue) ->
                                new QueueCommand.Send(client, 1, queue.id(), entries, way),
                        reply -> ((QueueReply.Sent) reply).sent())
                .await();
    }

    private Entries entries(Collection<Inspected<T>> messages) {
        if (messages.size() > ENTRIES_MAX) {
            throw new IllegalArgumentException(
                    "at most 1,000 messages at a time, not " + messages.size());
        }
        Entries entries = new Entries(messages.size());
        messages.forEach(message -> entries.add(message.entry()));
        return entries;
    }

    // ---- the queue

    @Override
    public long purge() throws InterruptedException {
        return done((client, queue) -> new QueueCommand.Purge(client, 1, queue.id()));
    }

    @Override
    public void pause() throws InterruptedException {
        pause(true);
    }

    @Override
    public void resume() throws InterruptedException {
        pause(false);
    }

    private void pause(boolean paused) throws InterruptedException {
        done((client, queue) -> new QueueCommand.Pause(client, 1, queue.id(), paused));
    }

    /// Returns how many messages it concerned.
    private long done(BiFunction<QueueClient, QueueEntry, QueueCommand> command)
            throws InterruptedException {
        return queues.askQueue(name, command, reply -> ((QueueReply.Done) reply).messages())
                .await();
    }
}
