package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.Packet.Wish;
import dev.parley.it.mqtt.Received.Publish;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// What becomes of a publish: retained messages, properties, aliases, overlapping subscriptions.
class PublishTest extends MqttCase {

    private static final int AS_PUBLISHED = 8;

    @Test
    @Statement({"MQTT-3.3.1-5", "MQTT-3.3.1-8", "MQTT-3.3.1-9"})
    void theLastRetainedMessageStays() throws IOException {
        String topic = retainedTopic();
        RawMqtt publisher = connect();
        publisher.publish(Message.of(topic, "first").retained());
        publisher.publish(Message.of(topic, "second").retained());
        publisher.publish(topic, "not retained");
        RawMqtt late = connect();
        late.subscribe(topic, 1);
        Publish message = late.message();
        assertThat(message.payload()).isEqualTo("second");
        assertThat(message.retain()).isTrue();
        assertThat(message.qos()).isEqualTo(1);
        late.settle(message);
        late.quiet();
    }

    /// What a bridge of Mosquitto does at the broker that it connects to, unless told otherwise.
    @Test
    void aBridgeSaysWhetherItIsThere() throws IOException {
        String state = "$SYS/broker/connection/" + id() + "/state";
        RawMqtt watching = connect();
        watching.subscribe(state, 0);
        RawMqtt bridge = connect(new Connect(id()).will(state, "0", 1, true, Props.NONE));
        assertThat(bridge.publish(Message.of(state, "1").retained())).isZero();
        next(watching, "1");
        bridge.close();
        next(watching, "0");
        RawMqtt late = connect();
        late.subscribe(state, 0);
        next(late, "0");
        connect().publish(Message.of(state, "").retained());
        next(watching, "");
    }

    @Test
    void nobodyElsePublishesToWhatIsTheNodes() throws IOException {
        RawMqtt raw = connect();
        for (String topic :
                List.of("$SYS/broker/uptime", "$SYS/broker/connection/a", "$share/group/topic")) {
            assertThat(raw.publish(topic, "x")).as(topic).isEqualTo(0x87);
        }
    }

    @Test
    @Statement({"MQTT-3.3.1-6", "MQTT-3.3.1-7"})
    void anEmptyOneRemovesIt() throws IOException {
        String topic = retainedTopic();
        RawMqtt publisher = connect();
        RawMqtt watching = connect();
        watching.subscribe(topic, 0);
        publisher.publish(Message.of(topic, "there").retained());
        publisher.publish(Message.of(topic, "").retained());
        next(watching, "there");
        next(watching, "");
        RawMqtt late = connect();
        late.subscribe(topic, 0);
        late.quiet();
    }

    @Test
    @Statement({"MQTT-3.3.1-9", "MQTT-3.3.1-10", "MQTT-3.3.1-11", "MQTT-3.8.4-4"})
    void retainHandlingSaysWhenTheyCome() throws IOException {
        String topic = retainedTopic();
        connect().publish(Message.of(topic, "kept").retained());
        RawMqtt always = connect();
        for (int i = 0; i < 2; i++) {
            always.subscribe(topic, 0);
            next(always, "kept");
        }
        RawMqtt once = connect();
        once.subscribe(topic, 0x10);
        next(once, "kept");
        once.subscribe(topic, 0x10);
        once.quiet();
        RawMqtt never = connect();
        never.subscribe(topic, 0x20);
        never.quiet();
    }

    @Test
    @Statement({"MQTT-3.3.1-12", "MQTT-3.3.1-13"})
    void retainAsPublishedKeepsTheFlag() throws IOException {
        String topic = retainedTopic();
        RawMqtt plain = connect();
        plain.subscribe(topic, 0);
        RawMqtt exact = connect();
        exact.subscribe(topic, AS_PUBLISHED);
        RawMqtt publisher = connect();
        publisher.publish(Message.of(topic, "kept").retained());
        publisher.publish(topic, "passing");
        assertThat(plain.message().retain()).isFalse();
        assertThat(plain.message().retain()).isFalse();
        assertThat(exact.message().retain()).isTrue();
        assertThat(exact.message().retain()).isFalse();
    }

