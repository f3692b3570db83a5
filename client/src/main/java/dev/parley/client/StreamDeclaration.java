package dev.parley.client;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a stream is to be.
///
/// @param subjects filters of topics whose messages it takes
/// @param maxAge how long messages are kept: `7D`, `12h`; null: for ever
/// @param lastPerSubject whether a message makes those before it with the same subject go
/// @param keyHeader the header whose value is a message's key; null: its subject is
public record StreamDeclaration(
        List<String> subjects,
        @Nullable String maxAge,
        @Nullable Long maxBytes,
        @Nullable Long maxMessages,
        boolean lastPerSubject,
        @Nullable String keyHeader) {
    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("subjects", subjects);
        put(json, "max_age", maxAge);
        put(json, "max_bytes", maxBytes);
        put(json, "max_messages", maxMessages);
        json.put("last_per_subject", lastPerSubject);
        put(json, "key_header", keyHeader);
        return json;
    }

    private static void put(Map<String, Object> json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }
}
