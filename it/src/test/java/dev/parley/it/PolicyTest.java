package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Policies, set as RabbitMQ's tools set them, and what they do to queues that are there already.
class PolicyTest extends AmqpCase {

    private ManagementApi api;
    private int policies;

    @SuppressWarnings("NullAway") // JUnit calls connectApi() before every test.
    PolicyTest() {}

    @BeforeEach
    void connectApi() {
        api = ManagementApi.of(broker.httpPort());
        afterwards(cleaning -> api.close());
    }

    /// Sets a policy for exactly this queue or exchange; it goes with the test.
    private String policy(String kind, String target, int priority, String definition) {
        String path = kind + "/%2F/" + ManagementApi.segment("p" + policies++ + target);
        put(path, target, priority, definition);
        afterwards(cleaning -> api.delete(path));
        return path;
    }

    private void put(String path, String target, int priority, String definition) {
        String body =
                """
                {"pattern": "^%s$", "apply-to": "all", "priority": %d, "definition": {%s}}
                """
                        .formatted(target.replace(".", "\\\\."), priority, definition);
        assertThat(api.put(path, body).status()).isIn(201, 204);
    }

    private boolean confirmed(String queue, String body) throws Exception {
        channel.confirmSelect();
        publish(queue, body);
        return channel.waitForConfirms(30_000);
    }

    @Test
    void policyBoundsAnExistingQueueAtOnce() throws Exception {
        String queue = durableQueue(Map.of());
        publish(queue, "1", "2", "3");
        awaitReady(queue, 3);
        policy("policies", queue, 0, "\"max-length\": 2");
        awaitReady(queue, 2);
        assertThat(nextText(queue)).isEqualTo("2");
    }

    @Test
    void policyThatGoesTakesItsBoundAlong() throws Exception {
        String queue = durableQueue(Map.of());
        String path = policy("policies", queue, 0, "\"max-length\": 1");
        publish(queue, "1", "2");
        awaitReady(queue, 1);
        assertThat(api.delete(path).status()).isEqualTo(204);
        publish(queue, "3");
        awaitReady(queue, 2);
    }

    @Test
    void newTimeToLiveIsForNewMessages() throws Exception {
        String queue = durableQueue(Map.of());
        publish(queue, "stays");
        awaitReady(queue, 1);
        policy("policies", queue, 0, "\"message-ttl\": 1500");
        publish(queue, "goes");
        awaitReady(queue, 2);
        assertThat(nextText(queue)).isEqualTo("stays");
        awaitReady(queue, 0);
    }

    @Test
    void lowerOfArgumentAndPolicyCounts() throws Exception {
        String queue = durableQueue(Map.of("x-max-length", 2));
        String path = policy("policies", queue, 0, "\"max-length\": 5");
        publish(queue, "1", "2", "3", "4");
        awaitReady(queue, 2);
        put(path, queue, 0, "\"max-length\": 1");
        awaitReady(queue, 1);
        assertThat(nextText(queue)).isEqualTo("4");
    }

    @Test
    void operatorBoundsThePolicy() throws Exception {
        String queue = durableQueue(Map.of());
        policy("policies", queue, 0, "\"max-length\": 5");
        policy("operator-policies", queue, 0, "\"max-length\": 1");
        publish(queue, "1", "2", "3");
        awaitReady(queue, 1);
    }

    @Test
    void deadLettersGoWhereThePolicySays() throws Exception {
        String dead = queue();
        String queue = durableQueue(Map.of());
        policy(
                "policies",
                queue,
                0,
                "\"dead-letter-exchange\": \"\", \"dead-letter-routing-key\": \"" + dead + "\"");
        publish(queue, "m");
        awaitReady(queue, 1);
        long tag = channel.basicGet(queue, false).getEnvelope().getDeliveryTag();
        channel.basicReject(tag, false);
        assertThat(nextText(dead)).isEqualTo("m");
    }

    @Test
    void fullQueueRefusesWhenThePolicySaysSo() throws Exception {
        String queue = durableQueue(Map.of());
        policy("policies", queue, 0, "\"max-length\": 1, \"overflow\": \"reject-publish\"");
        assertThat(confirmed(queue, "1")).isTrue();
        assertThat(confirmed(queue, "2")).isFalse();
        assertThat(nextText(queue)).isEqualTo("1");
    }

    @Test
    void retriesRestAsThePolicySays() throws Exception {
        String dead = queue();
        String queue = durableQueue(Map.of());
        policy(
                "policies",
                queue,
                0,
                """
                "delayed-retry-type": "failed", "delayed-retry-min": 200,
                "delayed-retry-max": 10000, "delayed-retry-growth": "exponential",
                "delivery-limit": 2, "dead-letter-exchange": "", "dead-letter-routing-key": "%s"
                """
                        .formatted(dead));
        publish(queue, "m");
        Inbox inbox = Inbox.acking(channel, queue);
        long rest = 0;
        long failed = 0;
        for (int attempt = 0; attempt < 3; attempt++) {
            Delivery delivery = inbox.take();
            // Never early; how much later is the machine's.
            assertThat(System.currentTimeMillis() - failed).isGreaterThanOrEqualTo(rest);
            Map<String, Object> headers = delivery.getProperties().getHeaders();
            Object count = headers == null ? null : headers.get("x-delivery-count");
            assertThat(count).isEqualTo(attempt == 0 ? null : (long) attempt);
            failed = System.currentTimeMillis();
            rest = 200L << attempt;
            channel.basicReject(Inbox.tag(delivery), true);
        }
        assertThat(next(dead).getProps().getHeaders())
                .extractingByKey("x-last-death-reason")
                .hasToString("delivery_limit");
    }

