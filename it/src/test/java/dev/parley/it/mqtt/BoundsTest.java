package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.it.AdminClient;
import dev.parley.it.Broker;
import dev.parley.it.TestNode;
import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.Packet.Wish;
import dev.parley.it.mqtt.Received.Granted;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What happens at bounds that an operator has cut.
@Timeout(120)
class BoundsTest {
    private static final int QUOTA_EXCEEDED = 0x97;
    private static final int SESSION_TAKEN_OVER = 0x8E;
    private static final int SERVER_UNAVAILABLE = 3;
    private static final int NOBODY = 0x10;
    private static final int SHARDS = 16;
    private static final Duration LONG = Duration.ofSeconds(30);

    private static TestNode start(String... flags) {
        return MqttBroker.start(Broker.freshDirectory("bounds"), List.of(flags));
    }

    private static RawMqtt connect(TestNode node, Connect connect) throws IOException {
        RawMqtt raw = new RawMqtt(node.mqttPort());
        assertThat(raw.connect(connect).reason()).isZero();
        return raw;
    }

    /// A value of `/metrics`.
    private static long metric(TestNode node, String name) throws IOException {
        return new AdminClient(node)
                .get("/metrics")
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToLong(line ->
                        (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElse(-1);
    }

    private static void limit(TestNode node, String... of) throws IOException {
        String body = new AdminClient(node).ask("PUT", List.of(of), "{\"value\": 1}");
        assertThat(body).isEmpty();
    }

    private static void refused(TestNode node) throws IOException {
        try (RawMqtt five = new RawMqtt(node.mqttPort());
                RawMqtt three = new RawMqtt(node.mqttPort())) {
            assertThat(five.connect(new Connect("second")).reason()).isEqualTo(QUOTA_EXCEEDED);
            Connect connect = new Connect("third");
            three.send(connect.packet("MQTT", 4, connect.flags()));
            assertThat(three.packet().body()).containsExactly(0, SERVER_UNAVAILABLE);
        }
    }

    @Test
    void connectionsOfAUserAndOfAHostAreAsManyAsTheyMayBe() throws Exception {
        try (TestNode node = start()) {
            limit(node, "users", "guest", "limits", "max-connections");
            try (RawMqtt first = connect(node, new Connect("first"))) {
                refused(node);
                first.quiet();
                new AdminClient(node)
                        .ask("DELETE", List.of("users", "guest", "limits", "max-connections"), "");
                connect(node, new Connect("another")).leave();
                limit(node, "vhosts", "/", "limits", "max-connections");
                refused(node);
                try (RawMqtt again = connect(node, new Connect("first"))) {
                    assertThat(first.ending().reason()).isEqualTo(SESSION_TAKEN_OVER);
                    again.leave();
                }
            }
            assertThat(metric(node, "parley_mqtt_turned_away_total")).isEqualTo(4);
        }
    }

    @Test
    void whoComesBackKeepsHisPlaceAlsoUnderALoweredLimit() throws Exception {
        try (TestNode node = start();
                RawMqtt one = connect(node, new Connect("one"));
                RawMqtt two = connect(node, new Connect("two"))) {
            limit(node, "users", "guest", "limits", "max-connections");
            limit(node, "vhosts", "/", "limits", "max-connections");
            refused(node);
            try (RawMqtt again = connect(node, new Connect("one"))) {
                assertThat(one.ending().reason()).isEqualTo(SESSION_TAKEN_OVER);
                again.quiet();
                two.leave();
                refused(node);
                again.leave();
            }
            await().atMost(LONG).untilAsserted(() -> connect(node, new Connect("three")).leave());
        }
    }

    @Test
    void whoeverSendsTooMuchWaitsAndLosesNothing() throws Exception {
        try (TestNode node = start("--mqtt-packet-rate-max", "100");
                RawMqtt reader = connect(node, new Connect("reader"));
                RawMqtt writer = connect(node, new Connect("writer"))) {
            reader.subscribe("t", 1);
            var all = new Bytes();
            for (int i = 1; i <= 150; i++) {
                all.raw(Message.of("t", "" + i, 1, i).packet().bytes());
            }
            // At once: a writer that is held up between two of them would not be too quick.
            writer.write(all.toByteArray());
            for (int i = 1; i <= 150; i++) {
                Received.Publish message = reader.message();
                assertThat(message.payload()).isEqualTo("" + i);
                reader.settle(message);
                writer.ack(Packet.PUBACK, i);
            }
            assertThat(metric(node, "parley_mqtt_throttled_total")).isPositive();
        }
    }

    @Test
    void clientsOf311AreSlowAsTheNodeSays() throws Exception {
        try (TestNode node = start("--mqtt-slow", "latest");
                RawMqtt raw = new RawMqtt(node.mqttPort())) {
            Connect connect = new Connect("old");
            raw.send(connect.packet("MQTT", 4, connect.flags()));
            assertThat(raw.packet().body()).containsExactly(0, 0);
            String row = new AdminClient(node).ask("GET", List.of("sessions", "old"), "");
            assertThat(AdminClient.json(row).path("slow").asString()).isEqualTo("latest");
            String all = new AdminClient(node).ask("GET", List.of("connections"), "");
            assertThat(AdminClient.json(all).path(0).path("slow").asString()).isEqualTo("latest");
        }
    }

    /// Each shard of the node has one session's room, and one retained message's.
    @Test
    void sessionsAndRetainedMessagesAreAsManyAsTheyMayBe() throws Exception {
        try (TestNode node = start("--mqtt-sessions-max", "1", "--mqtt-retained-max", "1")) {
            int refused = 0;
            String known = "";
            for (int i = 0; i <= SHARDS; i++) {
                try (RawMqtt raw = new RawMqtt(node.mqttPort())) {
                    int reason = raw.connect(new Connect("s" + i).lasting(600)).reason();
                    assertThat(reason).isIn(0, QUOTA_EXCEEDED);
                    refused += reason == 0 ? 0 : 1;
                    known = reason == 0 ? "s" + i : known;
                }
            }
            assertThat(refused).isPositive();
            assertThat(metric(node, "parley_mqtt_sessions_refused_total")).isEqualTo(refused);
            connect(node, new Connect(known).lasting(600)).leave(); // those that are there go on
            RawMqtt raw = connect(node, new Connect("passing"));
            refused = 0;
            for (int i = 0; i <= SHARDS; i++) {
                int reason = raw.publish(Message.of("t/" + i, "kept").retained());
                assertThat(reason).isIn(0, NOBODY, QUOTA_EXCEEDED);
                refused += reason == QUOTA_EXCEEDED ? 1 : 0;
                known = reason == QUOTA_EXCEEDED ? known : "t/" + i;
            }
            assertThat(refused).isPositive();
            assertThat(metric(node, "parley_mqtt_refused_total")).isEqualTo(refused);
            assertThat(raw.publish(Message.of(known, "anew").retained())).isIn(0, NOBODY);
            raw.leave();
        }
    }

    @Test
    void topicsHaveAsManyLevelsAsTheNodeIsTold() throws Exception {
        String deep = "a" + "/a".repeat(99);
        try (TestNode node = start("--mqtt-levels-max", "100");
                RawMqtt live = connect(node, new Connect("live"));
                RawMqtt kept = connect(node, new Connect("kept").lasting(60));
                RawMqtt publisher = connect(node, new Connect("publisher"))) {
            live.subscribe("#", 1);
            kept.subscribe("+" + "/+".repeat(99), 1);
            publisher.publish(Message.of(deep, "x").retained());
            for (RawMqtt reader : List.of(live, kept)) {
                Received.Publish message = reader.message();
                assertThat(message.topic()).isEqualTo(deep);
                reader.settle(message);
            }
            String row = new AdminClient(node).ask("GET", List.of("topics", "a/#", "retained"), "");
            assertThat(row).contains(deep);
            publisher.send(Message.of(deep + "/a", "x", 1, 9));
            assertThat(publisher.ending().reason()).isEqualTo(0x81);
            kept.send(Packet.subscribe(9, Props.NONE, new Wish(deep + "/#", 1)));
            assertThat(kept.ending().reason()).isEqualTo(0x81);
            Connect will = new Connect("will").will(deep + "/a", "x", 0, false, Props.NONE);
            try (RawMqtt raw = new RawMqtt(node.mqttPort())) {
                raw.send(will.packet());
                assertThat(raw.rest()).isEmpty();
            }
        }
    }

    @Test
    void topicsThatAreNoRoutingKeyReachNoStreamAndAreCounted() throws Exception {
        try (TestNode node = start();
                RawMqtt raw = connect(node, new Connect("reader"));
                RawMqtt publisher = connect(node, new Connect("publisher"))) {
            String fits = "t/" + "x".repeat(253);
            raw.subscribe("t/#", 1);
            publisher.publish(fits + "y", "before there is a stream");
            assertThat(raw.message().payload()).startsWith("before");
            assertThat(metric(node, "parley_mqtt_unroutable_total")).isZero();
            new AdminClient(node).ask("PUT", List.of("streams", "s"), "{\"subjects\":[\"t/#\"]}");
            publisher.publish(fits + "y", "too long");
            assertThat(raw.message().payload()).isEqualTo("too long");
            publisher.publish(fits, "fits");
            assertThat(raw.message().payload()).isEqualTo("fits");
            assertThat(metric(node, "parley_mqtt_unroutable_total")).isEqualTo(1);
            String page = new AdminClient(node).ask("GET", List.of("streams", "s", "messages"), "");
            assertThat(page).contains("fits").doesNotContain("too long");
        }
    }

    @Test
    void streamCountsOnceAndIsRenewedAtTheBound() throws Exception {
        try (TestNode node = start("--mqtt-filters-max", "2")) {
            for (String stream : List.of("a", "b", "c")) {
                new AdminClient(node).ask("PUT", List.of("streams", stream), "{}");
            }
            try (RawMqtt durable = connect(node, new Connect("durable").lasting(60));
                    RawMqtt live = connect(node, new Connect("live"))) {
                Props cursor = Props.NONE.user("stream-cursor", "d");
                Props other = Props.NONE.user("stream-cursor", "e");
                for (Props props : List.of(cursor, cursor, other, Props.NONE, other)) {
                    granted(durable, props, "$stream/a", 1);
                    granted(durable, props, "$stream/b", 1);
                    granted(durable, props, "$stream/c", QUOTA_EXCEEDED);
                }
                granted(durable, Props.NONE, "$stream/b", 1);
                granted(live, Props.NONE, "plain", 1);
                for (int i = 0; i < 2; i++) {
                    granted(live, Props.NONE, "$stream/a", 1);
                    granted(live, Props.NONE, "plain", 1);
                    granted(live, Props.NONE, "$stream/b", QUOTA_EXCEEDED);
                }
            }
        }
    }

    /// One that cannot be kept is refused before it takes the place of another.
    @Test
    void streamIsReadOnWhereAnotherCursorHasNoRoom() throws Exception {
        Props first = Props.NONE.user("stream-cursor", "first");
        Props other = Props.NONE.user("stream-cursor", "other");
        try (TestNode node = start()) {
            new AdminClient(node).ask("PUT", List.of("streams", "s"), "{\"subjects\":[\"t/#\"]}");
            try (RawMqtt raw = connect(node, new Connect("reader").lasting(600))) {
                granted(raw, first, "$stream/s", 1);
                granted(raw, Props.NONE, "plain", 1);
                raw.leave();
            }
            node.restart("PARLEY_MQTT_FILTERS_MAX", "1");
            try (RawMqtt raw = connect(node, new Connect("reader").resumed().lasting(600));
                    RawMqtt publisher = connect(node, new Connect("publisher"))) {
                granted(raw, first, "$stream/s", 1);
                granted(raw, other, "$stream/s", QUOTA_EXCEEDED);
                publisher.publish("t/a", "goes on");
                assertThat(raw.message().payload()).isEqualTo("goes on");
            }
        }
    }

    private static void granted(RawMqtt raw, Props props, String filter, int reason)
            throws IOException {
        assertThat(raw.subscribe(props, new Wish(filter, 1)).reasons())
                .as("%s", filter)
                .containsExactly(reason);
    }

    @Test
    void willOfAUserWhoIsGoneWhenItIsDueIsNotPublished() throws Exception {
        try (TestNode node = start();
                RawMqtt watcher = connect(node, new Connect("watcher"))) {
            AdminClient admin = new AdminClient(node);
            watcher.subscribe("will/#", 1);
            for (String user : List.of("stays", "goes")) {
                admin.ask("PUT", List.of("users", user), "{\"password\": \"secret\"}");
                admin.ask(
                        "PUT",
                        List.of("users", user, "permissions", "/"),
                        "{\"configure\": \".*\", \"write\": \".*\", \"read\": \".*\"}");
                connect(
                                node,
                                new Connect(user)
                                        .user(user)
                                        .password("secret")
                                        .lasting(600)
                                        .will(
                                                "will/" + user,
                                                "gone",
                                                1,
                                                false,
                                                Props.of(Props.WILL_DELAY, 600)))
                        .close();
            }
            admin.ask("DELETE", List.of("users", "goes"), "");
            // A session's end is the end of its will's delay.
            for (String user : List.of("goes", "stays")) {
                await().atMost(LONG)
                        .untilAsserted(() ->
                                assertThat(admin.ask("GET", List.of("sessions", user), ""))
                                        .contains("\"connected\":false"));
                admin.endSession(user);
            }
            assertThat(watcher.message().topic()).isEqualTo("will/stays");
        }
    }

    @Test
    void streamWhoseSubscriptionHasNoRoomIsNotRead() throws Exception {
        try (TestNode node = start("--mqtt-filters-max", "1");
                RawMqtt raw = connect(node, new Connect("reader").lasting(60));
                RawMqtt publisher = connect(node, new Connect("publisher"))) {
            new AdminClient(node).ask("PUT", List.of("streams", "s"), "{\"subjects\":[\"t/#\"]}");
            int id = raw.nextId();
            Props cursor = Props.NONE.user("stream-cursor", "c");
            raw.send(Packet.subscribe(id, cursor, new Wish("$stream/s", 1), new Wish("other", 1)));
            assertThat(raw.await(Granted.class).reasons()).containsExactly(QUOTA_EXCEEDED, 1);
            publisher.publish("t/a", "not for the reader");
            raw.quiet();
            assertThat(raw.unsubscribe("$stream/s").reasons()).containsExactly(0x11);
            assertThat(raw.unsubscribe("other").reasons()).containsExactly(0);
            assertThat(raw.subscribe(cursor, new Wish("$stream/s", 1)).reasons())
                    .containsExactly(1);
            assertThat(metric(node, "parley_mqtt_filters_refused_total")).isEqualTo(1);
        }
    }
}
