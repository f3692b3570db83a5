package dev.parley.front.home;

import dev.parley.api.Reason;
import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogReply;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.Entries;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.queue.QueueStatus;
import dev.parley.core.shard.Command;
import dev.parley.core.stream.StreamClient;
import dev.parley.core.stream.StreamCommand;
import dev.parley.core.stream.StreamMessage;
import dev.parley.core.stream.StreamReply;
import dev.parley.core.stream.StreamStatus;
import dev.parley.front.amqp.QueueAsker;
import dev.parley.front.stream.Retention;
import dev.parley.front.stream.StreamAsker;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Brings what is asked of queues to the streams among them, which live in a machine of their own:
/// to everybody else a stream is a queue of the catalog.
///
/// A publish to streams and queues of one shard is two commands, and its publisher is answered when
/// both are.
final class Streams {
    /// The shards themselves.
    @FunctionalInterface
    interface Way {
        void offer(int shard, Command command);
    }

    /// A stream that is there.
    ///
    /// @param name as it is told to people
    /// @param keyHeader the header that holds a message's key; null: its routing key is it
    private record Known(String name, @Nullable String keyHeader) {}

    private final Way way;
    private final Supplier<Catalog> catalog;

    /// Also those that the catalog has forgotten and whose shard has not yet.
    private final Map<Long, Known> streams = new HashMap<>();

    /// Who published last: the same one mostly publishes next, and tokens of one client are
    /// answered together.
    private @Nullable StreamAnswer answer;

    Streams(Way way, Supplier<Catalog> catalog) {
        this.way = way;
        this.catalog = catalog;
    }

    void offer(int shard, QueueCommand command) {
        if (command instanceof QueueCommand.Create create) {
            create(shard, create);
        } else if (command instanceof QueueCommand.Retain retain) {
            retain(shard, retain);
        } else if (streams.isEmpty()) {
            way.offer(shard, command);
        } else {
            find(shard, command);
        }
    }

    private void find(int shard, QueueCommand command) {
        switch (command) {
            case QueueCommand.Publish c -> publish(shard, c);
            case QueueCommand.Accept c -> accept(shard, c);
            case QueueCommand.Settle c when has(c.queue()) -> settle(shard, c);
            case QueueCommand.Resume c when has(c.queue()) ->
                    way.offer(shard, new StreamCommand.Resume(c.queue(), c.consumer()));
            case QueueCommand.Cancel c when has(c.queue()) -> cancel(shard, c);
            case QueueCommand.Reshape c when has(c.queue()) -> reshape(shard, c.queue());
            case QueueCommand.Delete c when has(c.queue()) -> delete(shard, c);
            case QueueCommand.Touch c when has(c.queue()) -> touch(shard, c);
            case QueueCommand.Inspect c when c.queue() == 0 -> inspectAll(shard, c);
            case QueueCommand.Inspect c when has(c.queue()) -> inspect(shard, c);
            case QueueCommand.Adjust c when has(c.queue()) -> {}
            case QueueCommand.Renew c when has(c.queue()) -> {}
            case QueueCommand.Subscribe c when has(c.queue()) ->
                    refuse(c.client(), c.token(), c.queue());
            case QueueCommand.Get c when has(c.queue()) -> refuse(c.client(), c.token(), c.queue());
            case QueueCommand.Purge c when has(c.queue()) ->
                    refuse(c.client(), c.token(), c.queue());
            case QueueCommand.Peek c when has(c.queue()) ->
                    refuse(c.client(), c.token(), c.queue());
            case QueueCommand.Pause c when has(c.queue()) ->
                    refuse(c.client(), c.token(), c.queue());
            case QueueCommand.Edit c when has(c.queue()) ->
                    refuse(c.client(), c.token(), c.queue());
            case QueueCommand other -> way.offer(shard, other);
        }
    }

    private boolean has(long queue) {
        return streams.containsKey(queue);
    }

    private Known known(long stream) {
        return Objects.requireNonNull(streams.get(stream));
    }

