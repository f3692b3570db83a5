package dev.parley.core.catalog;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Compares what a second declaration asks for with what there is, and says the first difference in
/// RabbitMQ's words, which clients and people search for.
final class Equivalence {
    private static final String QUEUE_TYPE = "x-queue-type";

    private static final List<String> EXCHANGE_ARGUMENTS = List.of("alternate-exchange");

    /// Arguments that change what a queue does; others are kept and not compared.
    private static final List<String> QUEUE_ARGUMENTS =
            List.of(
                    "x-expires",
                    "x-message-ttl",
                    "x-dead-letter-exchange",
                    "x-dead-letter-routing-key",
                    "x-max-length",
                    "x-max-length-bytes",
                    "x-max-priority",
                    "x-overflow",
                    "x-queue-mode",
                    "x-queue-version",
                    "x-single-active-consumer",
                    QUEUE_TYPE,
                    "x-queue-master-locator",
                    "x-queue-leader-locator",
                    "x-delivery-limit");

    private static final List<String> QUORUM_ARGUMENTS = quorumArguments();

    private static final List<String> STREAM_ARGUMENTS =
            List.of(
                    "x-max-length",
                    "x-max-length-bytes",
                    "x-max-age",
                    "x-stream-max-segment-size-bytes",
                    "x-last-per-subject",
                    "x-stream-key",
                    QUEUE_TYPE,
                    "x-queue-leader-locator",
                    "x-initial-cluster-size");

    private Equivalence() {}

    private static List<String> quorumArguments() {
        List<String> names = new ArrayList<>(QUEUE_ARGUMENTS);
        names.add("x-dead-letter-strategy");
        names.add("x-max-in-memory-length");
        names.add("x-max-in-memory-bytes");
        names.add("x-quorum-initial-group-size");
        return List.copyOf(names);
    }

    /// The first difference, or null.
    static @Nullable String fault(
            Exchange known, Exchange.Type type, CatalogCommand.DeclareExchange declare) {
        String what = "exchange '" + known.name() + "' in vhost '" + declare.host() + "'";
        if (known.type() != type) {
            return field("type", what, type.label(), known.type().label());
        }
        if (known.durable() != declare.durable()) {
            return field("durable", what, declare.durable(), known.durable());
        }
        if (known.autoDelete() != declare.autoDelete()) {
            return field("auto_delete", what, declare.autoDelete(), known.autoDelete());
        }
        if (known.internal() != declare.internal()) {
            return field("internal", what, declare.internal(), known.internal());
        }
        return argument(EXCHANGE_ARGUMENTS, what, declare.arguments(), known.arguments());
    }

    /// The first difference, or null; who holds the queue is not compared here.
    static @Nullable String fault(QueueEntry known, CatalogCommand.DeclareQueue declare) {
        String what = "queue '" + known.name() + "' in vhost '" + known.host() + "'";
        if (known.durable() != declare.durable()) {
            return field("durable", what, declare.durable(), known.durable());
        }
        if (known.autoDelete() != declare.autoDelete()) {
            return field("auto_delete", what, declare.autoDelete(), known.autoDelete());
        }
        List<String> names =
                switch (known.type()) {
                    case "quorum" -> QUORUM_ARGUMENTS;
                    case "stream" -> STREAM_ARGUMENTS;
                    default -> QUEUE_ARGUMENTS;
                };
        return argument(names, what, declare.arguments(), known.arguments());
    }

    private static String field(String name, String what, Object received, Object current) {
        return fault(name, what, "'" + received + "'", "'" + current + "'");
    }

    private static String fault(String name, String what, String received, String current) {
        return "inequivalent arg '%s' for %s: received %s but current is %s"
                .formatted(name, what, received, current);
    }

    private static @Nullable String argument(
            List<String> names, String what, FieldTable received, FieldTable current) {
        for (String name : names) {
            FieldValue wanted = received.get(name);
            FieldValue have = current.get(name);
            if (FieldTable.equivalent(wanted, have)) {
                continue;
            }
            if (wanted != null && have != null) {
                return field(name, what, plain(wanted), plain(have));
            }
            boolean classicBoth =
                    name.equals(QUEUE_TYPE)
                            && queueType(received).equals("classic")
                            && queueType(current).equals("classic");
            if (!classicBoth) {
                return fault(name, what, typed(wanted), typed(have));
            }
        }
        return null;
    }

    private static String queueType(FieldTable arguments) {
        FieldValue type = arguments.get(QUEUE_TYPE);
        String text = type == null ? "classic" : type.asText();
        return text == null ? "" : text;
    }

    private static String typed(@Nullable FieldValue value) {
        return value == null
                ? "none"
                : "the value '" + plain(value) + "' of type '" + FieldValue.kind(value) + "'";
    }

    static Object plain(FieldValue value) {
        if (value instanceof FieldValue.Bool(boolean bool)) {
            return bool;
        }
        Object number = value.asLong();
        return number != null ? number : Objects.requireNonNullElse(value.asText(), value);
    }
}
