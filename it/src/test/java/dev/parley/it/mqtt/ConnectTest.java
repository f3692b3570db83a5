package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.Packet.Wish;
import dev.parley.it.mqtt.RawMqtt.Ending;
import dev.parley.it.mqtt.Received.Connack;
import dev.parley.it.mqtt.Received.Disconnect;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Coming in: CONNECT and CONNACK.
class ConnectTest extends MqttCase {

    private static final int VERSION = 0x84;
    private static final int BAD_ID = 0x85;

    @Test
    @Statement("MQTT-3.1.0-1")
    void theFirstPacketIsConnect() throws IOException {
        for (Packet packet :
                List.of(
                        Packet.ping(),
                        Message.of("t", "x").packet(),
                        Packet.subscribe(1, Props.NONE, new Wish("f", 0)),
                        Packet.auth(0x18, Props.of(Props.AUTH_METHOD, "m")),
                        new Packet(Packet.DISCONNECT, new Bytes()))) {
            RawMqtt raw = socket();
            raw.send(packet);
            assertThat(raw.rest()).as("type %d", packet.type()).isEmpty();
        }
    }

    @Test
    @Statement({"MQTT-3.1.0-2", "MQTT-3.2.0-2"})
    void aSecondConnectIsAProtocolError() throws IOException {
        refused(new Connect(id()).packet(), PROTOCOL_ERROR);
    }

    @Test
    @Statement("MQTT-3.1.2-1")
    void otherProtocolsAreClosed() throws IOException {
        Connect connect = new Connect(id());
        for (String name : List.of("mqtt", "MQTTX", "MQT", "", "MQISDP")) {
            refusedConnect(
                    connect.packet(name, 5, connect.flags()), VERSION, MALFORMED, PROTOCOL_ERROR);
        }
    }

    @Test
    @Statement("MQTT-3.1.2-2")
    void otherVersionsAreClosed() throws IOException {
        Connect connect = new Connect(id());
        for (int version : new int[] {6, 7, 127, 255}) {
            refusedConnect(connect.packet("MQTT", version, connect.flags()), VERSION, 1);
        }
    }

    @Test
    @Statement({"MQTT-3.1.2-3", "MQTT-3.1.2-11", "MQTT-3.1.2-12", "MQTT-3.1.2-13", "MQTT-3.1.4-1"})
    void flagsThatCannotBeAreMalformed() throws IOException {
        Connect plain = new Connect(id());
        // The reserved bit; a will's QoS or retain flag without a will.
        for (int flags : new int[] {3, 1, 2 | 8, 2 | 16, 2 | 32}) {
            refusedConnect(plain.packet("MQTT", 5, flags), MALFORMED, PROTOCOL_ERROR);
        }
        Connect will = new Connect(id()).will(topic(), "w", 3, false, Props.NONE);
        refusedConnect(will.packet(), MALFORMED, PROTOCOL_ERROR);
        refusedConnect(plain.packet().flags(1), MALFORMED, PROTOCOL_ERROR);
    }

    @Test
    @Statement({
        "MQTT-3.1.2-9",
        "MQTT-3.1.2-16",
        "MQTT-3.1.2-17",
        "MQTT-3.1.2-18",
        "MQTT-3.1.2-19",
        "MQTT-3.1.3-1",
        "MQTT-3.1.3-3"
    })
    void thePayloadHasWhatTheFlagsSay() throws IOException {
        Connect plain = new Connect(id());
        // Flags without the fields: a will, a name, a password.
        for (int flags : new int[] {2 | 4, 2 | 128, 2 | 64, 2 | 128 | 64}) {
            refusedConnect(plain.packet("MQTT", 5, flags), MALFORMED, PROTOCOL_ERROR);
        }
        // Fields without the flags.
        Connect named = new Connect(id()).user("guest").password("guest");
        Connect will = new Connect(id()).will(topic(), "w", 0, false, Props.NONE);
        for (Connect each : List.of(named, will)) {
            refusedConnect(each.packet("MQTT", 5, 2), MALFORMED, PROTOCOL_ERROR);
        }
        // No client id at all.
        byte[] body = new Bytes().text("MQTT").u8(5).u8(2).u16(0).u8(0).toByteArray();
        refusedConnect(new Packet(Packet.CONNECT, 0, body), MALFORMED, PROTOCOL_ERROR, BAD_ID);
    }

