package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Streams for those who administer a node: over HTTP, and on the command line.
class StreamToolsTest {
    private static final TestNode NODE = TestNode.start(Broker.freshDirectory("stream-tools"));

    private final AdminClient admin = new AdminClient(NODE);
    private final Cli cli = Cli.of(NODE);

    @AfterAll
    static void stop() {
        NODE.close();
    }

    private JsonNode ask(String method, List<String> path, String body) throws IOException {
        return AdminClient.json(admin.ask(method, path, body));
    }

    private JsonNode query(String stream, String query) throws IOException {
        return AdminClient.json(admin.get("/v1/streams/" + stream + query));
    }

    private void publish(String stream, String... bodies) throws IOException {
        for (String body : bodies) {
            ask("POST", List.of("streams", stream, "messages"), "{\"body\":\"" + body + "\"}");
        }
    }

    private Cli.Result done(String... arguments) throws Exception {
        Cli.Result result = cli.run(arguments);
        assertThat(result.err()).isEmpty();
        assertThat(result.code()).isZero();
        return result;
    }

    // ---- HTTP

    @Test
    void streamIsDeclaredReadAndDeleted() throws Exception {
        String wanted =
                """
                {"subjects":["ticks/#","news/+"],"max_age":"7D","max_bytes":1000000,
                 "max_messages":1000}\
                """;
        JsonNode made = ask("PUT", List.of("streams", "life"), wanted);
        assertThat(made.path("created").asBoolean()).isTrue();
        assertThat(ask("PUT", List.of("streams", "life"), wanted).path("created").asBoolean())
                .isFalse();
        publish("life", "one", "two");
        ask("POST", List.of("topics", "ticks/gold", "messages"), "{\"body\":\"three\"}");
        JsonNode one = ask("GET", List.of("streams", "life"), "");
        assertThat(one.path("messages").asInt()).isEqualTo(3);
        assertThat(one.path("first").asInt()).isZero();
        assertThat(one.path("next").asInt()).isEqualTo(3);
        assertThat(one.path("subjects").toString()).isEqualTo("[\"ticks/#\",\"news/+\"]");
        assertThat(one.path("arguments").path("x-max-age").asString()).isEqualTo("7D");
        JsonNode page = query("life", "/messages?offset=1&count=10");
        assertThat(page.path("epoch").asLong()).isEqualTo(one.path("epoch").asLong());
        assertThat(page.path("next").asInt()).isEqualTo(3);
        assertThat(page.path("messages").size()).isEqualTo(2);
        JsonNode third = page.path("messages").path(1);
        assertThat(third.path("body").asString()).isEqualTo("three");
        assertThat(third.path("offset").asInt()).isEqualTo(2);
        assertThat(third.path("routingKey").asString()).isEqualTo("ticks.gold");
        assertThat(query("life", "/messages?offset=last").path("messages").size()).isEqualTo(1);
        assertThat(query("life", "/messages?offset=time:0").path("messages").size()).isEqualTo(3);
        assertThat(query("life", "/messages?offset=next").path("messages").size()).isZero();
        assertThat(ask("DELETE", List.of("streams", "life"), "").path("messages").asInt())
                .isEqualTo(3);
        assertThatThrownBy(() -> ask("GET", List.of("streams", "life"), ""))
                .hasMessageContaining("no stream 'life'");
    }

    @Test
    void streamIsAmongTheQueues() throws Exception {
        ask("PUT", List.of("streams", "listed"), "{}");
        publish("listed", "one");
        for (JsonNode row : ask("GET", List.of("queues"), "")) {
            if (row.path("name").asString().equals("listed")) {
                assertThat(row.path("type").asString()).isEqualTo("stream");
                assertThat(row.path("ready").asInt()).isEqualTo(1);
            }
        }
        JsonNode managed =
                AdminClient.json(admin.manage("GET", List.of("queues", "/", "listed"), ""));
        assertThat(managed.path("type").asString()).isEqualTo("stream");
        assertThat(managed.path("messages").asInt()).isEqualTo(1);
        assertThatThrownBy(() -> admin.ask("DELETE", List.of("queues", "listed", "messages"), ""))
                .hasMessageContaining("501");
        assertThat(done("queue", "list").out()).containsPattern("listed +stream +1");
    }

