package dev.parley.node.embed;

import dev.parley.api.Codec;
import dev.parley.api.ConsumeOptions;
import dev.parley.api.Delivery;
import dev.parley.api.Handler;
import dev.parley.api.Message;
import dev.parley.api.Operator;
import dev.parley.api.Queue;
import dev.parley.api.QueueOptions;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.queue.PeekedMessage;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.queue.QueueReply;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A queue of the node in this process, as programs use it.
final class LocalQueue<T> implements Queue<T>, LocalDelivery.Settler {
    /// Behind the name of a queue without a dead-letter exchange: where its dead letters go.
    private static final String DEAD = ".dead";

    private static final int PEEK_MAX = 1_000;

    private final EmbeddedQueues queues;
    private final String name;
    private final Codec<T> codec;

    LocalQueue(EmbeddedQueues queues, String name, Codec<T> codec) {
        this.queues = queues;
        this.name = name;
        this.codec = codec;
    }

    @Override
    public String name() {
        return name;
    }

    Codec<T> codec() {
        return codec;
    }

    // ---- sending

    @Override
    public void send(T payload) throws InterruptedException {
        send(Message.of(payload));
    }

    @Override
    public void send(Message<T> message) throws InterruptedException {
        sendAllMessages(List.of(message));
    }

    @Override
    public void sendAll(Collection<? extends T> payloads) throws InterruptedException {
        List<Message<T>> messages = new ArrayList<>(payloads.size());
        payloads.forEach(payload -> messages.add(Message.of(payload)));
        sendAllMessages(messages);
    }

    @Override
    public void sendAllMessages(Collection<Message<T>> messages) throws InterruptedException {
        if (messages.isEmpty()) {
            return;
        }
        // All are written before the first is sent: one that cannot be written stops none halfway.
        List<dev.parley.core.queue.Message> sealed = new ArrayList<>(messages.size());
        messages.forEach(message -> sealed.add(seal(message)));
        Receipt receipt = new Receipt(sealed.size());
        for (dev.parley.core.queue.Message one : sealed) {
            queues.send(name, one, receipt);
        }
        receipt.await();
    }

    @Override
    public CompletableFuture<@Nullable Void> sendAsync(T payload) {
        return sendAsync(Message.of(payload));
    }

    @Override
    public CompletableFuture<@Nullable Void> sendAsync(Message<T> message) {
        Receipt receipt = new Receipt(1);
        try {
            queues.send(name, seal(message), receipt);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            receipt.one(new Reason.Unavailable("interrupted while waiting for room"));
        }
        return receipt.future();
    }

    @Override
    public void schedule(T payload, Instant at) throws InterruptedException {
        schedule(Message.of(payload), at);
    }

    @Override
    public void schedule(Message<T> message, Instant at) throws InterruptedException {
        send(message.withHeader(Envelope.DUE, at.toEpochMilli()));
    }

    private dev.parley.core.queue.Message seal(Message<T> message) {
        return Envelope.sealed(message, name, codec, Instant.now(), queues.messageBytesMax());
    }

    // ---- consuming

    @Override
    public Consumer consume(Handler<T> handler) {
        return consume(handler, ConsumeOptions.DEFAULT);
    }

    @Override
    public Consumer consume(Handler<T> handler, ConsumeOptions options) {
        LocalConsumer<T> consumer = new LocalConsumer<>(queues, this, handler, options);
        queues.programs().begin(consumer, consumer::subscribe);
        return consumer;
    }

    @Override
    public Optional<Delivery<T>> take(Duration timeout) throws InterruptedException {
        AtomicReference<@Nullable Pull> pull = new AtomicReference<>();
        Ask<Optional<Arrival>> ask = pull(timeout, pull);
        try {
            return ask.await().map(this::opened);
        } catch (InterruptedException e) {
            // Behind the pull itself on its way to the loop, so that it is there to be abandoned.
            abandon(pull);
            throw e;
        }
    }

    @Override
    public CompletableFuture<Optional<Delivery<T>>> takeAsync(Duration timeout) {
        AtomicReference<@Nullable Pull> pull = new AtomicReference<>();
        CompletableFuture<Optional<Delivery<T>>> taken =
                pull(timeout, pull)
                        .future()
                        .thenApplyAsync(
                                found -> found.map(this::opened), Thread::startVirtualThread);
        // Completes a second time only if the program has cancelled it.
        CompletableFuture<Optional<Delivery<T>>> handedOut = new CompletableFuture<>();
        taken.whenComplete((found, failure) -> {
            if (failure != null) {
                handedOut.completeExceptionally(unwrapped(failure));
            } else if (!handedOut.complete(found)) {
                found.ifPresent(Delivery::giveBack);
            }
        });
        handedOut.whenComplete((found, failure) -> {
            if (handedOut.isCancelled()) {
                cancel(pull);
            }
        });
        return handedOut;
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure.getCause();
        return cause instanceof RefusedException ? cause : failure;
    }

