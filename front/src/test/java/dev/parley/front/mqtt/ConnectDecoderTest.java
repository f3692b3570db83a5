package dev.parley.front.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.parley.api.Subject;
import dev.parley.front.mqtt.ClientPacket.Connect;
import dev.parley.front.mqtt.ClientPacket.Will;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// CONNECT, byte for byte as the standards' chapters 3.1 have it.
class ConnectDecoderTest {
    private static Connect read(String body) {
        return new ConnectDecoder(Subject.LEVELS).read(0x10, Hex.bytes(body));
    }

    private static MqttException refused(int firstByte, String body) {
        return catchThrowableOfType(
                MqttException.class,
                () -> new ConnectDecoder(Subject.LEVELS).read(firstByte, Hex.bytes(body)));
    }

    @Test
    void theExampleOfVersion311() {
        // 3.1.2, figure 3.3: user name, password, will with QoS 1, clean session, ten seconds
        Connect hello =
                read(
                        "0004 \"MQTT\" 04 ce 000a 0001 \"c\" 0001 \"w\" 0002 \"hi\" 0001 \"u\" 0001 \"p\"");
        assertThat(hello.version()).isEqualTo(MqttVersion.V3_1_1);
        assertThat(hello.keepAliveSeconds()).isEqualTo(10);
        assertThat(hello.cleanStart()).isTrue();
        assertThat(hello.sessionExpiry()).isZero();
        assertThat(hello.clientId()).isEqualTo("c");
        assertThat(hello.user()).isEqualTo("u");
        assertThat(hello.password()).isEqualTo("p");
        Will will = Objects.requireNonNull(hello.will());
        assertThat(will.topic()).isEqualTo("w");
        assertThat(will.qos()).isEqualTo(1);
        assertThat(will.retain()).isFalse();
        assertThat(Hex.of(will.payload())).isEqualTo("6869");
    }

    @Test
    void aSessionOfVersion311StaysUnlessItIsClean() {
        Connect hello = read("0004 \"MQTT\" 04 00 0000 0001 \"c\"");
        assertThat(hello.sessionExpiry()).isEqualTo(Connect.FOREVER);
        assertThat(hello.will()).isNull();
        assertThat(hello.user()).isNull();
        assertThat(hello.password()).isNull();
    }

    @Test
    void theOlderProtocolNameIsKnown() {
        assertThat(read("0006 \"MQIsdp\" 03 02 0000 0000").version()).isEqualTo(MqttVersion.V3_1);
    }

    @Test
    void propertiesOfVersion5() {
        // 17: expiry 10; 33: receive maximum 5; 39: packets of 100; 34: 3 aliases; 23: no reasons
        Connect hello =
                read(
                        "0004 \"MQTT\" 05 02 003c 12"
                                + " 11 0000000a 21 0005 27 00000064 22 0003 17 00 0000");
        assertThat(hello.version()).isEqualTo(MqttVersion.V5);
        assertThat(hello.sessionExpiry()).isEqualTo(10);
        assertThat(hello.receiveMaximum()).isEqualTo(5);
        assertThat(hello.packetMax()).isEqualTo(100);
        assertThat(hello.aliasMax()).isEqualTo(3);
        assertThat(hello.wantsReasons()).isFalse();
    }

