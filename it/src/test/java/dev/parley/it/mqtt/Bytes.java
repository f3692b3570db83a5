package dev.parley.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/// Bytes put together in MQTT's encodings, right or wrong.
final class Bytes {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Bytes u8(int value) {
        out.write(value);
        return this;
    }

    Bytes u16(int value) {
        return u8(value >>> 8).u8(value);
    }

    Bytes u32(long value) {
        return u16((int) (value >>> 16)).u16((int) value);
    }

    /// Seven bits a byte, the lowest first, in as few bytes as there need be.
    Bytes varint(int value) {
        int left = value;
        while (left >= 128) {
            u8(left % 128 | 128);
            left /= 128;
        }
        return u8(left);
    }

    Bytes raw(byte[] value) {
        out.writeBytes(value);
        return this;
    }

    Bytes text(String value) {
        return binary(value.getBytes(UTF_8));
    }

    Bytes binary(byte[] value) {
        return u16(value.length).raw(value);
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }
}
