package dev.parley.front.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.parley.front.mqtt.ClientPacket.Acknowledgement;
import dev.parley.front.mqtt.ClientPacket.Disconnect;
import dev.parley.front.mqtt.ClientPacket.Filter;
import dev.parley.front.mqtt.ClientPacket.Publish;
import dev.parley.front.mqtt.ClientPacket.Subscribe;
import dev.parley.front.mqtt.ClientPacket.Unsubscribe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a client says after its CONNECT, byte for byte.
class PacketDecoderTest {
    private static ClientPacket read(MqttVersion version, int firstByte, String body) {
        return new PacketDecoder(version).read(firstByte, Hex.bytes(body));
    }

    @Test
    void theExampleOfPublish() {
        // 3.3.2, figure 3.11: topic a/b, packet identifier 10
        Publish packet = (Publish) read(MqttVersion.V3_1_1, 0x3B, "0003 \"a/b\" 000a \"payload\"");
        assertThat(packet.topic()).isEqualTo("a/b");
        assertThat(packet.packetId()).isEqualTo(10);
        assertThat(packet.qos()).isEqualTo(1);
        assertThat(packet.dup()).isTrue();
        assertThat(packet.retain()).isTrue();
        assertThat(packet.payload()).isEqualTo(Hex.bytes("\"payload\""));
    }

    @Test
    void propertiesThatTheNodeActsOnAreTakenOutAndOthersKeptInOrder() {
        // 38 "a"="b", 35 alias 7, 2 expiry 60, 38 "a"="c", 1 text
        Publish packet =
                (Publish)
                        read(
                                MqttVersion.V5,
                                0x30,
                                "0000 18 26 0001 \"a\" 0001 \"b\" 23 0007 02 0000003c"
                                        + " 26 0001 \"a\" 0001 \"c\" 01 01 \"x\"");
        assertThat(packet.properties().alias()).isEqualTo(7);
        assertThat(packet.properties().expirySeconds()).isEqualTo(60);
        assertThat(Hex.of(packet.properties().others()))
                .isEqualTo("26000161000162" + "26000161000163" + "0101");
        assertThat(packet.payload()).isEqualTo(Hex.bytes("\"x\""));
    }

    @Test
    void subscriptionsWithTheirOptions() {
        // 11: identifier 128 (80 01); options 2e: retain handling 2, as published, no local, QoS 2
        Subscribe packet =
                (Subscribe)
                        read(MqttVersion.V5, 0x82, "000a 03 0b 8001 0003 \"a/b\" 2e 0001 \"#\" 10");
        assertThat(packet.packetId()).isEqualTo(10);
        assertThat(packet.subscriptionId()).isEqualTo(128);
        assertThat(packet.filters())
                .containsExactly(
                        new Filter("a/b", 2, true, true, 2), new Filter("#", 0, false, false, 1));
    }

    @Test
    void theExampleOfUnsubscribe() {
        // 3.10.3, figure 3.30
        Unsubscribe packet =
                (Unsubscribe) read(MqttVersion.V3_1_1, 0xA2, "000a 0003 \"a/b\" 0003 \"c/d\"");
        assertThat(packet.filters()).containsExactly("a/b", "c/d");
    }

    @Test
    void acknowledgementsWithAndWithoutReasons() {
        assertThat(read(MqttVersion.V3_1_1, 0x40, "0001"))
                .isEqualTo(new Acknowledgement(PacketType.PUBACK, 1, 0));
        assertThat(read(MqttVersion.V5, 0x50, "ffff 97"))
                .isEqualTo(new Acknowledgement(PacketType.PUBREC, 65_535, 0x97));
        assertThat(read(MqttVersion.V5, 0x62, "0002 92 04 1f 0001 \"x\""))
                .isEqualTo(new Acknowledgement(PacketType.PUBREL, 2, 0x92));
        assertThat(read(MqttVersion.V5, 0x70, "0002 00 00"))
                .isEqualTo(new Acknowledgement(PacketType.PUBCOMP, 2, 0));
    }