    @Test
    void groupsStayTogetherWhenThePolicySaysSo() throws Exception {
        String queue = durableQueue(Map.of());
        policy("policies", queue, 0, "\"group-header\": \"g\"");
        Inbox first = withPrefetchOne(queue);
        publish("", queue, headers(Map.of("g", "a")), "a1");
        Delivery held = first.take();
        Inbox second = withPrefetchOne(queue);
        publish("", queue, headers(Map.of("g", "a")), "a2");
        publish("", queue, headers(Map.of("g", "b")), "b1");
        Delivery other = second.take();
        assertThat(Inbox.text(other)).isEqualTo("b1");
        second.getChannel().basicAck(Inbox.tag(other), false);
        second.staysEmpty();
        assertThat(ready(queue)).isEqualTo(1);
        first.getChannel().basicAck(Inbox.tag(held), false);
        await(() -> first.size() + second.size() == 1);
    }

    private Inbox withPrefetchOne(String queue) throws IOException {
        Channel own = connection.createChannel();
        own.basicQos(1);
        return Inbox.acking(own, queue);
    }

    @Test
    void namesAreRememberedWhenThePolicySaysSo() throws Exception {
        String queue = durableQueue(Map.of());
        AMQP.BasicProperties named =
                new AMQP.BasicProperties.Builder().messageId("order-1").build();
        channel.confirmSelect();
        String path = policy("policies", queue, 0, "\"message-deduplication\": true");
        publish("", queue, named, "a");
        publish("", queue, named, "b");
        channel.waitForConfirmsOrDie(30_000);
        assertThat(ready(queue)).isEqualTo(1);
        assertThat(api.delete(path).status()).isEqualTo(204);
        publish("", queue, named, "c");
        channel.waitForConfirmsOrDie(30_000);
        assertThat(ready(queue)).isEqualTo(2);
    }

    @Test
    void unusedQueueExpiresByPolicy() throws Exception {
        String queue = name();
        channel.queueDeclare(queue, true, false, false, Map.of());
        policy("policies", queue, 0, "\"expires\": 100");
        awaitGone(queue);
        assertThat(refused(on -> on.queueDeclarePassive(queue)).code()).isEqualTo(404);
    }

    @Test
    void alternateExchangeByPolicyCatchesWhatIsNotRouted() throws Exception {
        String main = exchange("direct");
        String other = exchange("fanout");
        String caught = bound(other, "");
        policy("policies", main, 0, "\"alternate-exchange\": \"" + other + "\"");
        publish(main, "nowhere", PLAIN, "m");
        assertThat(nextText(caught)).isEqualTo("m");
    }

    @Test
    void redeclarationKnowsNothingOfPolicies() throws Exception {
        String queue = durableQueue(Map.of("x-max-length", 5));
        policy("policies", queue, 0, "\"max-length\": 1");
        channel.queueDeclare(queue, true, false, false, Map.of("x-max-length", 5));
        publish(queue, "1", "2");
        awaitReady(queue, 1);
    }

    @Test
    void wrongPoliciesAreRefusedInRabbitsWords() throws IOException {
        var answer =
                api.put(
                        "policies/%2F/wrong",
                        "{\"pattern\": \"q\", \"definition\": {\"message-ttl\": \"soon\"}}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("error").asString()).isEqualTo("bad_request");
        assertThat(answer.json().path("reason").asString())
                .contains("Validation failed", "is not a valid message TTL");
        assertThat(api.delete("policies/%2F/wrong").status()).isEqualTo(404);
    }

    @Test
    void policyAndItsEffectSurviveRestart() throws Exception {
        try (TestNode node = TestNode.start(Broker.freshDirectory("policy"));
                ManagementApi own = ManagementApi.of(node.httpPort())) {
            try (Connection first = connect(node)) {
                Channel on = first.createChannel();
                on.queueDeclare("deep", true, false, false, Map.of());
                own.put(
                        "policies/%2F/p",
                        "{\"pattern\": \"^small\", \"definition\": {\"max-length\": 2}}");
                on.queueDeclare("small", true, false, false, Map.of());
                on.confirmSelect();
                fill(on, "deep", 6_000);
                fill(on, "small", 3);
            }
            node.kill();
            node.restart();
            try (Connection second = connect(node)) {
                Channel on = second.createChannel();
                on.confirmSelect();
                fill(on, "small", 3);
                await(() -> on.messageCount("small") == 2);
                // Far more than lies in memory after a restart has to go.
                own.put(
                        "policies/%2F/p",
                        "{\"pattern\": \"^deep\", \"definition\": {\"max-length\": 10}}");
                await(() -> on.messageCount("deep") == 10);
                assertThat(new String(on.basicGet("deep", true).getBody(), UTF_8))
                        .isEqualTo("5990");
                fill(on, "small", 3);
                await(() -> on.messageCount("small") == 5);
            }
        }
    }

    private static Connection connect(TestNode node) throws IOException {
        return Broker.connect(Broker.factory(Broker.url(node.amqpPort())));
    }

    private static void fill(Channel on, String queue, int messages) throws Exception {
        AMQP.BasicProperties persistent = MessageProperties.MINIMAL_PERSISTENT_BASIC;
        for (int i = 0; i < messages; i++) {
            on.basicPublish("", queue, persistent, Integer.toString(i).getBytes(UTF_8));
        }
        on.waitForConfirmsOrDie(TimeUnit.SECONDS.toMillis(30));
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().pollInterval(Duration.ofMillis(10)).atMost(DEADLINE).until(condition);
    }
}
