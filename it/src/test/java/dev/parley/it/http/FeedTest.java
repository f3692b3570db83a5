package dev.parley.it.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.WebSocketHandshakeException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/// The JSON feed over WebSocket, with the JDK's client.
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FeedTest {
    @SuppressWarnings("NullAway") // set before the first test
    private HttpNode node = null;

    @BeforeAll
    void start() {
        node = HttpNode.start("feed", "--http-feed-bytes-max", "64KiB");
    }

    @AfterAll
    void stop() {
        node.close();
    }

    @Test
    void whatOnePublishesAnotherGets() throws Exception {
        try (Talk reader = Talk.guest(node);
                Talk publisher = Talk.guest(node)) {
            assertThat(reader.protocol()).isEqualTo("parley.json.v1");
            reader.say("{'op':'subscribe','id':'all','filter':'talk/#'}").next("subscribed");
            reader.say("{'op':'subscribe','id':7,'filter':'talk/+'}").next("subscribed");
            publisher.say(
                    "{'op':'publish','id':1,'topic':'talk/a','payload':'Grüße','retain':true,"
                            + "'contentType':'text/plain','properties':{'k':'v'}}");
            JsonNode ack = publisher.next("ack");
            assertThat(ack.path("id").asInt()).isEqualTo(1);
            assertThat(ack.path("matched").asBoolean()).isTrue();
            JsonNode message = reader.next("message");
            assertThat(message.path("subscriptions").toString()).isIn("[\"all\",7]", "[7,\"all\"]");
            assertThat(message.path("payload").asString()).isEqualTo("Grüße");
            assertThat(message.path("contentType").asString()).isEqualTo("text/plain");
            assertThat(message.path("properties").path("k").asString()).isEqualTo("v");
            assertThat(message.path("retained").asBoolean()).isFalse();

            publisher.say("{'op':'subscribe','filter':'talk/a'}").next("subscribed");
            assertThat(publisher.next("message").path("retained").asBoolean()).isTrue();
            reader.say("{'op':'unsubscribe','id':2,'filter':'talk/#'}").next("unsubscribed");
            reader.say("{'op':'unsubscribe','filter':'talk/+'}").next("unsubscribed");
            publisher.say("{'op':'publish','topic':'talk/b','payload':'x','qos':0}");
            publisher.say(
                    "{'op':'publish','id':3,'topic':'talk/b','payload':'//8=',"
                            + "'encoding':'base64'}");
            assertThat(publisher.next("ack").path("matched").asBoolean()).isFalse();
            reader.say("{'op':'ping','id':'p'}");
            assertThat(reader.next("pong").path("id").asString()).isEqualTo("p");
        }
    }

    @Test
    void theSubscriptionThatIsAskedForTwiceStaysOne() throws Exception {
        try (Talk talk = Talk.guest(node)) {
            talk.say("{'op':'subscribe','id':'a','filter':'twice'}").next("subscribed");
            talk.say("{'op':'subscribe','id':'b','filter':'twice','retained':false}")
                    .next("subscribed");
            talk.say("{'op':'publish','topic':'twice','payload':'1'}");
            assertThat(talk.next("message").path("subscriptions").toString()).isEqualTo("[\"b\"]");
            talk.say("{'op':'unsubscribe','filter':'twice'}").next("unsubscribed");
            talk.say("{'op':'unsubscribe','filter':'twice'}");
            assertThat(talk.next("error").path("code").asString()).isEqualTo("unknown");
        }
    }

    @Test
    void whatIsRetainedWhileItIsLookedForComesInItsOrder() throws Exception {
        try (Talk talk = Talk.guest(node)) {
            for (int round = 0; round < 50; round++) {
                String publish =
                        "{'op':'publish','topic':'order/%d','payload':'%%d','retain':%%s}"
                                .formatted(round);
                talk.say("{'op':'subscribe','filter':'order/%d/#'}".formatted(round))
                        .say(publish.formatted(1, true))
                        .say(publish.formatted(2, true))
                        .say(publish.formatted(3, false))
                        .next("subscribed");
                for (int payload = 1; payload <= 3; payload++) {
                    JsonNode message = talk.next("message");
                    assertThat(message.path("payload").asInt()).isEqualTo(payload);
                    assertThat(message.path("retained").asBoolean()).isFalse();
                }
            }
        }
    }

    @Test
    void whatCannotBeDoneIsToldAndTheFeedGoesOn() throws Exception {
        try (Talk talk = Talk.guest(node)) {
            for (String wrong :
                    new String[] {
                        "[]",
                        "{}",
                        "{'op':'dance'}",
                        "{'op':'subscribe'}",
                        "{'op':'subscribe','filter':'a/#/b'}",
                        "{'op':'subscribe','filter':'$share/g/a'}",
                        "{'op':'subscribe','filter':'$stream/a'}",
                        "{'op':'subscribe','filter':'$s/first/a'}",
                        "{'op':'subscribe','filter':5}",
                        "{'op':'publish','topic':'a/+','payload':''}",
                        "{'op':'publish','topic':'a','payload':5}",
                        "{'op':'publish','topic':'a','qos':2}",
                        "{'op':'publish','topic':'a','encoding':'base64','payload':'?'}",
                        "{'op':'publish','topic':'a','contentType':'\\u0000'}",
                        "{'op':'publish','topic':'a','properties':{'x':1}}",
                        "{'op':'publish','topic':'a','expiry':-1}",
                        "{'op':'ping','id':{}}",
                        "{'op':'ping','id':'" + "x".repeat(200) + "'}"
                    }) {
                talk.say(wrong);
                assertThat(talk.next("error").path("code").asString())
                        .as(wrong)
                        .isEqualTo("invalid");
            }
            talk.say("{'op':'ping'}").next("pong");
        }
    }

    @Test
    void whatIsNoTextOfJsonEndsIt() throws Exception {
        try (Talk talk = Talk.guest(node)) {
            talk.say("{'op':");
            talk.next("error");
            assertThat(talk.closedWith()).isEqualTo(1007);
        }
        try (Talk talk = Talk.guest(node)) {
            talk.sayBinary(new byte[] {1, 2, 3});
            assertThat(talk.closedWith()).isEqualTo(1003);
        }
        try (Talk talk = Talk.guest(node)) {
            talk.say("{'op':'ping','more':'" + "x".repeat(70_000) + "'}");
            assertThat(talk.closedWith()).isEqualTo(1009);
        }
        try (Talk talk = Talk.guest(node)) {
            talk.say("[".repeat(60_000));
            talk.next("error");
            assertThat(talk.closedWith()).isEqualTo(1007);
        }
    }

    @Test
    void aWillIsPublishedHoweverTheConnectionEnds() throws Exception {
        try (Talk reader = Talk.guest(node)) {
            reader.say("{'op':'subscribe','filter':'wills/+'}").next("subscribed");
            Talk leaving = willing("wills/leaving");
            leaving.leave();
            assertThat(reader.next("message").path("topic").asString()).isEqualTo("wills/leaving");
            Talk lost = willing("wills/lost");
            lost.abort();
            assertThat(reader.next("message").path("topic").asString()).isEqualTo("wills/lost");
            Talk calm = willing("wills/calm");
            calm.say("{'op':'will'}").next("ack");
            calm.leave();
            Talk broken = willing("wills/broken");
            broken.sayBinary(new byte[1]);
            assertThat(reader.next("message").path("topic").asString()).isEqualTo("wills/broken");
        }
    }

    private Talk willing(String topic) throws Exception {
        Talk talk = Talk.guest(node);
        talk.say("{'op':'will','topic':'" + topic + "','payload':'gone'}").next("ack");
        return talk;
    }

    @Test
    void aMessageThatIsTooLargeIsMissed() throws Exception {
        try (Talk reader = Talk.guest(node)) {
            reader.say("{'op':'subscribe','filter':'large/+'}").next("subscribed");
            node.publish("large/a", "x".repeat(100_000), false);
            assertThat(reader.next("missed").path("count").asInt()).isEqualTo(1);
            node.publish("large/b", "x".repeat(1_000), false);
            assertThat(reader.next("message").path("topic").asString()).isEqualTo("large/b");
        }
    }

    @Test
    void whoIsSentAwayTakesNothingFromOthers() throws Exception {
        try (Talk slow = new Talk(node, "?slow=disconnect", "Authorization", HttpNode.GUEST);
                Talk reader = Talk.guest(node);
                Talk publisher = Talk.guest(node)) {
            slow.next("welcome");
            slow.say("{'op':'will','topic':'rush/will','payload':'gone'}").next("ack");
            slow.say("{'op':'subscribe','filter':'rush/+'}").next("subscribed");
            reader.say("{'op':'subscribe','filter':'rush/+'}").next("subscribed");
            slow.deafen();
            String padding = " ".repeat(16_000);
            long will = 0;
            for (int i = 0; i < 1_500; i++) {
                publisher.say(
                        "{'op':'publish','qos':0,'topic':'rush/a','payload':'%d%s'}"
                                .formatted(i, padding));
                String got = reader.next("message").path("payload").asString().strip();
                if (got.equals("gone")) {
                    will++;
                    got = reader.next("message").path("payload").asString().strip();
                }
                assertThat(got).isEqualTo("" + i);
            }
            assertThat(node.metric("parley_feed_disconnected_total")).isOne();
            if (will == 0) {
                assertThat(reader.next("message").path("payload").asString()).isEqualTo("gone");
            }
        }
    }

    @Test
    void whoMayNotIsTold() throws Exception {
        node.addUser("reader", "pear", ".*", "^$");
        try (Talk talk = new Talk(node, "", "Authorization", HttpNode.basic("reader", "pear"))) {
            talk.next("welcome");
            talk.say("{'op':'publish','id':1,'topic':'a','payload':''}");
            assertThat(talk.next("error").path("code").asString()).isEqualTo("denied");
            talk.say("{'op':'will','id':2,'topic':'a','payload':''}");
            assertThat(talk.next("error").path("id").asInt()).isEqualTo(2);
        }
        refused(401);
        refused(401, "Authorization", HttpNode.basic("guest", "wrong"));
        refused(403, "Authorization", HttpNode.GUEST, "Origin", "https://elsewhere.example");
        assertThat(node.status("GET", "/v1/feed", "Authorization", HttpNode.GUEST)).isEqualTo(426);
        try (Talk talk =
                new Talk(
                        node,
                        "",
                        "Authorization",
                        HttpNode.GUEST,
                        "Origin",
                        "http://127.0.0.1:" + node.port())) {
            talk.next("welcome");
        }
    }

    private void refused(int status, String... headers) {
        assertThatThrownBy(() -> new Talk(node, "", headers))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        WebSocketHandshakeException.class,
                        refusal ->
                                assertThat(refusal.getResponse().statusCode()).isEqualTo(status));
    }

    @Test
    void manyPublishesAreAllAnsweredInOrder() throws Exception {
        try (Talk talk = Talk.guest(node)) {
            for (int i = 1; i <= 2_000; i++) {
                talk.say(
                        "{'op':'publish','id':%d,'topic':'burst/%d','payload':'x'}"
                                .formatted(i, i % 7));
            }
            long sum = 0;
            for (int i = 1; i <= 2_000; i++) {
                sum += talk.next("ack").path("id").asLong();
            }
            assertThat(sum).isEqualTo(2_000L * 2_001 / 2);
        }
    }

    @Test
    void aNodeThatGoesSaysSo() throws Exception {
        try (HttpNode other = HttpNode.start("feed-goes");
                Talk talk = Talk.guest(other);
                Events reader = other.reader(HttpNode.events("x"))) {
            assertThat(reader.status()).isEqualTo(200);
            other.node().stop();
            assertThat(talk.closedWith()).isEqualTo(1001);
            assertThatThrownBy(reader::next).isInstanceOf(java.io.EOFException.class);
        }
    }
}
