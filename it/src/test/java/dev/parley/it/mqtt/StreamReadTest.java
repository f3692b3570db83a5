package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.it.AdminClient;
import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.Packet.Wish;
import dev.parley.it.mqtt.Received.Granted;
import dev.parley.it.mqtt.Received.Publish;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Streams over MQTT: `$stream/<name>`, packet by packet.
class StreamReadTest extends MqttCase {
    private static final int NO_STREAM = 0x8F;
    private static final int WRONG_PLACE = 0x83;
    private static final int NAME_TOO_LONG = 0x90;
    private static final int FIRST_ID = 32_768;

    private String topic = "";
    private String stream = "";

    @BeforeEach
    void declare() throws IOException {
        Assumptions.assumeTrue(
                broker.ours(),
                () -> {
                    System.out.println("StreamReadTest skipped: needs a node of our own");
                    return "needs a node of our own";
                });
        topic = topic();
        stream = "s" + Long.toString(System.nanoTime(), 36);
        ask("PUT", List.of("streams", stream), "{\"subjects\":[\"" + topic + "/#\"]}");
    }

    private String ask(String method, List<String> path, String body) throws IOException {
        return new AdminClient(broker::webSocketPort).ask(method, path, body);
    }

    private void publish(String... payloads) throws IOException {
        try (RawMqtt raw = connect()) {
            for (String payload : payloads) {
                assertThat(raw.publish(topic + "/a", payload)).isZero();
            }
        }
    }

    private Granted read(RawMqtt raw, int qos, String... properties) throws IOException {
        return read(raw, "$stream/" + stream, qos, properties);
    }

    private static Granted read(RawMqtt raw, String filter, int qos, String... properties)
            throws IOException {
        Props props = Props.NONE;
        for (int i = 0; i < properties.length; i += 2) {
            props = props.user(properties[i], properties[i + 1]);
        }
        return raw.subscribe(props, new Wish(filter, qos));
    }

    private static String property(Publish message, String name) {
        for (Object pair : message.props().values(Props.USER)) {
            var entry = (Map.Entry<?, ?>) pair;
            if (entry.getKey().equals(name)) {
                return String.valueOf(entry.getValue());
            }
        }
        return "";
    }

    private static List<String> payloads(RawMqtt raw, int count) throws IOException {
        var payloads = new ArrayList<String>();
        while (payloads.size() < count) {
            Publish message = raw.message();
            payloads.add(message.payload());
            raw.settle(message);
        }
        return payloads;
    }

    @Test
    void historyComesOnItsTopicsWithItsPlace() throws Exception {
        publish("a", "b");
        RawMqtt raw = connect();
        assertThat(read(raw, 1, "stream-offset", "earliest").reasons()).containsExactly(1);
        Publish first = raw.message();
        assertThat(first.topic()).isEqualTo(topic + "/a");
        assertThat(first.payload()).isEqualTo("a");
        assertThat(first.qos()).isEqualTo(1);
        assertThat(first.retain()).isFalse();
        assertThat(first.dup()).isFalse();
        assertThat(first.id()).isGreaterThanOrEqualTo(FIRST_ID);
        assertThat(property(first, "stream-offset")).isEqualTo("0");
        String epoch = property(first, "stream-epoch");
        assertThat(epoch)
                .isEqualTo(
                        AdminClient.json(ask("GET", List.of("streams", stream), ""))
                                .path("epoch")
                                .asString());
        assertThat(Long.parseLong(property(first, "stream-time")))
                .isBetween(
                        System.currentTimeMillis() - 60_000, System.currentTimeMillis() + 60_000);
        assertThat(property(first, "stream-missed")).isEmpty();
        raw.settle(first);
        assertThat(payloads(raw, 1)).containsExactly("b");
        publish("c");
        Publish live = raw.message();
        assertThat(live.payload()).isEqualTo("c");
        assertThat(property(live, "stream-offset")).isEqualTo("2");
    }

