package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.Packet.Wish;
import dev.parley.it.mqtt.Received.Granted;
import dev.parley.it.mqtt.Received.Publish;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// SUBSCRIBE and UNSUBSCRIBE, and shared subscriptions.
class SubscribeTest extends MqttCase {

    private static final int NO_LOCAL = 4;

    @Test
    @Statement({
        "MQTT-3.8.4-1",
        "MQTT-3.8.4-2",
        "MQTT-3.8.4-5",
        "MQTT-3.8.4-6",
        "MQTT-3.8.4-7",
        "MQTT-3.9.3-1",
        "MQTT-3.9.3-2",
        "MQTT-2.2.1-6"
    })
    void everyFilterHasItsReason() throws IOException {
        String topic = topic();
        RawMqtt raw = connect();
        raw.send(
                Packet.subscribe(
                        0xFFFF,
                        Props.NONE,
                        new Wish(topic + "/2", 2),
                        new Wish(topic + "/0", 0),
                        new Wish(topic + "/1", 1),
                        new Wish(topic + "/#", 1)));
        Granted granted = raw.await(Granted.class);
        assertThat(granted.id()).isEqualTo(0xFFFF);
        assertThat(granted.type()).isEqualTo(Packet.SUBACK);
        assertThat(granted.reasons()).containsExactly(2, 0, 1, 1);
        connect().publish(topic + "/other", "x");
        next(raw, "x");
    }

    @Test
    @Statement("MQTT-3.8.3-3")
    void noLocalIsNotForOnesOwn() throws IOException {
        String topic = topic();
        RawMqtt raw = connect();
        raw.subscribe(topic, NO_LOCAL);
        raw.publish(topic, "own");
        connect().publish(topic, "other");
        next(raw, "other");
    }

    @Test
    @Statement({"MQTT-3.8.4-3", "MQTT-3.8.4-4"})
    void theSameFilterTakesThePlaceOfTheSubscription() throws IOException {
        String topic = topic();
        RawMqtt raw = connect();
        raw.subscribe(Props.of(Props.SUBSCRIPTION_ID, 7), new Wish(topic, 0));
        raw.subscribe(topic, 1);
        connect().publish(topic, "x");
        Publish got = raw.message();
        assertThat(got.qos()).isEqualTo(1);
        assertThat(got.props().has(Props.SUBSCRIPTION_ID)).isFalse();
        raw.settle(got);
        raw.quiet();
    }

    @Test
    @Statement("MQTT-3.8.4-4")
    void nothingIsLostWhileASubscriptionIsReplaced() throws IOException {
        String topic = topic();
        RawMqtt raw = connect();
        raw.subscribe(topic, 1);
        RawMqtt publisher = connect();
        int count = 200;
        for (int i = 1; i <= count; i++) {
            publisher.send(Message.of(topic, "" + i, 1, i));
            if (i % 20 == 0) {
                raw.send(Packet.subscribe(raw.nextId(), Props.NONE, new Wish(topic, 0x21)));
            }
        }
        var payloads = new ArrayList<String>();
        while (payloads.size() < count) {
            if (raw.read() instanceof Publish got) {
                payloads.add(got.payload());
                raw.settle(got);
            }
        }
        assertThat(payloads).doesNotHaveDuplicates();
    }

    @Test
    @Statement({
        "MQTT-3.10.4-1",
        "MQTT-3.10.4-2",
        "MQTT-3.10.4-4",
        "MQTT-3.10.4-5",
        "MQTT-3.10.4-6",
        "MQTT-3.11.3-1",
        "MQTT-3.11.3-2"
    })
    void onlyTheFilterWithTheSameCharactersIsEnded() throws IOException {
        String topic = topic();
        RawMqtt raw = connect();
        raw.subscribe(topic + "/#", 1);
        raw.subscribe(topic + "/a", 0);
        raw.subscribe(topic + "/b", 0);
        Granted granted = raw.unsubscribe(topic + "/+", topic + "/a", topic + "/A", topic + "/b");
        assertThat(granted.reasons()).containsExactly(0x11, 0, 0x11, 0);
        RawMqtt publisher = connect();
        publisher.publish(topic + "/a", "x");
        Publish got = raw.message();
        assertThat(got.qos()).isEqualTo(1);
        raw.settle(got);
        assertThat(raw.unsubscribe(topic + "/#").reasons()).containsExactly(0);
        publisher.publish(topic + "/a", "y");
        raw.quiet();
    }

