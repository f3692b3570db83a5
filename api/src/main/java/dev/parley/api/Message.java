package dev.parley.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A payload and what travels with it; the same message that an AMQP client sends and receives.
///
/// Headers that ask the node for something (`x-delay`, `x-publisher-id` and so on) do so as they do
/// for an AMQP client.
///
/// @param payload written and read by the queue's [Codec]
/// @param key messages with one key belong together, and are handled one after the other in a queue
///   that is [QueueOptions#orderedByKey]; travels as the header `x-group`
/// @param headers values are text, booleans, `Integer`, `Long`, `Double`, `byte[]`, [Instant] to
///   the second, and lists and maps of those; with all else at most 60 KiB
/// @param priority 0 to 255; counts in queues that have priorities
/// @param ttl how long it may wait, at most ten years; null for as long as the queue allows
/// @param persistent whether it survives a restart, in a queue that does; if not, it is sent when
///   the queue has it in memory
/// @param id chosen by the sender, at most 255 bytes, like the two that follow; a queue that is
///   [QueueOptions#idsOnce] takes a message with one id once
/// @param correlationId of a reply: the id of what it replies to
/// @param replyTo the queue that a reply is wanted in
/// @param time when it was sent, to the second; set by a send where it is null
public record Message<T>(
        T payload,
        @Nullable String key,
        Map<String, Object> headers,
        int priority,
        @Nullable Duration ttl,
        boolean persistent,
        @Nullable String id,
        @Nullable String correlationId,
        @Nullable String replyTo,
        @Nullable Instant time) {
    private static final Duration TTL_MAX = Duration.ofDays(3650);

    public Message {
        Objects.requireNonNull(payload, "payload");
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
        if (priority < 0 || priority > 255) {
            throw new IllegalArgumentException("a priority is 0 to 255, not " + priority);
        }
        if (ttl != null && (ttl.isNegative() || ttl.compareTo(TTL_MAX) > 0)) {
            throw new IllegalArgumentException("a time to live is 0 to 3,650 days, not " + ttl);
        }
    }

    /// A persistent message without options.
    public static <T> Message<T> of(T payload) {
        return new Message<>(payload, null, Map.of(), 0, null, true, null, null, null, null);
    }

    public Message<T> withKey(String one) {
        return new Message<>(
                payload, one, headers, priority, ttl, persistent, id, correlationId, replyTo, time);
    }

    public Message<T> withHeaders(Map<String, Object> all) {
        return new Message<>(
                payload, key, all, priority, ttl, persistent, id, correlationId, replyTo, time);
    }

    /// The message with one header more, or with another value in it.
    public Message<T> withHeader(String name, Object value) {
        Map<String, Object> all = new LinkedHashMap<>(headers);
        all.put(name, value);
        return withHeaders(all);
    }

    public Message<T> withPriority(int one) {
        return new Message<>(
                payload, key, headers, one, ttl, persistent, id, correlationId, replyTo, time);
    }

    public Message<T> withTtl(Duration one) {
        return new Message<>(
                payload, key, headers, priority, one, persistent, id, correlationId, replyTo, time);
    }

    public Message<T> withPersistent(boolean one) {
        return new Message<>(
                payload, key, headers, priority, ttl, one, id, correlationId, replyTo, time);
    }

    public Message<T> withId(String one) {
        return new Message<>(
                payload,
                key,
                headers,
                priority,
                ttl,
                persistent,
                one,
                correlationId,
                replyTo,
                time);
    }

    public Message<T> withCorrelationId(String one) {
        return new Message<>(
                payload, key, headers, priority, ttl, persistent, id, one, replyTo, time);
    }

    public Message<T> withReplyTo(String one) {
        return new Message<>(
                payload, key, headers, priority, ttl, persistent, id, correlationId, one, time);
    }
}
