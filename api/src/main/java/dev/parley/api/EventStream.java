package dev.parley.api;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Messages that are kept: whoever reads them takes nothing away, begins where he wants, and goes
/// on with what comes.
///
/// Safe for use by many threads. The messages have the offsets 0, 1, 2, …; those that one thread
/// publishes stand in that order.
///
/// **Reading.** In the order of the offsets, without a gap and without a duplicate, from what is
/// kept on to what comes; each message when it is on disk. A slow reader reads later, from the
/// disk: it holds up nobody, and misses only what the stream keeps no more, which it is told.
///
/// **Cursors.** A cursor is a name for a place that survives readers, programs and the node:
/// everything before it is dealt with. A message may come twice to it: then it says so
/// ([Recorded#redelivered]), but for one that came before the node was started.
///
/// **Back-pressure.** As in a [Topic].
public interface EventStream<T> {
    String name();

    /// Puts a message into this stream, and nowhere else: those who subscribe to its subject get
    /// what is published on a [Topic]. Returns when it is on disk.
    ///
    /// @param subject at most 255 bytes
    /// @throws IllegalArgumentException if the codec cannot write the payload
    /// @throws RefusedException if it is not there; with [Reason.Unavailable] it may be
    /// @throws InterruptedException if the thread was interrupted: it may have been published
    void publish(String subject, T payload) throws InterruptedException;

    /// Publishes a message with its options; otherwise as [#publish(String, Object)]. It is durable
    /// whatever the event says, kept as the stream keeps messages, and has no time to live.
    void publish(Event<T> event) throws InterruptedException;

    /// Publishes many, which share their way to the disk; returns when all of them are there.
    ///
    /// They are not one unit: if this throws, some of them may have been published, in order.
    void publishAll(Collection<Event<T>> events) throws InterruptedException;

    /// Publishes a message; the future completes when [#publish] would return or throw. Otherwise
    /// as [Topic#publishAsync(String, Object)].
    CompletableFuture<@Nullable Void> publishAsync(String subject, T payload);

    /// Publishes a message with its options; otherwise as [#publishAsync(String, Object)].
    CompletableFuture<@Nullable Void> publishAsync(Event<T> event);

    /// Removes the last message of a subject, by an empty one; readers are told
    /// ([StreamListener#cleared]). For streams with [StreamOptions#lastPerSubject].
    void clear(String subject) throws InterruptedException;

    /// Hands messages to a listener until the reader is closed; returns when it has its place.
    Topic.Subscription read(StreamListener<T> listener, ReadOptions options);

    /// Reads as [#read] does, for a program that asks for one message after the other. Concurrency,
    /// attempts and pauses are the program's own.
    Feed<T> feed(ReadOptions options);

    /// Some messages, once.
    ///
    /// @param count at most so many, 1 to 1,000; there are fewer at the end of the stream, and
    ///   after 8 MiB
    /// @throws RefusedException with [Reason.Invalid] if the codec cannot read one of them
    Page<T> page(From from, int count) throws InterruptedException;

    Status status() throws InterruptedException;

    /// Forgets a cursor; a reader that comes with its name begins anew.
    ///
    /// @throws RefusedException with [Reason.NotFound] if there is none, with [Reason.Precondition]
    ///   while somebody reads for it
    void forget(String cursor) throws InterruptedException;

    /// A reader that asks for one message after the other.
    interface Feed<T> extends Topic.Subscription {
        /// The next message, waiting for it if there is none; empty when the time is over.
        ///
        /// With a cursor, what is taken has to be acknowledged: with [ReadOptions#buffer] of them
        /// open, no more come. That a subject was cleared is not told here.
        ///
        /// @param timeout zero or less does not wait
        /// @throws RefusedException if no more will come; with [Reason.Invalid] if the message
        ///   cannot be read by the codec: with a cursor a copy was put away, and the next call goes
        ///   on
        /// @throws InterruptedException if the thread was interrupted: nothing is taken
        Optional<Recorded<T>> next(Duration timeout) throws InterruptedException;
    }

    /// Some messages, in order.
    ///
    /// @param next the offset to read on from
    /// @param missed messages before the first one that were asked for and are kept no more
    record Page<T>(List<Recorded<T>> messages, long next, long missed) {
        public Page {
            messages = List.copyOf(messages);
        }
    }

    /// How a stream stands at one moment.
    ///
    /// @param first the offset of the oldest message that is kept
    /// @param next the offset that the next message gets
    /// @param count how many messages are kept
    /// @param bytes what they take, about
    record Status(long epoch, long first, long next, long count, long bytes, List<Cursor> cursors) {
        public Status {
            cursors = List.copyOf(cursors);
        }
    }

    /// @param offset the first message that is not dealt with
    /// @param readers how many share it now
    /// @param unsettled messages that they have on hand
    record Cursor(String name, long offset, int readers, int unsettled) {}
}