    @Test
    void readerBeginsWhereItSays() throws Exception {
        publish("a", "b", "c");
        RawMqtt offset = connect();
        read(offset, 1, "stream-offset", "1");
        assertThat(payloads(offset, 2)).containsExactly("b", "c");
        RawMqtt last = connect();
        read(last, 1, "stream-offset", "last");
        assertThat(payloads(last, 1)).containsExactly("c");
        RawMqtt time = connect();
        read(time, 0, "stream-offset", "timestamp:1000000");
        assertThat(payloads(time, 3)).containsExactly("a", "b", "c");
        RawMqtt words = connect();
        read(words, 0, "stream-offset", "timestamp:2020-01-01T00:00:00Z");
        assertThat(payloads(words, 3)).containsExactly("a", "b", "c");
        RawMqtt usual = connect();
        read(usual, 0);
        RawMqtt latest = connect();
        read(latest, 0, "stream-offset", "latest");
        usual.quiet();
        latest.quiet();
        publish("d");
        assertThat(payloads(usual, 1)).containsExactly("d");
        assertThat(payloads(latest, 1)).containsExactly("d");
    }

    @Test
    void olderFormNamesTheFilter() throws Exception {
        publish("a");
        RawMqtt raw = connect();
        assertThat(read(raw, "$s/earliest/" + topic + "/#", 0).reasons()).containsExactly(0);
        assertThat(payloads(raw, 1)).containsExactly("a");
        RawMqtt both = connect();
        String filter = "$stream/" + stream + "/" + topic + "/#";
        assertThat(read(both, filter, 0, "stream-offset", "earliest").reasons()).containsExactly(0);
        assertThat(payloads(both, 1)).containsExactly("a");
    }

    /// Nothing would ever come.
    @Test
    void streamsAreNotSharedByAFilter() throws Exception {
        for (boolean durable : List.of(false, true)) {
            RawMqtt raw = durable ? connect(new Connect(id()).lasting(60)) : connect();
            for (String filter : List.of("$share/g/$stream/" + stream, "$share/g/$s/first/a")) {
                assertThat(read(raw, filter, 1).reasons()).containsExactly(NO_STREAM);
            }
            raw.leave();
        }
    }

    @Test
    void whatCannotBeReadIsRefused() throws Exception {
        RawMqtt raw = connect();
        assertThat(read(raw, "$stream/nowhere", 1).reasons()).containsExactly(NO_STREAM);
        assertThat(read(raw, "$stream/" + stream + "/other/#", 1).reasons())
                .containsExactly(NO_STREAM);
        assertThat(read(raw, 1, "stream-offset", "yesterday").reasons())
                .containsExactly(WRONG_PLACE);
        assertThat(read(raw, 1, "stream-cursor", "").reasons()).containsExactly(WRONG_PLACE);
        int id = raw.nextId();
        raw.send(
                Packet.subscribe(
                        id,
                        Props.NONE,
                        new Wish(topic(), 1),
                        new Wish("$stream/nowhere", 1),
                        new Wish("$stream/" + stream, 2)));
        assertThat(raw.await(Granted.class).reasons()).containsExactly(1, NO_STREAM, 1);
    }

    @Test
    void clientIsSentNoMoreThanItTakes() throws Exception {
        publish("a", "b", "c", "d", "e");
        String live = topic();
        RawMqtt raw = connect(new Connect(id()).with(Props.RECEIVE_MAX, 4));
        raw.subscribe(live, 1);
        read(raw, 1, "stream-offset", "earliest");
        Publish first = raw.message();
        Publish second = raw.message();
        raw.quiet(); // half of it is for the stream
        try (RawMqtt publisher = connect()) {
            for (String payload : List.of("1", "2", "3")) {
                publisher.publish(live, payload);
            }
        }
        Publish one = raw.message();
        Publish two = raw.message();
        assertThat(List.of(one.payload(), two.payload())).containsExactly("1", "2");
        assertThat(one.id()).isLessThan(FIRST_ID);
        raw.quiet();
        raw.settle(second);
        assertThat(raw.message().payload()).isEqualTo("c");
        raw.settle(one);
        assertThat(raw.message().payload()).isEqualTo("3");
        raw.settle(first);
        assertThat(raw.message().payload()).isEqualTo("d");
        raw.quiet();
    }

