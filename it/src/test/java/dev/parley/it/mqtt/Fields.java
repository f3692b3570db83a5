package dev.parley.it.mqtt;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Reads the fields of a packet, and fails the test that reads one which is not there or not right.
final class Fields {

    private final ByteBuffer left;

    Fields(byte[] bytes) {
        this(ByteBuffer.wrap(bytes));
    }

    private Fields(ByteBuffer left) {
        this.left = left;
    }

    boolean any() {
        return left.hasRemaining();
    }

    int u8() {
        return Byte.toUnsignedInt(left.get());
    }

    int u16() {
        return Short.toUnsignedInt(left.getShort());
    }

    long u32() {
        return Integer.toUnsignedLong(left.getInt());
    }

    int varint() {
        int value = 0;
        for (int shift = 0; shift < 28; shift += 7) {
            int next = u8();
            value |= (next & 127) << shift;
            if (next < 128) {
                if (next == 0 && shift > 0) {
                    throw new AssertionError("a number in more bytes than it needs");
                }
                return value;
            }
        }
        throw new AssertionError("a number of more than four bytes");
    }

    byte[] binary() {
        return raw(u16());
    }

    byte[] raw(int length) {
        byte[] bytes = new byte[length];
        left.get(bytes);
        return bytes;
    }

    byte[] rest() {
        return raw(left.remaining());
    }

    /// The next so many bytes as fields of their own.
    Fields part(int length) {
        return new Fields(raw(length));
    }

    String text() {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(binary())).toString();
        } catch (CharacterCodingException e) {
            throw new AssertionError("not UTF-8", e);
        }
    }
}