    private Ask<Optional<Arrival>> pull(Duration timeout, AtomicReference<@Nullable Pull> pull) {
        long millis = timeout.isNegative() ? 0 : toMillis(timeout);
        return queues.ask(ask -> {
            QueueEntry entry = queues.entry(name);
            if (entry == null) {
                ask.refuse(queues.missing(name));
                return;
            }
            Pull one = new Pull(queues, entry, millis, ask);
            pull.set(one);
            one.begin();
        });
    }

    /// Rounds up, and takes what is out of reach for very long.
    private static long toMillis(Duration timeout) {
        long most = Duration.ofDays(3650).toMillis();
        return timeout.compareTo(Duration.ofDays(3650)) > 0
                ? most
                : timeout.plusNanos(999_999).toMillis();
    }

    /// Gives back what was found, if anything, since nobody can see it any more.
    private void abandon(AtomicReference<@Nullable Pull> pull) {
        onPull(pull, Pull::abandon);
    }

    /// Finds nothing, unless something was found already.
    private void cancel(AtomicReference<@Nullable Pull> pull) {
        onPull(pull, Pull::cancel);
    }

    private void onPull(
            AtomicReference<@Nullable Pull> pull, java.util.function.Consumer<Pull> what) {
        queues.<Boolean>ask(ask -> {
            Pull one = pull.get();
            if (one != null) {
                what.accept(one);
            }
            ask.answer(true);
        });
    }

    private Delivery<T> opened(Arrival arrival) {
        Message<T> message;
        try {
            message = Envelope.opened(arrival.properties(), arrival.body(), codec);
        } catch (Exception e) {
            putAway(arrival, "cannot be read: " + e);
            throw unreadable(name, e);
        }
        return new LocalDelivery<>(this, arrival, message);
    }

    /// @throws RefusedException if the codec cannot read it
    static <T> Message<T> opened(
            String queue, ByteBuffer properties, ByteBuffer body, Codec<T> codec) {
        try {
            return Envelope.opened(properties, body, codec);
        } catch (Exception e) {
            throw unreadable(queue, e);
        }
    }

    private static RefusedException unreadable(String queue, Exception e) {
        RefusedException refused =
                new RefusedException(
                        new Reason.Invalid(
                                "a message of queue '%s' cannot be read: %s"
                                        .formatted(queue, e.getMessage())));
        refused.initCause(e);
        return refused;
    }

    // ---- settling what was taken

    @Override
    public void settle(Arrival arrival, Outcome outcome) {
        queues.settle(arrival, outcome, one -> {});
    }

    @Override
    public void putAway(Arrival arrival, String why) {
        Outcome outcome = Outcome.RETURNED;
        try {
            outcome = moveAway(arrival, why);
        } finally {
            settle(arrival, outcome);
        }
    }

    /// Sees to it that the message is safe where it goes, and returns how its delivery then ends.
    ///
    /// @throws RefusedException if it cannot go there
    Outcome moveAway(Arrival arrival, String why) {
        if (arrival.lapsed().get()) {
            // Another has it, and a copy would be one too many.
            return Outcome.FAILED;
        }
        boolean routed = queues.<Boolean>ask(this::askForDeadLetters).join();
        if (routed) {
            return Outcome.REJECTED;
        }
        String dead = name + DEAD;
        queues.open(dead, null);
        Receipt receipt = new Receipt(1);
        queues.sendUninterrupted(
                dead, Envelope.putAway(arrival, name, dead, why, Instant.now()), receipt);
        receipt.join();
        return Outcome.ACKNOWLEDGED;
    }

    private void askForDeadLetters(Ask<Boolean> ask) {
        QueueEntry entry = queues.entry(name);
        // A queue that is gone takes its messages with it.
        ask.answer(entry == null || entry.settings().get("x-dead-letter-exchange") != null);
    }

    // ---- looking

    @Override
    public List<Message<T>> peek(int count) throws InterruptedException {
        if (count < 1 || count > PEEK_MAX) {
            throw new IllegalArgumentException("peek at 1 to 1,000 messages, not " + count);
        }
        List<PeekedMessage> found =
                queues.askQueue(
                                name,
                                (client, queue) ->
                                        new QueueCommand.Peek(client, 1, queue.id(), count),
                                reply -> ((QueueReply.Peeked) reply).messages())
                        .await();
        List<Message<T>> messages = new ArrayList<>(found.size());
        for (PeekedMessage one : found) {
            messages.add(opened(name, one.properties(), one.body(), codec));
        }
        return messages;
    }

    @Override
    public Operator<T> operator() {
        return new LocalOperator<>(queues, name, codec);
    }

    /// Makes sure that the queue is there.
    LocalQueue<T> opened(@Nullable QueueOptions options) {
        queues.open(name, options);
        return this;
    }
}
