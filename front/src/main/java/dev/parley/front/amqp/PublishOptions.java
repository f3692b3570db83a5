package dev.parley.front.amqp;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.Once;
import org.jspecify.annotations.Nullable;

/// What a publisher asks for beyond AMQP, in headers that any client can set:
///
/// | header | asks |
/// | --- | --- |
/// | `x-delay` | to wait so many milliseconds before consumers see the message |
/// | `x-deliver-at` | to wait until then: a timestamp, or milliseconds since 1970 |
/// | `x-publisher-id`, `x-publisher-sequence` | to take effect once, whoever repeats it |
/// | `x-deduplication-header` (or the property message-id) | the same, in queues that look at names |
///
/// @param dueMillis when consumers may see it, milliseconds since 1970; 0: at once
public record PublishOptions(long dueMillis, @Nullable Once once) {
    static final PublishOptions NONE = new PublishOptions(0, null);

    /// The furthest that a message can be put off: a hundred years.
    private static final long DELAY_MAX = 100L * 365 * 24 * 3600 * 1000;

    /// @throws IllegalArgumentException for a header that makes no sense; the message names it
    public static PublishOptions read(Properties properties, long nowMillis) {
        FieldTable headers = properties.headers();
        String messageId = properties.messageId();
        if (headers == null) {
            return messageId == null ? NONE : new PublishOptions(0, new Once.Named(messageId));
        }
        long due = due(headers, nowMillis);
        Once once = once(headers, messageId);
        return due == 0 && once == null ? NONE : new PublishOptions(due, once);
    }

    private static long due(FieldTable headers, long now) {
        FieldValue at = headers.get("x-deliver-at");
        FieldValue delay = headers.get("x-delay");
        long wait = 0;
        if (at instanceof FieldValue.Timestamp(long seconds)) {
            long bounded = Math.max(0, Math.min(seconds, Long.MAX_VALUE / 2000));
            wait = bounded * 1000 - now;
        } else if (at != null) {
            wait = whole(at, "x-deliver-at") - now;
        } else if (delay != null) {
            wait = whole(delay, "x-delay");
        }
        if (wait > DELAY_MAX) {
            throw new IllegalArgumentException(
                    "a message can be put off for at most %d ms, not %d"
                            .formatted(DELAY_MAX, wait));
        }
        return wait <= 0 ? 0 : now + wait;
    }

    private static long whole(FieldValue value, String header) {
        Long number = value.asLong();
        if (number == null) {
            throw new IllegalArgumentException(
                    "header '%s': expected integer, got %s"
                            .formatted(header, FieldValue.kind(value)));
        }
        return number;
    }

    private static @Nullable Once once(FieldTable headers, @Nullable String messageId) {
        FieldValue publisher = headers.get("x-publisher-id");
        FieldValue sequence = headers.get("x-publisher-sequence");
        if (publisher != null && sequence != null) {
            String name = publisher.asText();
            if (name == null || AmqpConnection.utf8(name).length > 255) {
                throw new IllegalArgumentException(
                        "header 'x-publisher-id': expected at most 255 bytes of text");
            }
            long number = whole(sequence, "x-publisher-sequence");
            if (number < 0) {
                throw new IllegalArgumentException(
                        "header 'x-publisher-sequence': expected 0 or more, got " + number);
            }
            return new Once.Numbered(name, number);
        }
        FieldValue named = headers.get("x-deduplication-header");
        String name = named == null ? messageId : named.asText();
        if (name == null && named != null && named.asLong() != null) {
            name = String.valueOf(named.asLong());
        }
        return name == null ? null : new Once.Named(name);
    }
}
