package dev.parley.bench.load;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The encoding of AMQP 0-9-1: methods as whole frames of channel 0 or 1.
final class Frames {

    static final byte METHOD = 1;
    static final byte HEADER = 2;
    static final byte BODY = 3;
    static final byte END = (byte) 0xCE;

    /// Bytes before a frame's payload.
    static final int HEAD = 7;

    /// Bytes of a frame beside its payload.
    static final int OVERHEAD = HEAD + 1;

    private static final byte LONG_STRING = 'S';

    private Frames() {}

    /// What comes behind a method's two numbers, written by a lambda.
    interface Arguments {
        void write(DataOutputStream out) throws IOException;
    }

    /// Class and method in one number, as they stand in a frame.
    static int code(int classId, int methodId) {
        return classId << 16 | methodId;
    }

    static byte[] method(int channel, int code, Arguments arguments) {
        return frame(
                METHOD,
                channel,
                out -> {
                    out.writeInt(code);
                    arguments.write(out);
                });
    }

    static byte[] frame(byte type, int channel, Arguments payload) {
        byte[] content = bytes(payload);
        return bytes(out -> {
            out.writeByte(type);
            out.writeShort(channel);
            out.writeInt(content.length);
            out.write(content);
            out.writeByte(END);
        });
    }

    static byte[] bytes(Arguments content) {
        var array = new ByteArrayOutputStream();
        try {
            content.write(new DataOutputStream(array));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return array.toByteArray();
    }

    static void shortString(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeByte(bytes.length);
        out.write(bytes);
    }

    static void longString(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /// A table of at most one text.
    static void table(DataOutputStream out, String name, String text) throws IOException {
        byte[] content =
                text.isEmpty()
                        ? new byte[0]
                        : bytes(entry -> {
                            shortString(entry, name);
                            entry.writeByte(LONG_STRING);
                            longString(entry, text);
                        });
        out.writeInt(content.length);
        out.write(content);
    }
}
