package dev.parley.api;

import java.nio.charset.StandardCharsets;

/// The name of a place that messages go to: levels joined by `/`, such as `orders/eu/created`.
///
/// At most [#BYTES_MAX] bytes of UTF-8 and [#LEVELS] levels; no wildcard, no NUL and no half of a
/// surrogate pair. Subjects that start with `$` are the system's. A node may be told to take more
/// levels from its MQTT clients, so that what comes from there has up to [#LEVELS_MAX].
public record Subject(String name) {
    public static final int BYTES_MAX = 1024;
    public static final int LEVELS = 64;
    public static final int LEVELS_MAX = 256;

    public Subject {
        check(name);
        if (name.indexOf('+') >= 0 || name.indexOf('#') >= 0) {
            throw new IllegalArgumentException("a subject holds no wildcard: " + name);
        }
    }

    public boolean isSystem() {
        return name.startsWith("$");
    }

    static void check(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a subject has at least one character");
        }
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a subject has at most " + BYTES_MAX + " bytes, not " + bytes);
        }
        int levels = 1;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == 0) {
                throw new IllegalArgumentException("a subject holds no NUL character");
            }
            if (c == '/') {
                levels++;
            } else if (Character.isSurrogate(c)) {
                if (i + 1 == name.length() || !Character.isSurrogatePair(c, name.charAt(i + 1))) {
                    throw new IllegalArgumentException(
                            "a subject holds no half of a surrogate pair");
                }
                i++;
            }
        }
        if (levels > LEVELS_MAX) {
            throw new IllegalArgumentException(
                    "a subject has at most " + LEVELS_MAX + " levels, not " + levels);
        }
    }
}