    @Test
    void whoWaitsGetsTheFirstThatComes() throws Exception {
        ask("PUT", List.of("streams", "awaited"), "{}");
        long before = System.nanoTime();
        assertThat(query("awaited", "/messages?wait=50").path("messages").size()).isZero();
        assertThat(Duration.ofNanos(System.nanoTime() - before))
                .isGreaterThan(Duration.ofMillis(40));
        Cli.Running waiting = cli.start("stream", "read", "awaited", "--follow", "--count", "1");
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() ->
                        ask("GET", List.of("streams", "awaited"), "").path("readers").asInt() == 1);
        publish("awaited", "there");
        Cli.Result result = waiting.end();
        assertThat(result.out()).isEqualTo("there\n");
        assertThat(result.code()).isZero();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() ->
                        ask("GET", List.of("streams", "awaited"), "").path("readers").asInt() == 0);
    }

    @Test
    void whatIsWrongIsSaid() throws Exception {
        ask("PUT", List.of("streams", "strict"), "{\"max_age\":\"1h\"}");
        for (String wrong :
                List.of(
                        "{\"max_age\":\"soon\"}",
                        "{\"subjects\":[\"a#\"]}",
                        "{\"max_bytes\":0}",
                        "{\"unknown\":1}")) {
            assertThatThrownBy(() -> ask("PUT", List.of("streams", "other"), wrong))
                    .as(wrong)
                    .hasMessageContaining("400");
        }
        assertThatThrownBy(() -> ask("PUT", List.of("streams", "strict"), "{}"))
                .hasMessageContaining("412");
        assertThatThrownBy(() -> query("strict", "/messages?offset=yesterday"))
                .hasMessageContaining("400");
        assertThatThrownBy(() -> query("nowhere", "/messages")).hasMessageContaining("404");
        ask("PUT", List.of("queues", "plain"), "{}");
        assertThatThrownBy(() -> query("plain", "/messages")).hasMessageContaining("404");
    }

    @Test
    void policiesBoundAgeAndBytesAndNothingElse() throws Exception {
        for (String stream : List.of("bound.bytes", "bound.length")) {
            ask("PUT", List.of("streams", stream), "{}");
        }
        policy("bytes", "^bound.bytes$", "\"max-length-bytes\":1000,\"max-age\":\"1Y\"");
        policy("length", "^bound.length$", "\"max-length\":10,\"message-ttl\":1");
        try (Connection connection = Broker.connect(Broker.factory(Broker.url(NODE.amqpPort())))) {
            Channel channel = connection.createChannel();
            channel.confirmSelect();
            for (int n = 0; n < 6_000; n++) {
                byte[] body = ("m" + n).getBytes(UTF_8);
                channel.basicPublish("", "bound.bytes", null, body);
                channel.basicPublish("", "bound.length", null, body);
            }
            channel.waitForConfirmsOrDie(30_000);
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() ->
                        ask("GET", List.of("streams", "bound.bytes"), "").path("messages").asInt()
                                <= 4_000);
        // More may go between the two questions.
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> {
                    JsonNode bound = ask("GET", List.of("streams", "bound.bytes"), "");
                    assertThat(bound.path("next").asInt()).isEqualTo(6_000);
                    JsonNode missed = query("bound.bytes", "/messages?offset=0&count=1");
                    assertThat(missed.path("missed").asLong())
                            .isEqualTo(bound.path("first").asLong());
                });
        assertThat(ask("GET", List.of("streams", "bound.length"), "").path("messages").asInt())
                .isEqualTo(6_000);
        assertThatThrownBy(() -> policy("age", "x", "\"max-age\":\"soon\""))
                .hasMessageContaining("not a valid max age");
    }

    private void policy(String name, String pattern, String definition) throws IOException {
        admin.manage(
                "PUT",
                List.of("policies", "/", name),
                "{\"pattern\":\"%s\",\"definition\":{%s},\"apply-to\":\"all\"}"
                        .formatted(pattern, definition));
    }

    // ---- the command line

    @Test
    void commandsTakeAStreamThroughItsLife() throws Exception {
        JsonNode made =
                done(
                                "stream",
                                "declare",
                                "log",
                                "--subject",
                                "log/#",
                                "--max-age",
                                "30D",
                                "--max-bytes",
                                "1MiB",
                                "--json")
                        .json();
        assertThat(made.path("created").asBoolean()).isTrue();
        assertThat(
                        done("stream", "declare", "log", "--max-age", "30D", "--max-bytes", "1MiB")
                                .out())
                .isEqualTo("log exists, with 0 messages\n");
        assertThat(done("stream", "publish", "log", "one").out())
                .isEqualTo("published 3 bytes to log\n");
        done("topic", "publish", "log/b", "two");
        assertThat(done("stream", "read", "log").out()).isEqualTo("one\ntwo\n");
        assertThat(done("stream", "read", "log", "--offset", "1").out()).isEqualTo("two\n");
        assertThat(done("stream", "read", "log", "--cursor", "mine", "--count", "1").out())
                .isEqualTo("one\n");
        assertThat(done("stream", "read", "log", "--cursor", "mine").out()).isEqualTo("two\n");
        assertThat(done("stream", "read", "log", "--cursor", "mine").out()).isEmpty();
        assertThat(done("stream", "list").out()).containsPattern("log +log/# +0 +2 +2");
        assertThat(done("stream", "info", "log").out())
                .contains("cursor mine")
                .contains("at 2, 0 behind, 0 readers");
        assertThat(done("stream", "delete", "log").out()).contains("deleted log with 2 messages");
        assertThat(done("stream", "list").out()).doesNotContain("log/#");
        Cli.Result gone = cli.run("stream", "read", "log");
        assertThat(gone.code()).isEqualTo(1);
        assertThat(gone.err()).contains("no stream 'log'");
    }
}
