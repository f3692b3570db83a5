package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.GetResponse;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What an operator does with messages in a queue: look, remove, replace, send on, stop the queue.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InspectionTest {

    private final HttpClient http = HttpClient.newHttpClient();
    private final TestNode node = TestNode.start(Broker.freshDirectory("operator"));
    private Connection connection;
    private Channel channel;

    @SuppressWarnings("NullAway") // JUnit calls open() before every test.
    InspectionTest() {}

    @BeforeEach
    void open() throws Exception {
        connection = Broker.connect(Broker.factory(Broker.url(node.amqpPort())));
        channel = connection.createChannel();
        channel.confirmSelect();
        channel.queueDeclare("work", true, false, false, AmqpCase.deadLetteringTo("dead"));
        channel.queueDeclare("dead", true, false, false, Map.of());
    }

    /// What a test leaves, whichever of these it had.
    @AfterEach
    void empty() throws Exception {
        reopen();
        for (String queue : List.of("work", "dead", "groups", "narrow")) {
            channel.queueDelete(queue);
        }
        connection.close();
    }

    @AfterAll
    void stop() {
        http.close();
        node.close();
    }

    private JsonNode call(String method, String path, String body, int status) throws Exception {
        String credentials =
                Base64.getEncoder().encodeToString("guest:guest".getBytes(StandardCharsets.UTF_8));
        HttpRequest request =
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:"
                                                + node.httpPort()
                                                + "/v1/queues/"
                                                + path))
                        .header("Authorization", "Basic " + credentials)
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        return JsonMapper.shared().readTree(response.body().isEmpty() ? "{}" : response.body());
    }

    private List<JsonNode> inspect(String queue, String query) throws Exception {
        List<JsonNode> found = new ArrayList<>();
        call("GET", queue + "/inspection?" + query, "", 200).path("messages").forEach(found::add);
        return found;
    }

    private void publish(String queue, Map<String, Object> headers, String... bodies)
            throws Exception {
        AMQP.BasicProperties properties =
                new AMQP.BasicProperties.Builder().deliveryMode(2).headers(headers).build();
        for (String body : bodies) {
            channel.basicPublish("", queue, properties, body.getBytes(StandardCharsets.UTF_8));
        }
        channel.waitForConfirmsOrDie(30_000);
    }

    private List<String> drain(String queue) throws Exception {
        List<String> bodies = new ArrayList<>();
        GetResponse one;
        while ((one = channel.basicGet(queue, true)) != null) {
            bodies.add(new String(one.getBody(), StandardCharsets.UTF_8));
        }
        return bodies;
    }

    @Test
    void inspectionSaysWhatEachMessageWaitsFor() throws Exception {
        publish("work", Map.of("kind", "a"), "ready");
        publish("work", Map.of("kind", "b", "x-delay", 3_600_000), "scheduled");
        List<JsonNode> all = inspect("work", "");
        assertThat(all).extracting(one -> one.path("body").asString()).hasSize(2);
        assertThat(all.get(0).path("waitsFor").asString())
                .isEqualTo("a consumer: the queue has none");
        assertThat(all.get(1).path("waitsFor").asString()).startsWith("its time, ");
        channel.basicGet("work", false);
        JsonNode got = inspect("work", "header=kind%3Da").getFirst();
        assertThat(got.path("waitsFor").asString()).matches("the answer of guest@.*, channel 1");
        assertThat(got.path("why").path("reason").asString()).isEqualTo("answer");
        assertThat(got.path("why").has("consumer")).isFalse();
        assertThat(inspect("work", "body=sched")).hasSize(1);
        assertThat(inspect("work", "key=else")).isEmpty();
    }

    private String why(String body) throws Exception {
        JsonNode why = inspect("groups", "body=" + body).getFirst().path("why");
        String group = why.path("group").asString("");
        String consumer = why.path("consumer").asString("");
        return String.join(" ", why.path("reason").asString(), group, consumer).strip();
    }

    @Test
    void inspectionSaysWhoHasAMessageAndWhoHoldsItsGroupUp() throws Exception {
        channel.queueDeclare("groups", true, false, false, Map.of("x-group-header", "g"));
        publish("groups", Map.of("g", "x"), "x1", "x2");
        assertThat(why("x2")).isEqualTo("consumer");
        channel.basicQos(1);
        channel.basicConsume("groups", false, "anna", new DefaultConsumer(channel));
        Awaitility.await()
                .atMost(AmqpCase.DEADLINE)
                .until(() -> why("x1"), is -> is.equals("answer  anna"));
        assertThat(why("x2")).isEqualTo("group x anna");
        JsonNode second = inspect("groups", "body=x2").getFirst();
        assertThat(second.path("waitsFor").asString())
                .matches(
                        "the answer of consumer 'anna' on guest@.*, channel 1, which has others"
                                + " of group 'x'");
        publish("groups", Map.of("g", "y"), "y1");
        assertThat(why("y1")).isEqualTo("room");
        call("PUT", "groups/pause", "{\"paused\":true}", 204);
        assertThat(why("y1")).isEqualTo("resumption");
        assertThat(why("x2")).isEqualTo("group x anna");
        reopen();
        Awaitility.await()
                .atMost(AmqpCase.DEADLINE)
                .until(() -> why("x1"), is -> is.equals("resumption"));
        assertThat(why("x2")).isEqualTo("resumption");
        call("PUT", "groups/pause", "{\"paused\":false}", 204);
        assertThat(why("x1")).isEqualTo("consumer");
        assertThat(why("x2")).isEqualTo("consumer");
    }

    @Test
    void inspectionSaysWhatIsOverBehindTheHead() throws Exception {
        publish("work", Map.of(), "head");
        channel.basicPublish(
                "",
                "work",
                new AMQP.BasicProperties.Builder().expiration("1").build(),
                "short".getBytes(StandardCharsets.UTF_8));
        channel.waitForConfirmsOrDie(30_000);
        Awaitility.await()
                .atMost(AmqpCase.DEADLINE)
                .until(
                        () -> inspect("work", "body=short").getFirst(),
                        one -> one.path("why").path("reason").asString().equals("end"));
        assertThat(drain("work")).containsExactly("head");
    }

    @Test
    void inspectionGoesOnWhereItStopped() throws Exception {
        publish("work", Map.of(), "1", "2", "3");
        JsonNode first = call("GET", "work/inspection?count=2", "", 200);
        assertThat(first.path("messages")).hasSize(2);
        String next = URLEncoder.encode(first.path("next").asString(), StandardCharsets.UTF_8);
        JsonNode rest = call("GET", "work/inspection?count=2&from=" + next, "", 200);
        assertThat(rest.path("messages")).hasSize(1);
        assertThat(rest.has("next")).isFalse();
    }

    @Test
    void oneMessageCanBeRemovedOrReplaced() throws Exception {
        publish("work", Map.of(), "1", "2", "3");
        publish("work", Map.of("x-delay", 3_600_000), "later");
        List<JsonNode> all = inspect("work", "");
        String second = all.get(1).path("entry").asString();
        String third = all.get(2).path("entry").asString();
        String later = all.get(3).path("entry").asString();
        call("DELETE", "work/inspection/" + second, "", 204);
        call("DELETE", "work/inspection/" + second, "", 404);
        call("DELETE", "work/inspection/" + later, "", 204);
        call("PUT", "work/inspection/" + third, "{\"body\":\"three\"}", 204);
        node.kill();
        node.restart();
        reopen();
        assertThat(drain("work")).containsExactly("1", "three");
        assertThat(inspect("work", "")).isEmpty();
    }

    /// A dead letter with all that a message may have, and what it came with.
    private GetResponse deadLetter() throws Exception {
        AMQP.BasicProperties properties =
                new AMQP.BasicProperties.Builder()
                        .deliveryMode(2)
                        .contentType("text/plain")
                        .contentEncoding("utf-8")
                        .priority(5)
                        .correlationId("c")
                        .replyTo("r")
                        .messageId("m-1")
                        .timestamp(Date.from(Instant.ofEpochSecond(1_700_000_000L)))
                        .type("t")
                        .appId("a")
                        .headers(
                                Map.of(
                                        "n",
                                        5,
                                        "at",
                                        Date.from(Instant.ofEpochSecond(1_600_000_000L)),
                                        "list",
                                        List.of(1, "two"),
                                        "raw",
                                        new byte[] {0, (byte) 0xFF}))
                        .build();
        channel.basicPublish("", "work", properties, "wrong".getBytes(StandardCharsets.UTF_8));
        channel.waitForConfirmsOrDie(30_000);
        GetResponse found = channel.basicGet("work", false);
        channel.basicReject(found.getEnvelope().getDeliveryTag(), false);
        Awaitility.await().atMost(AmqpCase.DEADLINE).until(() -> channel.messageCount("dead") == 1);
        GetResponse dead = channel.basicGet("dead", false);
        channel.basicNack(dead.getEnvelope().getDeliveryTag(), false, true);
        assertThat(dead.getProps().getHeaders()).containsKeys("x-death", "n", "at", "list", "raw");
        return dead;
    }

    private void assertSameBut(GetResponse before, String body) throws Exception {
        GetResponse now = channel.basicGet("dead", true);
        assertThat(new String(now.getBody(), StandardCharsets.UTF_8)).isEqualTo(body);
        assertThat(now.getProps()).usingRecursiveComparison().isEqualTo(before.getProps());
        assertThat(now.getEnvelope().getRoutingKey())
                .isEqualTo(before.getEnvelope().getRoutingKey());
        assertThat(now.getEnvelope().getExchange()).isEqualTo(before.getEnvelope().getExchange());
        assertThat(channel.basicGet("dead", true)).isNull();
    }

    @Test
    void anEditKeepsWhatItDoesNotName() throws Exception {
        GetResponse before = deadLetter();
        String entry = inspect("dead", "").getFirst().path("entry").asString();
        call("PUT", "dead/inspection/" + entry, "{\"body\":\"right\"}", 204);
        assertSameBut(before, "right");
    }

    @Test
    void whatALookShowsMayComeBackEdited() throws Exception {
        GetResponse before = deadLetter();
        ObjectNode shown = (ObjectNode) inspect("dead", "").getFirst();
        shown.put("body", "right");
        call(
                "PUT",
                "dead/inspection/" + shown.path("entry").asString(),
                JsonMapper.shared().writeValueAsString(shown),
                204);
        assertSameBut(before, "right");
    }

    @Test
    void anEditChangesWhatItNames() throws Exception {
        deadLetter();
        String entry = inspect("dead", "").getFirst().path("entry").asString();
        call(
                "PUT",
                "dead/inspection/" + entry,
                "{\"headers\":{\"n\":6,\"list\":null,\"new\":\"x\"},"
                        + "\"properties\":{\"replyTo\":null,\"type\":\"u\"},\"priority\":7,"
                        + "\"persistent\":false,\"routingKey\":\"k\",\"bodyBase64\":\"AP8=\"}",
                204);
        GetResponse now = channel.basicGet("dead", true);
        assertThat(now.getBody()).containsExactly(0, 0xFF);
        assertThat(now.getEnvelope().getRoutingKey()).isEqualTo("k");
        AMQP.BasicProperties properties = now.getProps();
        assertThat(properties.getHeaders())
                .containsEntry("n", 6L)
                .containsKeys("x-death", "at", "raw", "new")
                .doesNotContainKey("list");
        assertThat(properties.getReplyTo()).isNull();
        assertThat(properties.getType()).isEqualTo("u");
        assertThat(properties.getPriority()).isEqualTo(7);
        assertThat(properties.getDeliveryMode()).isEqualTo(1);
        assertThat(properties.getMessageId()).isEqualTo("m-1");
    }

    @Test
    void anEditMovesNoTime() throws Exception {
        publish("work", Map.of("x-delay", 3_600_000), "later");
        channel.basicPublish(
                "",
                "work",
                new AMQP.BasicProperties.Builder().expiration("3600000").build(),
                new byte[] {'x'});
        channel.waitForConfirmsOrDie(30_000);
        for (JsonNode one : inspect("work", "")) {
            String path = "work/inspection/" + one.path("entry").asString();
            call("PUT", path, "{\"headers\":{\"edited\":true}}", 204);
            JsonNode now = inspect("work", "body=" + one.path("body").asString()).getFirst();
            assertThat(now.path("waitsFor")).isEqualTo(one.path("waitsFor"));
            assertThat(now.has("expires")).isEqualTo(one.has("expires"));
            assertThat(now.path("properties").path("headers").path("edited").asBoolean()).isTrue();
        }
        JsonNode later = inspect("work", "body=later").getFirst();
        String path = "work/inspection/" + later.path("entry").asString();
        call("PUT", path, "{\"headers\":{\"x-delay\":null}}", 204);
        assertThat(drain("work")).containsExactly("x", "later");
    }

    @Test
    void anEditThatMakesNoSenseChangesNothing() throws Exception {
        publish("work", Map.of(), "1");
        String path = "work/inspection/" + inspect("work", "").getFirst().path("entry").asString();
        for (String wrong :
                List.of(
                        "{\"properties\":{\"colour\":\"red\"}}",
                        "{\"body\":\"a\",\"bodyBase64\":\"AA==\"}",
                        "{\"headers\":{\"n\":[1]}}",
                        "{\"headers\":{\"x-delay\":\"soon\"}}",
                        "{\"priority\":256}",
                        "{\"ttl\":\"long\"}",
                        "{\"properties\":{\"expiration\":\"-5\"}}",
                        "{\"properties\":{\"deliveryMode\":3}}",
                        "{\"contentType\":5}")) {
            call("PUT", path, wrong, 400);
        }
        GetResponse out = channel.basicGet("work", false);
        call("PUT", path, "{\"body\":\"2\"}", 404);
        channel.basicNack(out.getEnvelope().getDeliveryTag(), false, true);
        assertThat(drain("work")).containsExactly("1");
        call("PUT", path, "{\"body\":\"2\"}", 404);
    }

    private void reopen() throws Exception {
        connection.abort();
        connection = Broker.connect(Broker.factory(Broker.url(node.amqpPort())));
        channel = connection.createChannel();
        channel.confirmSelect();
    }

    @Test
    void deadLettersGoBackToWhereTheyDied() throws Exception {
        publish("work", Map.of(), "1", "2", "3");
        for (int n = 0; n < 3; n++) {
            channel.basicReject(
                    channel.basicGet("work", false).getEnvelope().getDeliveryTag(), false);
        }
        Awaitility.await().atMost(AmqpCase.DEADLINE).until(() -> channel.messageCount("dead") == 3);
        List<String> entries = new ArrayList<>();
        inspect("dead", "").forEach(one -> entries.add('"' + one.path("entry").asString() + '"'));
        JsonNode sent =
                call(
                        "POST",
                        "dead/sending",
                        "{\"back\":true,\"entries\":[" + String.join(",", entries) + "]}",
                        200);
        assertThat(sent.path("sent").asInt()).isEqualTo(3);
        Awaitility.await().atMost(AmqpCase.DEADLINE).until(() -> channel.messageCount("work") == 3);
        assertThat(drain("work")).containsExactly("1", "2", "3");
        assertThat(drain("dead")).isEmpty();
    }

    /// Who says "sent" has not let it fall: publishers are refused here, an operator is not.
    @Test
    void whatIsSentToAFullQueueArrives() throws Exception {
        Map<String, Object> narrow = Map.of("x-max-length", 1, "x-overflow", "reject-publish");
        channel.queueDeclare("narrow", true, false, false, narrow);
        publish("narrow", Map.of(), "there");
        publish("work", Map.of(), "1", "2");
        List<String> entries = new ArrayList<>();
        inspect("work", "").forEach(one -> entries.add('"' + one.path("entry").asString() + '"'));
        String to = "{\"routingKey\":\"narrow\",\"entries\":[" + String.join(",", entries) + "]}";
        assertThat(call("POST", "work/sending", to, 200).path("sent").asInt()).isEqualTo(2);
        Awaitility.await()
                .atMost(AmqpCase.DEADLINE)
                .until(() -> channel.messageCount("narrow") == 3);
        assertThat(drain("narrow")).containsExactly("there", "1", "2");
    }

    @Test
    void whatLeadsNowhereStays() throws Exception {
        publish("work", Map.of(), "1");
        String entry = inspect("work", "").getFirst().path("entry").asString();
        String to = "{\"routingKey\":\"no such queue\",\"entries\":[\"" + entry + "\"]}";
        assertThat(call("POST", "work/sending", to, 409).path("error").asString())
                .isEqualTo("there is no queue 'no such queue'");
        String through = to.replace("{", "{\"exchange\":\"amq.direct\",");
        assertThat(call("POST", "work/sending", through, 409).path("error").asString())
                .isEqualTo("exchange 'amq.direct' leads nowhere with the key 'no such queue'");
        String back = "{\"back\":true,\"entries\":[\"" + entry + "\"]}";
        assertThat(call("POST", "work/sending", back, 409).path("error").asString())
                .contains("it died in no queue");
        assertThat(drain("work")).containsExactly("1");
        assertThat(call("POST", "work/sending", to, 404).path("error").asString())
                .contains("no such message");
    }

    @Test
    void saysHowManyOfThoseNamedWereSent() throws Exception {
        publish("work", Map.of(), "rejected");
        channel.basicReject(channel.basicGet("work", false).getEnvelope().getDeliveryTag(), false);
        Awaitility.await().atMost(AmqpCase.DEADLINE).until(() -> channel.messageCount("dead") == 1);
        publish("dead", Map.of(), "never died", "nor did this");
        List<String> entries = new ArrayList<>();
        inspect("dead", "").forEach(one -> entries.add('"' + one.path("entry").asString() + '"'));
        entries.add("\"fff\"");
        String back = "{\"back\":true,\"entries\":[" + String.join(",", entries) + "]}";
        JsonNode sent = call("POST", "dead/sending", back, 200);
        assertThat(sent.path("sent").asInt()).isEqualTo(1);
        assertThat(sent.path("nowhere").asInt()).isEqualTo(2);
        assertThat(sent.path("absent").asInt()).isEqualTo(1);
        assertThat(sent.path("why").asString()).contains("it died in no queue");
        assertThat(drain("dead")).containsExactly("never died", "nor did this");
    }

    @Test
    void pausedQueueDeliversNothingUntilItGoesOn() throws Exception {
        call("PUT", "work/pause", "{\"paused\":true}", 204);
        node.kill();
        node.restart();
        reopen();
        Inbox inbox = Inbox.automatic(channel, "work");
        publish("work", Map.of(), "1");
        inbox.staysEmpty();
        assertThat(call("GET", "work", "", 200).path("paused").asBoolean()).isTrue();
        call("PUT", "work/pause", "{\"paused\":false}", 204);
        assertThat(inbox.takeText()).isEqualTo("1");
    }
}
