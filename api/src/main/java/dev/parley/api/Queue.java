package dev.parley.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A durable mailbox with competing consumers: each message goes to one of them, and it is gone
/// when that one has acknowledged it.
///
/// Safe for use by many threads. Messages of one thread keep their order, within a priority.
/// Delivery is at least once: after a crash, or when a handler failed, a message comes again and
/// says so.
///
/// **Back-pressure.** While the queue is at a bound at which it refuses, the disk has no room or is
/// behind, a send waits, and a future completes later. When that lasts longer than the node's
/// patience (30 s unless it is told otherwise) the send is refused with [Reason.Full].
public interface Queue<T> {
    String name();

    /// Sends a message; returns when it is on disk.
    ///
    /// @throws RefusedException if it is not in the queue; with [Reason.Unavailable] it may be
    /// @throws InterruptedException if the thread was interrupted: it may be in the queue, or not
    /// @throws IllegalArgumentException if the codec cannot write it
    void send(T payload) throws InterruptedException;

    /// Sends a message with its options; otherwise as [#send(Object)].
    void send(Message<T> message) throws InterruptedException;

    /// Sends many, which share their way to the disk; returns when all of them are there.
    ///
    /// They are not one unit: if this throws, some of them may be in the queue, in order.
    void sendAll(Collection<? extends T> payloads) throws InterruptedException;

    /// Sends many with their options; otherwise as [#sendAll].
    void sendAllMessages(Collection<Message<T>> messages) throws InterruptedException;

    /// Sends a message; the future completes when it is on disk, or with a [RefusedException].
    ///
    /// Does not wait for the disk. It waits for room, at most as long as a send may, when so much
    /// is on its way already that the bound for this process (64 MiB) is reached. What depends on
    /// the future runs on a virtual thread.
    CompletableFuture<@Nullable Void> sendAsync(T payload);

    /// Sends a message with its options; otherwise as [#sendAsync(Object)].
    CompletableFuture<@Nullable Void> sendAsync(Message<T> message);

    /// Sends a message that consumers do not see before a given time; returns when it is on disk.
    ///
    /// Any number can be put off, and survive restarts. It is due to the millisecond by the clock
    /// of the node, and takes its place in the queue when it is due. Its time to live begins then.
    ///
    /// @param at at most a hundred years ahead; what is past is due at once
    void schedule(T payload, Instant at) throws InterruptedException;

    /// Sends a message with its options at a given time; otherwise as [#schedule(Object, Instant)].
    void schedule(Message<T> message, Instant at) throws InterruptedException;

    /// Consumes with [ConsumeOptions#DEFAULT]: one message at a time, in order.
    Consumer consume(Handler<T> handler);

    /// Hands messages to a handler until the consumer is closed; returns when it has begun.
    ///
    /// @throws RefusedException if the queue is gone, or somebody else consumes it exclusively
    Consumer consume(Handler<T> handler, ConsumeOptions options);

    /// Takes one message, waiting for it if there is none; empty when the time is over.
    ///
    /// The caller settles the delivery. What it does not settle goes back when the node stops.
    ///
    /// @param timeout zero or less does not wait
    /// @throws RefusedException if the queue is gone; with [Reason.Invalid] if the message cannot
    ///   be read by the codec, and was therefore put away
    /// @throws InterruptedException if the thread was interrupted: nothing is taken
    Optional<Delivery<T>> take(Duration timeout) throws InterruptedException;

    /// As [#take]; what depends on the future runs on a virtual thread.
    CompletableFuture<Optional<Delivery<T>>> takeAsync(Duration timeout);

    /// Looks at the first messages that wait, without taking them.
    ///
    /// @param count at most this many, 1 to 1,000; fewer if they are more than 16 MiB together
    /// @throws RefusedException if the queue is gone; with [Reason.Invalid] if the codec cannot
    ///   read one of them
    List<Message<T>> peek(int count) throws InterruptedException;

    /// What whoever looks after the queue does to it: single messages seen, removed, edited, sent
    /// on; deliveries stopped for a while.
    Operator<T> operator();

    /// One consumer at work.
    interface Consumer extends AutoCloseable {
        /// Whether more messages may come; false when it was closed or the queue is gone.
        boolean running();

        /// Changes how many messages it has on hand at most, while it consumes.
        void prefetch(int most);

        /// Takes no more, waits until the handlers at work have ended (at most
        /// [ConsumeOptions#closeWithin], then they are interrupted), and gives back what no handler
        /// has dealt with. A handler may close its own consumer; it is not waited for.
        @Override
        void close();
    }
}
