package dev.parley.bench.topic;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// The few MQTT packets that the load generator sends, encoded in advance; 3.1.1 or 5.
///
/// Independent of the product's codec on purpose: a mistake there must not hide here.
final class Packets {

    static final int CONNECT = 1;
    static final int CONNACK = 2;
    static final int PUBLISH = 3;
    static final int PUBACK = 4;
    static final int PUBREC = 5;
    static final int PUBREL = 6;
    static final int PUBCOMP = 7;
    static final int SUBSCRIBE = 8;
    static final int SUBACK = 9;
    static final int DISCONNECT = 14;

    static final int PUBREL_FLAGS = 2;
    static final int RETAIN = 1;
    static final int TOP_BIT = 0x80;

    /// The protocol level of MQTT 5 in CONNECT; 4 is 3.1.1.
    static final int V5 = 5;

    private static final int CLEAN = 2;
    private static final int SESSION_EXPIRY = 0x11;
    private static final int SESSION_SECONDS = 3_600;
    private static final int RECEIVE_MAX = 0x21;
    private static final int RECEIVE_MAX_DEFAULT = 65_535;
    private static final int SUBSCRIBE_ID = 1;
    private static final int PACKET_BYTES_MAX = 4_096;

    private Packets() {}

    /// A session that is not clean stays for an hour (MQTT 5) or for good.
    static byte[] connect(int level, String clientId, boolean clean) {
        ByteBuffer body = ByteBuffer.allocate(PACKET_BYTES_MAX);
        string(body, "MQTT");
        body.put((byte) level).put((byte) (clean ? CLEAN : 0)).putShort((short) 0);
        if (level == V5 && clean) {
            body.put((byte) 0);
        } else if (level == V5) {
            body.put((byte) 5).put((byte) SESSION_EXPIRY).putInt(SESSION_SECONDS);
        }
        string(body, clientId);
        return packet(CONNECT << 4, body.flip());
    }

    static byte[] subscribe(int level, String filter, int qos) {
        ByteBuffer body = ByteBuffer.allocate(PACKET_BYTES_MAX);
        body.putShort((short) SUBSCRIBE_ID);
        if (level == V5) {
            body.put((byte) 0);
        }
        string(body, filter);
        body.put((byte) qos);
        return packet(SUBSCRIBE << 4 | 2, body.flip());
    }

    static byte[] disconnect() {
        return new byte[] {(byte) (DISCONNECT << 4), 0};
    }

    /// PUBLISH with a payload of zeros, which `Message` fills in, and packet id 0.
    static byte[] publish(int level, String topic, int qos, boolean retain, int payloadBytes) {
        ByteBuffer body = ByteBuffer.allocate(PACKET_BYTES_MAX + payloadBytes);
        string(body, topic);
        if (qos > 0) {
            body.putShort((short) 0);
        }
        if (level == V5) {
            body.put((byte) 0);
        }
        body.position(body.position() + payloadBytes);
        return packet(PUBLISH << 4 | qos << 1 | (retain ? RETAIN : 0), body.flip());
    }

    /// PUBACK, PUBREC, PUBREL and PUBCOMP, in the short form that both versions have.
    static void acknowledge(ByteBuffer out, int type, int packetId) {
        out.put((byte) (type << 4 | (type == PUBREL ? PUBREL_FLAGS : 0)));
        out.put((byte) 2).putShort((short) packetId);
    }

    /// The Receive Maximum in a CONNACK of MQTT 5, whose body lies between two indices.
    static int receiveMax(ByteBuffer in, int from, int to) {
        // Behind the flags, the reason code and the length of the properties, which takes one byte
        // as long as the broker has no more to say than brokers have.
        int at = from + 3;
        while (at < to) {
            int property = in.get(at++);
            if (property == RECEIVE_MAX) {
                return in.getShort(at) & 0xffff;
            }
            at +=
                    switch (property) {
                        case 0x24, 0x25, 0x28, 0x29, 0x2a -> 1;
                        case 0x13, 0x22 -> 2;
                        case 0x11, 0x27 -> 4;
                        case 0x26 -> 4 + in.getShort(at) + in.getShort(at + 2 + in.getShort(at));
                        default -> 2 + in.getShort(at);
                    };
        }
        return RECEIVE_MAX_DEFAULT;
    }

    private static byte[] packet(int head, ByteBuffer body) {
        ByteBuffer packet = ByteBuffer.allocate(body.remaining() + 5).put((byte) head);
        int length = body.remaining();
        while (length >= TOP_BIT) {
            packet.put((byte) (length | TOP_BIT));
            length >>>= 7;
        }
        packet.put((byte) length).put(body).flip();
        byte[] bytes = new byte[packet.remaining()];
        packet.get(bytes);
        return bytes;
    }

    private static void string(ByteBuffer to, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        to.putShort((short) bytes.length).put(bytes);
    }
}