    @Test
    @Statement({
        "MQTT-3.3.2-4",
        "MQTT-3.3.2-15",
        "MQTT-3.3.2-16",
        "MQTT-3.3.2-17",
        "MQTT-3.3.2-18",
        "MQTT-3.3.2-20"
    })
    void propertiesGoThroughUnaltered() throws IOException {
        String topic = topic();
        RawMqtt client = connect();
        client.subscribe(topic, 1);
        byte[] correlation = {0, (byte) 0xFF, 1};
        Props sent =
                Props.of(Props.PAYLOAD_FORMAT, 1)
                        .with(Props.RESPONSE_TOPIC, "answers/here")
                        .with(Props.CORRELATION, correlation)
                        .with(Props.CONTENT_TYPE, "text/plain")
                        .user("b", "1")
                        .user("a", "2")
                        .user("b", "3");
        connect().publish(Message.of(topic, "x").with(sent));
        Publish got = client.message();
        Props props = got.props();
        assertThat(props.number(Props.PAYLOAD_FORMAT, 0)).isEqualTo(1);
        assertThat(props.text(Props.RESPONSE_TOPIC)).isEqualTo("answers/here");
        assertThat((byte[]) props.values(Props.CORRELATION).getFirst()).isEqualTo(correlation);
        assertThat(props.text(Props.CONTENT_TYPE)).isEqualTo("text/plain");
        assertThat(props.values(Props.USER))
                .containsExactly(Map.entry("b", "1"), Map.entry("a", "2"), Map.entry("b", "3"));
    }

    @Test
    void propertiesOfRetainedAndStoredMessagesGoThroughToo() throws IOException {
        String topic = retainedTopic();
        String id = id();
        RawMqtt away = connect(new Connect(id).lasting(60));
        away.subscribe(topic, 1);
        away.leave();
        Props sent = Props.of(Props.CONTENT_TYPE, "text/plain").user("z", "1").user("a", "2");
        connect().publish(Message.of(topic, "kept").retained().with(sent));
        RawMqtt late = connect();
        late.subscribe(topic, 0);
        RawMqtt back = resume(new Connect(id).lasting(0));
        for (RawMqtt each : List.of(late, back)) {
            Props props = each.message().props();
            assertThat(props.text(Props.CONTENT_TYPE)).isEqualTo("text/plain");
            assertThat(props.values(Props.USER))
                    .containsExactly(Map.entry("z", "1"), Map.entry("a", "2"));
        }
    }

    @Test
    @Statement({"MQTT-3.3.2-6"})
    void expiryIsCountedDown() throws IOException {
        String topic = topic();
        String id = id();
        RawMqtt away = connect(new Connect(id).lasting(60));
        away.subscribe(topic, 1);
        away.leave();
        long began = System.nanoTime();
        connect().publish(Message.of(topic, "x").with(Props.of(Props.MESSAGE_EXPIRY, 100)));
        Awaitility.await().until(() -> System.nanoTime() - began > 2_100_000_000L);
        RawMqtt back = resume(new Connect(id).lasting(0));
        long left = back.message().props().number(Props.MESSAGE_EXPIRY, 0);
        long waited = (System.nanoTime() - began) / 1_000_000_000 + 1;
        assertThat(left).isBetween(100 - waited, 98L);
    }

    @Test
    @Statement("MQTT-3.3.2-5")
    void whatHasExpiredIsNotDelivered() throws IOException {
        String topic = retainedTopic();
        String id = id();
        RawMqtt away = connect(new Connect(id).lasting(60));
        away.subscribe(topic, 1);
        away.leave();
        RawMqtt publisher = connect();
        long began = System.nanoTime();
        publisher.publish(
                Message.of(topic, "short").retained().with(Props.of(Props.MESSAGE_EXPIRY, 1)));
        publisher.publish(topic, "long");
        Awaitility.await().until(() -> System.nanoTime() - began > 2_100_000_000L);
        RawMqtt back = resume(new Connect(id).lasting(0));
        next(back, "long");
        RawMqtt late = connect();
        late.subscribe(topic, 0);
        late.quiet();
    }

    @Test
    @Statement({"MQTT-3.3.2-12", "MQTT-3.3.2-7"})
    void everyAliasUpToTheMaximumIsTaken() throws IOException {
        RawMqtt raw = socket();
        long max = raw.connect(new Connect(id())).props().number(Props.ALIAS_MAX, 0);
        assertThat(max).as("the broker takes aliases").isPositive();
        String topic = topic();
        raw.subscribe(topic + "/#", 0);
        for (int alias = 1; alias <= max; alias++) {
            raw.send(Message.of(topic + "/" + alias, "a").with(Props.of(Props.ALIAS, alias)));
            raw.message();
        }
        for (int alias = 1; alias <= max; alias++) {
            raw.send(Message.of("", "b").with(Props.of(Props.ALIAS, alias)));
            assertThat(raw.message().topic()).isEqualTo(topic + "/" + alias);
        }
        raw.send(Message.of(topic + "/other", "c").with(Props.of(Props.ALIAS, 1)));
        raw.message();
        raw.send(Message.of("", "d").with(Props.of(Props.ALIAS, 1)));
        assertThat(raw.message().topic()).isEqualTo(topic + "/other");
        raw.leave();
        // Another connection knows none of them.
        refused(Message.of("", "e").with(Props.of(Props.ALIAS, 1)).packet(), 0x94, PROTOCOL_ERROR);
    }