    @Test
    void clientThatTakesOneAtATimeGetsBoth() throws Exception {
        publish("a", "b");
        String live = topic();
        for (boolean durable : List.of(false, true)) {
            Connect connect = new Connect(id()).with(Props.RECEIVE_MAX, 1);
            RawMqtt raw = connect(durable ? connect.lasting(60) : connect);
            raw.subscribe(live, 1);
            read(raw, 1, "stream-offset", "earliest");
            Publish first = raw.message();
            try (RawMqtt publisher = connect()) {
                publisher.publish(live, "1");
            }
            raw.quiet();
            raw.settle(first);
            var rest = payloads(raw, 2);
            assertThat(rest).containsExactlyInAnyOrder("b", "1");
            raw.leave();
        }
    }

    @Test
    void unsubscribedStreamIsSilent() throws Exception {
        publish("a");
        for (boolean durable : List.of(false, true)) {
            RawMqtt raw = durable ? connect(new Connect(id()).lasting(60)) : connect();
            read(raw, 1, "stream-offset", "last", "stream-cursor", "c" + durable);
            Publish first = raw.message();
            assertThat(raw.unsubscribe("$stream/" + stream).reasons()).containsExactly(0);
            assertThat(raw.unsubscribe("$stream/" + stream).reasons()).containsExactly(0x11);
            publish("b");
            raw.settle(first); // too late, and no harm
            raw.quiet();
        }
    }

    @Test
    void anotherSubscriptionBeginsAnew() throws Exception {
        publish("a", "b");
        RawMqtt raw = connect();
        read(raw, 0, "stream-offset", "earliest");
        assertThat(payloads(raw, 2)).containsExactly("a", "b");
        read(raw, 0, "stream-offset", "1");
        assertThat(payloads(raw, 1)).containsExactly("b");
        publish("c");
        assertThat(payloads(raw, 1)).containsExactly("c");
        raw.quiet();
    }

    @Test
    void sessionGoesOnWithItsCursorByItself() throws Exception {
        publish("a", "b", "c", "d");
        String client = id();
        RawMqtt raw = connect(new Connect(client).lasting(60).with(Props.RECEIVE_MAX, 4));
        assertThat(read(raw, 1, "stream-offset", "earliest", "stream-cursor", "mine").reasons())
                .containsExactly(1);
        raw.settle(raw.message());
        assertThat(raw.message().payload()).isEqualTo("b");
        raw.close();
        RawMqtt back = resume(new Connect(client).lasting(60));
        Publish again = back.message();
        assertThat(again.payload()).isEqualTo("b");
        assertThat(again.dup()).isTrue();
        back.settle(again);
        assertThat(payloads(back, 2)).containsExactly("c", "d");
        assertThat(back.unsubscribe("$stream/" + stream).reasons()).containsExactly(0);
        publish("e");
        back.close();
        RawMqtt end = resume(new Connect(client).lasting(60));
        end.quiet();
    }