    @Test
    void theWillOfVersion5HasPropertiesOfItsOwn() {
        // 24: delay 7; 2: expiry 9; 3: content type "t"; 38: "a"="b"
        Connect hello =
                read(
                        "0004 \"MQTT\" 05 2e 0000 00 0000"
                                + " 15 18 00000007 02 00000009 03 0001 \"t\" 26 0001 \"a\" 0001 \"b\""
                                + " 0001 \"w\" 0000");
        Will will = Objects.requireNonNull(hello.will());
        assertThat(will.retain()).isTrue();
        assertThat(will.properties().delaySeconds()).isEqualTo(7);
        assertThat(will.properties().expirySeconds()).isEqualTo(9);
        assertThat(Hex.of(will.properties().others())).isEqualTo("030001742600016100" + "0162");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // the reserved flag
                "0004 'MQTT' 04 03 0000 0001 'c' | MALFORMED_PACKET",
                // a will with QoS 3
                "0004 'MQTT' 04 1e 0000 0001 'c' 0001 'w' 0000 | MALFORMED_PACKET",
                // will flags without a will
                "0004 'MQTT' 04 0a 0000 0001 'c' | MALFORMED_PACKET",
                "0004 'MQTT' 04 22 0000 0001 'c' | MALFORMED_PACKET",
                // a password without a user
                "0004 'MQTT' 04 42 0000 0001 'c' 0001 'p' | MALFORMED_PACKET",
                // something behind the end
                "0004 'MQTT' 04 02 0000 0001 'c' 00 | MALFORMED_PACKET",
                // cut short, in all its parts
                "0004 'MQTT' 04 02 00 | MALFORMED_PACKET",
                "0004 'MQTT' 04 02 0000 0005 'c' | MALFORMED_PACKET",
                "0004 'MQTT' | MALFORMED_PACKET",
                "0004 'MQTT' 05 02 0000 05 11 0000 | MALFORMED_PACKET",
                // a client identifier with U+0000, with half a pair, that is too long in bytes
                "0004 'MQTT' 04 02 0000 0001 00 | MALFORMED_PACKET",
                "0004 'MQTT' 04 02 0000 0003 eda080 | MALFORMED_PACKET",
                "0004 'MQTT' 04 02 0000 0002 c0af | MALFORMED_PACKET",
                // a property twice, one that is none, one that belongs elsewhere
                "0004 'MQTT' 05 02 0000 06 21 0001 21 0001 0000 | PROTOCOL_ERROR",
                "0004 'MQTT' 05 02 0000 02 7f 00 0000 | MALFORMED_PACKET",
                "0004 'MQTT' 05 02 0000 03 23 0001 0000 | MALFORMED_PACKET",
                // values that have no meaning
                "0004 'MQTT' 05 02 0000 03 21 0000 0000 | PROTOCOL_ERROR",
                "0004 'MQTT' 05 02 0000 05 27 00000000 0000 | PROTOCOL_ERROR",
                "0004 'MQTT' 05 02 0000 02 17 02 0000 | PROTOCOL_ERROR",
                // data for a method that is not named
                "0004 'MQTT' 05 02 0000 04 16 0001 00 0000 | PROTOCOL_ERROR",
                // a will to a filter
                "0004 'MQTT' 04 06 0000 0001 'c' 0001 '#' 0000 | MALFORMED_PACKET",
                // versions that are not spoken
                "0004 'MQTT' 06 02 0000 0000 | UNSUPPORTED_PROTOCOL_VERSION",
                "0004 'MQTT' 03 02 0000 0000 | UNSUPPORTED_PROTOCOL_VERSION",
                "0006 'MQIsdp' 04 02 0000 0000 | UNSUPPORTED_PROTOCOL_VERSION",
                "0004 'AMQP' 04 02 0000 0000 | PROTOCOL_ERROR",
            })
    void whatIsWrongIsRefused(String body, ReasonCode reason) {
        assertThat(refused(0x10, body.replace('\'', '"')).reason()).isEqualTo(reason);
    }

    @Test
    void onlyConnectCanComeFirst() {
        assertThat(refused(0xC0, "").reason()).isEqualTo(ReasonCode.PROTOCOL_ERROR);
        assertThat(refused(0x11, "0004 \"MQTT\" 04 02 0000 0001 \"c\"").reason())
                .isEqualTo(ReasonCode.PROTOCOL_ERROR);
    }

    @Test
    void thePasswordIsNotPrinted() {
        assertThat(read("0004 \"MQTT\" 04 c2 0000 0001 \"c\" 0001 \"u\" 0006 \"secret\""))
                .asString()
                .doesNotContain("secret");
    }

    @Test
    void noCutOfItIsTaken() {
        ByteBuffer whole =
                Hex.bytes(
                        "0004 \"MQTT\" 05 ce 000a 05 11 0000000a 0001 \"c\" 05 18 00000007"
                                + " 0001 \"w\" 0002 \"hi\" 0001 \"u\" 0001 \"p\"");
        for (int length = 0; length < whole.limit(); length++) {
            ByteBuffer cut = whole.slice(0, length);
            assertThat(
                            catchThrowableOfType(
                                    MqttException.class,
                                    () -> new ConnectDecoder(Subject.LEVELS).read(0x10, cut)))
                    .as("%d bytes", length)
                    .isNotNull();
        }
    }
}
