package dev.parley.it.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.it.Foreign;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/// Server-sent events: what comes, who may read, and who is too slow.
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EventsTest {
    private static final int WAITING_MAX = 50;

    @SuppressWarnings("NullAway") // set before the first test
    private HttpNode node = null;

    @BeforeAll
    void start() {
        node = HttpNode.start("events", "--http-feed-messages-max", "" + WAITING_MAX);
    }

    @AfterAll
    void stop() {
        node.close();
    }

    @Test
    void curlGetsRetainedMessagesAndThenLiveOnes() throws Exception {
        List<String> curl = Foreign.require("curl", "curl", List.of(List.of("curl", "--version")));
        node.publish("curl/kept", "kept", true);
        Process process =
                new ProcessBuilder(
                                curl.getFirst(),
                                "-siN",
                                "-u",
                                "guest:guest",
                                node.uri(HttpNode.events("curl/#")).toString())
                        .start();
        try (BufferedReader lines = process.inputReader()) {
            assertThat(lines.readLine()).isEqualTo("HTTP/1.1 200 OK");
            String kept = data(lines);
            assertThat(kept).contains("\"payload\":\"kept\"", "\"retained\":true");
            node.publish("curl/live", "live", false);
            assertThat(data(lines)).contains("\"payload\":\"live\"", "\"retained\":false");
        } finally {
            process.destroyForcibly();
        }
    }

    private static String data(BufferedReader lines) throws IOException {
        String line = lines.readLine();
        while (line != null && !line.startsWith("data: ")) {
            line = lines.readLine();
        }
        return String.valueOf(line);
    }

    @Test
    void aMessageComesOnceWithAllThatWasSaidAboutIt() throws Exception {
        String path =
                HttpNode.events("all/#") + "?filter=" + HttpNode.part("all/+") + "&filter=other";
        try (Events reader = node.reader(path)) {
            assertThat(reader.status()).isEqualTo(200);
            assertThat(reader.headers()).containsEntry("content-type", "text/event-stream");
            assertThat(reader.raw()).isEqualTo("retry: 3000");
            long before = System.currentTimeMillis();
            node.must(
                    "POST",
                    "/v1/topics/all%2Fx/messages",
                    """
                    {"bodyBase64": "/wA=", "contentType": "image/x", "properties": {"a": "b\\n"}}
                    """);
            node.publish("other", "zwölf\n", false);
            JsonNode first = reader.message();
            assertThat(first.path("topic").asString()).isEqualTo("all/x");
            assertThat(first.path("payload").asString()).isEqualTo("/wA=");
            assertThat(first.path("encoding").asString()).isEqualTo("base64");
            assertThat(first.path("contentType").asString()).isEqualTo("image/x");
            assertThat(first.path("properties").path("a").asString()).isEqualTo("b\n");
            assertThat(first.path("time").asLong()).isGreaterThanOrEqualTo(before - 1_000);
            JsonNode second = reader.message();
            assertThat(second.path("payload").asString()).isEqualTo("zwölf\n");
            assertThat(second.has("encoding")).isFalse();
        }
    }

    /// What was received can be sent in the same words.
    @Test
    void aMessageIsPublishedInTheWordsInWhichItComes() throws Exception {
        String path = "/v1/topics/words/messages";
        try (Events reader = node.reader(HttpNode.events("words"))) {
            assertThat(reader.raw()).isEqualTo("retry: 3000");
            node.must("POST", path, "{\"payload\": \"zwölf\"}");
            node.must("POST", path, "{\"payload\": \"/wA=\", \"encoding\": \"base64\"}");
            assertThat(reader.message().path("payload").asString()).isEqualTo("zwölf");
            JsonNode second = reader.message();
            assertThat(second.path("payload").asString()).isEqualTo("/wA=");
            assertThat(second.path("encoding").asString()).isEqualTo("base64");
        }
        for (String wrong :
                List.of(
                        "{}",
                        "{\"encoding\": \"text\"}",
                        "{\"encoding\": \"text\", \"body\": \"a\"}",
                        "{\"payload\": \"a\", \"body\": \"a\"}",
                        "{\"payload\": \"a\", \"encoding\": \"gzip\"}",
                        "{\"payload\": \"?\", \"encoding\": \"base64\"}")) {
            assertThat(node.ask("POST", path, wrong, "Authorization", HttpNode.GUEST).statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
    }

    @Test
    void whoComesBackIsToldSinceWhenMessagesMayBeMissing() throws Exception {
        node.publish("back/a", "kept", true);
        List<String> lines =
                List.of("Authorization: " + HttpNode.GUEST, "Last-Event-ID: 1700000000000-3");
        try (Events reader = new Events(node.port(), HttpNode.events("back/a"), lines, 0)) {
            Events.Event missed = reader.next();
            assertThat(missed.name()).isEqualTo("missed");
            assertThat(missed.json().path("since").asLong()).isEqualTo(1_700_000_000_000L);
            assertThat(reader.message().path("payload").asString()).isEqualTo("kept");
        }
        try (Events reader = node.reader(HttpNode.events("back/a") + "?retained=false")) {
            node.publish("back/a", "next", false);
            assertThat(reader.message().path("payload").asString()).isEqualTo("next");
        }
    }

    @Test
    void manyRetainedMessagesAllArrive() throws Exception {
        int count = 3 * WAITING_MAX;
        for (int i = 0; i < count; i++) {
            node.publish("many/" + i, "" + i, true);
        }
        try (Events reader = node.reader(HttpNode.events("many/#"))) {
            for (int i = 0; i < count; i++) {
                assertThat(reader.message().path("retained").asBoolean()).isTrue();
            }
        }
    }

    @Test
    void questionsThatCannotBeAnswered() throws Exception {
        String guest = HttpNode.GUEST;
        String path = HttpNode.events("x");
        assertThat(node.status("GET", path)).isEqualTo(401);
        assertThat(node.status("POST", path, "Authorization", guest)).isEqualTo(405);
        assertThat(node.status("HEAD", path, "Authorization", guest)).isEqualTo(200);
        assertThat(node.status("GET", path + "?slow=never", "Authorization", guest)).isEqualTo(400);
        assertThat(node.status("GET", path + "?retained=x", "Authorization", guest)).isEqualTo(400);
        assertThat(node.status("GET", path + "?vhost=x", "Authorization", guest)).isEqualTo(404);
        assertThat(node.status("GET", path, "Authorization", guest, "Accept", "image/png"))
                .isEqualTo(406);
        for (String filter : List.of("a/#/b", "a+", "$share/g/a", "$stream/a")) {
            assertThat(node.status("GET", HttpNode.events(filter), "Authorization", guest))
                    .as(filter)
                    .isEqualTo(400);
        }
        assertThat(node.status("GET", path + "?filter=%23%23", "Authorization", guest))
                .isEqualTo(400);
    }

    @Test
    void permissionsAreThoseOfMqtt() throws Exception {
        node.addUser("nobody", "pear", "^$", "^$");
        node.addUser("some", "pear", ".*", ".*");
        node.must(
                "PUT",
                "/v1/users/some/topic-permissions/%2F/amq.topic",
                "{\"read\": \"^mine\\\\.\", \"write\": \"^mine\\\\.\"}");
        String nobody = HttpNode.basic("nobody", "pear");
        String some = HttpNode.basic("some", "pear");
        assertThat(node.status("GET", HttpNode.events("a"), "Authorization", nobody))
                .isEqualTo(403);
        assertThat(node.status("GET", HttpNode.events("#"), "Authorization", some)).isEqualTo(403);
        assertThat(node.status("HEAD", HttpNode.events("mine/x"), "Authorization", some))
                .isEqualTo(200);
        String body = "{\"body\": \"x\"}";
        assertThat(
                        node.ask("POST", "/v1/topics/yours/messages", body, "Authorization", some)
                                .statusCode())
                .isEqualTo(403);
        assertThat(
                        node.ask(
                                        "POST",
                                        "/v1/topics/mine%2Fx/messages",
                                        body,
                                        "Authorization",
                                        some)
                                .statusCode())
                .isEqualTo(201);
        assertThat(node.status("GET", "/v1/queues", "Authorization", some)).isEqualTo(403);
        assertThat(node.status("GET", "/v1/connections", "Authorization", some)).isEqualTo(403);
    }

    @Test
    void aSlowReaderMissesAndIsTold() throws Exception {
        Told told = slow("drop-new", 1_000, 1);
        assertThat(told.missed()).isPositive();
        assertThat(told.received() + told.missed()).isEqualTo(1_000);
        assertThat(told.first()).isZero();
    }

    @Test
    void aSlowReaderGetsTheNewest() throws Exception {
        Told told = slow("drop-old", 1_000, 1);
        assertThat(told.missed()).isPositive();
        assertThat(told.received() + told.missed()).isEqualTo(1_000);
        assertThat(told.last()).isEqualTo(999);
    }

    @Test
    void aSlowReaderGetsTheLastOfEachTopic() throws Exception {
        Told told = slow("latest", 1_000, 10);
        assertThat(told.received() + told.missed()).isEqualTo(1_000);
        assertThat(told.byTopic()).hasSize(10);
        told.byTopic()
                .forEach((topic, number) ->
                        assertThat(number).as(topic).isGreaterThanOrEqualTo(990));
    }

    @Test
    void aSlowReaderIsSentAway() throws Exception {
        long before = node.metric("parley_feed_disconnected_total");
        try (Events reader = slowReader("disconnect")) {
            flood("slow/disconnect", 1_000, 1);
            assertThatThrownBy(
                            () -> {
                                for (int i = 0; i < 1_000; i++) {
                                    reader.next();
                                }
                            })
                    .isInstanceOf(IOException.class);
        }
        assertThat(node.metric("parley_feed_disconnected_total")).isEqualTo(before + 1);
    }

    /// What a slow reader got.
    private record Told(
            int received, long missed, int first, int last, Map<String, Integer> byTopic) {}

    /// Somebody reads nothing until all is published, while somebody else reads all of it.
    private Told slow(String policy, int messages, int topics) throws Exception {
        String topic = "slow/" + policy;
        int received = 0;
        long missed = 0;
        int first = -1;
        int last = -1;
        Map<String, Integer> byTopic = new HashMap<>();
        try (Events reader = slowReader(policy)) {
            flood(topic, messages, topics);
            while (received + missed < messages) {
                Events.Event event = reader.next();
                if (event.name().equals("missed")) {
                    missed += event.json().path("count").asLong();
                    continue;
                }
                JsonNode message = event.json();
                int number = Integer.parseInt(message.path("payload").asString().strip());
                first = received == 0 ? number : first;
                last = number;
                byTopic.put(message.path("topic").asString(), number);
                received++;
            }
        }
        return new Told(received, missed, first, last, byTopic);
    }

    private Events slowReader(String policy) throws IOException {
        String path = HttpNode.events("slow/" + policy + "/#") + "?slow=" + policy;
        List<String> lines = List.of("Authorization: " + HttpNode.GUEST);
        return new Events(node.port(), path, lines, 4 << 10);
    }

    /// Publishes more than sockets hold, in step with a reader that must not miss any of it.
    private void flood(String topic, int messages, int topics) throws Exception {
        String padding = " ".repeat(8 << 10);
        try (Talk publisher = Talk.guest(node);
                Talk reader = Talk.guest(node)) {
            reader.say("{'op':'subscribe','filter':'" + topic + "/#'}").next("subscribed");
            for (int i = 0; i < messages; i++) {
                publisher.say(
                        "{'op':'publish','qos':0,'topic':'%s/%d','payload':'%s%d'}"
                                .formatted(topic, i % topics, padding, i));
                reader.next("message");
            }
        }
    }

    @Test
    void readersAreListedAndGoWithTheirConnections() throws Exception {
        try (Events reader = node.reader(HttpNode.events("listed/a") + "?slow=latest")) {
            assertThat(reader.status()).isEqualTo(200);
            JsonNode row = listed("listed/a");
            assertThat(row.path("protocol").asString()).isEqualTo("HTTP events");
            assertThat(row.path("slow").asString()).isEqualTo("latest");
            assertThat(row.path("user").asString()).isEqualTo("guest");
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(listed("listed/a").isMissingNode()).isTrue());
        assertThat(node.must("GET", "/v1/topics", "").toString()).doesNotContain("listed/a");
    }

    @Test
    void anOperatorSendsReadersAway() throws Exception {
        try (Events reader = node.reader(HttpNode.events("away/a"));
                Talk talk = Talk.guest(node)) {
            talk.say("{'op':'subscribe','filter':'away/b'}").next("subscribed");
            for (String filter : List.of("away/a", "away/b")) {
                String id = listed(filter).path("id").asString();
                node.must("DELETE", "/v1/connections/" + id, "");
            }
            assertThatThrownBy(reader::next).isInstanceOf(IOException.class);
            assertThat(talk.closedWith()).isEqualTo(1008);
        }
    }

    private JsonNode listed(String filter) throws IOException {
        for (JsonNode one : node.must("GET", "/v1/connections", "")) {
            if (one.path("filters").path(0).asString("").equals(filter)) {
                return one;
            }
        }
        return HttpNode.json("{}").path("none");
    }
}
