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

/// What an operator does to a node, as the clients of queues feel it: policies, alarms, closed
/// connections, tracing, topic permissions.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class OperationsTest {

    private static final Duration DEADLINE = Duration.ofSeconds(10);

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

    private void policy(String name, String pattern, int priority, String definition)
            throws IOException {
        admin.ask(
                "PUT",
                List.of("policies", name),
                "{\"pattern\": \"%s\", \"priority\": %d, \"definition\": {%s}}"
                        .formatted(pattern, priority, definition));
    }

    private void clear(String policy) throws IOException {
        admin.ask("DELETE", List.of("policies", policy), "");
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

    @Test
    void policyBoundsQueuesThatAreThereAndThatCome() throws IOException {
        String before = exclusive("policy-before", Map.of());
        policy("short", "^policy-", 0, "\"max-length\": 1");
        String after = exclusive("policy-after", Map.of());
        String other = exclusive("other-policy", Map.of());
        for (String queue : List.of(before, after, other)) {
            publish("", queue, "1", "2");
        }
        assertThat(List.of(text(before), text(after), text(other))).containsExactly("2", "2", "1");
        clear("short");
        publish("", before, "1", "2");
        assertThat(text(before)).isEqualTo("1");
    }

    @Test
    void policyShortensAFullQueue() throws IOException {
        String queue = exclusive("full", Map.of());
        publish("", queue, "1", "2", "3");
        policy("shorten", "^full$", 0, "\"max-length\": 1");
        assertThat(text(queue)).isEqualTo("3");
        clear("shorten");
    }

    @Test
    void lowerOfArgumentAndPolicyCounts() throws IOException {
        policy("length", "^bounded-", 0, "\"max-length\": 2");
        String lower = exclusive("bounded-lower", Map.of("x-max-length", 1));
        String higher = exclusive("bounded-higher", Map.of("x-max-length", 3));
        publish("", lower, "1", "2", "3", "4");
        publish("", higher, "1", "2", "3", "4");
        assertThat(text(lower)).isEqualTo("4");
        assertThat(text(higher)).isEqualTo("3");
        clear("length");
    }

    @Test
    void onlyThePolicyOfTheHighestPriorityApplies() throws IOException {
        policy("low", "^ranked", 1, "\"max-length\": 1");
        policy("high", "^ranked", 2, "\"message-ttl\": 600000");
        String queue = exclusive("ranked", Map.of());
        publish("", queue, "1", "2");
        assertThat(text(queue)).isEqualTo("1");
        clear("high");
        assertThat(text(queue)).isEqualTo("2");
        publish("", queue, "3", "4");
        assertThat(text(queue)).isEqualTo("4");
        clear("low");
    }

    @Test
    void policyPutsDeadMessagesAwayAndTheArgumentWins() throws IOException {
        policy(
                "dead",
                "^dying",
                0,
                "\"dead-letter-exchange\": \"\", \"dead-letter-routing-key\": \"away\"");
        exclusive("away", Map.of());
        exclusive("elsewhere", Map.of());
        exclusive("dying", Map.of("x-max-length", 0));
        exclusive(
                "dying-own",
                Map.of(
                        "x-max-length",
                        0,
                        "x-dead-letter-exchange",
                        "",
                        "x-dead-letter-routing-key",
                        "elsewhere"));
        publish("", "dying", "by policy");
        publish("", "dying-own", "by argument");
        Awaitility.await().atMost(DEADLINE).until(() -> channel.messageCount("away") == 1);
        Awaitility.await().atMost(DEADLINE).until(() -> channel.messageCount("elsewhere") == 1);
        clear("dead");
    }

    /// And takes nothing else of it: bindings stay as they are.
    @Test
    void policyGivesAnExchangeItsAlternate() throws IOException {
        channel.exchangeDeclare("has-alternate", "direct", false, true, null);
        String known = exclusive("", Map.of());
        channel.queueBind(known, "has-alternate", "known");
        channel.exchangeDeclare("rest", "fanout", false, true, null);
        String rest = exclusive("", Map.of());
        channel.queueBind(rest, "rest", "");
        policy("alternate", "^has-", 0, "\"alternate-exchange\": \"rest\"");
        publish("has-alternate", "known", "k");
        publish("has-alternate", "unknown", "u");
        assertThat(List.of(text(known), text(rest))).containsExactly("k", "u");
        clear("alternate");
        publish("has-alternate", "known", "k");
        publish("has-alternate", "unknown", "lost");
        assertThat(List.of(text(known), text(rest))).containsExactly("k", "(nothing)");
    }

    @Test
    void policySurvivesARestart() throws IOException {
        policy("kept", "^kept", 0, "\"max-length\": 1");
        channel.queueDeclare("kept-before", true, false, false, null);
        node.restart();
        open();
        channel.queueDeclare("kept-after", true, false, false, null);
        for (String queue : List.of("kept-before", "kept-after")) {
            publish("", queue, "1", "2");
            assertThat(text(queue)).isEqualTo("2");
            channel.queueDelete(queue);
        }
        clear("kept");
        assertThat(AdminClient.json(admin.ask("GET", List.of("policies"), ""))).isEmpty();
    }

    @Test
    void malformedPolicyIsRefused() {
        for (String definition :
                List.of(
                        "",
                        "\"max-length\": \"many\"",
                        "\"message-ttl\": -1",
                        "\"overflow\": \"x\"")) {
            assertThat(refusal(() -> policy("bad", ".*", 0, definition))).contains("400");
        }
        assertThat(refusal(() -> policy("bad", "(", 0, "\"max-length\": 1"))).contains("400");
    }

    private interface Asking {
        void ask() throws IOException;
    }

    private static String refusal(Asking asking) {
        try {
            asking.ask();
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
        throw new AssertionError("was not refused");
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
        JsonNode rows = AdminClient.json(admin.ask("GET", List.of("connections"), ""));
        assertThat(rows).hasSize(1);
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
