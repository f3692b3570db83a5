package dev.parley.api;

import java.util.Collection;
import java.util.List;

/// What whoever looks after a queue can do to it, beside those who send and consume: see single
/// messages wherever they stand, and remove, edit or send them on; stop deliveries for a while.
///
/// Safe for use by many threads. Messages are named by what [#inspect] showed. Those that a
/// consumer has, or that are gone by now, are passed over: what a call returns says how many it
/// concerned. Each call returns when it is done, on disk; every one throws [RefusedException] if
/// the queue is gone, and `InterruptedException` if the thread was interrupted: it may be done, or
/// not.
public interface Operator<T> {
    /// Messages named in one call.
    int ENTRIES_MAX = 1_000;

    /// The messages that a look asks for, from the head of the queue on: highest priority first, in
    /// order, then what is scheduled. All stay where they are.
    ///
    /// Fewer than asked for are all there are, or as many as make 16 MiB together: then look again,
    /// [Look#after] the last of them. Copies messages to test them; a test that fits few of
    /// millions reads them all.
    List<Inspected<T>> inspect(Look<T> look) throws InterruptedException;

    /// Removes messages; returns how many.
    ///
    /// @throws IllegalArgumentException for more than [#ENTRIES_MAX], as others that take many
    long remove(Collection<Inspected<T>> messages) throws InterruptedException;

    /// Puts another message into the place where one leaves, both or neither; returns false if that
    /// one is gone or out at a consumer. The new one takes its place at the end of the queue.
    ///
    /// @throws IllegalArgumentException if the codec cannot write it
    boolean replace(Inspected<T> message, Message<T> with) throws InterruptedException;

    /// Sends messages on to another queue, each as safely as a dead letter: a crash in between
    /// loses none. Returns how many went; one whose way leads nowhere stays.
    long moveTo(String queue, Collection<Inspected<T>> messages) throws InterruptedException;

    /// Sends messages on through an exchange; otherwise as [#moveTo(String, Collection)].
    ///
    /// @param exchange empty for the one that leads to queues by their names
    long moveTo(String exchange, String routingKey, Collection<Inspected<T>> messages)
            throws InterruptedException;

    /// Sends dead letters back, each into the queue that it died in last; otherwise as
    /// [#moveTo(String, Collection)].
    long redrive(Collection<Inspected<T>> messages) throws InterruptedException;

    /// Sends back all that can go of what is there when this begins; returns how many went.
    long redriveAll() throws InterruptedException;

    /// Removes all that is ready; returns how many.
    long purge() throws InterruptedException;

    /// Stops deliveries; senders go on. Survives a restart.
    void pause() throws InterruptedException;

    /// Lets a paused queue deliver again.
    void resume() throws InterruptedException;
}
