package dev.parley.api;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// How a payload becomes bytes and comes back. Used by many threads at once, never on an event
/// loop.
public interface Codec<T> {
    /// What it writes, as a media type: the `content-type` of the message.
    String contentType();

    /// @throws RuntimeException if it cannot be written; the send fails with an
    ///   `IllegalArgumentException`
    byte[] encode(T payload);

    /// @param contentType as the sender gave it, or empty; senders of other makes may write what
    ///   they like
    /// @throws Exception if this cannot be read; the message is put away
    T decode(byte[] body, String contentType) throws Exception;

    /// Text in UTF-8.
    static Codec<String> text() {
        return new Codec<>() {
            @Override
            public String contentType() {
                return "text/plain; charset=utf-8";
            }

            @Override
            public byte[] encode(String payload) {
                return payload.getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public String decode(byte[] body, String contentType) throws CharacterCodingException {
                return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
            }
        };
    }

    /// Bytes as they are.
    static Codec<byte[]> bytes() {
        return new Codec<>() {
            @Override
            public String contentType() {
                return "application/octet-stream";
            }

            @Override
            public byte[] encode(byte[] payload) {
                return payload.clone();
            }

            @Override
            public byte[] decode(byte[] body, String contentType) {
                return body;
            }
        };
    }
}