    @Test
    @Statement({"MQTT-3.1.3-4", "MQTT-3.1.3-11", "MQTT-3.1.3-12"})
    void textsOfAConnectAreUtf8() throws IOException {
        byte[] bad = {(byte) 0xED, (byte) 0xA0, (byte) 0x80};
        Bytes head = new Bytes().text("MQTT").u8(5);
        byte[] start = head.toByteArray();
        refusedConnect(
                new Packet(Packet.CONNECT, new Bytes().raw(start).u8(2).u16(0).u8(0).binary(bad)),
                MALFORMED,
                PROTOCOL_ERROR,
                BAD_ID);
        refusedConnect(
                new Packet(
                        Packet.CONNECT,
                        new Bytes()
                                .raw(start)
                                .u8(2 | 4)
                                .u16(0)
                                .u8(0)
                                .text(id())
                                .u8(0)
                                .binary(bad)
                                .text("w")),
                MALFORMED,
                PROTOCOL_ERROR);
        refusedConnect(
                new Packet(
                        Packet.CONNECT,
                        new Bytes().raw(start).u8(2 | 128).u16(0).u8(0).text(id()).binary(bad)),
                MALFORMED,
                PROTOCOL_ERROR);
    }

    @Test
    void propertiesOfAConnectKeepToTheirRules() throws IOException {
        for (Connect each :
                List.of(
                        new Connect(id()).with(Props.RECEIVE_MAX, 0),
                        new Connect(id()).with(Props.PACKET_MAX, 0),
                        new Connect(id()).with(Props.REQUEST_PROBLEM, 2),
                        new Connect(id()).with(Props.REQUEST_RESPONSE, 2),
                        new Connect(id()).lasting(1).lasting(1),
                        new Connect(id()).with(Props.RECEIVE_MAX, 1).with(Props.RECEIVE_MAX, 1),
                        new Connect(id()).with(Props.AUTH_DATA, new byte[] {1}),
                        new Connect(id()).with(Props.MESSAGE_EXPIRY, 1),
                        new Connect(id()).with(Props.ALIAS, 1))) {
            refusedConnect(each.packet(), PROTOCOL_ERROR, MALFORMED);
        }
        Props bad = Props.of(Props.RECEIVE_MAX, 1);
        refusedConnect(
                new Connect(id()).will(topic(), "w", 0, false, bad).packet(),
                PROTOCOL_ERROR,
                MALFORMED);
        refusedConnect(
                new Connect(id()).will("a/#", "w", 0, false, Props.NONE).packet(),
                PROTOCOL_ERROR,
                MALFORMED,
                0x90);
    }

    @Test
    @Statement({"MQTT-3.1.4-5", "MQTT-3.2.0-1", "MQTT-3.2.2-1", "MQTT-3.2.2-2", "MQTT-2.2.2-1"})
    void aConnectIsAnsweredFirst() throws IOException {
        RawMqtt raw = socket();
        // All at once: the CONNACK comes before the PINGRESP.
        raw.write(
                new Bytes()
                        .raw(new Connect(id()).packet().bytes())
                        .raw(Packet.ping().bytes())
                        .toByteArray());
        Connack connack = raw.await(Connack.class);
        assertThat(connack.reason()).isZero();
        assertThat(connack.flags()).isZero();
        raw.await(Received.Pong.class);
        raw.quiet();
    }

