package dev.parley.it.routing;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Exchanges, queues and bindings, and what is published to them, one message after the other.
///
/// @param seed makes the same graph again
public record Graph(
        long seed,
        List<Exchange> exchanges,
        List<Queue> queues,
        List<Binding> bindings,
        List<Message> messages) {

    /// @param alternate takes what this one cannot route; need not be there
    record Exchange(String name, String type, boolean internal, Optional<String> alternate) {}

    /// What becomes of the messages that reach a queue.
    enum Fate {
        /// They stay.
        KEEP,
        /// They expire at once.
        EXPIRE,
        /// They expire after a moment.
        EXPIRE_SOON,
        /// There is no room: the oldest is dropped, which is the message itself.
        DROP,
        /// There is no room: the publisher is refused.
        REFUSE,
        /// There is no room: the publisher is refused, and the message dead-lettered.
        REFUSE_AND_BURY,
        /// A consumer rejects each message, but only [#REJECTIONS] times.
        REJECT
    }

    /// How often the consumer of one queue rejects the same message; then it keeps it. Cycles with
    /// a rejection in them go on for ever otherwise.
    static final int REJECTIONS = 2;

    /// @param deadLetterExchange need not be there
    record Queue(
            String name,
            Fate fate,
            boolean durable,
            Optional<String> deadLetterExchange,
            Optional<String> deadLetterKey) {}

    /// @param toQueue whether the destination is a queue, not an exchange
    record Binding(
            String source,
            String destination,
            boolean toQueue,
            String key,
            Map<String, Object> arguments) {}

    /// @param headers but for `CC` and `BCC`
    record Message(
            String body,
            String exchange,
            String key,
            Map<String, Object> headers,
            List<String> copies,
            List<String> blindCopies,
            Optional<String> expiration,
            boolean persistent,
            boolean mandatory) {}

    /// Everything, one thing a line, for whoever looks into a difference.
    @Override
    public String toString() {
        var text = new StringBuilder("graph of seed " + seed + "\n");
        for (List<?> part : List.of(exchanges, queues, bindings, messages)) {
            part.forEach(one -> text.append("  ").append(one).append('\n'));
        }
        return text.toString();
    }
}
