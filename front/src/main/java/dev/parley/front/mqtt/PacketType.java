package dev.parley.front.mqtt;

/// The kinds of control packets, in the order of their numbers (2.1.2).
enum PacketType {
    RESERVED(0),
    CONNECT(1),
    CONNACK(2),
    PUBLISH(3),
    PUBACK(4),
    PUBREC(5),
    PUBREL(6),
    PUBCOMP(7),
    SUBSCRIBE(8),
    SUBACK(9),
    UNSUBSCRIBE(10),
    UNSUBACK(11),
    PINGREQ(12),
    PINGRESP(13),
    DISCONNECT(14),
    AUTH(15);

    private final int number;

    PacketType(int number) {
        this.number = number;
    }

    private static final PacketType[] ALL = values();

    static PacketType of(int firstByte) {
        return ALL[firstByte >>> 4 & 0xF];
    }

    /// Whether it says something about a message that the other side has sent or said something of.
    boolean acknowledges() {
        return this == PUBACK || this == PUBREC || this == PUBREL || this == PUBCOMP;
    }

    /// The flags that the standard demands; PUBLISH has its own.
    int flags() {
        return this == PUBREL || this == SUBSCRIBE || this == UNSUBSCRIBE ? 2 : 0;
    }

    /// The first byte of such a packet.
    int firstByte() {
        return number << 4 | flags();
    }
}
