package dev.parley.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.Packet.Wish;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Packets that are not as they must be: each ends its connection, with the reason where one is
/// said.
class MalformedTest extends MqttCase {

    /// A surrogate, a sequence that is too long, one that is cut, one above U+10FFFF.
    private static final List<byte[]> BAD_TEXTS =
            List.of(
                    bytes(0xED, 0xA0, 0x80),
                    bytes(0xED, 0xBF, 0xBF),
                    bytes(0xC0, 0x80),
                    bytes(0xC1, 0xBF),
                    bytes(0xE0, 0x80, 0x80),
                    bytes(0xE2, 0x82),
                    bytes(0x80),
                    bytes(0xF4, 0x90, 0x80, 0x80),
                    bytes(0xF5, 0x80, 0x80, 0x80),
                    bytes(0xFF));

    private static byte[] bytes(int... values) {
        var out = new Bytes();
        for (int value : values) {
            out.u8(value);
        }
        return out.toByteArray();
    }

    private static Packet publish(byte[] topic) {
        return new Packet(Packet.PUBLISH, 0, new Bytes().binary(topic).u8(0).u8('x'));
    }

    private static Packet publish(Bytes props) {
        byte[] content = props.toByteArray();
        var body = new Bytes().text("t").varint(content.length).raw(content).u8('x');
        return new Packet(Packet.PUBLISH, 0, body);
    }

    private static Packet subscribe(byte[] filter) {
        return new Packet(Packet.SUBSCRIBE, new Bytes().u16(1).u8(0).binary(filter).u8(0));
    }

    private static Packet unsubscribe(byte[] filter) {
        return new Packet(Packet.UNSUBSCRIBE, new Bytes().u16(1).u8(0).binary(filter));
    }

    @Test
    @Statement({"MQTT-1.5.4-1", "MQTT-3.3.2-1", "MQTT-3.8.3-1", "MQTT-3.10.3-1", "MQTT-4.7.3-3"})
    void textsAreUtf8() throws IOException {
        for (byte[] bad : BAD_TEXTS) {
            malformed(publish(bad));
            malformed(subscribe(bad));
            malformed(unsubscribe(bad));
        }
    }

    @Test
    @Statement({"MQTT-1.5.4-2", "MQTT-4.7.3-2"})
    void textsHaveNoNul() throws IOException {
        byte[] bad = "a\0b".getBytes(UTF_8);
        malformed(publish(bad));
        malformed(subscribe(bad));
        malformed(unsubscribe(bad));
        refusedConnect(new Connect("a\0b").packet(), MALFORMED, PROTOCOL_ERROR, 0x85);
    }

    @Test
    @Statement("MQTT-1.5.4-3")
    void byteOrderMarkStays() throws IOException {
        String topic = topic() + "/\uFEFFmark";
        RawMqtt client = connect();
        client.subscribe(topic, 0);
        client.subscribe(topic.replace("\uFEFF", ""), 0);
        client.send(Message.of(topic.replace("\uFEFF", ""), "without"));
        client.send(Message.of(topic, "with"));
        assertThat(client.message().topic()).doesNotContain("\uFEFF");
        assertThat(client.message().topic()).isEqualTo(topic);
        RawMqtt props = connect();
        props.subscribe(topic, 0);
        props.send(Message.of(topic, "x").with(Props.of(Props.CONTENT_TYPE, "\uFEFFtext")));
        assertThat(props.message().props().text(Props.CONTENT_TYPE)).isEqualTo("\uFEFFtext");
    }

    @Test
    @Statement("MQTT-1.5.5-1")
    void numbersTakeNoMoreBytesThanTheyNeed() throws IOException {
        Packet ping = Packet.ping();
        assertThat(ping.bytes()).hasSize(2);
        // A length of 0 in two bytes, and in four.
        malformed(bytes(0xC0, 0x80, 0x00));
        malformed(bytes(0xC0, 0x80, 0x80, 0x80, 0x00));
        // The same for properties, and for a subscription id of 1.
        malformed(new Packet(Packet.PUBLISH, 0, new Bytes().text("t").u8(0x80).u8(0).u8('x')));
        Bytes id = new Bytes().u16(1).u8(3).u8(Props.SUBSCRIPTION_ID).u8(0x81).u8(0);
        malformed(new Packet(Packet.SUBSCRIBE, id.text("f").u8(0)));
    }

    @Test
    void lengthOfFiveBytesIsMalformed() throws IOException {
        malformed(bytes(0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F));
        malformed(bytes(0xC0, 0x80, 0x80, 0x80, 0x80, 0x01));
    }

