package dev.parley.client;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A message that was looked at or taken.
///
/// @param properties those that are there, under AMQP's names
/// @param body the content where it is UTF-8
/// @param bodyBase64 the content where it is not
/// @param delivery what [AdminClient#settle] wants; null where the message was only looked at
public record Received(
        String exchange,
        String routingKey,
        boolean redelivered,
        Map<String, Object> properties,
        @Nullable String body,
        @Nullable String bodyBase64,
        @Nullable String delivery) {
    public byte[] content() {
        return bodyBase64 == null
                ? String.valueOf(body).getBytes(StandardCharsets.UTF_8)
                : Base64.getDecoder().decode(bodyBase64);
    }
}
