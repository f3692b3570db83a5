package dev.parley.node.embed;

import dev.parley.api.Queues;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import dev.parley.api.Streams;
import dev.parley.api.Topics;
import dev.parley.front.amqp.Broker;
import dev.parley.front.amqp.LocalMetrics;
import dev.parley.front.mqtt.MqttBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The programs in the node's own process: their way to the event loop and back, what they have on
/// its way, and who of them is at work.
public final class Programs implements AutoCloseable {
    /// The virtual host that programs are in.
    static final String HOST = "/";

    /// How long the disk may take for the last messages.
    private static final Duration SENT_WITHIN = Duration.ofSeconds(5);

    /// Somebody who is given messages: a consumer, a subscription.
    interface Guest {
        /// Takes no more from now on; any thread.
        Ask<Boolean> stop();

        /// Waits for the program's code at work, interrupts it at the deadline (of
        /// `System.nanoTime`), and gives back what is left.
        ///
        /// @param stopped what [#stop] returned
        void end(Ask<Boolean> stopped, long deadline);

        /// Nothing comes any more, since the log has failed; on the loop.
        void onFailed();
    }

    private final Broker broker;
    private final ScheduledExecutorService loop;
    private final EmbedConfig config;
    private final EmbeddedQueues queues;
    private final EmbeddedTopics topics;
    private final EmbeddedStreams streams;
    private final Inlet inlet;
    private final Answers answers = new Answers();
    private final Semaphore inFlight;
    private final Set<Ask<?>> open = ConcurrentHashMap.newKeySet();
    private final Set<Guest> guests = ConcurrentHashMap.newKeySet();
    private volatile boolean closing;

    /// @param loop the node's event loop, which `broker` and `mqtt` belong to
    public Programs(
            Broker broker, MqttBroker mqtt, ScheduledExecutorService loop, EmbedConfig config) {
        this.broker = broker;
        this.loop = loop;
        this.config = config;
        this.inlet = new Inlet(loop, this::afterTurn);
        this.inFlight = new Semaphore(config.inFlightBytes(), true);
        this.queues = new EmbeddedQueues(this, broker);
        this.topics = new EmbeddedTopics(this, mqtt);
        this.streams = new EmbeddedStreams(this, broker, queues);
    }

    private void afterTurn() {
        queues.flushSettled();
    }

    /// The queues of the virtual host `/`.
    public Queues queues() {
        return queues;
    }

    /// The topics of the virtual host `/`.
    public Topics topics() {
        return topics;
    }

    /// The streams of the virtual host `/`.
    public Streams streams() {
        return streams;
    }

    EmbeddedQueues embeddedQueues() {
        return queues;
    }

    // ---- what is on its way

    /// Takes bytes of the bound on what is on its way; false when that lasts too long.
    boolean reserve(int bytes) throws InterruptedException {
        return inFlight.tryAcquire(bytes, config.patience().toNanos(), TimeUnit.NANOSECONDS);
    }

    void reserveUninterrupted(int bytes) {
        inFlight.acquireUninterruptibly(bytes);
    }

    void release(int bytes) {
        inFlight.release(bytes);
    }

    /// What can be reserved for a message of this size.
    int share(long bytes) {
        return (int) Math.min(bytes, config.inFlightBytes());
    }

    /// Until when something that begins now waits for room, on [#nowMillis].
    long deadlineMillis() {
        return nowMillis() + config.patience().toMillis();
    }

    // ---- the way to the loop and back

    /// Whether nothing new may begin.
    boolean closing() {
        return closing;
    }

    static Reason closed() {
        return new Reason.Unavailable("the node is closed");
    }

    /// What they do is counted here; on the loop.
    LocalMetrics metrics() {
        return broker.localMetrics();
    }

    void add(Inlet.Job job) {
        inlet.add(job);
    }

    Answers answers() {
        return answers;
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

    /// Runs something on the loop after some time; on the loop.
    ScheduledFuture<?> later(long millis, Runnable task) {
        return loop.schedule(task, millis, TimeUnit.MILLISECONDS);
    }

    long nowMillis() {
        return broker.tickMillis();
    }

    // ---- who is at work

    /// Lets a guest begin, and waits until it has.
    void begin(Guest guest, Consumer<Ask<Boolean>> how) {
        if (closing) {
            throw new RefusedException(closed());
        }
        guests.add(guest);
        try {
            ask(how).join();
        } catch (RefusedException e) {
            guests.remove(guest);
            throw e;
        }
    }

    void forget(Guest guest) {
        guests.remove(guest);
    }

    // ---- ending

    /// The log has failed: what is on its way may be on disk, and nobody will tell. On the loop.
    public void onFailed() {
        fail(new Reason.Unavailable("the log has failed; whether this is on disk is unknown"));
    }

    private void fail(Reason reason) {
        closing = true;
        inlet.close(reason);
        queues.fail(reason);
        topics.fail(reason);
        guests.forEach(Guest::onFailed);
        List.copyOf(open).forEach(ask -> ask.refuse(reason));
    }

    /// Closes consumers and subscriptions, lets their handlers end, waits for what is on its way to
    /// the disk, and refuses everything from then on. Handlers may send until they have ended.
    @Override
    public void close() {
        long deadline = System.nanoTime() + config.closeWithin().toNanos();
        List<Guest> all = new ArrayList<>(guests);
        List<Ask<Boolean>> stopped = new ArrayList<>();
        all.forEach(guest -> stopped.add(guest.stop()));
        for (int i = 0; i < all.size(); i++) {
            all.get(i).end(stopped.get(i), deadline);
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
