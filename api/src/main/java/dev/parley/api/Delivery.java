package dev.parley.api;

/// A message in the hands of one consumer. It ends in exactly one way: the first of the three
/// methods that is called counts, and any other is ignored.
///
/// Any thread may settle it. To settle waits for nobody, except that [#putAway] may have to write
/// the message to another queue first. A settlement that was not yet on disk when the node was
/// killed is forgotten: the message comes again, marked as redelivered.
public interface Delivery<T> {
    Message<T> message();

    default T payload() {
        return message().payload();
    }

    /// Whether it may have been delivered before.
    boolean redelivered();

    /// How often it was delivered and failed before this time.
    int failures();

    /// Done: the message is gone.
    void ack();

    /// Back to its place, as if it had not been tried; this does not count as a failure.
    void giveBack();

    /// Ends the attempts: the message goes to the queue's dead-letter exchange or, if it has none,
    /// to the queue of the same name with `.dead` behind it, which is made if it is not there.
    ///
    /// @param why one sentence for a person; stands in the header `x-put-away` of the latter
    void putAway(String why);
}