    @Test
    @Statement({"MQTT-3.1.3-5", "MQTT-3.1.3-2"})
    void idsOfDigitsAndLettersAreTaken() throws IOException {
        for (String id :
                List.of("a", "Z", "0", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ")) {
            RawMqtt raw = connect(new Connect(id));
            raw.quiet();
            raw.leave();
        }
    }

    @Test
    @Statement({"MQTT-3.1.3-6", "MQTT-3.1.3-7", "MQTT-3.2.2-16"})
    void whoHasNoIdIsGivenOne() throws IOException {
        String first = assigned(socket());
        String second = assigned(socket());
        assertThat(first).isNotEmpty().isNotEqualTo(second);
        // It counts: whoever comes with it takes the session over.
        RawMqtt lasting = socket();
        Connack connack = lasting.connect(new Connect("").lasting(60));
        String id = connack.props().text(Props.ASSIGNED_CLIENT_ID);
        lasting.close();
        RawMqtt again = resume(new Connect(id).lasting(0));
        again.leave();
        assertThat(socket().connect(new Connect(id())).props().has(Props.ASSIGNED_CLIENT_ID))
                .isFalse();
    }

    private static String assigned(RawMqtt raw) throws IOException {
        Connack connack = raw.connect(new Connect(""));
        assertThat(connack.reason()).isZero();
        return connack.props().text(Props.ASSIGNED_CLIENT_ID);
    }

    @Test
    @Statement("MQTT-3.1.3-8")
    void anIdThatIsRefusedEndsTheConnection() throws IOException {
        // No session of a client without an id can be found again; and U+0000 is in no id.
        refusedConnect(new Connect("\0").packet(), BAD_ID, MALFORMED, PROTOCOL_ERROR);
    }

    @Test
    @Statement({"MQTT-3.1.4-2", "MQTT-3.2.2-6", "MQTT-3.2.2-7", "MQTT-3.2.2-8", "MQTT-4.13.2-1"})
    void whoMayNotComeInIsClosed() throws IOException {
        if (!broker.ours()) {
            System.out.println("wrong passwords not tried: the broker's users are not known");
            return;
        }
        RawMqtt raw = socket();
        Connack connack = raw.connect(new Connect(id()).user("guest").password("wrong"));
        assertThat(connack.reason()).isIn(0x86, 0x87);
        assertThat(connack.flags()).isZero();
        assertThat(raw.rest()).isEmpty();
    }

    @Test
    @Statement({"MQTT-3.1.4-6", "MQTT-3.14.0-1"})
    void nothingAfterARefusedConnectIsLookedAt() throws IOException {
        String topic = topic();
        RawMqtt watching = connect();
        watching.subscribe(topic, 0);
        Connect bad = new Connect(id());
        RawMqtt raw = socket();
        raw.write(
                new Bytes()
                        .raw(bad.packet("MQTT", 9, bad.flags()).bytes())
                        .raw(Message.of(topic, "no").packet().bytes())
                        .toByteArray());
        Ending ending = raw.ending();
        assertThat(ending.connected() && ending.reason() != 0).as("DISCONNECT").isFalse();
        connect().publish(topic, "yes");
        next(watching, "yes");
    }

    @Test
    @Statement("MQTT-3.1.4-3")
    void whoHadTheIdBeforeIsToldAndClosed() throws IOException {
        String id = id();
        RawMqtt first = connect(new Connect(id));
        RawMqtt second = connect(new Connect(id));
        Disconnect said = first.await(Disconnect.class);
        assertThat(said.reason()).isEqualTo(0x8E);
        assertThat(first.rest()).isEmpty();
        second.quiet();
    }

    @Test
    @Statement({"MQTT-3.1.2-4", "MQTT-3.1.4-4"})
    void aCleanStartThrowsTheSessionAway() throws IOException {
        String id = id();
        String topic = topic();
        RawMqtt first = connect(new Connect(id).lasting(60));
        first.subscribe(topic, 1);
        first.leave();
        RawMqtt second = socket();
        assertThat(second.connect(new Connect(id).lasting(60)).present()).isFalse();
        connect().publish(topic, "for nobody");
        second.quiet();
        second.leave();
        resume(new Connect(id).lasting(0)).quiet();
    }

    @Test
    @Statement({"MQTT-3.1.2-5", "MQTT-3.1.2-6", "MQTT-3.2.2-3", "MQTT-3.1.2-23"})
    void aSessionGoesOn() throws IOException {
        String id = id();
        String topic = topic();
        RawMqtt first = socket();
        assertThat(first.connect(new Connect(id).resumed().lasting(60)).present()).isFalse();
        first.subscribe(topic, 1);
        first.close();
        connect().publish(topic, "meanwhile");
        RawMqtt second = resume(new Connect(id).lasting(0));
        var message = second.message();
        assertThat(message.payload()).isEqualTo("meanwhile");
        second.settle(message);
        connect().publish(topic, "now");
        next(second, "now");
    }

    @Test
    @Statement("MQTT-3.1.2-22")
    void whoIsSilentForTooLongIsClosed() throws IOException {
        long began = System.nanoTime();
        RawMqtt raw = connect(new Connect(id()).keepAlive(1));
        Ending ending = raw.ending();
        long millis = (System.nanoTime() - began) / 1_000_000;
        assertThat(ending.reason()).isIn(0x8D, 0);
        assertThat(millis).isGreaterThanOrEqualTo(1_500);
    }

    @Test
    @Statement("MQTT-3.2.2-22")
    void theClientsKeepAliveCountsUnlessAnotherIsNamed() throws IOException {
        Connack connack = socket().connect(new Connect(id()).keepAlive(30));
        assertThat(connack.props().number(Props.SERVER_KEEP_ALIVE, 30)).isBetween(1L, 30L);
        RawMqtt raw = connect(new Connect(id()).keepAlive(1));
        assertThat(raw.ending().reason()).isIn(0x8D, 0);
    }

    @Test
    @Statement("MQTT-3.1.2-28")
    void responseInformationIsForThoseWhoAsk() throws IOException {
        for (Connect each :
                List.of(new Connect(id()), new Connect(id()).with(Props.REQUEST_RESPONSE, 0))) {
            Connack connack = socket().connect(each);
            assertThat(connack.props().has(Props.RESPONSE_INFORMATION)).isFalse();
        }
    }

    @Test
    @Statement("MQTT-3.1.2-29")
    void whoWantsNoProblemInformationGetsNone() throws IOException {
        RawMqtt raw = connect(new Connect(id()).with(Props.REQUEST_PROBLEM, 0));
        var granted = raw.subscribe(Props.NONE, new Wish(topic(), 0), new Wish(topic(), 1));
        assertThat(granted.props().all()).isEmpty();
        raw.send(Message.of(topic(), "x", 1, 9));
        assertThat(raw.ack(Packet.PUBACK, 9).props().all()).isEmpty();
        raw.send(Packet.ack(Packet.PUBREL, 77));
        assertThat(raw.ack(Packet.PUBCOMP, 77).props().all()).isEmpty();
        assertThat(raw.unsubscribe("no/such").props().all()).isEmpty();
    }

    @Test
    @Statement("MQTT-3.2.2-15")
    void aPacketTooLargeForTheServerIsRefused() throws IOException {
        RawMqtt raw = socket();
        long max = raw.connect(new Connect(id())).props().number(Props.PACKET_MAX, 1 << 28);
        if (max >= 1 << 28) {
            // Nothing is too large; what the encoding holds at most is tried in HostileInputIT.
            assertThat(broker.ours()).as("the node names its maximum").isFalse();
            return;
        }
        raw.write(new Bytes().u8(0x30).varint((int) max + 1).text(topic()).toByteArray());
        assertThat(raw.ending().reason()).isEqualTo(0x95);
    }

    @Test
    @Statement({
        "MQTT-3.1.2-24",
        "MQTT-3.2.2-19",
        "MQTT-3.2.2-20",
        "MQTT-3.4.2-2",
        "MQTT-3.4.2-3",
        "MQTT-3.5.2-2",
        "MQTT-3.5.2-3",
        "MQTT-3.6.2-2",
        "MQTT-3.6.2-3",
        "MQTT-3.7.2-2",
        "MQTT-3.7.2-3",
        "MQTT-3.9.2-1",
        "MQTT-3.9.2-2",
        "MQTT-3.11.2-1",
        "MQTT-3.11.2-2",
        "MQTT-3.14.2-3",
        "MQTT-3.14.2-4"
    })
    void noPacketIsLargerThanTheClientTakes() throws IOException {
        int max = 40;
        String topic = "s" + System.nanoTime();
        RawMqtt raw = socket();
        raw.send(new Connect(id()).with(Props.PACKET_MAX, max).packet());
        fits(raw, Packet.CONNACK, max);
        raw.send(Packet.subscribe(1, Props.NONE, new Wish(topic, 2)));
        fits(raw, Packet.SUBACK, max);
        raw.send(Message.of(topic + "/nobody", "x", 1, 2));
        fits(raw, Packet.PUBACK, max);
        raw.send(Message.of(topic + "/nobody", "x", 2, 3));
        fits(raw, Packet.PUBREC, max);
        raw.send(Packet.ack(Packet.PUBREL, 99));
        fits(raw, Packet.PUBCOMP, max);
        RawMqtt publisher = connect();
        publisher.send(Message.of(topic, "x", 2, 4));
        publisher.ack(Packet.PUBREC, 4);
        publisher.send(Packet.ack(Packet.PUBREL, 4));
        publisher.ack(Packet.PUBCOMP, 4);
        Packet delivery = raw.packet();
        assertThat(delivery.bytes()).hasSizeLessThanOrEqualTo(max);
        int id = ((Received.Publish) Received.of(delivery)).id();
        raw.send(Packet.ack(Packet.PUBREC, id));
        fits(raw, Packet.PUBREL, max);
        raw.send(Packet.ack(Packet.PUBCOMP, id));
        raw.send(Packet.unsubscribe(5, "no/such", topic));
        fits(raw, Packet.UNSUBACK, max);
        raw.send(Packet.subscribe(6, Props.NONE, new Wish("f", 0xC0)));
        fits(raw, Packet.DISCONNECT, max);
    }

    private static void fits(RawMqtt raw, int type, int max) throws IOException {
        Packet packet = raw.packet();
        assertThat(packet.type()).isEqualTo(type);
        assertThat(packet.bytes()).hasSizeLessThanOrEqualTo(max);
    }

    @Test
    @Statement("MQTT-3.1.2-25")
    void aMessageTooLargeForItsReceiverIsDroppedAsIfSent() throws IOException {
        String topic = topic();
        RawMqtt small =
                connect(new Connect(id()).with(Props.PACKET_MAX, 200).with(Props.RECEIVE_MAX, 1));
        small.subscribe(topic, 1);
        RawMqtt publisher = connect();
        char[] much = new char[500];
        Arrays.fill(much, 'x');
        publisher.publish(topic, new String(much));
        publisher.publish(topic, "small");
        next(small, "small");
    }

    @Test
    @Statement("MQTT-4.2-1")
    void packetsComeInAnyPieces() throws IOException {
        RawMqtt raw = socket();
        for (byte each : new Connect(id()).packet().bytes()) {
            raw.write(new byte[] {each});
        }
        assertThat(raw.await(Connack.class).reason()).isZero();
        var many = new Bytes();
        for (int i = 0; i < 100; i++) {
            many.raw(Packet.ping().bytes());
        }
        raw.write(many.toByteArray());
        for (int i = 0; i < 100; i++) {
            raw.await(Received.Pong.class);
        }
    }

    @Test
    @Statement("MQTT-3.12.4-1")
    void aPingIsAnswered() throws IOException {
        connect().quiet();
    }
}
