package dev.parley.bench.topic;

import java.nio.ByteBuffer;

/// A PUBLISH encoded in advance; what differs from message to message is patched in the copy.
///
/// The payload says who published (4 bytes), the number of the message (8) and the nanosecond at
/// which it was due (8); the rest is zeros.
final class Template {

    static final int PAYLOAD_BYTES_MIN = 20;

    private static final int NUMBER = 4;
    private static final int DUE = 12;

    private final byte[] packet;
    private final int payloadAt;
    private final int idAt;

    private Template(byte[] packet, int payloadAt, int idAt) {
        this.packet = packet;
        this.payloadAt = payloadAt;
        this.idAt = idAt;
    }

    static Template of(int level, String topic, int qos, boolean retain, int payloadBytes) {
        byte[] packet = Packets.publish(level, topic, qos, retain, payloadBytes);
        int payloadAt = packet.length - payloadBytes;
        int propertyBytes = level == Packets.V5 ? 1 : 0;
        return new Template(packet, payloadAt, qos > 0 ? payloadAt - propertyBytes - 2 : -1);
    }

    int bytes() {
        return packet.length;
    }

    /// Appends a copy; the packet id does not count at QoS 0.
    void write(ByteBuffer to, int packetId, int publisher, long number, long dueNanos) {
        int at = to.position();
        to.put(packet);
        if (idAt >= 0) {
            to.putShort(at + idAt, (short) packetId);
        }
        to.putInt(at + payloadAt, publisher);
        to.putLong(at + payloadAt + NUMBER, number);
        to.putLong(at + payloadAt + DUE, dueNanos);
    }

    static int publisher(ByteBuffer in, int payloadAt) {
        return in.getInt(payloadAt);
    }

    static long number(ByteBuffer in, int payloadAt) {
        return in.getLong(payloadAt + NUMBER);
    }

    static long dueNanos(ByteBuffer in, int payloadAt) {
        return in.getLong(payloadAt + DUE);
    }
}
