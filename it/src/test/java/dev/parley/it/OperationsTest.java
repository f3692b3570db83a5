package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/// What an operator does to a node, as the clients of queues feel it: alarms, closed connections,
/// tracing, topic permissions.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class OperationsTest {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final TestNode node = TestNode.start(Broker.freshDirectory("operator"));
    private final AdminClient admin = new AdminClient(node);
    private Connection connection;
    private Channel channel;

    @SuppressWarnings("NullAway") // JUnit calls open() before every test.
    OperationsTest() {}

    @BeforeAll
    void ready() {
        assertThat(node.amqpPort()).isPositive();
    }

    @BeforeEach
    void open() throws IOException {
        connection = Broker.connect(Broker.factory(Broker.url(node.amqpPort())));
        channel = connection.createChannel();
    }

    @AfterEach
    void close() {
        connection.abort(2_000);
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private void publish(String exchange, String key, String... bodies) throws IOException {
        for (String body : bodies) {
            channel.basicPublish(
                    exchange, key, MessageProperties.MINIMAL_BASIC, body.getBytes(UTF_8));
        }
    }

    private String text(String queue) throws IOException {
        GetResponse got = channel.basicGet(queue, true);
        return got == null ? "(nothing)" : new String(got.getBody(), UTF_8);
    }

    private String exclusive(String name, Map<String, Object> arguments) throws IOException {
        return channel.queueDeclare(name, false, true, false, arguments).getQueue();
    }

    /// Publishers only: others go on.
    @Test
    void alarmHoldsPublishersBackAndTellsThemWhy() throws IOException {
        var blocked = new AtomicReference<String>("");
        connection.addBlockedListener(blocked::set, () -> blocked.set("unblocked"));
        String queue = exclusive("", Map.of());
        admin.ask("PUT", List.of("alarms", "memory"), "");
        publish("", queue, "held");
        Awaitility.await().atMost(DEADLINE).until(() -> blocked.get().equals("low on memory"));
        try (Connection other = Broker.connect(Broker.factory(Broker.url(node.amqpPort())))) {
            Channel bystander = other.createChannel();
            assertThat(bystander.queueDeclare().getQueue()).isNotEmpty();
        }
        admin.ask("PUT", List.of("alarms", "disk"), "");
        admin.ask("DELETE", List.of("alarms", "memory"), "");
        assertThat(blocked.get()).isEqualTo("low on memory");
        admin.ask("DELETE", List.of("alarms", "disk"), "");
        Awaitility.await().atMost(DEADLINE).until(() -> blocked.get().equals("unblocked"));
        assertThat(text(queue)).isEqualTo("held");
    }

    @Test
    void whoDoesNotPublishDuringAnAlarmIsNotTold() throws IOException {
        var blocked = new AtomicReference<String>("");
        connection.addBlockedListener(blocked::set, () -> blocked.set("unblocked"));
        String queue = exclusive("", Map.of());
        publish("", queue, "before");
        assertThat(text(queue)).isEqualTo("before");
        admin.ask("PUT", List.of("alarms", "memory"), "");
        // Whatever was said by now has come before this answer.
        assertThat(channel.messageCount(queue)).isZero();
        assertThat(blocked.get()).isEmpty();
        publish("", queue, "during");
        Awaitility.await().atMost(DEADLINE).until(() -> blocked.get().equals("low on memory"));
        admin.ask("DELETE", List.of("alarms", "memory"), "");
        Awaitility.await().atMost(DEADLINE).until(() -> blocked.get().equals("unblocked"));
        assertThat(text(queue)).isEqualTo("during");
    }

    @Test
    void closedConnectionIsToldWhy() throws IOException {
        // That of the test before may be there for a moment.
        JsonNode rows =
                Awaitility.await()
                        .atMost(DEADLINE)
                        .until(
                                () ->
                                        AdminClient.json(
                                                admin.ask("GET", List.of("connections"), "")),
                                found -> found.size() == 1);
        assertThat(rows.get(0).path("user").asString()).isEqualTo("guest");
        assertThat(rows.get(0).path("channels").asInt()).isEqualTo(1);
        assertThat(rows.get(0).path("clientProperties").path("product").asString())
                .isEqualTo("RabbitMQ");
        String id = rows.get(0).path("id").asString();
        admin.ask("DELETE", List.of("connections", id), "", "maintenance tonight");
        Awaitility.await().atMost(DEADLINE).until(() -> !connection.isOpen());
        AmqpCase.Refusal refusal = AmqpCase.refusal(connection.getCloseReason());
        assertThat(refusal.code()).isEqualTo(320);
        assertThat(refusal.text()).contains("maintenance tonight");
    }

    @Test
    void tracingCopiesWhatIsPublishedAndDelivered() throws IOException {
        // As long as a name may be: with what stands before it, it has to be cut.
        String queue = exclusive("q".repeat(255), Map.of());
        String trace = exclusive("", Map.of());
        channel.queueBind(trace, "amq.rabbitmq.trace", "#");
        publish("", queue, "before");
        assertThat(text(queue)).isEqualTo("before");
        admin.ask("PATCH", List.of("vhosts", "/"), "{\"tracing\": true}");
        publish("", queue, "traced");
        assertThat(text(queue)).isEqualTo("traced");
        admin.ask("PATCH", List.of("vhosts", "/"), "{\"tracing\": false}");
        publish("", queue, "after");
        GetResponse published = channel.basicGet(trace, true);
        assertThat(new String(published.getBody(), UTF_8)).isEqualTo("traced");
        assertThat(published.getEnvelope().getRoutingKey()).isEqualTo("publish.");
        assertThat(published.getProps().getHeaders())
                .containsKeys("exchange_name", "routing_keys", "properties", "routed_queues");
        GetResponse delivered = channel.basicGet(trace, true);
        assertThat(delivered.getEnvelope().getRoutingKey()).startsWith("deliver.qqq");
        assertThat(delivered.getProps().getHeaders()).containsEntry("redelivered", 0);
        assertThat(channel.basicGet(trace, true)).isNull();
    }

    @Test
    void topicPermissionBoundsRoutingKeys() throws Exception {
        channel.exchangeDeclare("news", "topic", false, true, null);
        String queue = exclusive("", Map.of());
        List<String> path = List.of("users", "guest", "topic-permissions", "/", "news");
        admin.ask("PUT", path, "{\"write\": \"^{username}\\\\.\", \"read\": \"^{username}\\\\.\"}");
        channel.queueBind(queue, "news", "guest.#");
        publish("news", "guest.one", "mine");
        assertThat(text(queue)).isEqualTo("mine");
        Channel binding = connection.createChannel();
        assertThat(AmqpCase.refused(binding, on -> on.queueBind(queue, "news", "#")).code())
                .isEqualTo(403);
        Channel publishing = connection.createChannel();
        AMQP.BasicProperties plain = MessageProperties.MINIMAL_BASIC;
        assertThat(
                        AmqpCase.refused(
                                        publishing,
                                        on -> on.basicPublish("news", "other", plain, new byte[1]))
                                .code())
                .isEqualTo(403);
        admin.ask("DELETE", path, "");
        publish("news", "guest.two", "again");
        assertThat(text(queue)).isEqualTo("again");
    }
}
