package dev.parley.node.embed;

import dev.parley.api.Codec;
import dev.parley.api.Queue;
import dev.parley.api.QueueOptions;
import dev.parley.api.Queues;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.message.FieldTable;
import dev.parley.core.queue.Entries;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.queue.QueueReply;
import dev.parley.front.amqp.Broker;
import dev.parley.front.amqp.Declaration;
import dev.parley.front.amqp.QueueArguments;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The queues of the node in this process, in the virtual host `/`.
///
/// What programs want goes through [Programs] onto the event loop and becomes commands to the
/// catalog and to the queues' shards, as a session's does.
final class EmbeddedQueues implements Queues {
    private static final String HOST = Programs.HOST;

    /// What a message takes besides its bytes, about.
    private static final int OVERHEAD = 256;

    /// Settlements of one consumer on their way to its queue.
    private record Settlement(int shard, long queue, long consumer, Outcome outcome) {}

    private final Programs programs;
    private final Broker broker;

    // What follows belongs to the loop.
    private final Map<String, Lane> lanes = new LinkedHashMap<>();
    private @Nullable Settlement settling;
    private Entries settled = new Entries(1);

    EmbeddedQueues(Programs programs, Broker broker) {
        this.programs = programs;
        this.broker = broker;
    }

    // ---- opening

    @Override
    public <T> Queue<T> queue(String name, Class<T> type) {
        return queue(name, codec(type));
    }

    @Override
    public <T> Queue<T> queue(String name, Class<T> type, QueueOptions options) {
        return queue(name, codec(type), options);
    }

    @Override
    public <T> Queue<T> queue(String name, Codec<T> codec) {
        return new LocalQueue<>(this, name, codec).opened(null);
    }

    @Override
    public <T> Queue<T> queue(String name, Codec<T> codec, QueueOptions options) {
        return new LocalQueue<>(this, name, codec).opened(options);
    }

    @SuppressWarnings("unchecked") // by the comparison before each cast
    static <T> Codec<T> codec(Class<T> type) {
        if (type == String.class) {
            return (Codec<T>) Codec.text();
        }
        return type == byte[].class ? (Codec<T>) Codec.bytes() : JsonCodec.of(type);
    }

    /// Makes sure that a queue is there, and is as `options` say if they are given.
    void open(String name, @Nullable QueueOptions options) {
        open(name, options == null ? QueueOptions.DURABLE : options, options != null);
    }

    /// Makes sure that a queue or stream is there: as `wanted` if there is none, and otherwise if
    /// that is `strict`.
    void open(String name, QueueOptions wanted, boolean strict) {
        FieldTable table;
        try {
            table = Headers.table(wanted.arguments());
            QueueArguments.spec(name, wanted.durable(), false, table);
        } catch (IllegalArgumentException e) {
            throw new RefusedException(new Reason.Invalid(String.valueOf(e.getMessage())));
        }
        this.<Boolean>ask(
                        ask -> {
                            QueueEntry entry = entry(name);
                            if (entry == null || strict) {
                                declare(ask, name, wanted.durable(), false, table);
                            } else if (entry.owner() != 0) {
                                ask.refuse(
                                        new Reason.Locked(
                                                "queue '"
                                                        + name
                                                        + "' is another connection's own"));
                            } else {
                                // As it is, so that this comes behind whoever makes it just now:
                                // the catalog has it before its shard does.
                                declare(
                                        ask,
                                        name,
                                        entry.durable(),
                                        entry.autoDelete(),
                                        entry.arguments());
                            }
                        })
                .join();
    }

    private void declare(
            Ask<Boolean> ask, String name, boolean durable, boolean autoDelete, FieldTable table) {
        Declaration.begin(
                broker,
                (client, token) ->
                        new CatalogCommand.DeclareQueue(
                                client, token, HOST, name, durable, 0, autoDelete, table),
                new Declaration.Client() {
                    @Override
                    public void onDeclared(
                            QueueEntry queue, boolean created, QueueReply.Done there) {
                        ask.answer(true);
                    }

                    @Override
                    public void onRefused(Reason reason) {
                        ask.refuse(reason);
                    }
                });
    }

    // ---- sending

    void send(String queue, Message message, Receipt receipt) throws InterruptedException {
        int bytes = bytes(message);
        if (!programs.reserve(bytes)) {
            receipt.one(new Reason.Full("too much is on its way already"));
            return;
        }
        sent(queue, message, bytes, receipt);
    }

    void sendUninterrupted(String queue, Message message, Receipt receipt) {
        int bytes = bytes(message);
        programs.reserveUninterrupted(bytes);
        sent(queue, message, bytes, receipt);
    }

