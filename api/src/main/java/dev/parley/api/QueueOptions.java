package dev.parley.api;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// How a queue has to be. The arguments have RabbitMQ's names, so that any AMQP client can declare
/// the same queue; what is not named here goes through [#with].
///
/// @param durable whether it survives a restart
/// @param arguments in the order in which they were given; values as in a [Message]'s headers
public record QueueOptions(boolean durable, Map<String, Object> arguments) {
    /// A durable queue with no bounds and no extras.
    public static final QueueOptions DURABLE = new QueueOptions(true, Map.of());

    /// A queue that a restart of the node removes with all its messages.
    public static final QueueOptions TRANSIENT = new QueueOptions(false, Map.of());

    public QueueOptions {
        arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    }

    /// The same with one argument more, or with another value for it.
    public QueueOptions with(String argument, Object value) {
        Map<String, Object> all = new LinkedHashMap<>(arguments);
        all.put(argument, value);
        return new QueueOptions(durable, all);
    }

    /// At most this many messages wait; a send into a full queue waits, and is refused in the end.
    public QueueOptions lengthMax(long messages) {
        return with("x-max-length", messages).with("x-overflow", "reject-publish");
    }

    /// At most this many bytes of bodies wait; a send into a full queue waits, and is refused in
    /// the end.
    public QueueOptions bytesMax(long bytes) {
        return with("x-max-length-bytes", bytes).with("x-overflow", "reject-publish");
    }

    /// At its bound the queue drops its oldest messages (to the dead letters, if it has an exchange
    /// for them) where it would let a sender wait.
    public QueueOptions dropOldest() {
        return with("x-overflow", "drop-head");
    }

    /// Messages may wait this long, to the millisecond; then they are dead letters, or dropped.
    public QueueOptions ttl(Duration time) {
        return with("x-message-ttl", time.toMillis());
    }

    /// Dead letters go to this queue; it is not made by this.
    public QueueOptions deadLettersTo(String queue) {
        return with("x-dead-letter-exchange", "").with("x-dead-letter-routing-key", queue);
    }

    /// A message whose delivery failed more often than this is a dead letter.
    public QueueOptions deliveryLimit(int failures) {
        return with("x-delivery-limit", failures);
    }

    /// Priorities from 0 to this, at most 255.
    public QueueOptions priorityMax(int highest) {
        return with("x-max-priority", highest);
    }

    /// One consumer at a time gets everything; the next takes over when it goes.
    public QueueOptions singleActiveConsumer() {
        return with("x-single-active-consumer", true);
    }

    /// Messages with one key are handled one after the other, in order, however many consumers
    /// there are and handlers they have; a slow one holds back no other key. One that failed may be
    /// overtaken by those of its key that its consumer has on hand already. Not together with
    /// priorities.
    public QueueOptions orderedByKey() {
        return with("x-group-header", "x-group");
    }

    /// A message that failed is tried again after a while: `first`, then twice that and so on, at
    /// most `most`, varied by a fifth so that not all come at once.
    public QueueOptions retryAfter(Duration first, Duration most) {
        return with("x-delayed-retry-type", "failed")
                .with("x-delayed-retry-min", first.toMillis())
                .with("x-delayed-retry-max", most.toMillis())
                .with("x-delayed-retry-growth", "exponential")
                .with("x-delayed-retry-jitter", 20);
    }

    /// Of messages with one id, the first is taken; repetitions are accepted and dropped for as
    /// long as `window` and 100,000 other ids.
    public QueueOptions idsOnce(Duration window) {
        return with("x-message-deduplication", true).with("x-cache-ttl", window.toMillis());
    }
}
