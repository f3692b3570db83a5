package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.Received.Disconnect;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// DISCONNECT in both directions.
class ClosingTest extends MqttCase {

    @Test
    @Statement({
        "MQTT-3.14.2-1",
        "MQTT-3.14.2-2",
        "MQTT-3.14.4-1",
        "MQTT-3.14.4-2",
        "MQTT-4.13.1-1",
        "MQTT-4.13.2-1"
    })
    void theServersDisconnectIsItsLastWord() throws IOException {
        RawMqtt raw = connect(new Connect(id()).lasting(1));
        raw.send(new Connect(id()).packet());
        Disconnect said = raw.await(Disconnect.class);
        assertThat(said.reason()).isEqualTo(PROTOCOL_ERROR);
        assertThat(said.props().has(Props.SESSION_EXPIRY)).isFalse();
        assertThat(raw.rest()).isEmpty();
    }

    @Test
    @Statement("MQTT-3.14.4-1")
    void nothingAfterTheClientsDisconnectIsLookedAt() throws IOException {
        String topic = topic();
        RawMqtt watching = connect();
        watching.subscribe(topic, 0);
        RawMqtt raw = connect();
        raw.write(
                new Bytes()
                        .raw(Packet.disconnect(0, Props.NONE).bytes())
                        .raw(Message.of(topic, "no").packet().bytes())
                        .toByteArray());
        assertThat(raw.rest()).isEmpty();
        connect().publish(topic, "yes");
        next(watching, "yes");
    }

    /// The login takes its time, and the client does not wait for its answer: its end is there when
    /// what it sent is still unread.
    @Test
    void whoSaysAllAtOnceAndGoesIsHeard() throws IOException {
        RawMqtt watching = connect();
        for (int i = 0; i < 20; i++) {
            String topic = topic();
            watching.subscribe(topic, 0);
            RawMqtt raw = socket();
            raw.write(
                    new Bytes()
                            .raw(
                                    new Connect(id())
                                            .will(topic, "will", 0, false, Props.NONE)
                                            .packet()
                                            .bytes())
                            .raw(Message.of(topic, "all").packet().bytes())
                            .raw(Packet.disconnect(0, Props.NONE).bytes())
                            .toByteArray());
            raw.close();
            next(watching, "all");
            watching.quiet();
        }
    }

    @Test
    void anEndOfTheSocketIsOneToo() throws IOException {
        String id = id();
        connect(new Connect(id).lasting(60)).close();
        resume(new Connect(id).lasting(0)).quiet();
    }
}
