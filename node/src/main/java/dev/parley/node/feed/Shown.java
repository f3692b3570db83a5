package dev.parley.node.feed;

import dev.parley.front.mqtt.Publication;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/// A message as JSON, written once for all who read it.
///
/// @param topic that it was published to
/// @param json an object without its opening brace; others may stand in front of it
/// @param expiresAt milliseconds since 1970; `Long.MAX_VALUE`: never
record Shown(String topic, ByteBuffer json, long expiresAt) {
    /// @param time milliseconds since 1970 at which it came; 0: nobody knows
    static Shown of(Publication message, boolean retained, long time) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        try (JsonGenerator json = JsonMapper.shared().createGenerator(out)) {
            json.writeStartObject();
            json.writeStringProperty("topic", message.topic());
            payload(json, message.payload());
            Publication.Labels labels = Publication.Labels.read(message.properties());
            if (labels.contentType() != null) {
                json.writeStringProperty("contentType", labels.contentType());
            }
            if (!labels.user().isEmpty()) {
                json.writeObjectPropertyStart("properties");
                labels.user().forEach(json::writeStringProperty);
                json.writeEndObject();
            }
            if (time > 0) {
                json.writeNumberProperty("time", time);
            }
            json.writeBooleanProperty("retained", retained);
            json.writeEndObject();
        }
        byte[] bytes = out.toByteArray();
        return new Shown(
                message.topic(),
                ByteBuffer.wrap(bytes, 1, bytes.length - 1).slice(),
                message.expiresAt());
    }

    private static void payload(JsonGenerator json, ByteBuffer payload) {
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(payload.duplicate()).toString();
            json.writeStringProperty("payload", text);
        } catch (CharacterCodingException e) {
            ByteBuffer encoded = Base64.getEncoder().encode(payload.duplicate());
            json.writeStringProperty(
                    "payload", StandardCharsets.ISO_8859_1.decode(encoded).toString());
            json.writeStringProperty("encoding", "base64");
        }
    }

    /// Bytes that it takes in memory, about.
    int weight() {
        return 128 + json.remaining();
    }
}
