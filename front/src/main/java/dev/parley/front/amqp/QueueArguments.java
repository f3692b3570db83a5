package dev.parley.front.amqp;

import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.ShortText;
import dev.parley.core.queue.Deduplication;
import dev.parley.core.queue.Overflow;
import dev.parley.core.queue.QueueSpec;
import dev.parley.core.queue.Retry;
import dev.parley.front.stream.Retention;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads RabbitMQ's queue arguments. What is malformed is refused with 406 as RabbitMQ does; what
/// is unknown is kept and ignored.
public final class QueueArguments {
    /// Waits before a retry, in milliseconds, where the arguments leave them out.
    private static final long RETRY_FIRST = 1_000;

    private static final long RETRY_MOST = 3_600_000;
    private static final long RETRY_MAX = 315_360_000_000L;

    /// Names remembered, and for how long, where the arguments leave it out.
    private static final int NAMES = 100_000;

    private static final long NAME_MILLIS = 600_000;

    private final FieldTable table;
    private final String queue;

    private QueueArguments(FieldTable table, String queue) {
        this.table = table;
        this.queue = queue;
    }

    /// How a queue behaves by its arguments and its policies. A setting of a policy that does not
    /// go together with its arguments does not count for it, and the others do.
    public static QueueSpec spec(QueueEntry queue) {
        if (queue.isStream()) {
            return QueueSpec.plain(true); // what counts for it stands elsewhere
        }
        FieldTable settings = queue.settings();
        QueueSpec whole = specOrNull(queue, settings);
        if (whole != null) {
            return whole;
        }
        FieldTable kept = queue.arguments();
        QueueSpec spec = spec(queue, kept);
        Set<String> left = new LinkedHashSet<>(settings.names());
        // Some go together with others only, which may come later.
        for (int before = -1; before != left.size(); ) {
            before = left.size();
            for (String name : List.copyOf(left)) {
                FieldValue value = settings.get(name);
                FieldTable more = value == null ? kept : kept.with().put(name, value).build();
                QueueSpec next = specOrNull(queue, more);
                if (next != null) {
                    kept = more;
                    spec = next;
                    left.remove(name);
                }
            }
        }
        return spec;
    }

