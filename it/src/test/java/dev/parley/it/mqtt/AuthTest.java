package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.mqtt.Received.Auth;
import dev.parley.it.mqtt.Received.Connack;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// Enhanced authentication.
class AuthTest extends MqttCase {

    private static final int BAD_METHOD = 0x8C;

    @Test
    @Statement("MQTT-4.12.0-1")
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

    /// What the SCRAM tests begin with; the broker of the run has to know the method.
    private Auth begin(RawMqtt raw, Scram scram) throws IOException {
        raw.send(
                new Connect(id())
                        .with(Props.AUTH_METHOD, Scram.METHOD)
                        .with(Props.AUTH_DATA, scram.first())
                        .packet());
        Auth auth = raw.await(Auth.class);
        assertThat(auth.reason()).isEqualTo(0x18);
        assertThat(auth.props().text(Props.AUTH_METHOD)).isEqualTo(Scram.METHOD);
        return auth;
    }

    @Test
    @Statement({
        "MQTT-4.12.0-2",
        "MQTT-4.12.0-3",
        "MQTT-4.12.0-5",
        "MQTT-3.15.2-2",
        "MQTT-3.15.2-3",
        "MQTT-4.12.1-1"
    })
    void scramLetsIn() throws IOException {
        if (!broker.ours()) {
            System.out.println("SCRAM not tried: the broker does not know it");
            return;
        }
        RawMqtt raw = socket();
        var scram = new Scram("guest", "guest");
        Auth challenge = begin(raw, scram);
        raw.send(answer(scram.last(challenge.props().binary(Props.AUTH_DATA)), 0x18));
        Connack connack = raw.await(Connack.class);
        assertThat(connack.reason()).isZero();
        assertThat(connack.props().text(Props.AUTH_METHOD)).isEqualTo(Scram.METHOD);
        scram.verify(connack.props().binary(Props.AUTH_DATA));
        raw.quiet();
        // And again, on the same connection.
        var second = new Scram("guest", "guest");
        raw.send(answer(second.first(), 0x19));
        Auth other = raw.await(Auth.class);
        assertThat(other.reason()).isEqualTo(0x18);
        raw.send(answer(second.last(other.props().binary(Props.AUTH_DATA)), 0x18));
        Auth done = raw.await(Auth.class);
        assertThat(done.reason()).isZero();
        assertThat(done.props().text(Props.AUTH_METHOD)).isEqualTo(Scram.METHOD);
        second.verify(done.props().binary(Props.AUTH_DATA));
        raw.quiet();
    }

    private static Packet answer(byte[] data, int reason) {
        return Packet.auth(
                reason, Props.of(Props.AUTH_METHOD, Scram.METHOD).with(Props.AUTH_DATA, data));
    }

    @Test
    @Statement({"MQTT-4.12.0-4", "MQTT-3.1.2-30"})
    void whoDoesNotKnowThePasswordStaysOut() throws IOException {
        if (!broker.ours()) {
            System.out.println("SCRAM not tried: the broker does not know it");
            return;
        }
        RawMqtt raw = socket();
        var scram = new Scram("guest", "wrong");
        Auth challenge = begin(raw, scram);
        raw.send(answer(scram.last(challenge.props().binary(Props.AUTH_DATA)), 0x18));
        Connack connack = raw.await(Connack.class);
        assertThat(connack.reason()).isIn(0x86, 0x87);
        assertThat(raw.rest()).isEmpty();
        // Nobody publishes before the CONNACK.
        RawMqtt early = socket();
        begin(early, new Scram("guest", "guest"));
        early.send(Packet.Message.of("t", "x"));
        assertThat(early.ending().reason()).isIn(PROTOCOL_ERROR, MALFORMED, 0x87, 0);
    }

    @Test
    @Statement("MQTT-4.12.1-2")
    void whoFailsTheSecondTimeIsClosed() throws IOException {
        if (!broker.ours()) {
            System.out.println("SCRAM not tried: the broker does not know it");
            return;
        }
        RawMqtt raw = socket();
        var scram = new Scram("guest", "guest");
        Auth challenge = begin(raw, scram);
        raw.send(answer(scram.last(challenge.props().binary(Props.AUTH_DATA)), 0x18));
        assertThat(raw.await(Connack.class).reason()).isZero();
        var second = new Scram("guest", "wrong");
        raw.send(answer(second.first(), 0x19));
        Auth other = raw.await(Auth.class);
        raw.send(answer(second.last(other.props().binary(Props.AUTH_DATA)), 0x18));
        assertThat(raw.ending().reason()).isIn(0x86, 0x87);
    }
}
