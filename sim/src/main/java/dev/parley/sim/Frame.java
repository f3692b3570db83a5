package dev.parley.sim;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/// A method that the node sent, with its content where it has any.
final class Frame {
    static final int DELIVER = 60 << 16 | 60;
    static final int GET_OK = 60 << 16 | 71;
    static final int GET_EMPTY = 60 << 16 | 72;
    static final int RETURN = 60 << 16 | 50;
    static final int ACK = 60 << 16 | 80;
    static final int NACK = 60 << 16 | 120;
    static final int CANCEL = 60 << 16 | 30;
    static final int RECOVER_OK = 60 << 16 | 111;
    static final int CHANNEL_CLOSE = 20 << 16 | 40;
    static final int CONNECTION_CLOSE = 10 << 16 | 50;
    static final int CONNECTION_CLOSE_OK = 10 << 16 | 51;

    private static final byte[] NONE = {};

    private final int channel;
    private final int id;
    private final ByteBuffer arguments;
    private final byte[] properties;
    private final byte[] body;

    private Frame(int channel, int id, ByteBuffer arguments, byte[] properties, byte[] body) {
        this.channel = channel;
        this.id = id;
        this.arguments = arguments;
        this.properties = properties;
        this.body = body;
    }

    int channel() {
        return channel;
    }

    /// Class and method as one number.
    int id() {
        return id;
    }

    ByteBuffer arguments() {
        return arguments;
    }

    byte[] properties() {
        return properties;
    }

    byte[] body() {
        return body;
    }

    /// Puts a stream of bytes together to frames.
    static final class Reader {
        private final Consumer<Frame> sink;
        private int channel;
        private int id;
        private ByteBuffer arguments = ByteBuffer.allocate(0);
        private byte[] properties = NONE;
        private ByteBuffer body = ByteBuffer.allocate(0);

        Reader(Consumer<Frame> sink) {
            this.sink = sink;
        }

        /// Takes whole frames: the node writes no half ones.
        void read(ByteBuffer in) {
            while (in.hasRemaining()) {
                int type = in.get();
                int on = in.getShort();
                byte[] payload = new byte[in.getInt()];
                in.get(payload);
                if ((in.get() & 0xFF) != 0xCE) {
                    throw new Violation("the node sent a frame without its end");
                }
                switch (type) {
                    case 1 -> method(on, ByteBuffer.wrap(payload));
                    case 2 -> header(ByteBuffer.wrap(payload));
                    case 3 -> piece(payload);
                    default -> {
                        // A heartbeat.
                    }
                }
            }
        }

        private void method(int on, ByteBuffer payload) {
            channel = on;
            id = payload.getInt();
            arguments = payload.slice();
            if (id != DELIVER && id != GET_OK && id != RETURN) {
                sink.accept(new Frame(channel, id, arguments, NONE, NONE));
            }
        }

        private void header(ByteBuffer payload) {
            payload.getInt();
            body = ByteBuffer.allocate((int) payload.getLong());
            properties = new byte[payload.remaining()];
            payload.get(properties);
            finish();
        }

        private void piece(byte[] payload) {
            body.put(payload);
            finish();
        }

        private void finish() {
            if (!body.hasRemaining()) {
                sink.accept(new Frame(channel, id, arguments, properties, body.array()));
            }
        }
    }

    static String text(ByteBuffer in) {
        byte[] bytes = new byte[Byte.toUnsignedInt(in.get())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "%d.%d on %d%s"
                .formatted(
                        id >>> 16, id & 0xFFFF, channel, body.length == 0 ? "" : " with content");
    }
}