    @Test
    void whoSubscribesAgainForItsCursorGetsNothingTwice() throws Exception {
        publish("a", "b", "c");
        String client = id();
        String[] wish = {"stream-offset", "earliest", "stream-cursor", "mine"};
        RawMqtt raw = connect(new Connect(client).lasting(60));
        read(raw, 1, wish);
        raw.settle(raw.message());
        assertThat(raw.message().payload()).isEqualTo("b");
        assertThat(raw.message().payload()).isEqualTo("c");
        assertThat(read(raw, 1, wish).reasons()).containsExactly(1);
        raw.quiet();
        raw.close();
        RawMqtt back = resume(new Connect(client).lasting(60));
        Publish second = back.message(); // the session goes on by itself
        Publish third = back.message();
        assertThat(read(back, 1, wish).reasons()).containsExactly(1);
        back.quiet();
        assertThat(List.of(second.payload(), third.payload())).containsExactly("b", "c");
        back.settle(second);
        back.settle(third);
        publish("d");
        assertThat(payloads(back, 1)).containsExactly("d");
        back.quiet();
    }

    /// The shard refuses the cursor, whose name has too many bytes: what is read goes on.
    @ParameterizedTest
    @ValueSource(longs = {0, 600})
    void readerGoesOnWhereAnotherIsRefusedInItsPlace(long lasting) throws Exception {
        publish("one");
        try (RawMqtt raw = connect(new Connect("refused" + stream).lasting(lasting))) {
            read(raw, 1, "stream-offset", "earliest", "stream-cursor", "mine");
            Publish one = raw.message();
            assertThat(one.payload()).isEqualTo("one");
            for (int i = 0; i < 3; i++) {
                assertThat(read(raw, 1, "stream-cursor", "\u00E9".repeat(200)).reasons())
                        .containsExactly(NAME_TOO_LONG);
            }
            raw.settle(one);
            publish("two", "three");
            assertThat(payloads(raw, 2)).containsExactly("two", "three");
            // And one that is not refused takes its place.
            assertThat(read(raw, 1, "stream-cursor", "other").reasons()).containsExactly(1);
            publish("four");
            assertThat(payloads(raw, 1)).containsExactly("four");
            raw.quiet();
        }
    }

    /// Each in its own way, so that each takes the place of the one before.
    @ParameterizedTest
    @ValueSource(longs = {0, 600})
    void readerAskedForTenThousandTimesAtOnceIsOneAndEnds(long lasting) throws Exception {
        var same = new Wish[10_000];
        for (int i = 0; i < same.length; i++) {
            same[i] = new Wish("$stream/" + stream, i & 1);
        }
        try (RawMqtt raw = connect(new Connect("often" + stream).lasting(lasting))) {
            raw.write(Packet.subscribe(7, Props.NONE, same).bytes());
            raw.write(Packet.unsubscribe(8, "$stream/" + stream).bytes());
            assertThat(raw.read()).isInstanceOf(Granted.class);
            assertThat(raw.read()).isInstanceOf(Granted.class);
            raw.quiet();
        }
        await().untilAsserted(() ->
                assertThat(
                                AdminClient.json(ask("GET", List.of("streams", stream), ""))
                                        .path("readers")
                                        .asInt(-1))
                        .isZero());
    }

    @Test
    void whoEndsWhatHasJustBeenAskedForOtherwiseReadsNothingWhenHeComesBack() throws Exception {
        var session = new Connect("ends" + stream).lasting(600);
        try (RawMqtt raw = connect(session)) {
            read(raw, 1, "stream-cursor", "one");
            Props two = Props.NONE.user("stream-cursor", "two");
            byte[] subscribe = Packet.subscribe(7, two, new Wish("$stream/" + stream, 1)).bytes();
            byte[] unsubscribe = Packet.unsubscribe(8, "$stream/" + stream).bytes();
            raw.write(
                    ByteBuffer.allocate(subscribe.length + unsubscribe.length)
                            .put(subscribe)
                            .put(unsubscribe)
                            .array());
            raw.read();
            raw.read();
            raw.leave();
        }
        try (RawMqtt raw = connect(session.resumed())) {
            publish("after its end");
            raw.quiet();
        }
    }