    @Test
    @Statement("MQTT-1.5.7-1")
    void pairsAreTexts() throws IOException {
        for (byte[] bad : BAD_TEXTS) {
            malformed(publish(new Bytes().u8(Props.USER).binary(bad).text("v")));
            malformed(publish(new Bytes().u8(Props.USER).text("k").binary(bad)));
        }
        malformed(publish(new Bytes().u8(Props.USER).text("k\0").text("v")));
    }

    @Test
    @Statement({
        "MQTT-2.1.3-1",
        "MQTT-3.6.1-1",
        "MQTT-3.8.1-1",
        "MQTT-3.10.1-1",
        "MQTT-3.14.1-1",
        "MQTT-3.15.1-1"
    })
    void reservedFlagsAreAsTheyMustBe() throws IOException {
        List<Packet> packets =
                List.of(
                        Packet.ack(Packet.PUBACK, 1),
                        Packet.ack(Packet.PUBREC, 1),
                        Packet.ack(Packet.PUBREL, 1),
                        Packet.ack(Packet.PUBCOMP, 1),
                        Packet.subscribe(1, Props.NONE, new Wish("f", 0)),
                        Packet.unsubscribe(1, "f"),
                        Packet.ping(),
                        Packet.disconnect(0, Props.NONE),
                        Packet.auth(0x18, Props.NONE));
        for (Packet packet : packets) {
            for (int flags : new int[] {0, 1, 2, 3, 4, 8, 15}) {
                if (flags != packet.flags()) {
                    malformed(packet.flags(flags));
                }
            }
        }
    }

    @Test
    void reservedTypesAreMalformed() throws IOException {
        malformed(bytes(0x00, 0x00));
        // What only servers say.
        malformed(bytes(0x20, 0x03, 0x00, 0x00, 0x00));
        malformed(bytes(0x90, 0x04, 0x00, 0x01, 0x00, 0x00));
        malformed(bytes(0xB0, 0x04, 0x00, 0x01, 0x00, 0x00));
        malformed(bytes(0xD0, 0x00));
    }

    @Test
    @Statement("MQTT-3.3.1-4")
    void qosThreeIsMalformed() throws IOException {
        Packet publish = Message.of("t", "x", 1, 1).packet();
        malformed(publish.flags(6));
        malformed(publish.flags(14));
        malformed(publish.flags(7));
    }

    @Test
    @Statement({"MQTT-2.2.1-2", "MQTT-3.3.1-2"})
    void aPublishOfQos0HasNoPacketIdAndNoDup() throws IOException {
        malformed(Message.of("t", "x").packet().flags(8));
        String topic = topic();
        RawMqtt client = connect();
        client.subscribe(topic, 0);
        client.send(Message.of(topic, "body"));
        // With a packet id in it, the payload would not be what was sent.
        next(client, "body");
    }

    @Test
    void packetIdZeroIsAnError() throws IOException {
        malformed(Message.of("t", "x", 1, 0).packet());
        malformed(Message.of("t", "x", 2, 0).packet());
        malformed(Packet.subscribe(0, Props.NONE, new Wish("f", 0)));
        malformed(Packet.unsubscribe(0, "f"));
        malformed(Packet.ack(Packet.PUBREL, 0));
    }

    @Test
    @Statement({"MQTT-3.3.2-2", "MQTT-4.7.0-1"})
    void topicsHaveNoWildcards() throws IOException {
        for (String topic : List.of("#", "+", "a/#", "a/+/b", "a+", "a#b")) {
            refused(publish(topic.getBytes(UTF_8)), MALFORMED, PROTOCOL_ERROR, 0x90);
        }
    }

    @Test
    @Statement("MQTT-4.7.3-1")
    void topicsAndFiltersAreNotEmpty() throws IOException {
        refused(publish(new byte[0]), MALFORMED, PROTOCOL_ERROR, 0x90);
        refused(subscribe(new byte[0]), MALFORMED, PROTOCOL_ERROR, 0x8F);
        refused(unsubscribe(new byte[0]), MALFORMED, PROTOCOL_ERROR, 0x8F);
    }

    @Test
    @Statement({"MQTT-4.7.1-1", "MQTT-4.7.1-2"})
    void wildcardsStandAlone() throws IOException {
        for (String filter :
                List.of("a#", "#/a", "a/#/b", "a/b#", "##", "a+", "+a", "a/+b/c", "++")) {
            RawMqtt raw = connect();
            raw.send(Packet.subscribe(1, Props.NONE, new Wish(filter, 0)));
            // Refused with the connection, or in the SUBACK.
            switch (raw.read()) {
                case Received.Granted granted ->
                        assertThat(granted.reasons()).as(filter).containsExactly(0x8F);
                case Received.Disconnect said ->
                        assertThat(said.reason()).as(filter).isIn(MALFORMED, PROTOCOL_ERROR, 0x8F);
                case Received other -> throw new AssertionError(filter + ": " + other);
            }
        }
    }

