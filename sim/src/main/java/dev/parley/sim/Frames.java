package dev.parley.sim;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// Writes a client's frames. On purpose not the node's own codec.
final class Frames {
    static final byte[] PROTOCOL = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    /// Writes arguments.
    interface Arguments {
        void write(DataOutputStream out) throws IOException;
    }

    static byte[] method(int channel, int classId, int methodId, Arguments arguments) {
        Frames frames = new Frames();
        frames.add(channel, classId, methodId, arguments);
        return frames.bytes();
    }

    Frames add(int channel, int classId, int methodId, Arguments arguments) {
        return frame(
                1,
                channel,
                payload -> {
                    payload.writeShort(classId);
                    payload.writeShort(methodId);
                    arguments.write(payload);
                });
    }

    /// The header and the body of a message, the body in pieces.
    Frames content(int channel, byte[] properties, byte[] body, int piece) {
        frame(
                2,
                channel,
                payload -> {
                    payload.writeShort(60);
                    payload.writeShort(0);
                    payload.writeLong(body.length);
                    payload.write(properties);
                });
        for (int at = 0; at < body.length; at += piece) {
            int from = at;
            frame(
                    3,
                    channel,
                    payload -> payload.write(body, from, Math.min(piece, body.length - from)));
        }
        return this;
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }

    private Frames frame(int type, int channel, Arguments payload) {
        try {
            ByteArrayOutputStream inner = new ByteArrayOutputStream();
            payload.write(new DataOutputStream(inner));
            out.writeByte(type);
            out.writeShort(channel);
            out.writeInt(inner.size());
            inner.writeTo(out);
            out.writeByte(0xCE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    static void text(DataOutputStream out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeByte(utf8.length);
        out.write(utf8);
    }

    /// A table whose values are numbers, booleans and texts.
    static void table(DataOutputStream out, java.util.Map<String, Object> table)
            throws IOException {
        ByteArrayOutputStream inner = new ByteArrayOutputStream();
        DataOutputStream fields = new DataOutputStream(inner);
        for (var field : table.entrySet()) {
            text(fields, field.getKey());
            switch (field.getValue()) {
                case Integer number -> {
                    fields.writeByte('I');
                    fields.writeInt(number);
                }
                case Long number -> {
                    fields.writeByte('l');
                    fields.writeLong(number);
                }
                case Boolean yes -> {
                    fields.writeByte('t');
                    fields.writeBoolean(yes);
                }
                case java.util.Map<?, ?> nested -> {
                    fields.writeByte('F');
                    @SuppressWarnings("unchecked")
                    var below = (java.util.Map<String, Object>) nested;
                    table(fields, below);
                }
                default -> {
                    byte[] utf8 = field.getValue().toString().getBytes(StandardCharsets.UTF_8);
                    fields.writeByte('S');
                    fields.writeInt(utf8.length);
                    fields.write(utf8);
                }
            }
        }
        out.writeInt(inner.size());
        inner.writeTo(out);
    }
}
