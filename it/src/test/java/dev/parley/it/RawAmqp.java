package dev.parley.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// A client that sends exactly the bytes it is told to, well-formed or not, and reads frames.
final class RawAmqp implements AutoCloseable {

    static final int METHOD = 1;
    static final int HEADER = 2;
    static final int BODY = 3;
    static final int HEARTBEAT = 8;
    private static final int END = 0xCE;
    private static final int TIMEOUT_MS = 30_000;

    private final Socket socket;
    private final DataInputStream in;

    /// One frame as it came; `id` is class × 65,536 + method for a method frame.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Frame(int type, int channel, byte[] payload) {

        int id() {
            return type == METHOD ? ByteBuffer.wrap(payload).getInt() : -1;
        }

        ByteBuffer arguments() {
            return ByteBuffer.wrap(payload, 4, payload.length - 4);
        }
    }

    /// How the broker ended the connection: a close method's code, or none but the socket's end.
    record Ending(int code, String text) {
        static final Ending SILENT = new Ending(0, "");
    }

    RawAmqp(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
    }

    /// A connection opened with the limits that the broker offers.
    static RawAmqp open(int port) throws IOException {
        return open(port, 0, 131_072, 0);
    }

    static RawAmqp open(int port, int channelMax, int frameMax, int heartbeat) throws IOException {
        var raw = new RawAmqp(port);
        raw.hello();
        raw.await(method(10, 10));
        raw.startOk("PLAIN", "\0guest\0guest");
        int offered = Short.toUnsignedInt(raw.await(method(10, 30)).arguments().getShort());
        int channels = channelMax == 0 ? offered : channelMax;
        raw.send(0, method(10, 31), new Bytes().u16(channels).u32(frameMax).u16(heartbeat));
        raw.send(0, method(10, 40), new Bytes().shortText("/").shortText("").u8(0));
        raw.await(method(10, 41));
        return raw;
    }

    static int method(int classId, int methodId) {
        return classId << 16 | methodId;
    }

    void hello() throws IOException {
        write("AMQP".getBytes(US_ASCII));
        write(new byte[] {0, 0, 9, 1});
    }

    void startOk(String mechanism, String response) throws IOException {
        // An empty client-properties table: no capability, so refusals of a login may be silent.
        send(
                0,
                method(10, 11),
                new Bytes().u32(0).shortText(mechanism).longText(response).shortText("en_US"));
    }

    void openChannel(int channel) throws IOException {
        send(channel, method(20, 10), new Bytes().shortText(""));
        await(method(20, 11));
    }

    void send(int channel, int method, Bytes arguments) throws IOException {
        byte[] tail = arguments.toByteArray();
        frame(
                METHOD,
                channel,
                ByteBuffer.allocate(4 + tail.length).putInt(method).put(tail).array());
    }

    void frame(int type, int channel, byte[] payload) throws IOException {
        write(bytes(type, channel, payload.length, payload, END));
    }

    /// A frame whose announced size and last octet need not be true.
    static byte[] bytes(int type, int channel, int size, byte[] payload, int end) {
        return new Bytes().u8(type).u16(channel).u32(size).raw(payload).u8(end).toByteArray();
    }

    void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    Frame read() throws IOException {
        int type = in.readUnsignedByte();
        int channel = in.readUnsignedShort();
        int size = in.readInt();
        if (size < 0 || size > 1 << 20) {
            throw new IOException("frame of " + size + " bytes, type " + type);
        }
        byte[] payload = in.readNBytes(size);
        if (in.readUnsignedByte() != END) {
            throw new IOException("frame without its end octet, type " + type);
        }
        return new Frame(type, channel, payload);
    }

    /// The next frame that is no heartbeat, which must be this method.
    Frame await(int method) throws IOException {
        Frame frame = next();
        if (frame.id() != method) {
            throw new AssertionError(
                    "expected method %x, got %x: %s"
                            .formatted(method, frame.id(), new String(frame.payload(), UTF_8)));
        }
        return frame;
    }

    Frame next() throws IOException {
        Frame frame = read();
        while (frame.type() == HEARTBEAT) {
            frame = read();
        }
        return frame;
    }

    /// Reads until the broker closes the connection, by method or without a word.
    ///
    /// A close is answered, as a good client would; RabbitMQ then keeps some sockets for 3 s more.
    Ending ending() throws IOException {
        try {
            while (true) {
                Frame frame = read();
                if (frame.id() == method(10, 50)) {
                    Ending ending = code(frame);
                    send(0, method(10, 51), new Bytes());
                    return ending;
                }
            }
        } catch (EOFException | SocketException e) {
            return Ending.SILENT;
        }
    }

    /// The code of a close method of a connection or channel.
    static Ending code(Frame frame) {
        ByteBuffer arguments = frame.arguments();
        int code = Short.toUnsignedInt(arguments.getShort());
        byte[] text = new byte[Byte.toUnsignedInt(arguments.get())];
        arguments.get(text);
        return new Ending(code, new String(text, UTF_8));
    }

    /// The next bytes as they come, fewer where the broker closes the socket.
    byte[] raw(int count) throws IOException {
        return in.readNBytes(count);
    }

    /// Everything until the broker closes the socket, for what comes before any frame.
    byte[] rest() throws IOException {
        try {
            return in.readNBytes(1 << 16);
        } catch (SocketException e) {
            return new byte[0]; // reset: it closed with our bytes unread
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing a raw connection", e);
        }
    }

    /// Bytes put together in AMQP's encodings.
    static final class Bytes {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final DataOutputStream out = new DataOutputStream(bytes);

        private interface Write {
            void to(DataOutputStream out) throws IOException;
        }

        Bytes u8(int value) {
            return put(to -> to.writeByte(value));
        }

        Bytes u16(int value) {
            return put(to -> to.writeShort(value));
        }

        Bytes u32(int value) {
            return put(to -> to.writeInt(value));
        }

        Bytes u64(long value) {
            return put(to -> to.writeLong(value));
        }

        Bytes raw(byte[] value) {
            return put(to -> to.write(value));
        }

        Bytes shortText(String text) {
            byte[] utf = text.getBytes(UTF_8);
            return u8(utf.length).raw(utf);
        }

        Bytes longText(String text) {
            byte[] utf = text.getBytes(UTF_8);
            return u32(utf.length).raw(utf);
        }

        Bytes table(byte[] entries) {
            return u32(entries.length).raw(entries);
        }

        byte[] toByteArray() {
            return Arrays.copyOf(bytes.toByteArray(), bytes.size());
        }

        private Bytes put(Write write) {
            try {
                write.to(out);
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException("in memory", e);
            }
        }
    }
}