    private void refuse(QueueClient client, long token, long stream) {
        String detail = known(stream).name() + " is a stream: its messages are read, not taken";
        client.onReply(token, new QueueReply.Refused(new Reason.Unsupported(detail)));
    }

    // ---- there or not

    private void create(int shard, QueueCommand.Create command) {
        QueueEntry entry = catalog.get().queue(command.queue());
        if (entry == null || !entry.isStream()) {
            way.offer(shard, command);
            return;
        }
        String name = "queue '%s' in vhost '%s'".formatted(entry.name(), entry.host());
        streams.put(entry.id(), new Known(name, Retention.keyHeader(entry)));
        reshape(shard, entry.id());
    }

    private void reshape(int shard, long stream) {
        QueueEntry entry = catalog.get().queue(stream);
        if (entry != null) {
            way.offer(
                    shard,
                    new StreamCommand.Create(
                            stream, entry.host(), entry.name(), Retention.of(entry)));
        }
    }

    private void retain(int shard, QueueCommand.Retain command) {
        List<Long> kept = new ArrayList<>(command.queues());
        kept.removeIf(id -> !has(id));
        way.offer(shard, new StreamCommand.Retain(List.copyOf(kept)));
        List<Long> queues = new ArrayList<>(command.queues());
        queues.removeIf(this::has);
        way.offer(shard, new QueueCommand.Retain(queues));
    }

    private void delete(int shard, QueueCommand.Delete command) {
        String name = known(command.queue()).name();
        StreamAsker asker =
                new StreamAsker(reply -> {
                    Reason against = against(command, name, reply);
                    if (against == null) {
                        forget(shard, command);
                    } else {
                        answer(command, new QueueReply.Refused(against));
                    }
                });
        way.offer(shard, new StreamCommand.Inspect(asker, 1, command.queue(), false));
    }

    /// What is to be said against a removal, if anything.
    private static @Nullable Reason against(
            QueueCommand.Delete command, String name, StreamReply reply) {
        if (reply instanceof StreamReply.Refused(Reason reason)) {
            return reason;
        }
        if (!(reply instanceof StreamReply.Statuses(var found)) || found.isEmpty()) {
            return null;
        }
        StreamStatus status = found.getFirst();
        if (command.ifEmpty() && status.messages() > 0) {
            return new Reason.Precondition(name + " is not empty");
        }
        boolean used = command.ifUnused() && status.readers() > 0;
        return used ? new Reason.Precondition("readers have the stream") : null;
    }

    /// The catalog forgets a stream first: after a crash its shard drops what the catalog does not
    /// know. The other way round the stream would be made anew after a crash, with the same epoch
    /// and with offsets that readers have seen.
    private void forget(int shard, QueueCommand.Delete command) {
        way.offer(
                0,
                new CatalogCommand.RemoveQueue(
                        (token, reply) -> {
                            if (reply instanceof CatalogReply.Refused(Reason reason)) {
                                answer(command, new QueueReply.Refused(reason));
                            } else {
                                drop(shard, command);
                            }
                        },
                        1,
                        command.queue()));
    }

    private void drop(int shard, QueueCommand.Delete command) {
        StreamAsker asker = new StreamAsker(reply -> onDropped(command, reply));
        way.offer(shard, new StreamCommand.Delete(asker, 1, command.queue(), false));
    }

    private void onDropped(QueueCommand.Delete command, StreamReply reply) {
        switch (reply) {
            case StreamReply.Done(long messages) -> {
                streams.remove(command.queue());
                answer(command, new QueueReply.Done(messages, 0));
            }
            case StreamReply.Refused(Reason reason) ->
                    answer(command, new QueueReply.Refused(reason));
            default -> throw new IllegalStateException("a removal answered by " + reply);
        }
    }

    private static void answer(QueueCommand.Delete command, QueueReply reply) {
        QueueClient client = command.client();
        if (client != null && command.token() != 0) {
            client.onReply(command.token(), reply);
        }
    }

    // ---- messages