    private static @Nullable QueueSpec specOrNull(QueueEntry queue, FieldTable settings) {
        try {
            return spec(queue, settings);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static QueueSpec spec(QueueEntry queue, FieldTable settings) {
        return spec(queue.name(), queue.survives(), queue.autoDelete(), settings);
    }

    /// How a queue with these arguments behaves.
    ///
    /// @throws IllegalArgumentException if an argument is malformed; the message names it
    public static QueueSpec spec(
            String queue, boolean durable, boolean autoDelete, FieldTable arguments) {
        if (Retention.isAsked(arguments)) {
            Retention.check(queue, durable, autoDelete, arguments);
            return QueueSpec.plain(true);
        }
        QueueArguments read = new QueueArguments(arguments, queue);
        String exchange = read.name("x-dead-letter-exchange");
        String key = read.name("x-dead-letter-routing-key");
        if (key != null && exchange == null) {
            throw read.invalid("x-dead-letter-routing-key", "routing_key_but_no_dlx_defined");
        }
        String type = read.text("x-queue-type");
        if (type != null && !type.equals("classic") && !type.equals("quorum")) {
            throw read.invalid("x-queue-type", "unsupported queue type '" + type + "'");
        }
        FieldValue single = arguments.get("x-single-active-consumer");
        if (single != null && !(single instanceof FieldValue.Bool)) {
            throw read.invalid("x-single-active-consumer", "not a boolean");
        }
        String group = read.text("x-group-header");
        int priorities = (int) Math.max(0, read.number("x-max-priority", 0, 255));
        if (group != null && priorities > 0) {
            throw read.invalid("x-group-header", "a group has one order, so no priorities");
        }
        int limit = (int) read.number("x-delivery-limit", Integer.MIN_VALUE, Integer.MAX_VALUE);
        return new QueueSpec(
                durable,
                autoDelete,
                read.number("x-message-ttl", 0, 315_360_000_000L),
                read.number("x-expires", 1, 315_360_000_000L),
                read.number("x-max-length", 0, Long.MAX_VALUE),
                read.number("x-max-length-bytes", 0, Long.MAX_VALUE),
                read.overflow(),
                exchange,
                key,
                single instanceof FieldValue.Bool(boolean on) && on,
                priorities,
                arguments.get("x-delivery-limit") == null && "quorum".equals(type)
                        ? 20
                        : Math.max(QueueSpec.NONE, limit),
                read.retry(),
                read.deduplication(),
                read.number("x-consumer-timeout", 1, 315_360_000_000L),
                group);
    }

    private Retry retry() {
        String wanted = text("x-delayed-retry-type");
        String growth = text("x-delayed-retry-growth");
        long min = number("x-delayed-retry-min", 1, RETRY_MAX);
        long max = number("x-delayed-retry-max", 1, RETRY_MAX);
        int jitter = (int) Math.max(0, number("x-delayed-retry-jitter", 0, 100));
        Retry.On on =
                switch (wanted == null ? (min > 0 ? "all" : "disabled") : wanted) {
                    case "disabled" -> Retry.On.NOTHING;
                    case "failed" -> Retry.On.FAILED;
                    case "returned" -> Retry.On.RETURNED;
                    case "all" -> Retry.On.ALL;
                    default ->
                            throw invalid("x-delayed-retry-type", "unknown value '" + wanted + "'");
                };
        if (growth != null && !growth.equals("linear") && !growth.equals("exponential")) {
            throw invalid("x-delayed-retry-growth", "unknown value '" + growth + "'");
        }
        if (on == Retry.On.NOTHING) {
            return Retry.AT_ONCE;
        }
        long first = min < 0 ? RETRY_FIRST : min;
        if (max > 0 && max < first) {
            throw invalid("x-delayed-retry-max", "value " + max + " is below the minimum " + first);
        }
        long most = max > 0 ? max : Math.max(first, RETRY_MOST);
        return new Retry(on, first, most, "exponential".equals(growth), jitter);
    }

    private Deduplication deduplication() {
        FieldValue wanted = table.get("x-message-deduplication");
        if (wanted != null && !(wanted instanceof FieldValue.Bool)) {
            throw invalid("x-message-deduplication", "not a boolean");
        }
        long names = number("x-cache-size", 1, Deduplication.NAMES_MAX);
        long millis = number("x-cache-ttl", 1, 315_360_000_000L);
        if (!(wanted instanceof FieldValue.Bool(boolean on) && on)) {
            return Deduplication.NONE;
        }
        return new Deduplication(
                (int) (names < 0 ? NAMES : names), millis < 0 ? NAME_MILLIS : millis);
    }

    private long number(String name, long least, long most) {
        FieldValue value = table.get(name);
        if (value == null) {
            return QueueSpec.NONE;
        }
        Long number = value.asLong();
        if (number == null) {
            throw invalid(name, "expected integer, got " + FieldValue.kind(value));
        }
        if (number < least || number > most) {
            throw invalid(name, "value " + number + " is out of bounds");
        }
        return number;
    }

    private @Nullable String text(String name) {
        FieldValue value = table.get(name);
        if (value == null) {
            return null;
        }
        String text = value.asText();
        if (text == null) {
            throw invalid(name, "expected string, got " + FieldValue.kind(value));
        }
        return text;
    }

    /// What will stand in a short string of a message.
    private @Nullable String name(String argument) {
        String text = text(argument);
        if (text != null && ShortText.size(text) > ShortText.BYTES_MAX) {
            throw invalid(argument, "longer than 255 bytes");
        }
        return text;
    }

    private Overflow overflow() {
        String wanted = text("x-overflow");
        if (wanted == null) {
            return Overflow.DROP_HEAD;
        }
        for (Overflow overflow : Overflow.values()) {
            if (overflow.argument().equals(wanted)) {
                return overflow;
            }
        }
        throw invalid("x-overflow", "unknown value '" + wanted + "'");
    }

    private IllegalArgumentException invalid(String name, String why) {
        return new IllegalArgumentException(
                "invalid arg '%s' for queue '%s': %s".formatted(name, queue, why));
    }
}
