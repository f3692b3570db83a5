package dev.parley.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;

/// A control packet as it is on the wire: its type, the four flags beside it, and what follows.
@SuppressWarnings("ArrayRecordComponent") // never compared
record Packet(int type, int flags, byte[] body) {

    static final int CONNECT = 1;
    static final int CONNACK = 2;
    static final int PUBLISH = 3;
    static final int PUBACK = 4;
    static final int PUBREC = 5;
    static final int PUBREL = 6;
    static final int PUBCOMP = 7;
    static final int SUBSCRIBE = 8;
    static final int SUBACK = 9;
    static final int UNSUBSCRIBE = 10;
    static final int UNSUBACK = 11;
    static final int PINGREQ = 12;
    static final int PINGRESP = 13;
    static final int DISCONNECT = 14;
    static final int AUTH = 15;

    /// The flags that a packet of its type has, unless it is a PUBLISH.
    Packet(int type, Bytes body) {
        this(type, type == PUBREL || type == SUBSCRIBE || type == UNSUBSCRIBE ? 2 : 0, body);
    }

    Packet(int type, int flags, Bytes body) {
        this(type, flags, body.toByteArray());
    }

    byte[] bytes() {
        return new Bytes().u8(type << 4 | flags).varint(body.length).raw(body).toByteArray();
    }

    Packet flags(int other) {
        return new Packet(type, other, body);
    }

    static Packet ping() {
        return new Packet(PINGREQ, new Bytes());
    }

    /// Without a reason, which means success; the same in MQTT 3.1.1.
    static Packet ack(int type, int id) {
        return new Packet(type, new Bytes().u16(id));
    }

    static Packet ack(int type, int id, int reason) {
        return new Packet(type, new Bytes().u16(id).u8(reason));
    }

    static Packet disconnect(int reason, Props props) {
        return new Packet(DISCONNECT, new Bytes().u8(reason).raw(props.bytes()));
    }

    static Packet auth(int reason, Props props) {
        return new Packet(AUTH, new Bytes().u8(reason).raw(props.bytes()));
    }

    /// A filter, and its options: QoS in bits 0 and 1, no local 4, retain as published 8, retain
    /// handling 16 and 32.
    record Wish(String filter, int options) {}

    static Packet subscribe(int id, Props props, Wish... wishes) {
        var body = new Bytes().u16(id).raw(props.bytes());
        for (Wish wish : wishes) {
            body.text(wish.filter()).u8(wish.options());
        }
        return new Packet(SUBSCRIBE, body);
    }

    static Packet unsubscribe(int id, String... filters) {
        var body = new Bytes().u16(id).raw(Props.NONE.bytes());
        for (String filter : List.of(filters)) {
            body.text(filter);
        }
        return new Packet(UNSUBSCRIBE, body);
    }

    /// An application message on its way to the broker.
    record Message(
            String topic,
            String payload,
            int qos,
            boolean retain,
            boolean dup,
            int id,
            Props props) {

        static Message of(String topic, String payload) {
            return new Message(topic, payload, 0, false, false, 0, Props.NONE);
        }

        static Message of(String topic, String payload, int qos, int id) {
            return new Message(topic, payload, qos, false, false, id, Props.NONE);
        }

        Message retained() {
            return new Message(topic, payload, qos, true, dup, id, props);
        }

        Message again() {
            return new Message(topic, payload, qos, retain, true, id, props);
        }

        Message with(Props other) {
            return new Message(topic, payload, qos, retain, dup, id, other);
        }

        Packet packet() {
            var body = new Bytes().text(topic);
            if (qos > 0) {
                body.u16(id);
            }
            body.raw(props.bytes()).raw(payload.getBytes(UTF_8));
            return new Packet(PUBLISH, (dup ? 8 : 0) | qos << 1 | (retain ? 1 : 0), body);
        }
    }
}
