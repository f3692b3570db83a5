package dev.parley.front.mqtt;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.MalformedException;
import dev.parley.core.message.Properties;
import dev.parley.core.message.ShortText;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the properties of a message are called in the other protocol, as RabbitMQ's MQTT plug-in
/// has it; `docs/protocols/mqtt.md` has the table.
public final class AmqpProperties {
    private static final String REPLY_TOPIC = "x-reply-to-topic";

    /// What RabbitMQ's documentation calls it.
    private static final String OTHER_REPLY_TOPIC = "x-opt-reply-to-topic";

    private static final String CORRELATION = "x-correlation-id";
    private static final String QOS = "x-mqtt-publish-qos";

    /// Headers that are no user property: the node writes them, and knows what they mean.
    private static final Set<String> OWN = Set.of(REPLY_TOPIC, OTHER_REPLY_TOPIC, CORRELATION, QOS);

    private AmqpProperties() {}

    /// Whether messages can be published to it.
    public static boolean isTopic(String name) {
        return TopicNames.isName(name);
    }

    /// Whether it can be subscribed to.
    public static boolean isFilter(String filter) {
        return TopicNames.isFilter(filter);
    }

    /// Whether it is a filter of topics alone: no shared subscription, and no name of a stream.
    public static boolean isTopicFilter(String filter) {
        return isFilter(filter) && !Filters.shared(filter) && !StreamReadings.isStream(filter);
    }

    /// The property list of a message that was published by MQTT.
    ///
    /// @param now milliseconds since 1970
    public static ByteBuffer toAmqp(Publication message, long now) {
        Map<String, FieldValue> headers = new LinkedHashMap<>();
        headers.put(QOS, FieldValue.of(message.qos()));
        Map<String, FieldValue> user = new LinkedHashMap<>();
        @Nullable String contentType = null;
        @Nullable String correlation = null;
        PropertyReader reader = PropertyReader.ofMessage(message.properties());
        Property property;
        while ((property = reader.next()) != null) {
            switch (property) {
                case CONTENT_TYPE -> contentType = fitting(reader.binary());
                case CORRELATION_DATA -> {
                    correlation = readable(reader.binary());
                    if (correlation == null) {
                        headers.put(CORRELATION, FieldValue.text(bytes(reader.binary())));
                    }
                }
                case RESPONSE_TOPIC ->
                        headers.put(REPLY_TOPIC, FieldValue.text(Access.key(reader.text())));
                case USER_PROPERTY -> {
                    String name = fitting(ByteBuffer.wrap(Utf8.bytes(reader.text())));
                    if (name != null) {
                        user.putIfAbsent(name, FieldValue.text(reader.value()));
                    }
                }
                default -> {
                    // The payload format has no place in AMQP.
                }
            }
        }
        FieldTable.Builder all = FieldTable.builder();
        headers.forEach(all::put);
        user.forEach((name, value) -> {
            if (!headers.containsKey(name)) {
                all.put(name, value);
            }
        });
        String expiration =
                message.expiresAt() == Long.MAX_VALUE
                        ? null
                        : Long.toString(Math.max(0, message.expiresAt() - now));
        return new Properties(
                        contentType,
                        null,
                        all.build(),
                        message.qos() > 0 ? 2 : 1,
                        null,
                        correlation,
                        null,
                        expiration,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null)
                .encoded();
    }

    private static @Nullable String fitting(ByteBuffer text) {
        return text.remaining() > ShortText.BYTES_MAX ? null : ShortText.decoded(bytes(text));
    }

    /// Correlation data that AMQP's clients can read as a short text, or null.
    private static @Nullable String readable(ByteBuffer data) {
        try {
            return data.remaining() > ShortText.BYTES_MAX ? null : Utf8.text(data);
        } catch (MqttException e) {
            return null; // any bytes are allowed there
        }
    }

    private static byte[] bytes(ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.get(data.position(), bytes);
        return bytes;
    }

