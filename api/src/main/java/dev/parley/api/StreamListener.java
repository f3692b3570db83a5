package dev.parley.api;

/// What a reader of a stream does with a message; called on a virtual thread, which it may block.
@FunctionalInterface
public interface StreamListener<T> {
    /// Deals with one message.
    ///
    /// To return is to be done with it: the reader's cursor, if it has one, moves on. To throw is
    /// to fail: the listener is given it again after a pause ([ReadOptions#retryAfter]), while what
    /// comes behind it waits, up to [ReadOptions#attempts] times in all. Then a reader with a
    /// cursor puts a copy away, into the queue `STREAM.CURSOR.dead`, and goes on; one without a
    /// cursor goes on. Either is counted and logged.
    void onMessage(Recorded<T> message) throws Exception;

    /// The last message of this subject has been removed, in a stream that keeps these. Fails and
    /// is tried again as [#onMessage] is.
    default void cleared(String subject) throws Exception {}
}
