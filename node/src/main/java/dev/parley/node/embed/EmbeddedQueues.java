package dev.parley.node.embed;

import dev.parley.api.Codec;
import dev.parley.api.Queue;
import dev.parley.api.QueueOptions;
import dev.parley.api.Queues;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogReply;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.message.FieldTable;
import dev.parley.core.queue.Entries;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.queue.QueueSpec;
import dev.parley.front.amqp.Broker;
import dev.parley.front.amqp.QueueArguments;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The queues of the node in this process, in the virtual host `/`.
///
/// What programs want goes through the [Inlet] onto the event loop and becomes commands to the
/// catalog and to the queues' shards, as a session's does.
public final class EmbeddedQueues implements Queues, AutoCloseable {
    private static final String HOST = "/";

    /// What a message takes besides its bytes, about.
    private static final int OVERHEAD = 256;

    /// How long the disk may take for the last messages.
    private static final Duration SENT_WITHIN = Duration.ofSeconds(5);

    /// Settlements of one consumer on their way to its queue.
    private record Settlement(int shard, long queue, long consumer, Outcome outcome) {}

    private final Broker broker;
    private final ScheduledExecutorService loop;
    private final EmbedConfig config;
    private final Inlet inlet;
    private final Answers answers = new Answers();
    private final Semaphore inFlight;
    private final Set<Ask<?>> open = ConcurrentHashMap.newKeySet();
    private final Set<LocalConsumer<?>> consumers = ConcurrentHashMap.newKeySet();
    private volatile boolean closing;

    // What follows belongs to the loop.
    private final Map<String, Lane> lanes = new LinkedHashMap<>();
    private @Nullable Settlement settling;
    private Entries settled = new Entries(1);

