package dev.parley.client;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is to be another in a message that stands in a queue; null: it stays as it is.
///
/// @param ttlMillis how long it may wait from now on
/// @param headers those that are to be set; null as a value takes a header away; the others stay
public record Change(
        @Nullable ByteBuffer content,
        @Nullable Integer priority,
        @Nullable Long ttlMillis,
        @Nullable String contentType,
        Map<String, @Nullable Object> headers) {
    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        if (content != null) {
            Outgoing.put(json, content);
        }
        Outgoing.put(json, "priority", priority);
        Outgoing.put(json, "ttl", ttlMillis);
        Outgoing.put(json, "contentType", contentType);
        if (!headers.isEmpty()) {
            json.put("headers", headers);
        }
        return json;
    }
}
