package dev.parley.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;

/// A packet of MQTT 5 that a broker sent, taken apart. What may not be in it fails the test.
sealed interface Received {

    record Connack(int flags, int reason, Props props) implements Received {
        boolean present() {
            return (flags & 1) == 1;
        }
    }

    record Publish(
            String topic, String payload, int qos, boolean retain, boolean dup, int id, Props props)
            implements Received {}

    /// PUBACK, PUBREC, PUBREL or PUBCOMP.
    record Ack(int type, int id, int reason, Props props) implements Received {}

    /// SUBACK or UNSUBACK.
    record Granted(int type, int id, Props props, List<Integer> reasons) implements Received {}

    record Pong() implements Received {}

    record Disconnect(int reason, Props props) implements Received {}

    record Auth(int reason, Props props) implements Received {}

    static Received of(Packet packet) {
        var fields = new Fields(packet.body());
        if (packet.type() != Packet.PUBLISH) {
            int expected = packet.type() == Packet.PUBREL ? 2 : 0;
            if (packet.flags() != expected) {
                throw new AssertionError("flags %d of %s".formatted(packet.flags(), packet));
            }
        }
        Received received =
                switch (packet.type()) {
                    // To a CONNECT of another version the answer may be one of MQTT 3.1.1.
                    case Packet.CONNACK ->
                            new Connack(
                                    fields.u8(),
                                    fields.u8(),
                                    fields.any() ? Props.read(fields) : Props.NONE);
                    case Packet.PUBLISH -> publish(packet.flags(), fields);
                    case Packet.PUBACK, Packet.PUBREC, Packet.PUBREL, Packet.PUBCOMP ->
                            new Ack(packet.type(), fields.u16(), reason(fields), props(fields));
                    case Packet.SUBACK, Packet.UNSUBACK -> {
                        int id = fields.u16();
                        Props props = Props.read(fields);
                        var reasons = new ArrayList<Integer>();
                        while (fields.any()) {
                            reasons.add(fields.u8());
                        }
                        yield new Granted(packet.type(), id, props, List.copyOf(reasons));
                    }
                    case Packet.PINGRESP -> new Pong();
                    case Packet.DISCONNECT -> new Disconnect(reason(fields), props(fields));
                    case Packet.AUTH -> new Auth(reason(fields), props(fields));
                    default -> throw new AssertionError("no packet of a server: " + packet.type());
                };
        if (fields.any()) {
            throw new AssertionError("more bytes than " + received + " has");
        }
        return received;
    }

    private static Publish publish(int flags, Fields fields) {
        int qos = flags >> 1 & 3;
        String topic = fields.text();
        int id = qos == 0 ? 0 : fields.u16();
        Props props = Props.read(fields);
        return new Publish(
                topic,
                new String(fields.rest(), UTF_8),
                qos,
                (flags & 1) == 1,
                (flags & 8) == 8,
                id,
                props);
    }

    private static int reason(Fields fields) {
        return fields.any() ? fields.u8() : 0;
    }

    private static Props props(Fields fields) {
        return fields.any() ? Props.read(fields) : Props.NONE;
    }
}
