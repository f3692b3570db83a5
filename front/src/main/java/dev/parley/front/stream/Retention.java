package dev.parley.front.stream;

import dev.parley.core.catalog.MaxAge;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.stream.StreamSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the arguments of a queue of the type `stream` say; conditions and texts are RabbitMQ's.
public final class Retention {
    private static final String MAX_AGE = "x-max-age";
    private static final String MAX_BYTES = "x-max-length-bytes";
    private static final String MAX_COUNT = "x-max-length";
    private static final String LAST_PER_SUBJECT = "x-last-per-subject";
    private static final String KEY = "x-stream-key";

    /// What says something about queues whose messages are taken, and nothing about a stream.
    private static final List<String> FOREIGN =
            List.of(
                    "x-message-ttl",
                    "x-expires",
                    "x-overflow",
                    "x-max-priority",
                    "x-queue-mode",
                    "x-queue-version",
                    "x-queue-master-locator",
                    "x-single-active-consumer",
                    "x-delivery-limit",
                    "x-dead-letter-exchange",
                    "x-dead-letter-routing-key",
                    "x-dead-letter-strategy",
                    "x-quorum-initial-group-size",
                    "x-max-in-memory-length",
                    "x-max-in-memory-bytes",
                    "x-group-header",
                    "x-message-deduplication");

    private Retention() {}

    /// Whether the arguments ask for a stream.
    public static boolean isAsked(FieldTable arguments) {
        FieldValue type = arguments.get("x-queue-type");
        return type != null && "stream".equals(type.asText());
    }

    /// What a stream keeps, by its arguments and the policies that count for it. Their bounds of
    /// age and bytes do; a bound of messages is one for queues, as in RabbitMQ.
    public static StreamSpec of(QueueEntry stream) {
        FieldTable settings = stream.settings();
        FieldTable own = stream.arguments();
        FieldValue age = settings.get(MAX_AGE);
        String text = age == null ? null : age.asText();
        Long millis = text == null ? null : MaxAge.millis(text);
        FieldValue last = own.get(LAST_PER_SUBJECT);
        return new StreamSpec(
                millis == null ? StreamSpec.NONE : millis,
                bound(settings.get(MAX_BYTES)),
                bound(own.get(MAX_COUNT)),
                last instanceof FieldValue.Bool(boolean on) && on);
    }

    private static long bound(@Nullable FieldValue value) {
        Long number = value == null ? null : value.asLong();
        return number == null || number < 0 ? StreamSpec.NONE : number;
    }

    /// The header whose value is a message's key, or null: the routing key is.
    public static @Nullable String keyHeader(QueueEntry stream) {
        FieldValue key = stream.arguments().get(KEY);
        return key == null ? null : key.asText();
    }

    /// @throws IllegalArgumentException if there can be no stream like that; the message says why
    public static void check(
            String name, boolean durable, boolean autoDelete, FieldTable arguments) {
        for (String foreign : FOREIGN) {
            if (arguments.get(foreign) != null) {
                throw new IllegalArgumentException(
                        "invalid arg '%s' for queue '%s' of queue type rabbit_stream_queue"
                                .formatted(foreign, name));
            }
        }
        FieldValue age = arguments.get(MAX_AGE);
        if (age != null) {
            String text = age.asText();
            if (text == null) {
                throw invalid(MAX_AGE, name, "{unacceptable_type," + FieldValue.kind(age) + "}");
            }
            if (MaxAge.millis(text) == null) {
                throw invalid(MAX_AGE, name, "invalid_max_age");
            }
        }
        checkNumber(MAX_BYTES, name, arguments);
        checkNumber(MAX_COUNT, name, arguments);
        FieldValue last = arguments.get(LAST_PER_SUBJECT);
        if (last != null && !(last instanceof FieldValue.Bool)) {
            throw invalid(LAST_PER_SUBJECT, name, "not a boolean");
        }
        FieldValue key = arguments.get(KEY);
        if (key != null && key.asText() == null) {
            throw invalid(KEY, name, "expected string, got " + FieldValue.kind(key));
        }
        if (autoDelete) {
            throw new IllegalArgumentException(property("auto-delete", name));
        }
        if (!durable) {
            throw new IllegalArgumentException(property("non-durable", name));
        }
    }

    private static void checkNumber(String argument, String name, FieldTable arguments) {
        FieldValue value = arguments.get(argument);
        if (value == null) {
            return;
        }
        Long number = value.asLong();
        if (number == null) {
            throw invalid(argument, name, "expected integer, got " + FieldValue.kind(value));
        }
        if (number < 0) {
            throw invalid(argument, name, "value " + number + " is out of bounds");
        }
    }

    private static String property(String property, String name) {
        return "invalid property '%s' for queue '%s'".formatted(property, name);
    }

    private static IllegalArgumentException invalid(String argument, String name, String why) {
        return new IllegalArgumentException(
                "invalid arg '%s' for queue '%s': %s".formatted(argument, name, why));
    }
}