    @Test
    void farewells() {
        assertThat(read(MqttVersion.V3_1_1, 0xE0, "")).isEqualTo(new Disconnect(0, -1));
        assertThat(read(MqttVersion.V5, 0xE0, "")).isEqualTo(new Disconnect(0, -1));
        assertThat(read(MqttVersion.V5, 0xE0, "04")).isEqualTo(new Disconnect(4, -1));
        assertThat(read(MqttVersion.V5, 0xE0, "00 05 11 00000009")).isEqualTo(new Disconnect(0, 9));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // QoS 3, DUP with QoS 0, packet identifier 0, cut short, text that is none
                "V3_1_1 | 36 | 0001 'a' 0001 | MALFORMED_PACKET",
                "V3_1_1 | 38 | 0001 'a' | MALFORMED_PACKET",
                "V3_1_1 | 32 | 0001 'a' 0000 | PROTOCOL_ERROR",
                "V3_1_1 | 32 | 0001 'a' 00 | MALFORMED_PACKET",
                "V3_1_1 | 30 | 0005 'a' | MALFORMED_PACKET",
                "V3_1_1 | 30 | 00 | MALFORMED_PACKET",
                "V3_1_1 | 30 | 0001 ff | MALFORMED_PACKET",
                "V5 | 30 | 0001 'a' 06 03 0003 ed a0 80 | MALFORMED_PACKET",
                // alias 0, alias twice, a subscription identifier, a wildcard to answer to
                "V5 | 30 | 0001 'a' 03 23 0000 | TOPIC_ALIAS_INVALID",
                "V5 | 30 | 0001 'a' 06 23 0001 23 0001 | PROTOCOL_ERROR",
                "V5 | 30 | 0001 'a' 02 0b 01 | PROTOCOL_ERROR",
                "V5 | 30 | 0001 'a' 04 08 0001 '#' | PROTOCOL_ERROR",
                "V5 | 30 | 0001 'a' 02 01 02 | PROTOCOL_ERROR",
                // properties of other packets, and one that only a server sends
                "V5 | 30 | 0001 'a' 05 11 00000000 | MALFORMED_PACKET",
                "V5 | 82 | 0001 05 11 00000000 0001 'a' 00 | MALFORMED_PACKET",
                "V5 | a2 | 0001 05 11 00000000 0001 'a' | MALFORMED_PACKET",
                "V5 | e0 | 00 04 1c 0001 'x' | PROTOCOL_ERROR",
                // the length of the properties: longer than need be, than there are bytes
                "V5 | 30 | 0001 'a' 80 00 | MALFORMED_PACKET",
                "V5 | 30 | 0001 'a' 05 01 00 | MALFORMED_PACKET",
                // flags that the standard sets
                "V3_1_1 | 41 | 0001 | MALFORMED_PACKET",
                "V3_1_1 | 60 | 0001 | MALFORMED_PACKET",
                "V3_1_1 | 80 | 0001 0001 'a' 00 | MALFORMED_PACKET",
                "V3_1_1 | a0 | 0001 0001 'a' | MALFORMED_PACKET",
                "V3_1_1 | c1 | '' | MALFORMED_PACKET",
                // something behind the end
                "V3_1_1 | 40 | 0001 00 | MALFORMED_PACKET",
                "V3_1_1 | c0 | 00 | MALFORMED_PACKET",
                "V3_1_1 | e0 | 00 | MALFORMED_PACKET",
                // SUBSCRIBE: to nothing, without options, with reserved ones, QoS 3, handling 3
                "V3_1_1 | 82 | 0001 | PROTOCOL_ERROR",
                "V3_1_1 | 82 | 0001 0001 'a' | MALFORMED_PACKET",
                "V3_1_1 | 82 | 0001 0001 'a' 04 | MALFORMED_PACKET",
                "V5 | 82 | 0001 00 0001 'a' 03 | MALFORMED_PACKET",
                "V5 | 82 | 0001 00 0001 'a' 40 | MALFORMED_PACKET",
                "V5 | 82 | 0001 00 0001 'a' 30 | PROTOCOL_ERROR",
                "V5 | 82 | 0001 02 0b 00 0001 'a' 00 | PROTOCOL_ERROR",
                "V5 | 82 | 0001 00 000a '$share/g/t' 04 | PROTOCOL_ERROR",
                "V3_1_1 | 82 | 0000 0001 'a' 00 | MALFORMED_PACKET",
                "V3_1_1 | a2 | 0001 | PROTOCOL_ERROR",
                // reasons that there are not
                "V5 | 40 | 0001 05 | PROTOCOL_ERROR",
                "V5 | 62 | 0001 10 | PROTOCOL_ERROR",
                "V5 | e0 | 05 | PROTOCOL_ERROR",
                "V5 | f0 | 05 | PROTOCOL_ERROR",
                // what only servers say, and what cannot be said twice
                "V3_1_1 | 20 | 0000 | PROTOCOL_ERROR",
                "V3_1_1 | 90 | 0001 00 | PROTOCOL_ERROR",
                "V3_1_1 | d0 | '' | PROTOCOL_ERROR",
                "V3_1_1 | 10 | '' | PROTOCOL_ERROR",
                "V3_1_1 | f0 | '' | PROTOCOL_ERROR",
                "V3_1_1 | 00 | '' | PROTOCOL_ERROR",
            })
    void whatIsWrongIsRefused(MqttVersion version, String first, String body, ReasonCode reason) {
        String bytes = body == null ? "" : body.replace('\'', '"');
        MqttException refusal =
                catchThrowableOfType(
                        MqttException.class,
                        () -> read(version, Integer.parseInt(first, 16), bytes));
        assertThat(refusal).isNotNull();
        assertThat(refusal.reason()).isEqualTo(reason);
    }
}