    private void publish(int shard, QueueCommand.Publish command) {
        List<Long> ids = command.queues();
        int count = count(ids);
        if (count == 0) {
            way.offer(shard, command);
            return;
        }
        if (count == ids.size()) {
            append(shard, answerTo(command.client()), command.token(), ids, command.message());
            return;
        }
        List<Long> queues = new ArrayList<>(ids);
        queues.removeIf(this::has);
        List<Long> found = new ArrayList<>(ids);
        found.removeIf(id -> !has(id));
        if (command.token() == 0) {
            append(shard, answerTo(command.client()), 0, found, command.message());
            way.offer(
                    shard,
                    new QueueCommand.Publish(command.client(), 0, queues, command.message()));
            return;
        }
        BothAnswers both = new BothAnswers(command.client());
        append(shard, both, command.token(), found, command.message());
        way.offer(
                shard, new QueueCommand.Publish(both, command.token(), queues, command.message()));
    }

    private int count(List<Long> ids) {
        int count = 0;
        for (int i = 0; i < ids.size(); i++) {
            count += has(ids.get(i)) ? 1 : 0;
        }
        return count;
    }

    private StreamAnswer answerTo(QueueClient client) {
        StreamAnswer last = answer;
        if (last == null || last.client() != client) {
            last = new StreamAnswer(client);
            answer = last;
        }
        return last;
    }

    /// Streams whose messages have their keys in different places get them by a command each; the
    /// last is answered, which stands behind the others in the log.
    private void append(
            int shard, StreamClient client, long token, List<Long> ids, Message message) {
        List<Long> left = ids;
        while (true) {
            String header = known(left.getFirst()).keyHeader();
            List<Long> same = left;
            List<Long> others = List.of();
            if (left.size() > 1) {
                same = new ArrayList<>(left);
                same.removeIf(id -> !Objects.equals(known(id).keyHeader(), header));
                others = new ArrayList<>(left);
                others.removeAll(same);
            }
            way.offer(
                    shard,
                    new StreamCommand.Publish(
                            client, others.isEmpty() ? token : 0, same, message(message, header)));
            if (others.isEmpty()) {
                return;
            }
            left = others;
        }
    }

    private static StreamMessage message(Message message, @Nullable String keyHeader) {
        return new StreamMessage(
                message.exchange(),
                message.routingKey(),
                key(message, keyHeader).hashCode(),
                message.properties(),
                message.body());
    }

    private static String key(Message message, @Nullable String header) {
        if (header == null || !Properties.hasHeaders(message.properties())) {
            return message.routingKey();
        }
        FieldTable headers = Properties.read(message.properties().duplicate()).headers();
        FieldValue value = headers == null ? null : headers.get(header);
        String text = value == null ? null : text(value);
        return text == null ? message.routingKey() : text;
    }

    /// A value as a key, or null if it can't be one.
    static @Nullable String text(FieldValue value) {
        return switch (value) {
            case FieldValue.Bool(boolean is) -> String.valueOf(is);
            case FieldValue.Whole whole -> String.valueOf(whole.value());
            case FieldValue.Float32(float number) -> String.valueOf(number);
            case FieldValue.Float64(double number) -> String.valueOf(number);
            case FieldValue.Decimal(int scale, int unscaled) ->
                    BigDecimal.valueOf(unscaled, scale).toPlainString();
            case FieldValue.Timestamp(long seconds) -> String.valueOf(seconds);
            case FieldValue.Bytes bytes -> bytes.toString();
            case FieldValue.Array array -> null;
            case FieldValue.Table table -> null;
            case FieldValue.Absent absent -> null;
        };
    }

    /// A move is taken once, so it is one command, with the key that the first stream wants.
    private void accept(int shard, QueueCommand.Accept command) {
        List<Long> ids = command.queues();
        if (count(ids) == 0) {
            way.offer(shard, command);
            return;
        }
        List<Long> found = new ArrayList<>(ids);
        found.removeIf(id -> !has(id));
        way.offer(
                shard,
                new StreamCommand.Accept(
                        command.from(),
                        command.move(),
                        found,
                        message(command.message(), known(found.getFirst()).keyHeader())));
        List<Long> queues = new ArrayList<>(ids);
        queues.removeIf(this::has);
        if (command.move() != 0 || !queues.isEmpty()) {
            // It says that the move has arrived, when this and what came before it is durable.
            way.offer(
                    shard,
                    new QueueCommand.Accept(
                            command.from(),
                            command.move(),
                            command.always(),
                            queues,
                            queues.isEmpty() ? nothing() : command.message()));
        }
    }

