package dev.parley.api;

/// What a subscriber does with a message; called on a virtual thread, which it may block.
@FunctionalInterface
public interface Listener<T> {
    /// Deals with one message.
    ///
    /// To return is to acknowledge it. To throw is to fail: the listener is given it again after a
    /// pause ([SubscribeOptions#retryAfter]), while what comes behind it waits, up to
    /// [SubscribeOptions#attempts] times in all. Then a subscription with a name puts it away, into
    /// the queue of that name with `.dead` behind it; one without a name lets it go. Either is
    /// counted and logged.
    void onMessage(Received<T> message) throws Exception;

    /// The message that was kept as the last one of this subject has been removed. Fails and is
    /// tried again as [#onMessage] is.
    default void cleared(String subject) throws Exception {}
}
