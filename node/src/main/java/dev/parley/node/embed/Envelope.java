package dev.parley.node.embed;

import dev.parley.api.Codec;
import dev.parley.api.Message;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.DeathHistory;
import dev.parley.front.amqp.PublishOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a message of the API and a message of AMQP are one.
final class Envelope {
    /// The header that carries a message's key.
    static final String KEY = "x-group";

    /// The header that says when a message is due, in milliseconds since 1970.
    static final String DUE = "x-deliver-at";

    /// A content header has to fit into one frame of any consumer.
    private static final int PROPERTIES_MAX = 60 << 10;

    private static final int TRANSIENT = 1;
    private static final int PERSISTENT = 2;

    private Envelope() {}

    /// @throws IllegalArgumentException if the codec or AMQP has no bytes for it
    static <T> dev.parley.core.queue.Message sealed(
            Message<T> message, String queue, Codec<T> codec, Instant now, long bytesMax) {
        byte[] body = encoded(message.payload(), codec);
        Properties properties = properties(message, codec.contentType(), now);
        ByteBuffer list = properties.encoded();
        check("body", body.length, bytesMax);
        check("headers and properties", list.remaining(), PROPERTIES_MAX);
        PublishOptions options = options(properties, now);
        Duration ttl = message.ttl();
        return new dev.parley.core.queue.Message(
                "",
                queue,
                message.persistent(),
                message.priority(),
                ttl == null ? -1 : ttl.toMillis(),
                options.dueMillis(),
                options.once(),
                list,
                ByteBuffer.wrap(body));
    }

    /// The same headers ask for the same as an AMQP client's.
    private static PublishOptions options(Properties properties, Instant now) {
        try {
            return PublishOptions.read(properties, now.toEpochMilli());
        } catch (IllegalArgumentException e) {
            throw new RefusedException(new Reason.Invalid(String.valueOf(e.getMessage())));
        }
    }

    private static void check(String what, int bytes, long most) {
        if (bytes > most) {
            throw new RefusedException(
                    new Reason.Invalid(
                            "the %s of a message are %d bytes, more than %d"
                                    .formatted(what, bytes, most)));
        }
    }

    static <T> byte[] encoded(T payload, Codec<T> codec) {
        try {
            return codec.encode(payload);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "cannot write a %s as %s"
                            .formatted(payload.getClass().getName(), codec.contentType()),
                    e);
        }
    }

    private static Properties properties(Message<?> message, String contentType, Instant now) {
        Map<String, Object> headers = message.headers();
        if (message.key() != null) {
            headers = new LinkedHashMap<>(headers);
            headers.put(KEY, message.key());
        }
        Duration ttl = message.ttl();
        Instant time = message.time() == null ? now : message.time();
        return new Properties(
                contentType,
                null,
                headers.isEmpty() ? null : Headers.table(headers),
                message.persistent() ? PERSISTENT : TRANSIENT,
                message.priority() == 0 ? null : message.priority(),
                message.correlationId(),
                message.replyTo(),
                ttl == null ? null : Long.toString(ttl.toMillis()),
                message.id(),
                time.getEpochSecond(),
                null,
                null,
                null,
                null);
    }

    /// @throws Exception if the codec cannot read it
    static <T> Message<T> opened(ByteBuffer list, ByteBuffer content, Codec<T> codec)
            throws Exception {
        byte[] body = new byte[content.remaining()];
        content.duplicate().get(body);
        Properties properties = Properties.read(list.duplicate());
        String contentType = properties.contentType();
        T payload = codec.decode(body, contentType == null ? "" : contentType);
        if (payload == null) {
            throw new IllegalArgumentException("the codec found nothing in it");
        }
        FieldTable table = properties.headers();
        Map<String, Object> headers = table == null ? Map.of() : Headers.map(table);
        String key = key(table);
        if (key != null) {
            headers.remove(KEY);
        }
        Integer priority = properties.priority();
        Integer mode = properties.deliveryMode();
        Long timestamp = properties.timestamp();
        return new Message<>(
                payload,
                key,
                headers,
                priority == null ? 0 : priority,
                ttl(properties.expiration()),
                mode != null && mode == PERSISTENT,
                properties.messageId(),
                properties.correlationId(),
                properties.replyTo(),
                timestamp == null ? null : time(timestamp));
    }

    private static @Nullable String key(@Nullable FieldTable table) {
        FieldValue key = table == null ? null : table.get(KEY);
        return key == null ? null : key.asText();
    }

    private static @Nullable Duration ttl(@Nullable String expiration) {
        return expiration == null ? null : Duration.ofMillis(Long.parseLong(expiration));
    }

    /// Senders of other makes put what they like into a timestamp.
    private static @Nullable Instant time(long seconds) {
        boolean known =
                seconds >= Instant.MIN.getEpochSecond() && seconds <= Instant.MAX.getEpochSecond();
        return known ? Instant.ofEpochSecond(seconds) : null;
    }

    /// What was delivered, as it goes to a queue of messages put away: with the story in its
    /// headers, and without an expiration.
    static dev.parley.core.queue.Message putAway(
            Arrival arrival, String from, String to, String why, Instant now) {
        Properties properties = Properties.read(arrival.properties().duplicate());
        DeathHistory.Death death =
                new DeathHistory.Death(
                        from,
                        DeathHistory.Cause.REJECTED,
                        arrival.exchange(),
                        List.of(arrival.routingKey()),
                        now.getEpochSecond());
        Properties dead = DeathHistory.add(properties, death, arrival.failures(), true);
        FieldTable headers = dead.headers() == null ? FieldTable.EMPTY : dead.headers();
        FieldValue reason = FieldValue.text(shortened(why));
        Properties told = dead.withHeaders(headers.with().put("x-put-away", reason).build());
        boolean persistent = Integer.valueOf(PERSISTENT).equals(properties.deliveryMode());
        Integer priority = properties.priority();
        return new dev.parley.core.queue.Message(
                "",
                to,
                persistent,
                priority == null ? 0 : priority,
                -1,
                told.encoded(),
                arrival.body().duplicate());
    }

    static String shortened(String why) {
        return why.length() <= 1000 ? why : why.substring(0, 1000) + " …";
    }
}