    private int bytes(Message message) {
        return programs.share(
                (long) OVERHEAD + message.properties().remaining() + message.body().remaining());
    }

    private void sent(String queue, Message message, int bytes, Receipt receipt) {
        if (programs.closing()) {
            programs.release(bytes);
            receipt.one(Programs.closed());
            return;
        }
        programs.add(new Send(this, queue, message, bytes, programs.deadlineMillis(), receipt));
    }

    Lane lane(String queue) {
        return lanes.computeIfAbsent(queue, name -> new Lane(this, name));
    }

    /// Forgets a lane on which nothing is.
    void rest(Lane lane) {
        if (lane.idle()) {
            lanes.remove(lane.queue(), lane);
        }
    }

    /// Sends go on through this lane, unless there is another already.
    void keep(Lane lane) {
        lanes.putIfAbsent(lane.queue(), lane);
    }

    /// A message has come to its end; any thread.
    void answer(Send send, @Nullable Reason reason) {
        programs.answers()
                .add(() -> {
                    programs.release(send.bytes());
                    send.receipt().one(reason);
                });
    }

    /// Why nothing can be sent just now, or null.
    @Nullable Reason hindrance() {
        if (!broker.roomy()) {
            return new Reason.Full("there is no room for messages on the disk");
        }
        return broker.behind() ? new Reason.Full("the disk is behind") : null;
    }

    // ---- settling

    /// Brings a delivery to its end, unless its lease is over; any thread.
    ///
    /// @param then runs on the loop in either case
    void settle(Arrival arrival, Outcome outcome, Consumer<Arrival> then) {
        programs.add(
                new Inlet.Job() {
                    @Override
                    public void run() {
                        if (!arrival.lapsed().get()) {
                            gather(arrival, outcome);
                        }
                        then.accept(arrival);
                    }

                    @Override
                    public void refuse(Reason reason) {
                        // The node stops: whatever is unsettled comes again.
                    }
                });
    }

    /// Neighbours of one queue and consumer are settled by one command.
    private void gather(Arrival arrival, Outcome outcome) {
        Settlement one =
                new Settlement(arrival.shard(), arrival.queue(), arrival.consumer(), outcome);
        if (!one.equals(settling)) {
            flushSettled();
            settling = one;
            settled = new Entries(8);
        }
        settled.add(arrival.entry());
    }

    void flushSettled() {
        Settlement one = settling;
        if (one != null) {
            settling = null;
            broker.offer(
                    one.shard(),
                    new QueueCommand.Settle(one.queue(), one.consumer(), settled, one.outcome()));
        }
    }

    // ---- what the parts need

    Broker broker() {
        return broker;
    }

    Programs programs() {
        return programs;
    }

    long messageBytesMax() {
        return broker.config().messageBytesMax();
    }

    /// Asks the node something; any thread.
    <R> Ask<R> ask(Consumer<Ask<R>> question) {
        return programs.ask(question);
    }

    /// A queue of the virtual host, as the catalog has it now; on the loop.
    @Nullable QueueEntry entry(String queue) {
        VirtualHost host = broker.catalog().host(HOST);
        return host == null ? null : host.queue(queue);
    }

    /// Asks a queue of the virtual host something; any thread.
    ///
    /// @param question makes the command, for its client and the queue
    /// @param answer reads the reply to it
    <R> Ask<R> askQueue(
            String queue,
            BiFunction<QueueClient, QueueEntry, QueueCommand> question,
            Function<QueueReply, R> answer) {
        return ask(ask -> {
            QueueEntry entry = entry(queue);
            if (entry == null) {
                ask.refuse(missing(queue));
                return;
            }
            QueueClient client = ask.client(reply -> answer(ask, answer, reply));
            broker.offer(entry.shard(), question.apply(client, entry));
        });
    }

    private static <R> void answer(Ask<R> ask, Function<QueueReply, R> answer, QueueReply reply) {
        R value;
        try {
            value = answer.apply(reply);
        } catch (RuntimeException e) {
            // Nobody must wait for ever because of a fault of ours.
            ask.refuse(new Reason.Unavailable("a fault inside the node: " + e));
            return;
        }
        ask.answer(value);
    }

    Reason missing(String queue) {
        return new Reason.NotFound("no queue '" + queue + "'");
    }

    /// Runs something on the loop after some time; on the loop.
    ScheduledFuture<?> later(long millis, Runnable task) {
        return programs.later(millis, task);
    }

    long nowMillis() {
        return programs.nowMillis();
    }

    /// Nothing more will be heard of what is on its way; on the loop.
    void fail(Reason reason) {
        lanes.values().forEach(lane -> lane.fail(reason));
        lanes.clear();
    }
}
