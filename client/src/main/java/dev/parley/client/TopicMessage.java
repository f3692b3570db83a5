package dev.parley.client;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A message to publish to a topic.
///
/// @param retain whether it is kept for those who subscribe later
/// @param expiryMillis how long it is worth having, or null
public record TopicMessage(
        ByteBuffer content,
        int qos,
        boolean retain,
        @Nullable Long expiryMillis,
        @Nullable String contentType) {
    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        json.put("bodyBase64", Base64.getEncoder().encodeToString(bytes));
        json.put("qos", qos);
        json.put("retain", retain);
        if (expiryMillis != null) {
            json.put("expiry", expiryMillis);
        }
        if (contentType != null) {
            json.put("contentType", contentType);
        }
        return json;
    }
}
