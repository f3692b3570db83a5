package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.Packet.Wish;
import dev.parley.it.mqtt.Received.Ack;
import dev.parley.it.mqtt.Received.Connack;
import dev.parley.it.mqtt.Received.Disconnect;
import dev.parley.it.mqtt.Received.Granted;
import dev.parley.it.mqtt.Received.Pong;
import dev.parley.it.mqtt.Received.Publish;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;

/// A client that sends exactly the bytes it is told to, well-formed or not, and reads packets.
final class RawMqtt implements AutoCloseable {

    private static final int TIMEOUT_MS = 30_000;
    private static final int PACKET_MAX = 1 << 25;

    private final Socket socket;
    private final DataInputStream in;
    private int ids;

    /// How the broker ended the connection: what it said before, or nothing but the socket's end.
    record Ending(int reason, Props props, boolean connected) {
        static final Ending SILENT = new Ending(0, Props.NONE, true);
    }

    /// A socket, on which nothing has been said yet.
    RawMqtt(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
    }

    void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    void send(Packet packet) throws IOException {
        write(packet.bytes());
    }

    void send(Message message) throws IOException {
        send(message.packet());
    }

    /// What the broker answers to a CONNECT, good or bad.
    Connack connect(Connect connect) throws IOException {
        send(connect.packet());
        return await(Connack.class);
    }

    /// The next packet, not taken apart.
    Packet packet() throws IOException {
        int head = in.readUnsignedByte();
        int length = 0;
        for (int shift = 0; ; shift += 7) {
            int next = in.readUnsignedByte();
            length |= (next & 127) << shift;
            if (next < 128) {
                break;
            }
            if (shift == 21) {
                throw new AssertionError("a length of more than four bytes");
            }
        }
        if (length > PACKET_MAX) {
            throw new AssertionError("a packet of " + length + " bytes");
        }
        byte[] body = new byte[length];
        in.readFully(body);
        return new Packet(head >> 4, head & 15, body);
    }

    Received read() throws IOException {
        return Received.of(packet());
    }

    /// The next packet, which must be of this kind.
    <T extends Received> T await(Class<T> kind) throws IOException {
        Received received = read();
        assertThat(received).isInstanceOf(kind);
        return kind.cast(received);
    }

    Publish message() throws IOException {
        return await(Publish.class);
    }

    /// The next packet, which must be this acknowledgement with success.
    Ack ack(int type, int id) throws IOException {
        Ack ack = await(Ack.class);
        assertThat(ack.type()).as("type of %s", ack).isEqualTo(type);
        assertThat(ack.id()).as("packet id of %s", ack).isEqualTo(id);
        return ack;
    }

    int nextId() {
        return ++ids;
    }

    /// Subscribes, and expects to be granted what was asked for.
    void subscribe(String filter, int options) throws IOException {
        assertThat(subscribe(Props.NONE, new Wish(filter, options)).reasons())
                .containsExactly(options & 3);
    }

    /// Subscribes, and gives the SUBACK back.
    Granted subscribe(Props props, Wish... wishes) throws IOException {
        int id = nextId();
        send(Packet.subscribe(id, props, wishes));
        return granted(Packet.SUBACK, id);
    }

    Granted unsubscribe(String... filters) throws IOException {
        int id = nextId();
        send(Packet.unsubscribe(id, filters));
        return granted(Packet.UNSUBACK, id);
    }

    private Granted granted(int type, int id) throws IOException {
        Granted granted = await(Granted.class);
        assertThat(granted.type()).isEqualTo(type);
        assertThat(granted.id()).isEqualTo(id);
        return granted;
    }

    /// Publishes with QoS 1 and waits for its acknowledgement.
    int publish(Message message) throws IOException {
        int id = nextId();
        send(
                new Message(
                        message.topic(),
                        message.payload(),
                        1,
                        message.retain(),
                        false,
                        id,
                        message.props()));
        return ack(Packet.PUBACK, id).reason();
    }

    int publish(String topic, String payload) throws IOException {
        return publish(Message.of(topic, payload));
    }

    /// Takes a message of QoS 1 or 2 to its end.
    void settle(Publish message) throws IOException {
        if (message.qos() == 1) {
            send(Packet.ack(Packet.PUBACK, message.id()));
        } else if (message.qos() == 2) {
            send(Packet.ack(Packet.PUBREC, message.id()));
            ack(Packet.PUBREL, message.id());
            send(Packet.ack(Packet.PUBCOMP, message.id()));
        }
    }

    /// The broker has answered everything that came before, and has nothing else to say now.
    void quiet() throws IOException {
        send(Packet.ping());
        await(Pong.class);
    }

    /// Reads until the broker closes the connection, and returns the last that it said of it.
    Ending ending() throws IOException {
        Ending ending = Ending.SILENT;
        try {
            while (true) {
                Received received = read();
                switch (received) {
                    case Disconnect said -> ending = new Ending(said.reason(), said.props(), true);
                    case Connack said -> ending = new Ending(said.reason(), said.props(), false);
                    default -> {
                        // whatever was on its way
                    }
                }
            }
        } catch (EOFException | SocketException e) {
            return ending;
        }
    }

    /// Everything until the broker closes the socket.
    byte[] rest() throws IOException {
        try {
            return in.readNBytes(PACKET_MAX);
        } catch (SocketException e) {
            return new byte[0]; // reset: it closed with our bytes unread
        }
    }

    /// Says goodbye, so that no will is published.
    void leave() throws IOException {
        send(new Packet(Packet.DISCONNECT, new Bytes()));
        close();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing a raw connection", e);
        }
    }
}
