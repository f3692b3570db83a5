package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.Packet.Wish;
import dev.parley.it.mqtt.Received.Ack;
import dev.parley.it.mqtt.Received.Pong;
import dev.parley.it.mqtt.Received.Publish;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// The exchanges of QoS 1 and 2 in both directions, over reconnects, and flow control.
class DeliveryTest extends MqttCase {

    @Test
    @Statement({"MQTT-2.2.1-4", "MQTT-4.3.2-1", "MQTT-4.3.3-1"})
    void deliveriesHaveUnusedPacketIds() throws IOException {
        String topic = topic();
        RawMqtt raw = connect();
        raw.subscribe(topic, 2);
        RawMqtt publisher = connect();
        Set<Integer> used = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            publisher.publish(topic, "x");
            Publish got = raw.message();
            assertThat(got.id()).isPositive();
            assertThat(used.add(got.id())).as("unused: %s", got.id()).isTrue();
        }
    }

    @Test
    @Statement({"MQTT-4.3.2-3", "MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-4.1.0-1"})
    void whatWasNotAcknowledgedComesAgainAtTheReturn() throws IOException {
        String topic = topic();
        String id = id();
        RawMqtt first = connect(new Connect(id).lasting(60));
        first.subscribe(topic, 1);
        RawMqtt publisher = connect();
        publisher.publish(topic, "a");
        publisher.publish(topic, "b");
        Publish a = first.message();
        Publish b = first.message();
        first.settle(a);
        // Not again while the connection lasts.
        first.quiet();
        first.close();
        RawMqtt second = resume(new Connect(id).lasting(60));
        Publish again = second.message();
        assertThat(again.payload()).isEqualTo("b");
        assertThat(again.id()).isEqualTo(b.id());
        assertThat(again.dup()).isTrue();
        second.settle(again);
        second.quiet();
        second.close();
        resume(new Connect(id).lasting(0)).quiet();
    }

    @Test
    @Statement({"MQTT-4.3.3-3", "MQTT-4.3.3-4", "MQTT-4.3.3-5", "MQTT-4.3.3-6", "MQTT-4.4.0-1"})
    void qos2GoesOnWhereItBrokeOff() throws IOException {
        String topic = topic();
        String id = id();
        RawMqtt first = connect(new Connect(id).lasting(60));
        first.subscribe(topic, 2);
        publishTwice(connect(), topic);
        Publish a = first.message();
        Publish b = first.message();
        first.send(Packet.ack(Packet.PUBREC, a.id()));
        first.ack(Packet.PUBREL, a.id());
        first.quiet();
        first.close();
        RawMqtt second = resume(new Connect(id).lasting(60));
        // Of a the PUBREL comes again, of b the PUBLISH: in the order in which they were sent.
        Received one = second.read();
        Received two = second.read();
        Ack released = (Ack) (one instanceof Ack ? one : two);
        Publish again = (Publish) (one instanceof Ack ? two : one);
        assertThat(released.type()).isEqualTo(Packet.PUBREL);
        assertThat(released.id()).isEqualTo(a.id());
        assertThat(again.id()).isEqualTo(b.id());
        assertThat(again.dup()).isTrue();
        assertThat(again.payload()).isEqualTo("b");
        second.send(Packet.ack(Packet.PUBCOMP, a.id()));
        second.settle(again);
        second.quiet();
        second.close();
        resume(new Connect(id).lasting(0)).quiet();
    }

    private static void publishTwice(RawMqtt publisher, String topic) throws IOException {
        for (String payload : List.of("a", "b")) {
            int id = publisher.nextId();
            publisher.send(Message.of(topic, payload, 2, id));
            publisher.ack(Packet.PUBREC, id);
            publisher.send(Packet.ack(Packet.PUBREL, id));
            publisher.ack(Packet.PUBCOMP, id);
        }
    }

    @Test
    @Statement("MQTT-4.3.2-5")
    void afterThePubackTheSameIdIsANewMessage() throws IOException {
        String topic = topic();
        RawMqtt watching = connect();
        watching.subscribe(topic, 0);
        RawMqtt raw = connect();
        raw.send(Message.of(topic, "one", 1, 7));
        raw.ack(Packet.PUBACK, 7);
        raw.send(Message.of(topic, "two", 1, 7).again());
        raw.ack(Packet.PUBACK, 7);
        next(watching, "one");
        next(watching, "two");
    }

    @Test
    @Statement({"MQTT-4.3.3-10", "MQTT-4.3.3-12"})
    void untilThePubrelTheSameIdIsTheSameMessage() throws IOException {
        String topic = topic();
        RawMqtt watching = connect();
        watching.subscribe(topic, 0);
        RawMqtt raw = connect();
        for (int i = 0; i < 3; i++) {
            Message message = Message.of(topic, "one", 2, 7);
            raw.send(i == 0 ? message : message.again());
            raw.ack(Packet.PUBREC, 7);
        }
        raw.send(Packet.ack(Packet.PUBREL, 7));
        raw.ack(Packet.PUBCOMP, 7);
        raw.send(Message.of(topic, "two", 2, 7).again());
        raw.ack(Packet.PUBREC, 7);
        raw.send(Packet.ack(Packet.PUBREL, 7));
        raw.ack(Packet.PUBCOMP, 7);
        next(watching, "one");
        next(watching, "two");
    }

    @Test
    @Statement("MQTT-4.3.3-10")
    void aPublishOfQos2IsKnownAgainAfterAReconnect() throws IOException {
        String topic = topic();
        String id = id();
        RawMqtt watching = connect();
        watching.subscribe(topic, 0);
        RawMqtt first = connect(new Connect(id).lasting(60));
        first.send(Message.of(topic, "one", 2, 7));
        first.ack(Packet.PUBREC, 7);
        first.close();
        RawMqtt second = resume(new Connect(id).lasting(60));
        second.send(Message.of(topic, "one", 2, 7).again());
        second.ack(Packet.PUBREC, 7);
        second.send(Packet.ack(Packet.PUBREL, 7));
        second.ack(Packet.PUBCOMP, 7);
        second.send(Message.of(topic, "two"));
        next(watching, "one");
        next(watching, "two");
        second.send(Packet.disconnect(0, Props.of(Props.SESSION_EXPIRY, 0)));
    }

    /// Not to know a packet id "is not an error during recovery" (3.7.2.1).
    @Test
    @Statement("MQTT-4.3.3-11")
    void aPubcompThatWasLostIsNoErrorAtTheReturn() throws IOException {
        String topic = topic();
        String id = id();
        RawMqtt first = connect(new Connect(id).lasting(60));
        for (int packet = 7; packet <= 8; packet++) {
            first.send(Message.of(topic, "x", 2, packet));
            first.ack(Packet.PUBREC, packet);
        }
        first.send(Packet.ack(Packet.PUBREL, 7));
        first.ack(Packet.PUBCOMP, 7);
        first.close();
        RawMqtt second = resume(new Connect(id).lasting(60));
        second.send(Packet.ack(Packet.PUBREL, 7));
        second.send(Packet.ack(Packet.PUBREL, 8));
        second.send(Message.of(topic, "new", 2, 9));
        assertThat(second.ack(Packet.PUBCOMP, 7).reason()).isZero();
        assertThat(second.ack(Packet.PUBCOMP, 8).reason()).isZero();
        second.ack(Packet.PUBREC, 9);
        // It has begun something new: now it is one.
        second.send(Packet.ack(Packet.PUBREL, 7));
        int reason = second.ack(Packet.PUBCOMP, 7).reason();
        assertThat(reason).isIn(broker.ours() ? List.of(0x92) : List.of(0x92, 0));
        second.send(Packet.disconnect(0, Props.of(Props.SESSION_EXPIRY, 0)));
    }

    @Test
    void aPubrelThatIsNotKnownIsAnsweredSo() throws IOException {
        RawMqtt raw = connect();
        raw.send(Packet.ack(Packet.PUBREL, 123));
        Ack comp = raw.ack(Packet.PUBCOMP, 123);
        assertThat(comp.reason()).isIn(0x92, 0);
        // So is a PUBREC.
        raw.send(Packet.ack(Packet.PUBREC, 124));
        Received answer = raw.read();
        if (answer instanceof Ack rel) {
            assertThat(rel.type()).isEqualTo(Packet.PUBREL);
            assertThat(rel.reason()).isIn(0x92, 0);
        } else {
            assertThat(answer).isInstanceOf(Received.Disconnect.class);
        }
    }

    @Test
    @Statement("MQTT-4.3.3-9")
    void afterABadPubrecTheSameIdIsANewMessage() throws IOException {
        // The only bad PUBREC that a client without rights of its own can bring about.
        String topic = topic();
        RawMqtt raw = connect();
        raw.send(Message.of(topic, "\u00FF", 2, 7).with(Props.of(Props.PAYLOAD_FORMAT, 1)));
        Ack first = raw.ack(Packet.PUBREC, 7);
        raw.send(Message.of(topic, "plain", 2, 7));
        Ack second = raw.ack(Packet.PUBREC, 7);
        if (first.reason() < 0x80) {
            // The payload's format is not looked into: then it is the same message still.
            assertThat(second.reason()).isLessThan(0x80);
            raw.send(Packet.ack(Packet.PUBREL, 7));
            raw.ack(Packet.PUBCOMP, 7);
        }
        raw.quiet();
    }

    @Test
    @Statement("MQTT-4.3.3-7")
    void whatWasSentDoesNotExpire() throws IOException {
        String topic = topic();
        String id = id();
        RawMqtt first = connect(new Connect(id).lasting(60));
        first.subscribe(topic, 2);
        RawMqtt publisher = connect();
        long began = System.nanoTime();
        publisher.send(Message.of(topic, "x", 2, 1).with(Props.of(Props.MESSAGE_EXPIRY, 3)));
        publisher.ack(Packet.PUBREC, 1);
        publisher.send(Packet.ack(Packet.PUBREL, 1));
        publisher.ack(Packet.PUBCOMP, 1);
        Publish got = first.message();
        first.close();
        Awaitility.await().until(() -> System.nanoTime() - began > 4_100_000_000L);
        RawMqtt second = resume(new Connect(id).lasting(0));
        Publish again = second.message();
        assertThat(again.id()).isEqualTo(got.id());
        assertThat(again.dup()).isTrue();
        second.settle(again);
        second.quiet();
    }

    @Test
    @Statement("MQTT-4.3.3-13")
    void anExchangeGoesOnThoughItsMessageHasExpired() throws IOException {
        RawMqtt publisher = connect();
        long began = System.nanoTime();
        publisher.send(Message.of(topic(), "x", 2, 1).with(Props.of(Props.MESSAGE_EXPIRY, 1)));
        publisher.ack(Packet.PUBREC, 1);
        Awaitility.await().until(() -> System.nanoTime() - began > 2_100_000_000L);
        publisher.send(Packet.ack(Packet.PUBREL, 1));
        publisher.ack(Packet.PUBCOMP, 1);
        publisher.quiet();
    }

    @Test
    @Statement("MQTT-4.5.0-1")
    void everySessionWithAMatchGetsTheMessage() throws IOException {
        String topic = topic();
        List<String> ids = List.of(id(), id(), id());
        for (String id : ids) {
            RawMqtt raw = connect(new Connect(id).lasting(60));
            raw.subscribe(topic, 1);
            raw.leave();
        }
        connect().publish(topic, "x");
        for (String id : ids) {
            next(resume(new Connect(id).lasting(0)), "x");
        }
    }

    /// What is kept for one session only is copied to its client as it is; where something is to be
    /// added, as an identifier, it is encoded anew.
    @Test
    void whatIsCopiedToAClientIsWhatWouldBeEncodedForIt() throws IOException {
        String topic = topic() + "/ü";
        RawMqtt raw = connect(new Connect(id()).lasting(60).with(Props.PACKET_MAX, 200L));
        RawMqtt publisher = connect();
        Props said = Props.of(Props.CONTENT_TYPE, "text/plain").user("a", "1").user("a", "2");
        for (Props asked : List.of(Props.NONE, Props.of(Props.SUBSCRIPTION_ID, 7L))) {
            raw.subscribe(asked, new Wish(topic, 1));
            for (Props props : List.of(said, Props.NONE)) {
                publisher.send(Message.of(topic, "x", 1, 1).with(props));
                publisher.ack(Packet.PUBACK, 1);
                Publish got = raw.message();
                raw.settle(got);
                assertThat(got.topic()).isEqualTo(topic);
                assertThat(got.payload()).isEqualTo("x");
                assertThat(got.qos()).isEqualTo(1);
                assertThat(got.id()).isPositive();
                assertThat(got.dup() || got.retain()).isFalse();
                assertThat(got.props().text(Props.CONTENT_TYPE))
                        .isEqualTo(props.text(Props.CONTENT_TYPE));
                assertThat(got.props().values(Props.USER)).isEqualTo(props.values(Props.USER));
                assertThat(got.props().values(Props.SUBSCRIPTION_ID))
                        .isEqualTo(asked.values(Props.SUBSCRIPTION_ID));
            }
            publisher.send(Message.of(topic, "x".repeat(200), 1, 1));
            publisher.ack(Packet.PUBACK, 1);
            raw.quiet(); // larger than it takes
        }
    }

    @Test
    @Statement({"MQTT-3.3.4-9", "MQTT-3.3.4-10", "MQTT-4.9.0-1", "MQTT-4.9.0-2", "MQTT-4.9.0-3"})
    void noMoreIsSentThanTheClientTakes() throws IOException {
        String topic = topic();
        RawMqtt raw = connect(new Connect(id()).with(Props.RECEIVE_MAX, 3));
        raw.subscribe(topic, 2);
        RawMqtt publisher = connect();
        for (int i = 0; i < 6; i++) {
            publisher.publish(topic, "" + i);
        }
        for (int i = 0; i < 3; i++) {
            next(raw, "" + i);
        }
        // Everything else goes on: pings, subscriptions, the client's own publishes.
        raw.quiet();
        raw.subscribe(topic() + "/other", 1);
        raw.publish(topic() + "/nobody", "x");
        raw.quiet();
        raw.send(Packet.ack(Packet.PUBACK, 1));
    }

    @Test
    @Statement({"MQTT-4.9.0-2", "MQTT-3.3.4-9"})
    void eachAcknowledgementMakesRoomForOne() throws IOException {
        String topic = topic();
        RawMqtt raw = connect(new Connect(id()).with(Props.RECEIVE_MAX, 2));
        raw.subscribe(topic, 1);
        RawMqtt publisher = connect();
        for (int i = 0; i < 5; i++) {
            publisher.publish(topic, "" + i);
        }
        Publish first = raw.message();
        Publish second = raw.message();
        raw.quiet();
        raw.settle(second);
        next(raw, "2");
        raw.quiet();
        raw.settle(first);
        next(raw, "3");
        raw.quiet();
    }

    @Test
    @Statement("MQTT-3.3.4-7")
    void moreThanTheServerTakesIsAnError() throws IOException {
        RawMqtt raw = socket();
        long max = raw.connect(new Connect(id())).props().number(Props.RECEIVE_MAX, 65_535);
        String topic = topic();
        for (int id = 1; id <= Math.min(max + 1, 65_535); id++) {
            raw.send(Message.of(topic, "x", 2, id));
        }
        if (max == 65_535) {
            // There is no more than all packet ids.
            for (int id = 1; id <= max; id++) {
                raw.ack(Packet.PUBREC, id);
            }
            raw.quiet();
            return;
        }
        RawMqtt.Ending ending = raw.ending();
        assertThat(ending.reason()).isEqualTo(0x93);
    }

    @Test
    @Statement("MQTT-4.1.0-2")
    void aSessionEndsWithItsExpiry() throws IOException {
        String id = id();
        RawMqtt first = connect(new Connect(id).lasting(1));
        first.subscribe(topic(), 1);
        first.leave();
        long began = System.nanoTime();
        Awaitility.await().until(() -> System.nanoTime() - began > 2_500_000_000L);
        assertThat(socket().connect(new Connect(id).resumed()).present()).isFalse();
        // Without an expiry it ends with the connection.
        String other = id();
        RawMqtt brief = connect(new Connect(other));
        brief.subscribe(topic(), 1);
        brief.leave();
        assertThat(socket().connect(new Connect(other).resumed()).present()).isFalse();
    }

    @Test
    void anExpiryCanBeChangedAtTheEnd() throws IOException {
        String id = id();
        RawMqtt first = connect(new Connect(id).lasting(60));
        first.send(Packet.disconnect(0, Props.of(Props.SESSION_EXPIRY, 0)));
        assertThat(first.rest()).isEmpty();
        assertThat(socket().connect(new Connect(id).resumed()).present()).isFalse();
        // But not from nothing to something.
        refused(
                Packet.disconnect(0, Props.of(Props.SESSION_EXPIRY, 10)),
                PROTOCOL_ERROR,
                MALFORMED);
    }

    @Test
    void aSessionWithoutEndIsKept() throws IOException {
        String id = id();
        connect(new Connect(id).lasting(0xFFFFFFFFL)).leave();
        resume(new Connect(id).lasting(0)).quiet();
    }

    @Test
    void pingsAreAnsweredInTheMiddleOfAnExchange() throws IOException {
        String topic = topic();
        RawMqtt raw = connect();
        raw.send(Message.of(topic, "x", 2, 1));
        raw.send(Packet.ping());
        List<Class<?>> kinds = List.of(raw.read().getClass(), raw.read().getClass());
        assertThat(kinds).containsExactlyInAnyOrder(Ack.class, Pong.class);
    }
}
