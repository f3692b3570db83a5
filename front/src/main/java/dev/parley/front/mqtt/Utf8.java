package dev.parley.front.mqtt;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Text as MQTT has it (1.5.4): well-formed UTF-8 without U+0000, its length in two bytes in front.
final class Utf8 {
    static final int BYTES_MAX = 65_535;

    private Utf8() {}

    /// Reads the length and the text.
    static String read(ByteBuffer in) {
        return text(binary(in));
    }

    /// Reads two bytes of length and as many bytes; a view of `in`.
    static ByteBuffer binary(ByteBuffer in) {
        if (in.remaining() < 2) {
            throw MqttException.malformed("a length is cut short");
        }
        int length = Short.toUnsignedInt(in.getShort());
        if (in.remaining() < length) {
            throw MqttException.malformed(
                    "%d bytes announced where %d are left".formatted(length, in.remaining()));
        }
        ByteBuffer bytes = in.slice(in.position(), length);
        in.position(in.position() + length);
        return bytes;
    }

    /// The text in all of `bytes`.
    @SuppressWarnings("deprecation") // the one way to make a string of bytes that are ASCII at once
    static String text(ByteBuffer bytes) {
        byte[] raw = new byte[bytes.remaining()];
        bytes.get(bytes.position(), raw);
        for (byte b : raw) {
            if (b <= 0) {
                return wide(raw);
            }
        }
        return new String(raw, 0);
    }

    private static String wide(byte[] raw) {
        for (byte b : raw) {
            if (b == 0) {
                throw MqttException.malformed("text with U+0000");
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(raw)).toString();
        } catch (CharacterCodingException e) {
            throw MqttException.malformed("text that is no UTF-8");
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
