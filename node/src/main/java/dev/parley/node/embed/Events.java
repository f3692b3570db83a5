package dev.parley.node.embed;

import dev.parley.api.Codec;
import dev.parley.api.Event;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import dev.parley.api.Subject;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import dev.parley.core.message.ShortText;
import dev.parley.core.queue.Message;
import dev.parley.front.mqtt.AmqpProperties;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.Publication.Labels;
import dev.parley.front.mqtt.TopicNames;
import dev.parley.front.stream.TopicBindings;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How a message of the API and a message of MQTT are one.
final class Events {
    /// What travels with a message has to fit into one packet of any subscriber.
    private static final int LABELS_MAX = 60 << 10;

    private Events() {}

    /// @param now milliseconds since 1970
    /// @throws IllegalArgumentException if the codec or MQTT has no bytes for it, or its subject is
    ///   the node's own or has more levels than the API takes
    static <T> Publication written(Event<T> event, Codec<T> codec, long now, long bytesMax) {
        String type = event.contentType();
        Labels labels =
                new Labels(
                        type == null ? codec.contentType() : type,
                        event.replyTo(),
                        event.correlationId(),
                        event.headers());
        ByteBuffer list = labels.encoded();
        byte[] payload = Envelope.encoded(event.payload(), codec);
        check("headers and properties", list.remaining(), LABELS_MAX);
        check("payload", payload.length, bytesMax - LABELS_MAX);
        return publication(event, list, ByteBuffer.wrap(payload), now);
    }

    private static Publication publication(
            Event<?> event, ByteBuffer list, ByteBuffer payload, long now) {
        if (TopicNames.isReserved(event.subject())) {
            throw new IllegalArgumentException(
                    "only the node itself publishes to '%s'".formatted(event.subject()));
        }
        if (!AmqpProperties.isTopic(event.subject())) {
            throw new IllegalArgumentException(
                    "'%s' has more than %d levels".formatted(event.subject(), Subject.LEVELS));
        }
        Duration ttl = event.ttl();
        return new Publication(
                event.subject(),
                event.durable() ? 1 : 0,
                event.retained(),
                ttl == null ? Long.MAX_VALUE : now + ttl.toMillis(),
                list,
                payload);
    }

    /// What removes the message that is kept on a subject.
    static Publication clearing(String subject) {
        return publication(
                Event.of(subject, "").withRetained(true),
                ByteBuffer.allocate(0),
                ByteBuffer.allocate(0),
                0);
    }

    /// A message as it goes into a stream, as if it came over topics.
    ///
    /// @throws RefusedException if its subject is too long for that
    static Message kept(Publication message) {
        String key = message.topic().replace('/', '.');
        check("subject", ShortText.size(key), ShortText.BYTES_MAX);
        Publication plain =
                new Publication(
                        message.topic(),
                        1,
                        false,
                        Long.MAX_VALUE,
                        message.properties(),
                        message.payload());
        ByteBuffer list = AmqpProperties.toAmqp(plain, 0);
        return new Message(TopicBindings.EXCHANGE, key, true, 0, -1, list, message.payload());
    }

    /// Whether a message says no more than that the one that was kept is removed.
    static boolean clears(Publication message) {
        return message.retain() && !message.payload().hasRemaining();
    }

    private static void check(String what, int bytes, long most) {
        if (bytes > most) {
            throw new RefusedException(
                    new Reason.Invalid(
                            "the %s of a message are %d bytes, more than %d"
                                    .formatted(what, bytes, most)));
        }
    }

    /// @throws Exception if the codec cannot read it
    static <T> Event<T> read(Publication message, Codec<T> codec, long now) throws Exception {
        Labels labels = Labels.read(message.properties());
        byte[] payload = new byte[message.payload().remaining()];
        message.payload().duplicate().get(payload);
        String type = labels.contentType();
        T value = codec.decode(payload, type == null ? "" : type);
        if (value == null) {
            throw new IllegalArgumentException("the codec found nothing in it");
        }
        return new Event<>(
                message.topic(),
                value,
                labels.user(),
                message.qos() > 0,
                message.retain(),
                left(message.expiresAt(), now),
                type,
                labels.correlation(),
                labels.replyTo());
    }

    static RefusedException unreadable(Publication message, Exception e) {
        RefusedException refused =
                new RefusedException(
                        new Reason.Invalid(
                                "a message on '%s' cannot be read: %s"
                                        .formatted(message.topic(), e.getMessage())));
        refused.initCause(e);
        return refused;
    }

    /// An expiry further away than the API knows is none.
    private static @Nullable Duration left(long expiresAt, long now) {
        Duration left = Duration.ofMillis(Math.max(0, expiresAt - now));
        return left.compareTo(Duration.ofDays(3650)) > 0 ? null : left;
    }

    /// A message as it goes to a queue of messages put away: with its subject and the story in its
    /// headers, and without an expiration.
    static Message putAway(Publication message, String queue, String why, long now) {
        Properties properties = Properties.read(AmqpProperties.toAmqp(message, now));
        FieldTable headers = properties.headers() == null ? FieldTable.EMPTY : properties.headers();
        Properties told =
                properties
                        .withExpiration(null)
                        .withHeaders(
                                headers.with()
                                        .put("x-subject", FieldValue.text(message.topic()))
                                        .put("x-put-away", FieldValue.text(Envelope.shortened(why)))
                                        .build());
        return new Message("", queue, true, 0, -1, told.encoded(), message.payload().duplicate());
    }
}