    @Test
    @Statement({"MQTT-3.8.3-2", "MQTT-3.10.3-2"})
    void thereIsAtLeastOneFilter() throws IOException {
        refused(new Packet(Packet.SUBSCRIBE, new Bytes().u16(1).u8(0)), MALFORMED, PROTOCOL_ERROR);
        refused(
                new Packet(Packet.UNSUBSCRIBE, new Bytes().u16(1).u8(0)),
                MALFORMED,
                PROTOCOL_ERROR);
    }

    @Test
    @Statement("MQTT-3.8.3-5")
    void reservedOptionsAreMalformed() throws IOException {
        for (int options : new int[] {0x40, 0x80, 0xC0, 0x03, 0x30}) {
            malformed(Packet.subscribe(1, Props.NONE, new Wish("f", options)));
        }
    }

    @Test
    @Statement("MQTT-3.8.3-4")
    void noLocalOnASharedSubscriptionIsAnError() throws IOException {
        refused(Packet.subscribe(1, Props.NONE, new Wish("$share/g/f", 4)), PROTOCOL_ERROR);
    }

    @Test
    @Statement({"MQTT-4.8.2-1", "MQTT-4.8.2-2"})
    void sharedFiltersHaveANameAndAFilter() throws IOException {
        for (String filter :
                List.of(
                        "$share/",
                        "$share//f",
                        "$share/g",
                        "$share/g/",
                        "$share/+/f",
                        "$share/a#/f")) {
            RawMqtt raw = connect();
            raw.send(Packet.subscribe(1, Props.NONE, new Wish(filter, 0)));
            switch (raw.read()) {
                case Received.Granted granted ->
                        assertThat(granted.reasons()).as(filter).containsExactly(0x8F);
                case Received.Disconnect said ->
                        assertThat(said.reason()).as(filter).isIn(MALFORMED, PROTOCOL_ERROR, 0x8F);
                case Received other -> throw new AssertionError(filter + ": " + other);
            }
        }
    }

    @Test
    @Statement("MQTT-3.3.4-6")
    void aClientsPublishHasNoSubscriptionId() throws IOException {
        refused(
                Message.of("t", "x").with(Props.of(Props.SUBSCRIPTION_ID, 1)).packet(),
                MALFORMED,
                PROTOCOL_ERROR);
    }

    @Test
    void subscriptionIdZeroIsAnError() throws IOException {
        Props zero = Props.of(Props.SUBSCRIPTION_ID, 0);
        refused(Packet.subscribe(1, zero, new Wish("f", 0)), PROTOCOL_ERROR, MALFORMED);
    }

    @Test
    @Statement("MQTT-3.3.2-8")
    void aliasZeroDoesNotExist() throws IOException {
        refused(
                Message.of("t", "x").with(Props.of(Props.ALIAS, 0)).packet(),
                0x94,
                PROTOCOL_ERROR,
                MALFORMED);
    }

    @Test
    @Statement({"MQTT-3.3.2-13", "MQTT-3.3.2-19"})
    void responseTopicAndContentTypeAreTexts() throws IOException {
        for (byte[] bad : BAD_TEXTS) {
            malformed(publish(new Bytes().u8(Props.RESPONSE_TOPIC).binary(bad)));
            malformed(publish(new Bytes().u8(Props.CONTENT_TYPE).binary(bad)));
        }
    }

    @Test
    @Statement("MQTT-3.3.2-14")
    void responseTopicsHaveNoWildcards() throws IOException {
        for (String topic : List.of("#", "a/+", "a/#")) {
            refused(
                    Message.of("t", "x").with(Props.of(Props.RESPONSE_TOPIC, topic)).packet(),
                    MALFORMED,
                    PROTOCOL_ERROR,
                    0x90);
        }
    }

    @Test
    void propertiesStandWhereTheyBelong() throws IOException {
        // An unknown one, and those of other packets.
        malformed(publish(new Bytes().u8(0x7F).u8(0)));
        malformed(publish(new Bytes().u8(0x04).u8(0)));
        for (Props wrong :
                List.of(
                        Props.of(Props.SESSION_EXPIRY, 1),
                        Props.of(Props.RECEIVE_MAX, 1),
                        Props.of(Props.ASSIGNED_CLIENT_ID, "c"),
                        Props.of(Props.REASON, "why"),
                        Props.of(Props.WILL_DELAY, 1))) {
            malformed(Message.of("t", "x").with(wrong).packet());
        }
        malformed(Packet.subscribe(1, Props.of(Props.MESSAGE_EXPIRY, 1), new Wish("f", 0)));
        malformed(Packet.disconnect(0, Props.of(Props.RECEIVE_MAX, 1)));
    }

