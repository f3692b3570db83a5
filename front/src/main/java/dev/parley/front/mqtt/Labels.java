package dev.parley.front.mqtt;

import dev.parley.core.message.ShortText;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What travels with a message besides its payload, for those who do not write properties
/// themselves.
///
/// @param correlation any bytes, as [ShortText#decoded] has them
/// @param user user properties in their order; of a name that comes twice, the last
public record Labels(
        @Nullable String contentType,
        @Nullable String replyTo,
        @Nullable String correlation,
        Map<String, String> user) {

    /// As they stand in [Publication#properties].
    ///
    /// @throws IllegalArgumentException if one of them is no text for MQTT
    public ByteBuffer encoded() {
        PacketWriter.Body out = new PacketWriter.Body();
        out.property(Property.CONTENT_TYPE, contentType == null ? null : checked(contentType));
        out.property(Property.RESPONSE_TOPIC, replyTo == null ? null : checked(replyTo));
        if (correlation != null) {
            byte[] bytes = ShortText.bytes(correlation);
            if (bytes.length > Utf8.BYTES_MAX) {
                throw new IllegalArgumentException(
                        "a correlation id of %d bytes".formatted(bytes.length));
            }
            out.octet(Property.CORRELATION_DATA.id()).binary(ByteBuffer.wrap(bytes));
        }
        user.forEach((name, value) -> out.userProperty(checked(name), checked(value)));
        return out.content();
    }

    private static String checked(String text) {
        if (text.indexOf(0) >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new IllegalArgumentException("text with U+0000 or half a character");
        }
        int bytes = Utf8.bytes(text).length;
        if (bytes > Utf8.BYTES_MAX) {
            throw new IllegalArgumentException("text of %d bytes in a property".formatted(bytes));
        }
        return text;
    }

    /// Reads [Publication#properties].
    public static Labels read(ByteBuffer list) {
        @Nullable String contentType = null;
        @Nullable String replyTo = null;
        @Nullable String correlation = null;
        Map<String, String> user = new LinkedHashMap<>();
        PropertyReader reader = PropertyReader.ofMessage(list);
        Property property;
        while ((property = reader.next()) != null) {
            switch (property) {
                case CONTENT_TYPE -> contentType = reader.text();
                case RESPONSE_TOPIC -> replyTo = reader.text();
                case CORRELATION_DATA -> correlation = decoded(reader.binary());
                case USER_PROPERTY -> user.put(reader.text(), reader.value());
                default -> {
                    // The payload format says nothing that the content type does not.
                }
            }
        }
        return new Labels(contentType, replyTo, correlation, user);
    }

    private static String decoded(ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.get(data.position(), bytes);
        return ShortText.decoded(bytes);
    }
}
