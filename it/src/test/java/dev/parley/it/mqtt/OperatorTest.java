package dev.parley.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.node.Node;
import dev.parley.node.Parley;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// What an operator sees of MQTT's clients, and can do with them.
@Timeout(120)
class OperatorTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final long WAIT_MILLIS = 30_000;

    @TempDir Path directory;
    private Parley parley;
    private final HttpClient http = HttpClient.newHttpClient();

    @SuppressWarnings("NullAway") // JUnit calls start() before every test.
    OperatorTest() {}

    @BeforeEach
    void start() throws Exception {
        parley = NodeInProcess.start(directory);
    }

    @AfterEach
    void close() {
        http.close();
        parley.close();
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        String guest = Base64.getEncoder().encodeToString("guest:guest".getBytes(UTF_8));
        return http.send(
                HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + parley.node().httpPort() + path))
                        .header("Authorization", "Basic " + guest)
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode get(String path) throws Exception {
        HttpResponse<String> answer = send("GET", path, "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new ObjectMapper().readTree(answer.body());
    }

    private MqttAsyncClient connect(String id) throws Exception {
        MqttAsyncClient client =
                new MqttAsyncClient(
                        "tcp://127.0.0.1:" + parley.node().mqttPort(), id, new MemoryPersistence());
        client.connect(new MqttConnectionOptions()).waitForCompletion(WAIT_MILLIS);
        return client;
    }

    @Test
    void theStatusCountsWhatCameByWhateverWay() throws Exception {
        MqttAsyncClient client = connect("counted");
        client.subscribe("a", 1).waitForCompletion(WAIT_MILLIS);
        client.publish("a", "one".getBytes(UTF_8), 1, false).waitForCompletion(WAIT_MILLIS);
        assertThat(send("POST", "/v1/topics/a/messages", "{\"body\": \"two\"}").statusCode())
                .isEqualTo(201);
        parley.topic("a", String.class).publish("a", "three");
        parley.queue("q", String.class).send("four");
        assertThat(parley.queue("q", String.class).take(LONG)).isPresent();
        await().atMost(LONG)
                .untilAsserted(() -> {
                    JsonNode status = get("/v1/status");
                    assertThat(status.path("traffic").path("mqtt"))
                            .hasToString("{\"connections\":1,\"published\":1,\"delivered\":3}");
                    assertThat(status.path("traffic").path("local"))
                            .hasToString("{\"connections\":0,\"published\":3,\"delivered\":1}");
                    assertThat(status.path("connections").asInt()).isEqualTo(1);
                    assertThat(status.path("published").asInt()).isEqualTo(4);
                    assertThat(status.path("delivered").asInt()).isEqualTo(4);
                });
        JsonNode overview = get("/api/overview");
        assertThat(overview.path("message_stats").path("publish").asInt()).isEqualTo(4);
        assertThat(overview.path("object_totals").path("connections").asInt()).isEqualTo(1);
        client.disconnect().waitForCompletion(WAIT_MILLIS);
        client.close();
    }

    @Test
    void anMqttConnectionIsListedAndClosed() throws Exception {
        MqttAsyncClient client = connect("closed-by-v1");
        JsonNode row = get("/v1/connections").path(0);
        assertThat(row.path("protocol").asString()).isEqualTo("MQTT 5.0");
        assertThat(row.path("clientId").asString()).isEqualTo("closed-by-v1");
        assertThat(row.path("user").asString()).isEqualTo("guest");
        String id = row.path("id").toString();
        assertThat(send("DELETE", "/v1/connections/" + id, "").statusCode()).isEqualTo(204);
        await().atMost(LONG).until(() -> !client.isConnected());
        assertThat(send("DELETE", "/v1/connections/" + id, "").statusCode()).isEqualTo(404);
        client.close();
    }

    @Test
    void rabbitMqsInterfaceListsAndClosesItToo() throws Exception {
        MqttAsyncClient client = connect("closed-by-api");
        JsonNode row = get("/api/connections").path(0);
        assertThat(row.path("protocol").asString()).isEqualTo("MQTT 5-0");
        assertThat(row.path("variable_map").path("client_id").asString())
                .isEqualTo("closed-by-api");
        assertThat(row.path("vhost").asString()).isEqualTo("/");
        String name = URLEncoder.encode(row.path("name").asString(), UTF_8).replace("+", "%20");
        assertThat(get("/api/connections/" + name).path("user").asString()).isEqualTo("guest");
        assertThat(get("/api/connections/" + name + "/channels")).isEmpty();
        assertThat(get("/api/connections/username/guest")).hasSize(1);
        assertThat(send("DELETE", "/api/connections/" + name, "").statusCode()).isEqualTo(204);
        await().atMost(LONG).until(() -> !client.isConnected());
        assertThat(get("/api/connections")).isEmpty();
        client.close();
    }

    @Test
    void theNodeTellsOfItself() throws Exception {
        MqttAsyncClient client = connect("publisher");
        client.publish("kept", "one".getBytes(UTF_8), 1, true).waitForCompletion(WAIT_MILLIS);
        String server = "tcp://127.0.0.1:" + parley.node().mqttPort();
        try (PahoV5 watcher = new PahoV5(server, "watcher");
                PahoV5 other = new PahoV5(server, "other")) {
            other.open(true);
            other.subscribe("#", 1);
            watcher.open(true);
            watcher.subscribe("$SYS/#", 1);
            Map<String, String> told = new HashMap<>();
            while (!told.containsKey("$SYS/broker/subscriptions/count")) {
                Party.Got got = watcher.next();
                told.put(got.topic(), got.payload());
            }
            assertThat(told)
                    .containsEntry("$SYS/broker/version", "Parley " + Node.VERSION)
                    .containsEntry("$SYS/broker/clients/connected", "3")
                    .containsEntry("$SYS/broker/clients/disconnected", "0")
                    .containsEntry("$SYS/broker/messages/received", "1")
                    .containsEntry("$SYS/broker/retained messages/count", "1")
                    .containsEntry("$SYS/broker/subscriptions/count", "2");
            assertThat(told.get("$SYS/broker/uptime")).matches("[0-9]+ seconds");
            assertThat(other.next().topic()).isEqualTo("kept");
            client.publish("mark", "two".getBytes(UTF_8), 1, false).waitForCompletion(WAIT_MILLIS);
            assertThat(other.next().topic()).isEqualTo("mark");
        }
        IMqttToken refused = client.publish("$SYS/broker/version", new byte[] {'x'}, 1, false);
        refused.waitForCompletion(WAIT_MILLIS);
        assertThat(refused.getReasonCodes()).containsExactly(0x87);
        client.disconnect().waitForCompletion(WAIT_MILLIS);
        client.close();
    }

    @Test
    void whatIsPublishedByRabbitMqsInterfaceComesToSubscribers() throws Exception {
        try (PahoV5 client =
                new PahoV5("tcp://127.0.0.1:" + parley.node().mqttPort(), "listener")) {
            client.open(true);
            client.subscribe("a/b", 1);
            String body =
                    "{\"routing_key\": \"a.b\", \"payload\": \"x\", \"payload_encoding\":"
                            + " \"string\", \"properties\": {}}";
            HttpResponse<String> answer =
                    send("POST", "/api/exchanges/%2F/amq.topic/publish", body);
            assertThat(answer.body()).isEqualTo("{\"routed\":true}");
            assertThat(client.next().topic()).isEqualTo("a/b");
            answer =
                    send(
                            "POST",
                            "/api/exchanges/%2F/amq.topic/publish",
                            body.replace("a.b", "a.c"));
            assertThat(answer.body()).isEqualTo("{\"routed\":false}");
        }
    }

    @Test
    void onlyThoseWhoMonitorMayHearIt() throws Exception {
        send("PUT", "/api/users/ann", "{\"password\": \"secret-of-ann\", \"tags\": \"\"}");
        send(
                "PUT",
                "/api/permissions/%2F/ann",
                "{\"configure\": \"\", \"write\": \"\", \"read\": \".*\"}");
        assertThat(granted("ann")).isEqualTo(0x87);
        send(
                "PUT",
                "/api/users/ann",
                "{\"password\": \"secret-of-ann\", \"tags\": \"monitoring\"}");
        assertThat(granted("ann")).isZero();
    }

    /// What a user who subscribes to `$SYS/#` is told.
    private int granted(String user) throws Exception {
        MqttAsyncClient client =
                new MqttAsyncClient(
                        "tcp://127.0.0.1:" + parley.node().mqttPort(),
                        "of-" + user,
                        new MemoryPersistence());
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setUserName(user);
        options.setPassword("secret-of-ann".getBytes(UTF_8));
        client.connect(options).waitForCompletion(WAIT_MILLIS);
        IMqttToken token = client.subscribe("$SYS/#", 0);
        try {
            token.waitForCompletion(WAIT_MILLIS);
            return token.getReasonCodes()[0];
        } catch (MqttException e) {
            return e.getReasonCode();
        } finally {
            client.disconnect().waitForCompletion(WAIT_MILLIS);
            client.close();
        }
    }

    private void addUser(String name) throws Exception {
        send("PUT", "/api/users/" + name, "{\"password\": \"secret\", \"tags\": \"\"}");
        send(
                "PUT",
                "/api/permissions/%2F/" + name,
                "{\"configure\": \".*\", \"write\": \".*\", \"read\": \".*\"}");
    }

    /// What becomes of a CONNECT.
    private Received.Connack attempt(RawMqtt raw, Connect connect, String user) throws IOException {
        return raw.connect(connect.user(user).password("secret"));
    }

    private void addHost() throws Exception {
        assertThat(send("PUT", "/api/vhosts/fleet", "").statusCode()).isEqualTo(201);
    }

    private RawMqtt enter(String id, boolean clean) throws Exception {
        RawMqtt raw = new RawMqtt(parley.node().mqttPort());
        Connect connect = new Connect(id).user("fleet:guest").password("guest").lasting(600);
        Received.Connack connack = raw.connect(clean ? connect : connect.resumed());
        assertThat(connack.reason()).isZero();
        assertThat(connack.present()).isFalse();
        return raw;
    }

    @Test
    void aVirtualHostTakesItsSessionsAndRetainedMessagesWithIt() throws Exception {
        addHost();
        try (RawMqtt device = enter("device", false);
                RawMqtt brief = enter("brief", true)) {
            device.subscribe("a/#", 1);
            brief.publish(Packet.Message.of("a/kept", "old").retained());
            assertThat(device.message().payload()).isEqualTo("old");
            assertThat(send("DELETE", "/v1/vhosts/fleet", "").statusCode()).isEqualTo(204);
            addHost();
            for (RawMqtt one : List.of(device, brief)) {
                assertThat(one.ending().reason()).isEqualTo(0x98);
            }
        }
        parley.close();
        start();
        try (RawMqtt device = enter("device", false)) {
            device.subscribe("a/#", 1);
            device.publish(Packet.Message.of("a/new", "new"));
            assertThat(device.message().payload()).isEqualTo("new");
        }
    }

    @Test
    void aSessionIsTheUsersWhoBeganIt() throws Exception {
        addUser("ann");
        addUser("bob");
        int port = parley.node().mqttPort();
        try (RawMqtt ann = new RawMqtt(port);
                RawMqtt bob = new RawMqtt(port)) {
            assertThat(attempt(ann, new Connect("device").lasting(600), "ann").reason()).isZero();
            ann.subscribe("a", 1);
            // Her client is connected, and stays so.
            assertThat(attempt(bob, new Connect("device"), "bob").reason()).isEqualTo(0x87);
            parley.topic("a", String.class).publish("a", "one");
            ann.settle(ann.message());
        }
        for (Connect connect :
                List.of(
                        new Connect("device"),
                        new Connect("device").lasting(600),
                        new Connect("device").lasting(600).resumed())) {
            await().atMost(LONG)
                    .untilAsserted(() -> {
                        try (RawMqtt bob = new RawMqtt(port)) {
                            assertThat(attempt(bob, connect, "bob").reason()).isEqualTo(0x87);
                        }
                    });
        }
        parley.topic("a", String.class).publish("a", "two");
        parley.close();
        start();
        try (RawMqtt bob = new RawMqtt(parley.node().mqttPort());
                RawMqtt ann = new RawMqtt(parley.node().mqttPort())) {
            assertThat(attempt(bob, new Connect("device"), "bob").reason()).isEqualTo(0x87);
            Received.Connack connack =
                    attempt(ann, new Connect("device").lasting(600).resumed(), "ann");
            assertThat(connack.present()).isTrue();
            assertThat(ann.message().payload()).isEqualTo("two");
        }
        await().atMost(LONG)
                .until(() ->
                        send("DELETE", "/v1/sessions/device?end=true", "").statusCode() == 204);
        try (RawMqtt bob = new RawMqtt(parley.node().mqttPort())) {
            assertThat(attempt(bob, new Connect("device"), "bob").reason()).isZero();
        }
    }
}
