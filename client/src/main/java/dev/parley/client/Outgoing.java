package dev.parley.client;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A message to publish.
///
/// @param persistent whether it is to survive a restart
/// @param ttlMillis how long it may wait, or null
public record Outgoing(
        ByteBuffer content,
        boolean persistent,
        @Nullable Integer priority,
        @Nullable Long ttlMillis,
        @Nullable String contentType,
        Map<String, Object> headers) {
    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        put(json, content);
        json.put("persistent", persistent);
        put(json, "priority", priority);
        put(json, "ttl", ttlMillis);
        put(json, "contentType", contentType);
        if (!headers.isEmpty()) {
            json.put("headers", headers);
        }
        return json;
    }

    /// As text where it is UTF-8.
    static void put(Map<String, Object> json, ByteBuffer content) {
        try {
            CharSequence text = StandardCharsets.UTF_8.newDecoder().decode(content.duplicate());
            json.put("body", text.toString());
        } catch (CharacterCodingException e) {
            byte[] bytes = new byte[content.remaining()];
            content.duplicate().get(bytes);
            json.put("bodyBase64", Base64.getEncoder().encodeToString(bytes));
        }
    }

    static void put(Map<String, Object> json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }
}