    @Test
    void whoSubscribesAgainGetsItsNewIdentifierAndQos() throws Exception {
        publish("a");
        RawMqtt raw = connect();
        String[] wish = {"stream-offset", "earliest", "stream-cursor", "its"};
        read(raw, 1, wish);
        assertThat(payloads(raw, 1)).containsExactly("a");
        Props props = Props.NONE.user("stream-cursor", "its").with(Props.SUBSCRIPTION_ID, 7);
        raw.subscribe(props, new Wish("$stream/" + stream, 1));
        publish("b");
        Publish second = raw.message();
        assertThat(second.payload()).isEqualTo("b");
        assertThat(second.props().values(Props.SUBSCRIPTION_ID)).containsExactly(7L);
        raw.settle(second);
        assertThat(read(raw, 0, wish).reasons()).containsExactly(0);
        publish("c");
        Publish third = raw.message();
        assertThat(third.payload()).isEqualTo("c");
        assertThat(third.qos()).isZero();
        raw.quiet();
    }

    private void publishKeyed(String... keysAndPayloads) throws IOException {
        try (RawMqtt raw = connect()) {
            for (int i = 0; i < keysAndPayloads.length; i += 2) {
                assertThat(raw.publish(topic + "/" + keysAndPayloads[i], keysAndPayloads[i + 1]))
                        .isZero();
            }
        }
    }

    /// What `$share` does not do: the messages of a key go to one of those who share them, in
    /// order, as long as one of them is not settled.
    @Test
    void readersOfOneCursorShareItWithOrderPerKey() throws Exception {
        String[] wish = {"stream-offset", "earliest", "stream-cursor", "workers"};
        RawMqtt first = connect(new Connect(id()).with(Props.RECEIVE_MAX, 1));
        read(first, 1, wish);
        publishKeyed("red", "red 1");
        Publish held = first.message();
        assertThat(held.payload()).isEqualTo("red 1");
        RawMqtt second = connect();
        read(second, 1, wish);
        publishKeyed("red", "red 2", "blue", "blue 1");
        assertThat(payloads(second, 1)).containsExactly("blue 1");
        second.quiet(); // though it has room: the key is the other's
        first.settle(held);
        assertThat(first.message().payload()).isEqualTo("red 2");
        publishKeyed("red", "red 3", "blue", "blue 2");
        assertThat(payloads(second, 1)).containsExactly("blue 2");
        first.close(); // what it has not settled goes to the other, in order
        Publish again = second.message();
        assertThat(again.payload()).isEqualTo("red 2");
        assertThat(again.dup()).isTrue();
        second.settle(again);
        assertThat(payloads(second, 1)).containsExactly("red 3");
        second.quiet();
    }

    @Test
    void lastCursorOfASubscriptionCounts() throws Exception {
        publish("a", "b");
        String client = id();
        RawMqtt raw = connect(new Connect(client).lasting(60));
        read(raw, 1, "stream-offset", "earliest", "stream-cursor", "first");
        assertThat(payloads(raw, 2)).containsExactly("a", "b");
        read(raw, 1, "stream-offset", "1", "stream-cursor", "second");
        assertThat(raw.message().payload()).isEqualTo("b");
        raw.close();
        RawMqtt back = resume(new Connect(client).lasting(60));
        assertThat(payloads(back, 1)).containsExactly("b");
        read(back, 1, "stream-offset", "latest");
        back.close();
        publish("c");
        RawMqtt end = resume(new Connect(client).lasting(60));
        end.quiet();
    }

    @Test
    void readerWithoutACursorIsTheClientsToRenew() throws Exception {
        publish("a");
        String client = id();
        RawMqtt raw = connect(new Connect(client).lasting(60));
        read(raw, 1, "stream-offset", "earliest");
        assertThat(payloads(raw, 1)).containsExactly("a");
        raw.close();
        RawMqtt back = resume(new Connect(client).lasting(60));
        publish("b");
        back.quiet();
    }

