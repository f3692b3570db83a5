package dev.parley.client;

import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// The message that is retained for a topic.
///
/// @param expiresMillis milliseconds since 1970, or null
public record RetainedMessage(
        String topic, int qos, String bodyBase64, @Nullable Long expiresMillis) {
    public byte[] content() {
        return Base64.getDecoder().decode(bodyBase64);
    }
}