    /// What a move brings to no queue: the streams have it.
    private static Message nothing() {
        ByteBuffer none = ByteBuffer.allocate(2);
        return new Message("", "", true, 0, -1, none, ByteBuffer.allocate(0));
    }

    // ---- readers that were consumers

    private void settle(int shard, QueueCommand.Settle command) {
        Entries entries = command.entries();
        boolean again =
                command.outcome() == Outcome.RETURNED || command.outcome() == Outcome.FAILED;
        int from = 0;
        for (int i = 1; i <= entries.size(); i++) {
            if (i == entries.size() || entries.get(i) != entries.get(i - 1) + 1) {
                long first = entries.get(from);
                long last = entries.get(i - 1);
                way.offer(
                        shard,
                        again
                                ? new StreamCommand.Return(
                                        command.queue(), command.consumer(), first, last)
                                : new StreamCommand.Settle(
                                        command.queue(), command.consumer(), first, last));
                from = i;
            }
        }
    }

    private void cancel(int shard, QueueCommand.Cancel command) {
        QueueClient client = command.client();
        way.offer(
                shard,
                new StreamCommand.Detach(
                        new StreamAsker(reply ->
                                client.onReply(command.token(), new QueueReply.Done(0, 0))),
                        command.token(),
                        command.queue(),
                        command.consumer()));
    }

    // ---- looking

    private void status(int shard, long stream, Consumer<@Nullable StreamStatus> then) {
        way.offer(
                shard,
                new StreamCommand.Inspect(
                        new StreamAsker(reply ->
                                then.accept(
                                        reply instanceof StreamReply.Statuses(var found)
                                                        && !found.isEmpty()
                                                ? found.getFirst()
                                                : null)),
                        1,
                        stream,
                        false));
    }

    private void touch(int shard, QueueCommand.Touch command) {
        status(
                shard,
                command.queue(),
                status ->
                        command.client()
                                .onReply(
                                        command.token(),
                                        status == null
                                                ? missing()
                                                : new QueueReply.Done(
                                                        status.messages(), status.readers())));
    }

    private static QueueReply missing() {
        return new QueueReply.Refused(new Reason.NotFound("the queue is gone"));
    }

    private void inspect(int shard, QueueCommand.Inspect command) {
        status(
                shard,
                command.queue(),
                status ->
                        command.client()
                                .onReply(
                                        command.token(),
                                        status == null
                                                ? missing()
                                                : new QueueReply.Statuses(List.of(row(status)))));
    }

    /// The queues first, then the streams.
    private void inspectAll(int shard, QueueCommand.Inspect command) {
        way.offer(
                shard,
                new QueueCommand.Inspect(
                        new QueueAsker(reply -> addStreams(shard, command, reply)), 1, 0));
    }

    private void addStreams(int shard, QueueCommand.Inspect command, QueueReply reply) {
        if (!(reply instanceof QueueReply.Statuses(var queues))) {
            command.client().onReply(command.token(), reply);
            return;
        }
        List<QueueStatus> all = new ArrayList<>(queues);
        StreamAsker asker =
                new StreamAsker(answered -> {
                    if (answered instanceof StreamReply.Statuses(var found)) {
                        found.forEach(one -> all.add(row(one)));
                    }
                    command.client().onReply(command.token(), new QueueReply.Statuses(all));
                });
        way.offer(shard, new StreamCommand.Inspect(asker, 1, 0, false));
    }

    private static QueueStatus row(StreamStatus status) {
        return new QueueStatus(
                status.id(),
                status.host(),
                status.name(),
                status.messages(),
                0,
                0,
                0,
                false,
                status.bytes(),
                status.readers(),
                status.published(),
                status.delivered(),
                0,
                0,
                0);
    }
}
