package dev.parley.cli;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// A client of MQTT 5 that is as small as it can be: QoS 0 and 1, one thing at a time.
final class MqttPeer implements AutoCloseable {
    /// A message that came.
    record Arrival(String topic, int qos, boolean retained, ByteBuffer payload) {}

    private record Packet(int firstByte, ByteBuffer body) {
        int type() {
            return firstByte >>> 4;
        }
    }

    private static final int CONNACK = 2;
    private static final int PUBLISH = 3;
    private static final int PUBACK = 4;
    private static final int SUBACK = 9;
    private static final int DISCONNECT = 14;
    private static final int ANSWER_MILLIS = 30_000;
    private static final int KEEP_ALIVE_SECONDS = 30;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final ArrayDeque<Arrival> arrivals = new ArrayDeque<>();
    private boolean present;
    private int lastId;

    private MqttPeer(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
        this.out = new DataOutputStream(socket.getOutputStream());
    }

    /// Who comes to a node.
    ///
    /// @param clientId empty: the node chooses one
    /// @param staysSeconds how long the session outlives the connection; 0: it does not, and begins
    ///   anew
    record Visitor(String clientId, String user, String password, int staysSeconds) {}

    /// @param tls whom to trust; null: no TLS
    static MqttPeer connect(InetSocketAddress node, @Nullable SSLContext tls, Visitor visitor)
            throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(node, ANSWER_MILLIS);
            socket.setTcpNoDelay(true);
            return enter(socket, node, tls, visitor);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static MqttPeer enter(
            Socket socket, InetSocketAddress node, @Nullable SSLContext tls, Visitor visitor)
            throws IOException {
        try {
            MqttPeer peer = new MqttPeer(tls == null ? socket : secured(socket, node, tls));
            peer.login(visitor);
            return peer;
        } catch (EOFException | SocketException e) {
            String hint = tls == null ? "; a port with TLS needs --cacert" : "";
            throw new IOException(text(node) + " closes the connection" + hint, e);
        } catch (SSLException e) {
            throw new IOException("no TLS with " + text(node) + ": " + e.getMessage(), e);
        }
    }

    private static String text(InetSocketAddress node) {
        return node.getHostString() + ":" + node.getPort();
    }

    /// The same connection with TLS in it; the certificate has to be the host's.
    private static Socket secured(Socket socket, InetSocketAddress node, SSLContext tls)
            throws IOException {
        socket.setSoTimeout(ANSWER_MILLIS);
        SSLSocket secure =
                (SSLSocket)
                        tls.getSocketFactory()
                                .createSocket(socket, node.getHostString(), node.getPort(), true);
        SSLParameters parameters = secure.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secure.setSSLParameters(parameters);
        secure.startHandshake();
        return secure;
    }