    @Test
    @Statement({"MQTT-3.2.2-17", "MQTT-3.3.2-9"})
    void anAliasAboveTheMaximumIsAnError() throws IOException {
        long max = socket().connect(new Connect(id())).props().number(Props.ALIAS_MAX, 0);
        Props above = Props.of(Props.ALIAS, (int) max + 1);
        refused(Message.of("t", "x").with(above).packet(), 0x94, PROTOCOL_ERROR);
    }

    @Test
    @Statement({"MQTT-3.1.2-26", "MQTT-3.1.2-27", "MQTT-3.3.2-11"})
    void aliasesOfTheServerAreThoseThatTheClientAllows() throws IOException {
        String topic = topic();
        RawMqtt none = connect();
        none.subscribe(topic + "/#", 0);
        RawMqtt two = connect(new Connect(id()).with(Props.ALIAS_MAX, 2));
        two.subscribe(topic + "/#", 0);
        RawMqtt publisher = connect();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 4; i++) {
                publisher.publish(topic + "/" + i, "x");
            }
        }
        var known = new java.util.HashMap<Long, String>();
        for (int i = 0; i < 12; i++) {
            assertThat(none.message().props().has(Props.ALIAS)).isFalse();
            Publish got = two.message();
            String meant = got.topic();
            if (got.props().has(Props.ALIAS)) {
                long alias = got.props().number(Props.ALIAS, 0);
                assertThat(alias).isBetween(1L, 2L);
                if (!meant.isEmpty()) {
                    known.put(alias, meant);
                }
                meant = known.getOrDefault(alias, "");
            }
            assertThat(meant).isEqualTo(topic + "/" + i % 4);
        }
    }

    @Test
    @Statement({
        "MQTT-3.3.4-1",
        "MQTT-4.3.2-4",
        "MQTT-4.3.3-8",
        "MQTT-4.3.3-11",
        "MQTT-2.2.1-5",
        "MQTT-4.3.1-1"
    })
    void aPublishIsAnsweredAsItsQosAsks() throws IOException {
        String topic = topic();
        RawMqtt raw = connect();
        raw.send(Message.of(topic, "0"));
        raw.quiet();
        raw.send(Message.of(topic, "1", 1, 0xFFFF));
        raw.ack(Packet.PUBACK, 0xFFFF);
        raw.send(Message.of(topic, "2", 2, 300));
        raw.ack(Packet.PUBREC, 300);
        raw.send(Packet.ack(Packet.PUBREL, 300));
        raw.ack(Packet.PUBCOMP, 300);
    }

    @Test
    @Statement({"MQTT-3.3.4-2", "MQTT-3.3.4-3", "MQTT-3.3.4-4"})
    void overlappingSubscriptionsAreOneDelivery() throws IOException {
        String topic = topic();
        RawMqtt raw = connect();
        raw.subscribe(Props.of(Props.SUBSCRIPTION_ID, 1), new Wish(topic, 0));
        raw.subscribe(Props.of(Props.SUBSCRIPTION_ID, 200), new Wish(topic + "/#", 2));
        raw.subscribe(Props.of(Props.SUBSCRIPTION_ID, 268_435_455), new Wish(topic + "/x", 1));
        raw.subscribe(topic.replaceFirst("^it", "+"), 1);
        RawMqtt publisher = connect();
        publisher.send(Message.of(topic, "x", 2, 5));
        publisher.ack(Packet.PUBREC, 5);
        publisher.send(Packet.ack(Packet.PUBREL, 5));
        publisher.ack(Packet.PUBCOMP, 5);
        Publish got = raw.message();
        assertThat(got.qos()).isEqualTo(2);
        assertThat(got.props().values(Props.SUBSCRIPTION_ID)).containsExactlyInAnyOrder(1L, 200L);
        raw.settle(got);
        raw.quiet();
    }

    @Test
    @Statement({"MQTT-3.8.4-8", "MQTT-4.3.2-2", "MQTT-4.3.3-2", "MQTT-3.3.1-3"})
    void theLowerQosCounts() throws IOException {
        RawMqtt publisher = connect();
        for (int granted = 0; granted <= 2; granted++) {
            String topic = topic();
            RawMqtt raw = connect();
            raw.subscribe(topic, granted);
            for (int qos = 0; qos <= 2; qos++) {
                // Marked as a repetition, which the delivery is not.
                Message message = Message.of(topic, "x", qos, 10 + qos);
                publisher.send(qos == 0 ? message : message.again());
                if (qos > 0) {
                    publisher.ack(qos == 1 ? Packet.PUBACK : Packet.PUBREC, 10 + qos);
                }
                if (qos == 2) {
                    publisher.send(Packet.ack(Packet.PUBREL, 12));
                    publisher.ack(Packet.PUBCOMP, 12);
                }
                Publish got = raw.message();
                assertThat(got.qos()).isEqualTo(Math.min(granted, qos));
                assertThat(got.dup()).isFalse();
                raw.settle(got);
            }
        }
    }

    @Test
    @Statement({"MQTT-4.6.0-5", "MQTT-4.6.0-6", "MQTT-3.3.2-3"})
    void orderIsKept() throws IOException {
        String topic = topic();
        String id = id();
        RawMqtt live = connect(new Connect(id()).with(Props.RECEIVE_MAX, 10));
        live.subscribe(topic + "/+", 1);
        RawMqtt away = connect(new Connect(id).lasting(60));
        away.subscribe(topic + "/#", 1);
        away.leave();
        RawMqtt publisher = connect();
        for (int i = 0; i < 100; i++) {
            publisher.publish(topic + "/t", "" + i);
        }
        RawMqtt back = resume(new Connect(id).lasting(0));
        for (RawMqtt each : List.of(live, back)) {
            for (int i = 0; i < 100; i++) {
                Publish got = each.message();
                assertThat(got.payload()).isEqualTo("" + i);
                assertThat(got.topic()).isEqualTo(topic + "/t");
                each.settle(got);
            }
        }
    }

    @Test
    @Statement({"MQTT-4.7.2-1", "MQTT-4.7.3-4"})
    void matchingIsExact() throws IOException {
        // What other tests publish, wills that are still due among it, would come, too.
        try (MqttBroker own = MqttBroker.open()) {
            broker = own;
            matchesExactly();
        }
    }

    private void matchesExactly() throws IOException {
        String topic = topic();
        RawMqtt raw = connect();
        raw.subscribe("#", 0x20);
        raw.subscribe("+/" + topic, 0x20);
        RawMqtt publisher = connect();
        publisher.send(Message.of("$it/" + topic, "dollar"));
        publisher.publish(topic, "plain");
        assertThat(raw.message().topic()).isEqualTo(topic);
        // Neither case nor composition, slashes or blanks are made equal.
        RawMqtt exact = connect();
        exact.subscribe(topic + "/\u00E9", 0);
        for (String other : List.of("/e\u0301", "/\u00C9", "//\u00E9", "/\u00E9/", "/ \u00E9")) {
            publisher.publish(topic + other, "other");
        }
        publisher.publish(topic + "/\u00E9", "same");
        next(exact, "same");
    }

    @Test
    void wildcardsMatchAsTheyMust() throws IOException {
        String base = topic();
        RawMqtt publisher = connect();
        record Case(String filter, List<String> yes, List<String> no) {}
        for (Case each :
                List.of(
                        new Case("/#", List.of("", "/a", "/a/b", "/"), List.of("x")),
                        new Case("/+", List.of("/a", "/"), List.of("", "/a/b")),
                        new Case("/+/b", List.of("/a/b", "//b"), List.of("/b", "/a/a/b")),
                        new Case(
                                "/a/+/#", List.of("/a/b", "/a/b/c", "/a/"), List.of("/a", "/b")))) {
            RawMqtt raw = connect();
            raw.subscribe(base + each.filter(), 0);
            for (String no : each.no()) {
                publisher.publish(base + no, "no");
            }
            for (String yes : each.yes()) {
                publisher.publish(base + yes, yes);
                Publish got = raw.message();
                assertThat(got.topic()).as(each.filter()).isEqualTo(base + yes);
                assertThat(got.payload()).as(each.filter()).isEqualTo(yes);
            }
        }
    }
}
