package dev.parley.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.Received.Auth;
import dev.parley.it.mqtt.Received.Connack;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Enhanced authentication by SCRAM-SHA-256: HiveMQ's client logs in and shows again who it is; raw
/// sockets try what makes no sense.
class ScramTest extends MqttCase {
    private static final String METHOD = "SCRAM-SHA-256";

    private Mqtt5BlockingClient client(HiveScram scram) {
        return Mqtt5Client.builder()
                .identifier(id())
                .serverHost("127.0.0.1")
                .serverPort(broker.port())
                .enhancedAuth(scram)
                .buildBlocking();
    }

    @Test
    @Statement({"MQTT-4.12.0-2", "MQTT-4.12.0-3", "MQTT-4.12.0-5"})
    void aClientLogsInWithoutSayingItsPassword() {
        Mqtt5BlockingClient client = client(new HiveScram("guest", "guest"));
        client.connect();
        assertThat(client.publishWith().topic(topic()).payload("x".getBytes(UTF_8)).send())
                .isNotNull();
        client.disconnect();
    }

    @Test
    void theVirtualHostMayStandInFrontOfTheName() {
        Mqtt5BlockingClient client = client(new HiveScram("/:guest", "guest"));
        client.connect();
        client.disconnect();
    }

    @Test
    void aWrongPasswordAndAnUnknownUserAreToldTheSame() {
        for (HiveScram scram :
                new HiveScram[] {
                    new HiveScram("guest", "wrong"), new HiveScram("nobody-is-here", "guest")
                }) {
            assertThatThrownBy(() -> client(scram).connect())
                    .isInstanceOfSatisfying(
                            Mqtt5ConnAckException.class,
                            e ->
                                    assertThat(e.getMqttMessage().getReasonCode())
                                            .isEqualTo(Mqtt5ConnAckReasonCode.NOT_AUTHORIZED));
        }
    }

    @Test
    @Statement("MQTT-4.12.1-1")
    void aClientShowsAgainWhoItIs() {
        HiveScram scram = new HiveScram("guest", "guest");
        Mqtt5BlockingClient client = client(scram);
        client.connect();
        client.toAsync().reauth().join();
        client.toAsync().reauth().join();
        assertThat(scram.renewed).hasValue(2);
        assertThat(client.getState().isConnected()).isTrue();
        client.disconnect();
    }

    @Test
    @Statement("MQTT-4.12.1-2")
    void whoCannotShowItAgainIsDisconnected() throws IOException {
        RawMqtt raw = challenged("n,,n=guest,r=0123456789");
        raw.close();
        HiveScram scram = new HiveScram("guest", "guest");
        Mqtt5BlockingClient client = client(scram);
        client.connect();
        scram.password = "wrong";
        assertThatThrownBy(() -> client.toAsync().reauth().join()).isNotNull();
        await().atMost(Duration.ofSeconds(20)).until(() -> !client.getState().isConnected());
    }

    private RawMqtt challenged(String first) throws IOException {
        RawMqtt raw = socket();
        raw.send(
                new Connect(id())
                        .with(Props.AUTH_METHOD, METHOD)
                        .with(Props.AUTH_DATA, first.getBytes(UTF_8))
                        .packet());
        Auth auth = (Auth) raw.read();
        assertThat(auth.reason()).isEqualTo(0x18);
        assertThat(auth.props().has(Props.AUTH_METHOD)).isTrue();
        return raw;
    }

    @Test
    @Statement({"MQTT-4.12.1-1", "MQTT-3.15.2-2", "MQTT-3.15.2-3"})
    void whoShowsItAgainKeepsToTheMethod() throws Exception {
        HiveScram scram = new HiveScram("guest", "guest");
        RawMqtt raw = socket();
        raw.send(
                new Connect(id())
                        .with(Props.AUTH_METHOD, METHOD)
                        .with(Props.AUTH_DATA, scram.first())
                        .packet());
        Auth auth = (Auth) raw.read();
        assertThat(auth.props().has(Props.REASON)).isFalse();
        assertThat(auth.props().has(Props.USER)).isFalse();
        byte[] challenge = auth.props().binary(Props.AUTH_DATA).getBytes(UTF_8);
        raw.send(
                Packet.auth(
                        0x18,
                        Props.of(Props.AUTH_METHOD, METHOD)
                                .with(Props.AUTH_DATA, scram.last(challenge))));
        Connack connack = (Connack) raw.read();
        assertThat(connack.reason()).isZero();
        assertThat(connack.props().text(Props.AUTH_METHOD)).isEqualTo(METHOD);
        raw.send(Packet.auth(0x19, Props.of(Props.AUTH_METHOD, "PLAIN")));
        assertThat(raw.ending().reason()).isEqualTo(PROTOCOL_ERROR);
    }

    @Test
    @Statement("MQTT-3.1.2-30")
    void nothingButAuthComesBeforeTheConnack() throws IOException {
        RawMqtt raw = challenged("n,,n=guest,r=0123456789");
        raw.send(Message.of(topic(), "early"));
        assertThat(raw.rest()).isEmpty();
    }

    @Test
    void anAnswerToAnotherChallengeIsNone() throws IOException {
        RawMqtt raw = challenged("n,,n=guest,r=0123456789");
        raw.send(
                Packet.auth(
                        0x18,
                        Props.of(Props.AUTH_METHOD, METHOD)
                                .with(
                                        Props.AUTH_DATA,
                                        ("c=biws,r=0123456789,p=" + "A".repeat(43) + "=")
                                                .getBytes(UTF_8))));
        assertThat(((Connack) raw.read()).reason()).isEqualTo(0x87);
        assertThat(raw.rest()).isEmpty();
    }

    @Test
    void aFirstMessageThatIsNoneIsRefused() throws IOException {
        for (String first : new String[] {"", "n", "p=tls-unique,,n=a,r=b", "n,,n=,r=0123456789"}) {
            RawMqtt raw = socket();
            Connack connack =
                    raw.connect(
                            new Connect(id())
                                    .with(Props.AUTH_METHOD, METHOD)
                                    .with(Props.AUTH_DATA, first.getBytes(UTF_8)));
            assertThat(connack.reason()).as(first).isEqualTo(0x87);
        }
    }
}