    /// The topic that a routing key names, or null: it is none that can be published to.
    public static @Nullable String topic(String routingKey) {
        String topic = text(routingKey);
        String named = topic == null ? null : topic.replace('.', '/').replace('*', '+');
        return named != null && TopicNames.isName(named) ? named : null;
    }

    /// A message that was published by AMQP, for those who subscribe by MQTT.
    ///
    /// @param list its encoded properties
    /// @param now milliseconds since 1970
    public static Publication toMqtt(
            String routingKey, ByteBuffer list, ByteBuffer body, long now) {
        Properties from = Properties.read(list.duplicate());
        PacketWriter.Body own = new PacketWriter.Body();
        own.property(Property.CONTENT_TYPE, text(from.contentType()));
        FieldTable headers = from.headers() == null ? FieldTable.EMPTY : from.headers();
        FieldValue reply = headers.get(REPLY_TOPIC);
        String key = textOf(reply == null ? headers.get(OTHER_REPLY_TOPIC) : reply);
        own.property(Property.RESPONSE_TOPIC, key == null ? null : topic(key));
        byte[] correlation = correlation(from.correlationId(), headers.get(CORRELATION));
        if (correlation != null) {
            own.octet(Property.CORRELATION_DATA.id()).binary(ByteBuffer.wrap(correlation));
        }
        for (String header : headers.names()) {
            String value = text(textOf(headers.get(header)));
            String name = text(header);
            if (value != null && name != null && !OWN.contains(name)) {
                own.userProperty(name, value);
            }
        }
        return new Publication(
                routingKey.replace('.', '/'),
                from.deliveryMode() != null && from.deliveryMode() == 2 ? 1 : 0,
                false,
                expiresAt(from.expiration(), now),
                own.content(),
                body);
    }

    /// A message that a stream keeps, on its own topic. It does not expire: it is history.
    ///
    /// @param list its encoded properties
    /// @param otherwise the topic of a message whose routing key is none
    public static Publication ofStream(
            String routingKey, ByteBuffer list, ByteBuffer body, String otherwise) {
        Publication plain = toMqtt(routingKey, list, body, 0);
        String topic = topic(routingKey);
        return new Publication(
                topic == null ? otherwise : topic,
                plain.qos(),
                false,
                Long.MAX_VALUE,
                plain.properties(),
                plain.payload());
    }

    private static long expiresAt(@Nullable String expiration, long now) {
        if (expiration == null) {
            return Long.MAX_VALUE;
        }
        try {
            return now + Long.parseLong(expiration);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE; // it was checked when it was published
        }
    }

    private static byte @Nullable [] correlation(
            @Nullable String property, @Nullable FieldValue header) {
        byte[] bytes =
                property != null
                        ? ShortText.bytes(property)
                        : header instanceof FieldValue.Bytes data ? data.copy() : null;
        return bytes == null || bytes.length > Utf8.BYTES_MAX ? null : bytes;
    }

    /// A header in words, as RabbitMQ puts it, or null: it is bytes, a decimal number, a list or a
    /// table.
    private static @Nullable String textOf(@Nullable FieldValue value) {
        return switch (value) {
            case null -> null;
            case FieldValue.Whole whole -> Long.toString(whole.value());
            case FieldValue.Timestamp(long seconds) -> Long.toString(seconds);
            case FieldValue.Bool(boolean truth) -> Boolean.toString(truth);
            case FieldValue.Float32(float number) -> Float.toString(number);
            case FieldValue.Float64(double number) -> Double.toString(number);
            case FieldValue.Absent _ -> "";
            case FieldValue.Bytes bytes -> bytes.asText();
            case FieldValue.Decimal _, FieldValue.Array _, FieldValue.Table _ -> null;
        };
    }

    /// Text as MQTT allows it, or null.
    private static @Nullable String text(@Nullable String text) {
        if (text == null) {
            return null;
        }
        byte[] bytes = ShortText.bytes(text);
        if (bytes.length > Utf8.BYTES_MAX) {
            return null;
        }
        try {
            return Utf8.text(ByteBuffer.wrap(bytes));
        } catch (MqttException | MalformedException e) {
            return null; // AMQP lets clients put any bytes there
        }
    }
}