    private void login(Visitor visitor) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream body = new DataOutputStream(bytes);
        body.writeUTF("MQTT");
        body.write(5);
        body.write(0xC0 | (visitor.staysSeconds() == 0 ? 2 : 0));
        body.writeShort(KEEP_ALIVE_SECONDS);
        body.write(5);
        body.write(0x11);
        body.writeInt(visitor.staysSeconds());
        body.writeUTF(visitor.clientId());
        body.writeUTF(visitor.user());
        body.writeUTF(visitor.password());
        send(0x10, bytes.toByteArray());
        Packet answer = await(CONNACK);
        present = answer.body.get() == 1;
        int reason = answer.body.get() & 0xFF;
        if (reason != 0) {
            throw new IOException("the node refuses: reason 0x%02x".formatted(reason));
        }
    }

    /// Whether the session was there already.
    boolean present() {
        return present;
    }

    void subscribe(String filter, int qos) throws IOException {
        byte[] text = filter.getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = ByteBuffer.allocate(6 + text.length);
        body.putShort((short) ++lastId).put((byte) 0);
        body.putShort((short) text.length).put(text).put((byte) qos);
        send(0x82, body.array());
        ByteBuffer answer = await(SUBACK).body;
        int reason = answer.get(answer.limit() - 1) & 0xFF;
        if (reason > 2) {
            throw new IOException(
                    "the node refuses filter %s: reason 0x%02x".formatted(filter, reason));
        }
    }

    /// Publishes with QoS 1 and returns when the node has the message.
    void publish(String topic, byte[] payload) throws IOException {
        byte[] text = topic.getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = ByteBuffer.allocate(5 + text.length + payload.length);
        body.putShort((short) text.length).put(text).putShort((short) ++lastId);
        body.put((byte) 0).put(payload);
        send(0x32, body.array());
        ByteBuffer answer = await(PUBACK).body;
        int reason = answer.limit() > 2 ? answer.get(2) & 0xFF : 0;
        if (reason >= 0x80) {
            throw new IOException("the node refuses a message: reason 0x%02x".formatted(reason));
        }
    }

    /// The next message, acknowledged; null if none comes in time.
    ///
    /// @throws IOException also when the node ends the connection, with its reason if it says one
    @Nullable Arrival next(Duration patience) throws IOException {
        long began = System.nanoTime();
        while (arrivals.isEmpty()) {
            long left = patience.toMillis() - (System.nanoTime() - began) / 1_000_000;
            if (left <= 0) {
                return null;
            }
            try {
                take(read((int) Math.min(left, KEEP_ALIVE_SECONDS * 500L)));
            } catch (EOFException e) {
                throw new IOException("the node has closed the connection", e);
            } catch (SocketTimeoutException e) {
                send(0xC0, new byte[0]); // still here
            }
        }
        return arrivals.remove();
    }

    private Packet await(int type) throws IOException {
        while (true) {
            Packet packet = read(ANSWER_MILLIS);
            if (packet.type() == type) {
                return packet;
            }
            take(packet);
        }
    }

    private void take(Packet packet) throws IOException {
        if (packet.type() == DISCONNECT) {
            int reason = packet.body.hasRemaining() ? packet.body.get() & 0xFF : 0;
            throw new IOException("the node ends the connection: reason 0x%02x".formatted(reason));
        }
        if (packet.type() != PUBLISH) {
            return;
        }
        ByteBuffer body = packet.body;
        byte[] topic = new byte[Short.toUnsignedInt(body.getShort())];
        body.get(topic);
        int qos = packet.firstByte >> 1 & 3;
        short id = qos == 0 ? 0 : body.getShort();
        int properties = number(body);
        body.position(body.position() + properties);
        arrivals.add(
                new Arrival(
                        new String(topic, StandardCharsets.UTF_8),
                        qos,
                        (packet.firstByte & 1) != 0,
                        body));
        if (qos == 1) {
            send(0x40, ByteBuffer.allocate(2).putShort(id).array());
        }
    }

    private static int number(ByteBuffer body) {
        int value = 0;
        for (int shift = 0; ; shift += 7) {
            int b = body.get();
            value |= (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    private Packet read(int millis) throws IOException {
        socket.setSoTimeout(Math.max(1, millis));
        int firstByte = in.readUnsignedByte();
        socket.setSoTimeout(ANSWER_MILLIS);
        int length = 0;
        for (int shift = 0; ; shift += 7) {
            int b = in.readUnsignedByte();
            length |= (b & 0x7F) << shift;
            if (b < 128) {
                break;
            }
        }
        byte[] body = new byte[length];
        in.readFully(body);
        return new Packet(firstByte, ByteBuffer.wrap(body));
    }

    private void send(int firstByte, byte[] body) throws IOException {
        ByteArrayOutputStream packet = new ByteArrayOutputStream(body.length + 5);
        packet.write(firstByte);
        int left = body.length;
        while (left >= 128) {
            packet.write(left & 0x7F | 0x80);
            left >>>= 7;
        }
        packet.write(left);
        packet.write(body);
        out.write(packet.toByteArray());
    }

    /// Says goodbye and closes.
    @Override
    public void close() throws IOException {
        try {
            send(0xE0, new byte[0]);
        } finally {
            socket.close();
        }
    }
}
