package dev.parley.client;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Some messages of a stream, in order.
///
/// @param epoch the history that offsets count in
/// @param next the offset to read on from
/// @param missed messages before the first that were asked for and are kept no more
public record StreamPage(long epoch, List<Kept> messages, long next, long missed) {
    /// A message with its place.
    ///
    /// @param timeMillis when it came, milliseconds since 1970
    /// @param properties those that are there, under AMQP's names
    /// @param body the content where it is UTF-8
    /// @param bodyBase64 the content where it is not
    public record Kept(
            long offset,
            long timeMillis,
            String exchange,
            String routingKey,
            Map<String, Object> properties,
            @Nullable String body,
            @Nullable String bodyBase64) {
        public byte[] content() {
            return bodyBase64 == null
                    ? String.valueOf(body).getBytes(StandardCharsets.UTF_8)
                    : Base64.getDecoder().decode(bodyBase64);
        }
    }
}
