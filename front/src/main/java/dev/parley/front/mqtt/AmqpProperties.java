package dev.parley.front.mqtt;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.MalformedException;
import dev.parley.core.message.Properties;
import dev.parley.core.message.ShortText;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What the properties of a message are called in the other protocol, as RabbitMQ's MQTT plug-in
/// has it; `docs/protocols/mqtt.md` has the table.
public final class AmqpProperties {
    private static final String REPLY_TOPIC = "x-opt-reply-to-topic";
    private static final String CORRELATION = "x-correlation-id";
    private static final String QOS = "x-mqtt-publish-qos";

    private AmqpProperties() {}

    /// Whether messages can be published to it.
    public static boolean isTopic(String name) {
        return TopicNames.isName(name);
    }

    /// Whether it can be subscribed to.
    public static boolean isFilter(String filter) {
        return TopicNames.isFilter(filter);
    }

    /// The property list of a message that was published by MQTT.
    ///
    /// @param now milliseconds since 1970
    public static ByteBuffer toAmqp(Publication message, long now) {
        FieldTable.Builder headers = FieldTable.builder();
        headers.put(QOS, FieldValue.of(message.qos()));
        @Nullable String contentType = null;
        @Nullable String correlation = null;
        PropertyReader reader = PropertyReader.ofMessage(message.properties());
        Property property;
        while ((property = reader.next()) != null) {
            switch (property) {
                case CONTENT_TYPE -> contentType = fitting(reader.binary());
                case CORRELATION_DATA -> {
                    correlation = fitting(reader.binary());
                    if (correlation == null) {
                        headers.put(CORRELATION, binary(reader.binary()));
                    }
                }
                case RESPONSE_TOPIC -> headers.put(REPLY_TOPIC, FieldValue.text(reader.text()));
                case USER_PROPERTY -> {
                    String name = fitting(ByteBuffer.wrap(Utf8.bytes(reader.text())));
                    if (name != null && !name.equals(QOS)) {
                        headers.put(name, FieldValue.text(reader.value()));
                    }
                }
                default -> {
                    // The payload format has no place in AMQP.
                }
            }
        }
        String expiration =
                message.expiresAt() == Long.MAX_VALUE
                        ? null
                        : Long.toString(Math.max(0, message.expiresAt() - now));
        return new Properties(
                        contentType,
                        null,
                        headers.build(),
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
        if (text.remaining() > ShortText.BYTES_MAX) {
            return null;
        }
        byte[] bytes = new byte[text.remaining()];
        text.get(text.position(), bytes);
        return ShortText.decoded(bytes);
    }

    private static FieldValue binary(ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.get(data.position(), bytes);
        return FieldValue.text(new String(bytes, StandardCharsets.ISO_8859_1));
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
        FieldTable headers = from.headers();
        String reply = headers == null ? null : textOf(headers.get(REPLY_TOPIC));
        if (reply != null && TopicNames.isName(reply)) {
            own.property(Property.RESPONSE_TOPIC, reply);
        }
        String correlation = from.correlationId();
        if (correlation != null) {
            own.octet(Property.CORRELATION_DATA.id())
                    .binary(ByteBuffer.wrap(ShortText.bytes(correlation)));
        }
        if (headers != null) {
            for (String header : headers.names()) {
                String value = text(textOf(headers.get(header)));
                String name = text(header);
                if (value != null && name != null && !name.startsWith("x-")) {
                    own.userProperty(name, value);
                }
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

    private static @Nullable String textOf(@Nullable FieldValue value) {
        if (value == null) {
            return null;
        }
        String text = value.asText();
        if (text != null) {
            return text;
        }
        Long number = value.asLong();
        return number == null ? null : number.toString();
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
