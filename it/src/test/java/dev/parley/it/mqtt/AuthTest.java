package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.mqtt.Received.Connack;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// Enhanced authentication by methods that the node does not offer.
class AuthTest extends MqttCase {

    private static final int BAD_METHOD = 0x8C;

    @Test
    @Statement({"MQTT-4.12.0-1", "MQTT-4.12.0-4"})
    void aMethodThatIsNotKnownEndsTheConnection() throws IOException {
        RawMqtt raw = socket();
        Connack connack = raw.connect(new Connect(id()).with(Props.AUTH_METHOD, "no such method"));
        assertThat(connack.reason()).isIn(BAD_METHOD, 0x87);
        assertThat(raw.rest()).isEmpty();
    }

    @Test
    @Statement({"MQTT-4.12.0-6", "MQTT-4.12.0-7"})
    void withoutAMethodThereIsNoAuth() throws IOException {
        Connack connack = socket().connect(new Connect(id()));
        assertThat(connack.props().has(Props.AUTH_METHOD)).isFalse();
        refused(
                Packet.auth(0x19, Props.of(Props.AUTH_METHOD, "SCRAM-SHA-256")),
                PROTOCOL_ERROR,
                MALFORMED,
                BAD_METHOD);
    }

    @Test
    @Statement("MQTT-3.15.2-1")
    void reasonsOfOthersAreErrors() throws IOException {
        refused(
                Packet.auth(0x01, Props.of(Props.AUTH_METHOD, "m")),
                PROTOCOL_ERROR,
                MALFORMED,
                BAD_METHOD);
    }
}