    @Test
    @Statement("MQTT-3.10.4-3")
    void whatWasOnItsWayIsBroughtToItsEnd() throws IOException {
        String topic = topic();
        RawMqtt raw = connect();
        raw.subscribe(topic, 2);
        RawMqtt publisher = connect();
        publisher.send(Message.of(topic, "x", 2, 1));
        publisher.ack(Packet.PUBREC, 1);
        publisher.send(Packet.ack(Packet.PUBREL, 1));
        publisher.ack(Packet.PUBCOMP, 1);
        Publish got = raw.message();
        raw.unsubscribe(topic);
        raw.settle(got);
        raw.quiet();
    }

    @Test
    @Statement({"MQTT-4.8.2-3", "MQTT-4.8.2-1"})
    void aSharedMessageGoesToOne() throws IOException {
        String topic = topic();
        RawMqtt first = connect();
        RawMqtt second = connect();
        first.subscribe("$share/group/" + topic + "/#", 0);
        second.subscribe("$share/group/" + topic + "/#", 1);
        RawMqtt alone = connect();
        alone.subscribe(topic + "/#", 0);
        RawMqtt publisher = connect();
        int count = 40;
        for (int i = 0; i < count; i++) {
            publisher.publish(topic + "/" + i, "" + i);
        }
        for (int i = 0; i < count; i++) {
            next(alone, "" + i);
        }
        first.send(Packet.ping());
        second.send(Packet.ping());
        var all = new ArrayList<String>();
        all.addAll(untilPong(first, 0));
        assertThat(all).as("both get some").isNotEmpty().hasSizeLessThan(count);
        all.addAll(untilPong(second, 1));
        assertThat(all).hasSize(count).doesNotHaveDuplicates();
    }

    private static List<String> untilPong(RawMqtt raw, int qos) throws IOException {
        var payloads = new ArrayList<String>();
        Received next = raw.read();
        while (!(next instanceof Received.Pong)) {
            Publish got = (Publish) next;
            assertThat(got.qos()).isEqualTo(qos);
            payloads.add(got.payload());
            raw.settle(got);
            next = raw.read();
        }
        return payloads;
    }

    @Test
    void sharedSubscriptionsGetNoRetainedMessages() throws IOException {
        String topic = retainedTopic();
        connect().publish(Message.of(topic, "kept").retained());
        RawMqtt raw = connect();
        raw.subscribe("$share/group/" + topic, 1);
        raw.quiet();
    }

    @Test
    @Statement({"MQTT-4.8.2-4", "MQTT-4.8.2-5"})
    void aSharedDeliveryThatBrokeOffIsItsClients() throws IOException {
        String topic = topic();
        String filter = "$share/group/" + topic;
        String id = id();
        RawMqtt first = connect(new Connect(id).lasting(60));
        first.subscribe(filter, 2);
        RawMqtt publisher = connect();
        publisher.send(Message.of(topic, "x", 2, 1));
        publisher.ack(Packet.PUBREC, 1);
        publisher.send(Packet.ack(Packet.PUBREL, 1));
        publisher.ack(Packet.PUBCOMP, 1);
        Publish got = first.message();
        first.send(Packet.ack(Packet.PUBREC, got.id()));
        first.ack(Packet.PUBREL, got.id());
        RawMqtt second = connect();
        second.subscribe(filter, 2);
        first.close();
        RawMqtt back = resume(new Connect(id).lasting(60));
        back.ack(Packet.PUBREL, got.id());
        second.quiet();
        // Then its session ends instead.
        back.send(Packet.ack(Packet.PUBCOMP, got.id()));
        back.quiet();
        back.send(Packet.disconnect(0, Props.of(Props.SESSION_EXPIRY, 0)));
        assertThat(back.rest()).isEmpty();
        second.quiet();
    }

    @Test
    @Statement({"MQTT-4.8.2-6", "MQTT-4.4.0-2"})
    void aMessageThatWasRefusedIsOver() throws IOException {
        String topic = topic();
        String filter = "$share/group/" + topic;
        String id = id();
        RawMqtt first = connect(new Connect(id).lasting(60));
        first.subscribe(filter, 2);
        RawMqtt publisher = connect();
        publisher.publish(topic, "one");
        publisher.send(Message.of(topic, "two", 2, 100));
        publisher.ack(Packet.PUBREC, 100);
        publisher.send(Packet.ack(Packet.PUBREL, 100));
        publisher.ack(Packet.PUBCOMP, 100);
        Publish one = first.message();
        Publish two = first.message();
        first.send(Packet.ack(Packet.PUBACK, one.id(), 0x80));
        first.send(Packet.ack(Packet.PUBREC, two.id(), 0x80));
        first.quiet();
        RawMqtt second = connect();
        second.subscribe(filter, 2);
        first.close();
        RawMqtt back = resume(new Connect(id).lasting(0));
        back.quiet();
        second.quiet();
    }
}
