package dev.parley.api;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The subjects under a filter: what is published on one of them goes to everybody who subscribes,
/// here, by MQTT, or as a queue that is bound to `amq.topic`.
///
/// Safe for use by many threads. Messages that one thread publishes reach each subscriber in that
/// order.
///
/// **Who gets what.** A subscription with a name outlives its program and the node: a message for
/// it is on disk when [#publish] returns, and comes until it has been acknowledged. A subscription
/// without a name gets what is published while it is there; if its program is too slow, it loses
/// messages as [SubscribeOptions#overflow] says and is told how many.
///
/// **Back-pressure.** While the disk has no room or is behind, a publish waits, and a future
/// completes later. When that lasts longer than the node's patience (30 s unless it is told
/// otherwise) the publish is refused with [Reason.Full].
public interface Topic<T> {
    String filter();

    /// Publishes a message that is durable; returns when it is on disk wherever it is to outlive
    /// the node, or has been handed on if it is nowhere.
    ///
    /// @throws IllegalArgumentException if the subject is not under the filter, or the codec cannot
    ///   write the payload
    /// @throws RefusedException if not everybody has it; with [Reason.Unavailable] they may
    /// @throws InterruptedException if the thread was interrupted: it may have been published
    void publish(String subject, T payload) throws InterruptedException;

    /// Publishes a message with its options; otherwise as [#publish(String, Object)].
    void publish(Event<T> event) throws InterruptedException;

    /// Publishes many, which share their way to the disk; returns when all of them are there.
    ///
    /// They are not one unit: if this throws, some of them may have been published, in order.
    void publishAll(Collection<Event<T>> events) throws InterruptedException;

    /// Publishes a message; the future completes when [#publish] would return or throw.
    ///
    /// Does not wait for the disk. It waits for room, at most as long as a publish may, when so
    /// much is on its way already that the bound for this process (64 MiB) is reached. What depends
    /// on the future runs on a virtual thread.
    CompletableFuture<@Nullable Void> publishAsync(String subject, T payload);

    /// Publishes a message with its options; otherwise as [#publishAsync(String, Object)].
    CompletableFuture<@Nullable Void> publishAsync(Event<T> event);

    /// Publishes a message and keeps it as the last one of its subject, for [#last] and for those
    /// who subscribe later.
    default void retain(String subject, T payload) throws InterruptedException {
        publish(Event.of(subject, payload).withRetained(true));
    }

    /// Removes the message that is kept as the last one of a subject; subscribers are told
    /// ([Listener#cleared]).
    void clear(String subject) throws InterruptedException;

    /// Subscribes with [SubscribeOptions#DEFAULT]: in order, for as long as it is open.
    Subscription subscribe(Listener<T> listener);

    /// Hands messages to a listener until the subscription is closed; returns when it stands: what
    /// is published from then on reaches it.
    ///
    /// @throws RefusedException with [Reason.Locked] if this program has a subscription of this
    ///   name already
    Subscription subscribe(Listener<T> listener, SubscribeOptions options);

    /// Subscribes with [SubscribeOptions#DEFAULT], for a program that asks for one message after
    /// the other.
    Feed<T> feed();

    /// Subscribes as [#subscribe(Listener, SubscribeOptions)] does, for a program that asks for one
    /// message after the other. Concurrency, attempts and pauses are the program's own.
    Feed<T> feed(SubscribeOptions options);

    /// The message that is kept as the last one of a subject.
    ///
    /// @throws RefusedException with [Reason.Invalid] if the codec cannot read it
    Optional<Event<T>> last(String subject) throws InterruptedException;

    /// The messages that are kept under this topic's filter, in the order of their subjects. They
    /// are fetched a few at a time, so that any number may be kept; those that are changed
    /// meanwhile are seen as they were or as they are.
    ///
    /// @throws RefusedException with [Reason.Invalid] if the codec cannot read one of them
    default List<Event<T>> lasts() throws InterruptedException {
        return lasts(filter());
    }

    /// The same under another filter, so far as they are under this topic's too.
    List<Event<T>> lasts(String filter) throws InterruptedException;

    /// One subscriber at work.
    interface Subscription extends AutoCloseable {
        /// Whether more messages may come; false when it was closed, or somebody ended it or
        /// deleted its stream.
        boolean running();

        /// Messages that it did not get: since its program was too slow for them or, of a stream,
        /// since they are kept no more.
        long missed();

        /// Messages that its listener could not deal with, or its codec could not read.
        long failed();

        /// Takes no more, waits until the listener is done with what it has (at most
        /// [SubscribeOptions#closeWithin], then it is interrupted). What is not acknowledged by
        /// then comes again when the name subscribes again, or to whoever reads for the cursor;
        /// without a name it is lost. A listener may close its own subscription; it is not waited
        /// for.
        @Override
        void close();
    }

    /// A subscriber that asks for one message after the other.
    interface Feed<T> extends Subscription {
        /// The next message, waiting for it if there is none; empty when the time is over.
        ///
        /// With a name, what is taken has to be acknowledged: with [SubscribeOptions#buffer] of
        /// them open, no more come. That a subject was cleared is not told here.
        ///
        /// @param timeout zero or less does not wait
        /// @throws RefusedException if no more will come; with [Reason.Invalid] if the message
        ///   cannot be read by the codec: with a name it was put away, and the next call goes on
        /// @throws InterruptedException if the thread was interrupted: nothing is taken
        Optional<Received<T>> next(Duration timeout) throws InterruptedException;
    }
}
