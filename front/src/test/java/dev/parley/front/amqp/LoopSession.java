package dev.parley.front.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A connection to a [LoopBroker] and what it has said, as class and method numbers or the frame's
/// type; every frame is checked.
final class LoopSession {
    private static final int FRAME_MAX = 131_072;

    private final LoopBroker broker;
    private final AmqpConnection connection;
    private final List<String> said = new ArrayList<>();
    private final List<String> bodies = new ArrayList<>();
    private ByteBuffer in = ByteBuffer.allocate(0);

    LoopSession(LoopBroker broker) {
        this.broker = broker;
        this.connection = new AmqpConnection(broker, new Pipe());
    }

    /// All that was said so far.
    List<String> said() {
        return said;
    }

    /// The payloads of the body frames among it.
    List<String> bodies() {
        return bodies;
    }

    /// Gives it these bytes and does all there is to do.
    void feed(byte[] bytes) {
        in = ByteBuffer.wrap(Script.join(left(), bytes));
        int before;
        do {
            before = in.remaining();
            connection.read(in);
            broker.turn();
            readOutput();
        } while (in.remaining() < before && in.hasRemaining());
    }

    private byte[] left() {
        byte[] rest = new byte[in.remaining()];
        in.get(rest);
        return rest;
    }

    private void readOutput() {
        connection.drain(this::read);
    }

    private void read(ByteBuffer out) {
        while (out.hasRemaining()) {
            if (out.get(out.position()) == 'A') {
                check(out.remaining() == 8, "a protocol header");
                out.position(out.limit());
                said.add("AMQP");
                break;
            }
            int type = out.get();
            out.getShort();
            int size = out.getInt();
            check(size >= 0 && size <= FRAME_MAX - 8, "a frame of " + size);
            ByteBuffer payload = out.slice(out.position(), size);
            out.position(out.position() + size);
            check(out.get() == (byte) 0xCE, "the end octet");
            check(type >= 1 && type <= 3 || type == 8, "a frame of type " + type);
            if (type == 3) {
                bodies.add(UTF_8.decode(payload.duplicate()).toString());
            }
            said.add(type == 1 ? payload.getShort() + "." + payload.getShort() : "#" + type);
        }
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    /// The line is lost.
    void end() {
        connection.onDisconnected();
        broker.turn();
    }
}
