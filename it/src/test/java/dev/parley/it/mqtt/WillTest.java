package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.Received.Publish;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Wills: when they are published and when not.
class WillTest extends MqttCase {

    private RawMqtt watching(String topic) throws IOException {
        RawMqtt raw = connect();
        raw.subscribe(topic, 2 | 8);
        return raw;
    }

    @Test
    @Statement({"MQTT-3.1.2-7", "MQTT-3.1.2-8", "MQTT-3.1.2-14", "MQTT-3.1.2-10"})
    void aWillIsPublishedWhenItsClientIsGone() throws IOException {
        String topic = topic();
        RawMqtt watching = watching(topic);
        connect(new Connect(id()).will(topic, "gone", 1, false, Props.NONE)).close();
        Publish will = watching.message();
        assertThat(will.payload()).isEqualTo("gone");
        assertThat(will.qos()).isEqualTo(1);
        assertThat(will.retain()).isFalse();
        watching.settle(will);
        // Once, and it is not retained.
        RawMqtt late = watching(topic);
        connect().publish(topic, "later");
        next(watching, "later");
        next(late, "later");
    }

    @Test
    @Statement({"MQTT-3.14.4-3", "MQTT-3.1.2-10"})
    void anOrderlyEndWithdrawsIt() throws IOException {
        String topic = topic();
        RawMqtt watching = watching(topic);
        RawMqtt raw = connect(new Connect(id()).will(topic, "gone", 0, false, Props.NONE));
        raw.send(new Packet(Packet.DISCONNECT, new Bytes()));
        assertThat(raw.rest()).isEmpty();
        connect().publish(topic, "later");
        next(watching, "later");
    }

    @Test
    @Statement("MQTT-3.1.2-8")
    void anEndWithWillPublishesIt() throws IOException {
        String topic = topic();
        RawMqtt watching = watching(topic);
        RawMqtt raw = connect(new Connect(id()).will(topic, "gone", 2, false, Props.NONE));
        raw.send(Packet.disconnect(0x04, Props.NONE));
        Publish will = watching.message();
        assertThat(will.qos()).isEqualTo(2);
        watching.settle(will);
        // So does an error, and a client that is silent for too long.
        RawMqtt bad = connect(new Connect(id()).will(topic, "bad", 0, false, Props.NONE));
        bad.write(new byte[] {0, 0});
        next(watching, "bad");
        connect(new Connect(id()).keepAlive(1).will(topic, "silent", 0, false, Props.NONE));
        next(watching, "silent");
    }

    @Test
    @Statement("MQTT-3.1.2-15")
    void aWillIsRetainedIfItIsToBe() throws IOException {
        String topic = retainedTopic();
        RawMqtt watching = watching(topic);
        connect(new Connect(id()).will(topic, "gone", 0, true, Props.NONE)).close();
        assertThat(watching.message().retain()).isTrue();
        next(watching(topic), "gone");
    }

    @Test
    @Statement("MQTT-3.1.3-10")
    void aWillHasItsProperties() throws IOException {
        String topic = topic();
        RawMqtt watching = watching(topic);
        Props props =
                Props.of(Props.CONTENT_TYPE, "text")
                        .with(Props.RESPONSE_TOPIC, "r")
                        .with(Props.CORRELATION, new byte[] {1})
                        .with(Props.PAYLOAD_FORMAT, 1)
                        .user("b", "1")
                        .user("a", "2");
        connect(new Connect(id()).will(topic, "gone", 0, false, props)).close();
        Publish will = watching.message();
        assertThat(will.props().text(Props.CONTENT_TYPE)).isEqualTo("text");
        assertThat(will.props().text(Props.RESPONSE_TOPIC)).isEqualTo("r");
        assertThat(will.props().binary(Props.CORRELATION)).isEqualTo("\u0001");
        assertThat(will.props().values(Props.USER))
                .containsExactly(Map.entry("b", "1"), Map.entry("a", "2"));
        assertThat(will.props().has(Props.WILL_DELAY)).isFalse();
    }

    @Test
    @Statement("MQTT-3.1.2-8")
    void aDelayedWillComesLater() throws IOException {
        String topic = topic();
        RawMqtt watching = watching(topic);
        Props delay = Props.of(Props.WILL_DELAY, 1);
        long began = System.nanoTime();
        connect(new Connect(id()).lasting(60).will(topic, "gone", 0, false, delay)).close();
        next(watching, "gone");
        assertThat(System.nanoTime() - began).isGreaterThan(900_000_000L);
    }

    @Test
    @Statement("MQTT-3.1.3-9")
    void aReturnWithdrawsADelayedWill() throws IOException {
        String topic = topic();
        String id = id();
        RawMqtt watching = watching(topic);
        Props delay = Props.of(Props.WILL_DELAY, 3);
        connect(new Connect(id).lasting(60).will(topic, "gone", 0, false, delay)).close();
        RawMqtt back = resume(new Connect(id).lasting(60));
        // A later will of the same delay is out first.
        connect(new Connect(id()).lasting(60).will(topic, "other", 0, false, delay)).close();
        next(watching, "other");
        back.leave();
    }

    @Test
    @Statement("MQTT-3.1.2-8")
    void theEndOfTheSessionEndsTheDelay() throws IOException {
        String topic = topic();
        RawMqtt watching = watching(topic);
        Props delay = Props.of(Props.WILL_DELAY, 600);
        // With the connection; after a second; at a clean start.
        connect(new Connect(id()).will(topic, "at once", 0, false, delay)).close();
        next(watching, "at once");
        connect(new Connect(id()).lasting(1).will(topic, "expired", 0, false, delay)).close();
        next(watching, "expired");
        String id = id();
        connect(new Connect(id).lasting(60).will(topic, "started anew", 0, false, delay)).close();
        connect(new Connect(id));
        next(watching, "started anew");
    }

    @Test
    void aTakeOverPublishesAWillWithoutDelay() throws IOException {
        String topic = topic();
        String id = id();
        RawMqtt watching = watching(topic);
        connect(new Connect(id).lasting(60).will(topic, "taken over", 0, false, Props.NONE));
        RawMqtt second = socket();
        assertThat(second.connect(new Connect(id).resumed().lasting(0)).reason()).isZero();
        next(watching, "taken over");
    }

    @Test
    void aWillWithoutContentIsOne() throws IOException {
        String topic = topic();
        RawMqtt watching = watching(topic);
        connect(new Connect(id()).will(topic, "", 0, false, Props.NONE)).close();
        next(watching, "");
    }

    @Test
    void aWillMayExpire() throws IOException {
        String topic = topic();
        RawMqtt watching = watching(topic);
        Props props = Props.of(Props.MESSAGE_EXPIRY, 30);
        connect(new Connect(id()).will(topic, "gone", 0, false, props)).close();
        assertThat(watching.message().props().number(Props.MESSAGE_EXPIRY, 0)).isBetween(20L, 30L);
        connect().send(Message.of(topic, "end"));
    }
}