    @Test
    void streamThatIsDeletedFallsSilent() throws Exception {
        publish("a");
        RawMqtt raw = connect();
        read(raw, 1, "stream-offset", "earliest");
        Publish first = raw.message();
        ask("DELETE", List.of("streams", stream), "");
        raw.settle(first);
        raw.quiet();
        assertThat(raw.unsubscribe("$stream/" + stream).reasons()).containsExactly(0x11);
        assertThat(read(raw, 1).reasons()).containsExactly(NO_STREAM);
    }

    @Test
    void whoReadsADeletedStreamForACursorCanUnsubscribe() throws Exception {
        publish("a");
        String client = id();
        RawMqtt raw = connect(new Connect(client).lasting(60));
        read(raw, 1, "stream-offset", "earliest", "stream-cursor", "mine");
        assertThat(payloads(raw, 1)).containsExactly("a");
        ask("DELETE", List.of("streams", stream), "");
        assertThat(raw.unsubscribe("$stream/" + stream).reasons()).containsExactly(0);
        assertThat(raw.unsubscribe("$stream/" + stream).reasons()).containsExactly(0x11);
        ask("PUT", List.of("streams", stream), "{\"subjects\":[\"" + topic + "/#\"]}");
        raw.close();
        RawMqtt back = resume(new Connect(client).lasting(60));
        publish("b");
        back.quiet();
    }

    @Test
    void messageThatIsTooLargeIsPassedOver() throws Exception {
        publish("x".repeat(500), "small");
        RawMqtt raw = connect(new Connect(id()).with(Props.PACKET_MAX, 400));
        read(raw, 1, "stream-offset", "earliest");
        assertThat(payloads(raw, 1)).containsExactly("small");
    }

    @Test
    void propertiesOfTheMessageStay() throws Exception {
        try (RawMqtt publisher = connect()) {
            Props props = Props.of(Props.CONTENT_TYPE, "text/plain").user("unit", "kelvin");
            publisher.publish(Message.of(topic + "/b", "21").with(props));
        }
        RawMqtt raw = connect();
        read(raw, 0, "stream-offset", "earliest");
        Publish message = raw.message();
        assertThat(message.props().text(Props.CONTENT_TYPE)).isEqualTo("text/plain");
        assertThat(property(message, "unit")).isEqualTo("kelvin");
    }

    @Test
    void streamThatOnePacketNamesTwiceIsReadOnce() throws Exception {
        publish("a");
        Wish wish = new Wish("$stream/" + stream, 1);
        for (boolean durable : List.of(false, true)) {
            RawMqtt raw = durable ? connect(new Connect(id()).lasting(60)) : connect();
            Props first = Props.NONE.user("stream-offset", "first");
            raw.write(Packet.subscribe(101, first, wish, wish).bytes());
            assertThat(raw.await(Granted.class).reasons()).containsExactly(1, 1);
            assertThat(payloads(raw, 1)).containsExactly("a");
            raw.quiet();
        }
    }

    @Test
    void whatIsAskedForAndTakenBackAtOnceIsAnswered() throws Exception {
        publish("a");
        for (boolean durable : List.of(false, true)) {
            RawMqtt raw = durable ? connect(new Connect(id()).lasting(60)) : connect();
            Props cursor = Props.NONE.user("stream-cursor", "c" + durable);
            var bytes = new Bytes();
            for (int id = 101; id <= 103; id += 2) {
                bytes.raw(Packet.subscribe(id, cursor, new Wish("$stream/" + stream, 1)).bytes());
            }
            bytes.raw(Packet.unsubscribe(104, "$stream/" + stream).bytes());
            raw.write(bytes.toByteArray());
            var answered = new ArrayList<Integer>();
            for (int i = 0; i < 3; i++) {
                Granted granted = raw.await(Granted.class);
                answered.add(granted.id());
                assertThat(granted.reasons())
                        .containsExactly(granted.type() == Packet.SUBACK ? 1 : 0);
            }
            assertThat(answered).containsExactlyInAnyOrder(101, 103, 104);
            publish("b");
            raw.quiet();
        }
    }
}