    /// @param loop the node's event loop, which `broker` belongs to
    public EmbeddedQueues(Broker broker, ScheduledExecutorService loop, EmbedConfig config) {
        this.broker = broker;
        this.loop = loop;
        this.config = config;
        this.inlet = new Inlet(loop, this::flushSettled);
        this.inFlight = new Semaphore(config.inFlightBytes(), true);
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
    private static <T> Codec<T> codec(Class<T> type) {
        if (type == String.class) {
            return (Codec<T>) Codec.text();
        }
        return type == byte[].class ? (Codec<T>) Codec.bytes() : JsonCodec.of(type);
    }

    /// Makes sure that a queue is there, and is as `options` say if they are given.
    void open(String name, @Nullable QueueOptions options) {
        FieldTable table;
        QueueSpec spec;
        QueueOptions wanted = options == null ? QueueOptions.DURABLE : options;
        try {
            table = Headers.table(wanted.arguments());
            spec = QueueArguments.spec(name, wanted.durable(), false, table);
        } catch (IllegalArgumentException e) {
            throw new RefusedException(new Reason.Invalid(String.valueOf(e.getMessage())));
        }
        this.<Boolean>ask(
                        ask -> {
                            QueueEntry entry = entry(name);
                            if (entry == null || options != null) {
                                declare(ask, name, wanted.durable(), table, spec);
                            } else if (entry.owner() != 0) {
                                ask.refuse(
                                        new Reason.Locked(
                                                "queue '"
                                                        + name
                                                        + "' is another connection's own"));
                            } else {
                                touch(ask, entry);
                            }
                        })
                .join();
    }

    private void declare(
            Ask<Boolean> ask, String name, boolean durable, FieldTable table, QueueSpec spec) {
        broker.offer(
                0,
                new CatalogCommand.DeclareQueue(
                        (token, reply) -> {
                            switch (reply) {
                                case CatalogReply.Declared(QueueEntry queue, boolean created) -> {
                                    broker.create(
                                            queue.shard(),
                                            new QueueCommand.Create(
                                                    queue.id(), queue.host(), queue.name(), spec));
                                    touch(ask, queue);
                                }
                                case CatalogReply.Refused(Reason reason) -> ask.refuse(reason);
                                case CatalogReply.Done _, CatalogReply.Removed _ ->
                                        throw new IllegalStateException("answered by " + reply);
                            }
                        },
                        1,
                        HOST,
                        name,
                        durable,
                        0,
                        false,
                        table));
    }

    /// Answers when the queue is known on its shard, durably.
    private void touch(Ask<Boolean> ask, QueueEntry entry) {
        broker.offer(
                entry.shard(),
                new QueueCommand.Touch(ask.client(reply -> ask.answer(true)), 1, entry.id()));
    }

    // ---- sending

    void send(String queue, Message message, Receipt receipt) throws InterruptedException {
        int bytes = bytes(message);
        if (!inFlight.tryAcquire(bytes, config.patience().toNanos(), TimeUnit.NANOSECONDS)) {
            receipt.one(new Reason.Full("too much is on its way already"));
            return;
        }
        sent(queue, message, bytes, receipt);
    }

    void sendUninterrupted(String queue, Message message, Receipt receipt) {
        int bytes = bytes(message);
        inFlight.acquireUninterruptibly(bytes);
        sent(queue, message, bytes, receipt);
    }

    private int bytes(Message message) {
        long bytes =
                (long) OVERHEAD + message.properties().remaining() + message.body().remaining();
        return (int) Math.min(bytes, config.inFlightBytes());
    }

    private void sent(String queue, Message message, int bytes, Receipt receipt) {
        if (closing) {
            inFlight.release(bytes);
            receipt.one(closed());
            return;
        }
        long deadline = nowMillis() + config.patience().toMillis();
        inlet.add(new Send(this, queue, message, bytes, deadline, receipt));
    }

    private static Reason closed() {
        return new Reason.Unavailable("the node is closed");
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
        answers.add(() -> {
            inFlight.release(send.bytes());
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
        inlet.add(
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

    private void flushSettled() {
        Settlement one = settling;
        if (one != null) {
            settling = null;
            broker.offer(
                    one.shard(),
                    new QueueCommand.Settle(one.queue(), one.consumer(), settled, one.outcome()));
        }
    }

    // ---- consuming

    void begin(LocalConsumer<?> consumer) {
        if (closing) {
            throw new RefusedException(closed());
        }
        consumers.add(consumer);
        try {
            ask(consumer::subscribe).join();
        } catch (RefusedException e) {
            consumers.remove(consumer);
            throw e;
        }
    }

    void forget(LocalConsumer<?> consumer) {
        consumers.remove(consumer);
    }

    // ---- what the parts need

    Broker broker() {
        return broker;
    }

    Answers answers() {
        return answers;
    }

    long messageBytesMax() {
        return broker.config().messageBytesMax();
    }

    /// Asks the node something; any thread.
    <R> Ask<R> ask(Consumer<Ask<R>> question) {
        Ask<R> ask = new Ask<>(this, question);
        inlet.add(ask);
        return ask;
    }

    void asked(Ask<?> ask) {
        open.add(ask);
    }

    void answered(Ask<?> ask) {
        open.remove(ask);
    }

    /// A queue of the virtual host, as the catalog has it now; on the loop.
    @Nullable QueueEntry entry(String queue) {
        VirtualHost host = broker.catalog().host(HOST);
        return host == null ? null : host.queue(queue);
    }

    Reason missing(String queue) {
        return new Reason.NotFound("no queue '" + queue + "'");
    }

    /// Runs something on the loop after some time; on the loop.
    ScheduledFuture<?> later(long millis, Runnable task) {
        return loop.schedule(task, millis, TimeUnit.MILLISECONDS);
    }

    long nowMillis() {
        return broker.tickMillis();
    }

    // ---- ending

    /// The log has failed: what is on its way may be on disk, and nobody will tell. On the loop.
    public void onFailed() {
        fail(new Reason.Unavailable("the log has failed; whether this is on disk is unknown"));
    }

    private void fail(Reason reason) {
        closing = true;
        inlet.close(reason);
        lanes.values().forEach(lane -> lane.fail(reason));
        lanes.clear();
        consumers.forEach(LocalConsumer::onFailed);
        List.copyOf(open).forEach(ask -> ask.refuse(reason));
    }

    /// Closes the consumers, lets their handlers end, waits for what is on its way to the disk, and
    /// refuses everything from then on. Handlers may send until they have ended.
    @Override
    public void close() {
        long deadline = System.nanoTime() + config.closeWithin().toNanos();
        List<LocalConsumer<?>> all = new ArrayList<>(consumers);
        List<Ask<Boolean>> cancelled = new ArrayList<>();
        all.forEach(consumer -> cancelled.add(consumer.stop()));
        for (int i = 0; i < all.size(); i++) {
            all.get(i).end(cancelled.get(i), deadline);
        }
        closing = true;
        awaitSent();
        this.<Boolean>ask(
                        ask -> {
                            ask.answer(true);
                            fail(closed());
                        })
                .joinQuietly();
    }

    /// When all permits are back, nothing is on its way.
    private void awaitSent() {
        int all = config.inFlightBytes();
        try {
            if (inFlight.tryAcquire(all, SENT_WITHIN.toNanos(), TimeUnit.NANOSECONDS)) {
                inFlight.release(all);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
