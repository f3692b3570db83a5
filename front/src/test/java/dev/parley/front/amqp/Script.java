package dev.parley.front.amqp;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// What a client sends, frame by frame, written with nothing of ours but the specification's
/// numbers.
public final class Script {
    private final List<byte[]> frames = new ArrayList<>();

    /// A session that does a little of everything.
    static Script everything() {
        byte[] none = {0, 0, 0, 0};
        byte[] text = bytes("hello");
        return new Script()
                .method(1, 20, 10, s(""))
                .method(1, 85, 10, b(0))
                .method(1, 40, 10, h(0), s("ex"), s("headers"), b(2), none)
                .method(1, 50, 10, h(0), s("q"), b(2), table("x-max-priority", 5))
                .method(1, 50, 20, h(0), s("q"), s("ex"), s("key"), b(0), table("a", 1))
                .method(1, 60, 40, h(0), s(""), s("q"), b(1))
                .content(1, new byte[] {0x18, 0, 2, 5}, text)
                .method(1, 60, 40, h(0), s("ex"), s("key"), b(0))
                .content(1, join(new byte[] {0x20, 0}, table("a", 1)), text)
                .method(1, 60, 10, i(0), h(3), b(0))
                .method(1, 60, 20, h(0), s("q"), s("tag"), b(0), none)
                // Waits for the end of the turn, in which the consumer gets what it acknowledges.
                .method(1, 50, 10, h(0), s("q"), b(1), none)
                .method(1, 60, 80, l(1), b(0))
                .method(1, 60, 120, l(2), b(2))
                .method(1, 60, 90, l(3), b(1))
                .method(2, 20, 10, s(""))
                .method(2, 60, 70, h(0), s("q"), b(0))
                .method(2, 90, 10)
                .method(2, 60, 40, h(0), s(""), s("q"), b(0))
                .content(2, new byte[] {0, 0}, text)
                .method(2, 90, 20)
                .method(2, 50, 30, h(0), s("q"), b(0))
                .method(2, 60, 20, h(0), s("amq.rabbitmq.reply-to"), s("r"), b(2), none)
                .method(1, 60, 30, s("tag"), b(0))
                .method(1, 60, 110, b(1))
                .method(1, 40, 30, h(0), s("ex"), s("amq.direct"), s("k"), b(0), none)
                .method(1, 40, 20, h(0), s("ex"), b(0))
                .method(1, 50, 40, h(0), s("q"), b(0))
                .frame(8, 0, new byte[0])
                .method(1, 20, 40, h(200), s("bye"), h(0), h(0));
    }

    /// Protocol header, login and opening of the host `/`.
    public static byte[] handshake() {
        return handshake(0);
    }

    /// The same with heartbeats.
    static byte[] handshake(int heartbeatSeconds) {
        return handshake(heartbeatSeconds, i(0));
    }

    /// The same from a client with these properties.
    static byte[] handshake(int heartbeatSeconds, byte[] properties) {
        byte[] login = bytes("\0guest\0guest");
        Script script =
                new Script()
                        .method(
                                0,
                                10,
                                11,
                                properties,
                                s("PLAIN"),
                                i(login.length),
                                login,
                                s("en_US"))
                        .method(0, 10, 31, h(2047), i(131_072), h(heartbeatSeconds))
                        .method(0, 10, 40, s("/"), s(""), b(0));
        return join(new byte[] {'A', 'M', 'Q', 'P', 0, 0, 9, 1}, join(script.frames()));
    }

    /// A client's goodbye.
    public static byte[] goodbye() {
        return join(new Script().method(0, 10, 50, h(200), s("bye"), h(0), h(0)).frames());
    }

    public byte[][] frames() {
        return frames.toArray(new byte[0][]);
    }

    public Script method(int channel, int classId, int methodId, byte[]... arguments) {
        return frame(1, channel, join(h(classId), h(methodId), join(arguments)));
    }

    Script content(int channel, byte[] properties, byte[] body) {
        frame(2, channel, join(h(60), h(0), l(body.length), properties));
        return frame(3, channel, body);
    }

    public Script frame(int type, int channel, byte[] payload) {
        frames.add(join(b(type), h(channel), i(payload.length), payload, b(0xCE)));
        return this;
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public static byte[] s(String text) {
        return join(b(text.length()), bytes(text));
    }

    public static byte[] b(int value) {
        return new byte[] {(byte) value};
    }

    public static byte[] h(int value) {
        return ByteBuffer.allocate(2).putShort((short) value).array();
    }

    static byte[] i(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    public static byte[] l(long value) {
        return ByteBuffer.allocate(8).putLong(value).array();
    }

    static byte[] table(String name, int value) {
        byte[] field = join(s(name), b('I'), i(value));
        return join(i(field.length), field);
    }
}