    @Test
    void propertiesStandThereOnce() throws IOException {
        for (Map.Entry<Integer, Object> one :
                Map.<Integer, Object>of(
                                Props.PAYLOAD_FORMAT,
                                0,
                                Props.MESSAGE_EXPIRY,
                                9,
                                Props.CONTENT_TYPE,
                                "t",
                                Props.RESPONSE_TOPIC,
                                "r",
                                Props.CORRELATION,
                                new byte[] {1},
                                Props.ALIAS,
                                1)
                        .entrySet()) {
            Props twice = Props.of(one.getKey(), one.getValue()).with(one.getKey(), one.getValue());
            refused(Message.of("t", "x").with(twice).packet(), PROTOCOL_ERROR, MALFORMED);
        }
        Props ids = Props.of(Props.SUBSCRIPTION_ID, 1).with(Props.SUBSCRIPTION_ID, 2);
        refused(Packet.subscribe(1, ids, new Wish("f", 0)), PROTOCOL_ERROR, MALFORMED);
    }

    @Test
    void valuesAreWithinTheirBounds() throws IOException {
        refused(
                Message.of("t", "x").with(Props.of(Props.PAYLOAD_FORMAT, 2)).packet(),
                PROTOCOL_ERROR,
                MALFORMED,
                0x99);
    }

    @Test
    void lengthsInsideAPacketStayInsideIt() throws IOException {
        // A topic, properties, a property and a filter that end after their packet does.
        malformed(new Packet(Packet.PUBLISH, 0, new Bytes().u16(500).u8('t')));
        malformed(new Packet(Packet.PUBLISH, 0, new Bytes().text("t").u8(100).u8(0)));
        malformed(publish(new Bytes().u8(Props.CONTENT_TYPE).u16(500).u8('x')));
        malformed(publish(new Bytes().u8(Props.MESSAGE_EXPIRY).u8(0)));
        malformed(new Packet(Packet.SUBSCRIBE, new Bytes().u16(1).u8(0).u16(9).u8('f').u8(0)));
        malformed(new Packet(Packet.SUBSCRIBE, new Bytes().u16(1).u8(0).text("f")));
        malformed(new Packet(Packet.SUBSCRIBE, new Bytes().u8(1)));
        malformed(new Packet(Packet.PUBACK, new Bytes().u8(1)));
        malformed(new Packet(Packet.PUBLISH, 2, new Bytes().text("t").u8(1)));
        malformed(new Packet(Packet.PUBLISH, 0, new Bytes()));
    }

    @Test
    void nothingFollowsTheLastField() throws IOException {
        malformed(bytes(0xC0, 0x01, 0x00));
        malformed(new Packet(Packet.PUBREL, new Bytes().u16(1).u8(0).u8(0).u8(9)));
        malformed(new Packet(Packet.DISCONNECT, new Bytes().u8(0).u8(0).u8(9)));
    }

    @Test
    @Statement({"MQTT-3.4.2-1", "MQTT-3.5.2-1", "MQTT-3.6.2-1", "MQTT-3.7.2-1", "MQTT-3.14.2-1"})
    void reasonsOfOthersAreErrors() throws IOException {
        malformed(Packet.ack(Packet.PUBREL, 1, 0x01));
        malformed(Packet.ack(Packet.PUBCOMP, 1, 0x10));
        malformed(Packet.ack(Packet.PUBACK, 1, 0x02));
        malformed(Packet.ack(Packet.PUBREC, 1, 0x92));
        malformed(Packet.disconnect(0x01, Props.NONE));
        // Servers only.
        malformed(Packet.disconnect(0x8E, Props.NONE));
    }

    @Test
    @Statement("MQTT-4.13.1-1")
    void whatCameBeforeIsDoneAndWhatComesAfterIsNot() throws IOException {
        String topic = topic();
        RawMqtt watching = connect();
        watching.subscribe(topic, 0);
        RawMqtt raw = connect();
        raw.write(
                new Bytes()
                        .raw(Message.of(topic, "before").packet().bytes())
                        .raw(bytes(0x00, 0x00))
                        .raw(Message.of(topic, "after").packet().bytes())
                        .toByteArray());
        raw.ending();
        next(watching, "before");
        connect().publish(topic, "later");
        next(watching, "later");
    }
}
