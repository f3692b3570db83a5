package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The admin interface as a stranger's program sees it: statuses, methods, bounds.
class AdminTest {
    private static final TestNode NODE = TestNode.start(Broker.freshDirectory("admin"));
    private static final String GUEST =
            "Basic " + Base64.getEncoder().encodeToString(Cli.utf8("guest:guest"));

    private final HttpClient http = HttpClient.newHttpClient();

    @AfterAll
    static void stop() {
        NODE.close();
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        return send(method, path, body, "application/json", GUEST);
    }

    private HttpResponse<String> send(
            String method, String path, String body, String type, String authorization)
            throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + NODE.httpPort() + path))
                        .method(method, BodyPublishers.ofString(body))
                        .header("Content-Type", type)
                        .header("Authorization", authorization)
                        .timeout(Duration.ofSeconds(60))
                        .build();
        return http.send(request, BodyHandlers.ofString());
    }

    private int status(String method, String path, String body) throws Exception {
        return send(method, path, body).statusCode();
    }

    private static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    @Test
    void saysHowItIsWithoutAUser() throws Exception {
        for (String path : new String[] {"/healthz", "/readyz"}) {
            assertThat(send("GET", path, "", "text/plain", "nobody").body()).isEqualTo("ok\n");
        }
        assertThat(send("GET", "/metrics", "", "text/plain", "nobody").body())
                .contains("parley_amqp_connections", "jvm_memory_used_bytes")
                .containsPattern("parley_disk_syncs_total [1-9]")
                .containsPattern("parley_heap_allocated_total [1-9]");
        JsonNode description = json(send("GET", "/v1/openapi.json", "", "text/plain", "nobody"));
        assertThat(description.path("openapi").asString()).startsWith("3.");
    }

    @Test
    void statusesSayWhatIsWrong() throws Exception {
        assertThat(send("GET", "/v1/status", "", "text/plain", "nobody").statusCode())
                .isEqualTo(401);
        assertThat(send("GET", "/v1/status", "", "text/plain", GUEST + "x").statusCode())
                .isEqualTo(401);
        assertThat(status("GET", "/v1/nothing", "")).isEqualTo(404);
        assertThat(status("GET", "/nothing", "")).isEqualTo(404);
        assertThat(status("GET", "/v1/queues/nothing", "")).isEqualTo(404);
        assertThat(status("GET", "/v1/queues?vhost=nothing", "")).isEqualTo(404);
        HttpResponse<String> wrongMethod = send("PATCH", "/v1/queues/q", "{}");
        assertThat(wrongMethod.statusCode()).isEqualTo(405);
        assertThat(wrongMethod.headers().firstValue("Allow")).hasValue("DELETE, GET, PUT");
        assertThat(status("POST", "/healthz", "")).isEqualTo(405);
        assertThat(send("PUT", "/v1/queues/q", "{}", "text/plain", GUEST).statusCode())
                .isEqualTo(415);
        assertThat(status("PUT", "/v1/queues/q", "{")).isEqualTo(400);
        assertThat(status("PUT", "/v1/queues/q", "[]")).isEqualTo(400);
        assertThat(json(send("PUT", "/v1/queues/q", "{\"durabel\":true}")).path("error").asString())
                .contains("unknown field 'durabel'");
        assertThat(status("PUT", "/v1/queues/q", "{\"durable\":1}")).isEqualTo(400);
        assertThat(status("PUT", "/v1/queues/" + "q".repeat(256), "{}")).isEqualTo(400);
        assertThat(status("PUT", "/v1/users/a:b", "{\"password\":\"x\"}")).isEqualTo(400);
    }

    @Test
    void aBodyThatIsTooLargeIsNotRead() throws Exception {
        try (Socket socket = connect()) {
            String head =
                    String.join(
                            "\r\n",
                            "PUT /v1/queues/q HTTP/1.1",
                            "Host: x",
                            "Content-Length: 999999999",
                            "",
                            "");
            socket.getOutputStream().write(Cli.utf8(head));
            byte[] first = socket.getInputStream().readNBytes(12);
            assertThat(new String(first, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
        }
    }

    private static Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), NODE.httpPort());
        socket.setSoTimeout(30_000);
        return socket;
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        String slow =
                "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
                        + GUEST
                        + "\r\n\r\n";
        String last = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        try (Socket socket = connect()) {
            socket.getOutputStream().write(Cli.utf8(slow.repeat(8) + last));
            String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(all.split("shardsServing", -1)).hasSize(9);
            assertThat(all).endsWith("ok\n");
        }
    }

    @Test
    void aDeliveryThatNobodySettlesGoesBack() throws Exception {
        assertThat(status("PUT", "/v1/queues/lent", "{}")).isEqualTo(201);
        assertThat(status("POST", "/v1/queues/lent/messages", "{\"body\":\"x\"}")).isEqualTo(201);
        JsonNode taken = json(send("POST", "/v1/queues/lent/deliveries?lease=100", "")).path(0);
        assertThat(taken.path("body").asString()).isEqualTo("x");
        Awaitility.await("the message to be back")
                .atMost(Duration.ofSeconds(30))
                .until(() -> json(send("GET", "/v1/queues/lent", "")).path("ready").asInt() == 1);
        String late = "/v1/deliveries/" + taken.path("delivery").asString();
        assertThat(status("POST", late, "")).isEqualTo(404);

        JsonNode again = json(send("POST", "/v1/queues/lent/deliveries", "")).path(0);
        assertThat(again.path("redelivered").asBoolean()).isTrue();
        String name = "/v1/deliveries/" + again.path("delivery").asString();
        assertThat(status("POST", name, "{\"outcome\":\"maybe\"}")).isEqualTo(400);
        assertThat(status("POST", name, "")).isEqualTo(204);
        assertThat(status("POST", name, "")).isEqualTo(404);
        assertThat(status("DELETE", "/v1/queues/lent?ifEmpty=true", "")).isEqualTo(200);
    }

    /// The caller asks for half a minute, the queue grants a moment.
    @Test
    void nobodyKeepsADeliveryForLongerThanTheQueuesLease() throws Exception {
        String arguments = "{\"arguments\": {\"x-consumer-timeout\": 100}}";
        assertThat(status("PUT", "/v1/queues/strict", arguments)).isEqualTo(201);
        assertThat(status("POST", "/v1/queues/strict/messages", "{\"body\":\"x\"}")).isEqualTo(201);
        JsonNode taken = json(send("POST", "/v1/queues/strict/deliveries?lease=600000", ""));
        assertThat(taken.path(0).path("body").asString()).isEqualTo("x");
        Awaitility.await("the message to be back")
                .atMost(Duration.ofSeconds(30))
                .until(() -> json(send("GET", "/v1/queues/strict", "")).path("ready").asInt() == 1);
        assertThat(status("DELETE", "/v1/queues/strict", "")).isEqualTo(200);
    }

    @Test
    void showsExchangesAndBindings() throws Exception {
        assertThat(send("GET", "/v1/exchanges", "").body()).contains("amq.topic", "headers");
        assertThat(json(send("GET", "/v1/bindings", "")).isArray()).isTrue();
    }

    @Test
    void aConditionThatDoesNotHoldDeletesNothing() throws Exception {
        assertThat(status("PUT", "/v1/queues/full", "{}")).isEqualTo(201);
        assertThat(status("POST", "/v1/queues/full/messages", "{\"body\":\"x\"}")).isEqualTo(201);
        assertThat(status("DELETE", "/v1/queues/full?ifEmpty=true", "")).isEqualTo(412);
        assertThat(status("GET", "/v1/queues/full", "")).isEqualTo(200);
        assertThat(status("DELETE", "/v1/queues/full", "")).isEqualTo(200);
        assertThat(status("GET", "/v1/queues/full", "")).isEqualTo(404);
    }

    /// A request has nobody who could be held back until there is room.
    @Test
    void aFullQueueThatBlocksItsPublishersRefusesRequests() throws Exception {
        String narrow = "{\"arguments\": {\"x-max-length\": 2, \"x-overflow\": \"block\"}}";
        assertThat(status("PUT", "/v1/queues/narrow", narrow)).isEqualTo(201);
        String path = "/v1/queues/narrow/messages";
        assertThat(status("POST", path, "{\"body\":\"1\"}")).isEqualTo(201);
        assertThat(status("POST", path, "{\"body\":\"2\"}")).isEqualTo(201);
        HttpResponse<String> third = send("POST", path, "{\"body\":\"3\"}");
        assertThat(third.statusCode()).isEqualTo(507);
        assertThat(third.body()).contains("at its length limit");
        String fourth =
                "{\"routing_key\":\"narrow\",\"payload\":\"4\",\"payload_encoding\":\"string\","
                        + "\"properties\":{}}";
        assertThat(status("POST", "/api/exchanges/%2F/amq.default/publish", fourth)).isEqualTo(400);
        assertThat(json(send("DELETE", path, "")).path("messages").asInt()).isEqualTo(2);
        assertThat(status("POST", path, "{\"body\":\"5\"}")).isEqualTo(201);
        assertThat(status("DELETE", "/v1/queues/narrow", "")).isEqualTo(200);
    }

    /// Publishes over one interface and the other, and gives the status of the one that is refused.
    private int publishBoth(String queue, String headers) throws Exception {
        int own =
                status(
                        "POST",
                        "/v1/queues/" + queue + "/messages",
                        "{\"body\": \"m\", \"headers\": %s}".formatted(headers));
        int rabbits =
                status(
                        "POST",
                        "/api/exchanges/%2F/amq.default/publish",
                        """
                        {"routing_key": "%s", "payload": "m", "payload_encoding": "string",
                         "properties": {"delivery_mode": 2, "headers": %s}}
                        """
                                .formatted(queue, headers));
        assertThat(rabbits).isEqualTo(own == 201 ? 200 : own);
        return own;
    }

    @Test
    void headersAskForTheSameAsOverAmqp() throws Exception {
        assertThat(status("PUT", "/v1/queues/asked", "{}")).isEqualTo(201);
        assertThat(publishBoth("asked", "{\"x-delay\": 3600000}")).isEqualTo(201);
        JsonNode row = json(send("GET", "/v1/queues/asked", ""));
        assertThat(row.path("scheduled").asInt()).isEqualTo(2);
        assertThat(row.path("ready").asInt()).isZero();
        String once = "{\"x-publisher-id\": \"p\", \"x-publisher-sequence\": 1}";
        assertThat(publishBoth("asked", once)).isEqualTo(201);
        assertThat(publishBoth("asked", once)).isEqualTo(201);
        assertThat(json(send("GET", "/v1/queues/asked", "")).path("ready").asInt()).isEqualTo(1);
        assertThat(publishBoth("asked", "{\"x-delay\": \"soon\"}")).isEqualTo(400);
    }
}
