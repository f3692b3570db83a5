package dev.parley.bench.topic;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// An MQTT client that connects, subscribes to at most one filter, publishes and acknowledges.
final class Client implements Link.User {

    private static final int PACKET_IDS = 65_535;
    private static final int REFUSED = 0x80;

    /// Who a client is to the broker.
    ///
    /// @param level of the protocol: 4 is MQTT 3.1.1, 5 is 5
    /// @param clean whether the session ends with the connection
    /// @param filter what it subscribes to; empty: nothing
    record Identity(int level, String clientId, boolean clean, String filter, int qos) {}

    /// Who a client works for.
    interface Listener {

        /// Connected, and subscribed if it subscribes.
        default void onReady(Client client) throws IOException {}

        /// A message has come; its payload lies between two indices of the buffer.
        void onMessage(Client client, ByteBuffer in, int payloadAt, int payloadEnd);

        /// The connection is gone, or the broker has refused something.
        void onEnd(Client client, String why) throws IOException;
    }

    private final int index;
    private final Identity identity;
    private final Listener listener;
    private @Nullable Link link;
    private boolean ready;
    private int unacknowledged;
    private int packetId;

    /// The broker's Receive Maximum.
    private int inFlightMax = PACKET_IDS;

    Client(int index, Identity identity, Listener listener) {
        this.index = index;
        this.identity = identity;
        this.listener = listener;
    }

    int index() {
        return index;
    }

    boolean ready() {
        return ready;
    }

    /// How many of its own messages the broker has not acknowledged to the end.
    int unacknowledged() {
        return unacknowledged;
    }

    /// Whether it has to wait before it publishes: the socket takes no more, or so many messages or
    /// as many as the broker allows are not acknowledged.
    boolean waits(int window) {
        return link().blocked() || unacknowledged >= Math.min(window, inFlightMax);
    }

    /// Begins to connect; also again after the connection is gone.
    void connect(Loop loop, InetSocketAddress to) throws IOException {
        ready = false;
        unacknowledged = 0;
        link = Link.connect(loop, to, this);
        if (link.connected()) {
            onOpen();
        }
    }

    /// Appends a message to what is to be sent.
    void publish(Template template, int qos, int publisher, long number, long dueNanos) {
        if (qos > 0) {
            packetId = packetId % PACKET_IDS + 1;
            unacknowledged++;
        }
        ByteBuffer out = link().out(template.bytes());
        template.write(out, packetId, publisher, number, dueNanos);
    }

    void flush() throws IOException {
        link().flush();
    }

    /// Counts no longer on the acknowledgements that have not come.
    void forgive() {
        unacknowledged = 0;
    }

    /// Says goodbye and leaves the closing to the broker.
    void disconnect() throws IOException {
        ready = false;
        if (link().open()) {
            link().send(Packets.disconnect());
            link().flush();
        }
    }

    /// Ends the connection as a power cut would.
    void cut() throws IOException {
        ready = false;
        link().cut();
    }

    void close() throws IOException {
        ready = false;
        link().close();
    }

    @Override
    public void onOpen() {
        link().send(Packets.connect(identity.level(), identity.clientId(), identity.clean()));
    }

    @Override
    public void onPacket(int head, ByteBuffer in, int from, int to) throws IOException {
        switch (head >> 4) {
            case Packets.CONNACK -> onConnAck(in, from, to);
            case Packets.SUBACK -> onSubAck(in.get(to - 1) & 0xff);
            case Packets.PUBLISH -> onPublish(head, in, from, to);
            case Packets.PUBACK, Packets.PUBCOMP ->
                    unacknowledged = Math.max(0, unacknowledged - 1);
            case Packets.PUBREC -> acknowledge(Packets.PUBREL, in.getShort(from));
            case Packets.PUBREL -> acknowledge(Packets.PUBCOMP, in.getShort(from));
            default -> refused("packet type " + (head >> 4) + " of the broker");
        }
    }

    @Override
    public void onEnd(String why) throws IOException {
        ready = false;
        listener.onEnd(this, why);
    }

    private void onConnAck(ByteBuffer in, int from, int to) throws IOException {
        int code = in.get(from + 1) & 0xff;
        if (identity.level() == Packets.V5 && code == 0) {
            inFlightMax = Packets.receiveMax(in, from, to);
        }
        if (code != 0) {
            refused("CONNECT was refused with " + code);
        } else if (identity.filter().isEmpty()) {
            onReady();
        } else {
            link().send(Packets.subscribe(identity.level(), identity.filter(), identity.qos()));
        }
    }

    private void onSubAck(int code) throws IOException {
        if (code >= REFUSED) {
            refused("SUBSCRIBE was refused with " + code);
        } else if (code != identity.qos()) {
            refused("QoS " + code + " was granted instead of " + identity.qos());
        } else {
            onReady();
        }
    }

    private void onReady() throws IOException {
        if (!ready) {
            ready = true;
            listener.onReady(this);
        }
    }

    private void onPublish(int head, ByteBuffer in, int from, int to) {
        int qos = head >> 1 & 3;
        int at = from + 2 + in.getShort(from);
        if (qos > 0) {
            acknowledge(qos == 1 ? Packets.PUBACK : Packets.PUBREC, in.getShort(at));
            at += 2;
        }
        if (identity.level() == Packets.V5) {
            // The broker adds fewer than 128 bytes of properties: it has no cause for any.
            at += 1 + in.get(at);
        }
        listener.onMessage(this, in, at, to);
    }

    private void acknowledge(int type, int id) {
        Packets.acknowledge(link().out(4), type, id);
    }

    private void refused(String why) throws IOException {
        link().close();
        onEnd(why);
    }

    private Link link() {
        if (link == null) {
            throw new IllegalStateException("client " + index + " was never connected");
        }
        return link;
    }
}
