package dev.parley.api;

/// A message in the hands of one subscriber.
public interface Received<T> {
    Event<T> event();

    default String subject() {
        return event().subject();
    }

    default T payload() {
        return event().payload();
    }

    /// Whether it may have been delivered before.
    boolean redelivered();

    /// How many messages the subscription has missed since the one that it was handed before this.
    long missed();

    /// Done: it does not come again. To return from a [Listener] does the same. A subscription
    /// without a name has nothing to acknowledge. Waits for nobody; an acknowledgement that was not
    /// yet on disk when the node was killed is forgotten, and the message comes again.
    void ack();
}
