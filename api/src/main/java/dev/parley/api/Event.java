package dev.parley.api;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A payload on its subject, and what travels with it; the same message that an MQTT client
/// publishes and receives.
///
/// @param payload written and read by the topic's [Codec]
/// @param headers MQTT's user properties, in their order; all of them at most 60 KiB with what else
///   travels. Other clients may give a name twice: then it is here with the last of its values
/// @param durable whether it goes to disk for those who are to get it whatever happens, MQTT's
///   quality of service 1; if not (0), it goes to those who are there, or to nobody
/// @param retained whether it is kept as the last one of its subject
/// @param ttl how long it may wait for a subscriber, at most ten years; null for as long as it
///   takes. On a message that was received: what was left of it
/// @param contentType null on a message to be published: the codec's
/// @param correlationId of a reply: chosen by who asked
/// @param replyTo the subject that a reply is wanted on
public record Event<T>(
        String subject,
        T payload,
        Map<String, String> headers,
        boolean durable,
        boolean retained,
        @Nullable Duration ttl,
        @Nullable String contentType,
        @Nullable String correlationId,
        @Nullable String replyTo) {
    private static final Duration TTL_MAX = Duration.ofDays(3650);

    public Event {
        Objects.requireNonNull(payload, "payload");
        Subject _ = new Subject(subject);
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
        if (ttl != null && (ttl.isNegative() || ttl.compareTo(TTL_MAX) > 0)) {
            throw new IllegalArgumentException("a time to live is 0 to 3,650 days, not " + ttl);
        }
    }

    /// A durable message without options.
    public static <T> Event<T> of(String subject, T payload) {
        return new Event<>(subject, payload, Map.of(), true, false, null, null, null, null);
    }

    public Event<T> withHeaders(Map<String, String> all) {
        return new Event<>(
                subject, payload, all, durable, retained, ttl, contentType, correlationId, replyTo);
    }

    /// The message with one header more, or with another value in it.
    public Event<T> withHeader(String name, String value) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(name, value);
        return withHeaders(all);
    }

    public Event<T> withDurable(boolean one) {
        return new Event<>(
                subject, payload, headers, one, retained, ttl, contentType, correlationId, replyTo);
    }

    public Event<T> withRetained(boolean one) {
        return new Event<>(
                subject, payload, headers, durable, one, ttl, contentType, correlationId, replyTo);
    }

    public Event<T> withTtl(Duration one) {
        return new Event<>(
                subject,
                payload,
                headers,
                durable,
                retained,
                one,
                contentType,
                correlationId,
                replyTo);
    }

    public Event<T> withContentType(String one) {
        return new Event<>(
                subject, payload, headers, durable, retained, ttl, one, correlationId, replyTo);
    }

    public Event<T> withCorrelationId(String one) {
        return new Event<>(
                subject, payload, headers, durable, retained, ttl, contentType, one, replyTo);
    }

    public Event<T> withReplyTo(String one) {
        return new Event<>(
                subject, payload, headers, durable, retained, ttl, contentType, correlationId, one);
    }
}
