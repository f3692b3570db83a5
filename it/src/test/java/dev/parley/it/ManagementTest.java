package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// RabbitMQ's HTTP API: statuses, bodies and fields as RabbitMQ 3.10 answers them.
class ManagementTest extends AmqpCase {

    private ManagementApi api;

    @SuppressWarnings("NullAway") // JUnit calls connectApi() before every test.
    ManagementTest() {}

    @BeforeEach
    void connectApi() {
        api = ManagementApi.of(broker.httpPort());
        afterwards(cleaning -> api.close());
    }

    private static String path(String queue) {
        return "queues/%2F/" + ManagementApi.segment(queue);
    }

    private void publishHttp(String queue, String body) {
        var answer =
                api.post(
                        "exchanges/%2F/amq.default/publish",
                        """
                        {"routing_key": "%s", "payload": "%s", "payload_encoding": "string",
                         "properties": {"delivery_mode": 2, "headers": {"h": [1, "two"]}}}
                        """
                                .formatted(queue, body));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().path("routed").asBoolean()).isTrue();
    }

    private JsonNode get(String queue, String mode) {
        var answer =
                api.post(
                        path(queue) + "/get",
                        """
                        {"count": 10, "ackmode": "%s", "encoding": "auto", "truncate": 3}
                        """
                                .formatted(mode));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    @Test
    void limitsAreSetShownAndTakenAway() {
        String host = ManagementApi.segment(name());
        assertThat(api.put("vhosts/" + host, "").status()).isEqualTo(201);
        afterwards(cleaning -> api.delete("vhosts/" + host));
        assertThat(api.read("vhost-limits/" + host).size()).isZero();
        String limits = "vhost-limits/" + host + "/";
        assertThat(api.put(limits + "max-queues", "{\"value\": 7}").status()).isEqualTo(204);
        assertThat(api.put(limits + "max-connections", "{\"value\": 3}").status()).isEqualTo(204);
        assertThat(api.read("vhost-limits/" + host).path(0).path("value"))
                .hasToString("{\"max-connections\":3,\"max-queues\":7}");
        assertThat(api.get("vhost-limits").text()).contains(host);
        assertThat(api.delete(limits + "max-queues").status()).isEqualTo(204);
        assertThat(api.put(limits + "max-connections", "{\"value\": -1}").status()).isEqualTo(204);
        assertThat(api.get("vhost-limits").text()).doesNotContain(host);
        assertThat(api.put(limits + "max-moons", "{\"value\": 1}").status()).isEqualTo(400);
        assertThat(api.put(limits + "max-queues", "{}").status()).isEqualTo(400);
        assertThat(api.put("vhost-limits/none/max-queues", "{\"value\": 1}").status())
                .isEqualTo(404);

        String user = name();
        String of = "user-limits/" + user;
        assertThat(api.put("users/" + user, "{\"password\": \"p\", \"tags\": \"\"}").status())
                .isEqualTo(201);
        afterwards(cleaning -> api.delete("users/" + user));
        assertThat(api.put(of + "/max-channels", "{\"value\": 5}").status()).isEqualTo(204);
        assertThat(api.read(of))
                .hasToString("[{\"user\":\"" + user + "\",\"value\":{\"max-channels\":5}}]");
        assertThat(api.read("users/" + user).path("limits")).hasToString("{\"max-channels\":5}");
        String export = api.get("definitions").text();
        assertThat(api.delete(of + "/max-channels").status()).isEqualTo(204);
        assertThat(api.read(of).size()).isZero();
        assertThat(api.post("definitions", export).status()).isEqualTo(204);
        assertThat(api.read(of).path(0).path("value")).hasToString("{\"max-channels\":5}");
    }

    @Test
    void queueIsDeclaredShownAndDeleted() {
        String queue = name();
        String declared = "{\"durable\": \"true\", \"arguments\": {\"x-max-length\": 5}}";
        assertThat(api.put(path(queue), declared).status()).isEqualTo(201);
        assertThat(api.put(path(queue), declared).status()).isEqualTo(204);
        var different = api.put(path(queue), "{\"durable\": true}");
        assertThat(different.status()).isEqualTo(400);
        assertThat(different.json().path("error").asString()).isEqualTo("bad_request");
        assertThat(different.json().path("reason").asString())
                .startsWith("inequivalent arg 'x-max-length' for queue '" + queue);
        JsonNode row = api.read(path(queue));
        assertThat(row.path("arguments").path("x-max-length").asInt()).isEqualTo(5);
        assertThat(row.path("policy").isNull()).isTrue();
        assertThat(row.path("state").asString()).isEqualTo("running");
        publishHttp(queue, "m");
        assertThat(api.read(path(queue)).path("messages_ready").asInt()).isEqualTo(1);
        assertThat(api.delete(path(queue) + "?if-empty=true").status()).isEqualTo(400);
        assertThat(api.delete(path(queue) + "/contents").status()).isEqualTo(204);
        assertThat(api.delete(path(queue) + "?if-empty=true").status()).isEqualTo(204);
        var gone = api.get(path(queue));
        assertThat(gone.status()).isEqualTo(404);
        assertThat(gone.json().path("error").asString()).isEqualTo("Object Not Found");
    }

    @Test
    void messagesAreLookedAtAndTaken() throws IOException {
        String queue = durableQueue(Map.of());
        publishHttp(queue, "hello");
        JsonNode seen = get(queue, "ack_requeue_true").path(0);
        assertThat(seen.path("payload").asString()).isEqualTo("hel");
        assertThat(seen.path("payload_bytes").asInt()).isEqualTo(5);
        assertThat(seen.path("properties").path("headers").path("h").path(1).asString())
                .isEqualTo("two");
        awaitReady(queue, 1);
        JsonNode taken = get(queue, "ack_requeue_false").path(0);
        assertThat(taken.path("redelivered").asBoolean()).isTrue();
        assertThat(get(queue, "ack_requeue_false").size()).isZero();
    }

    @Test
    void rejectedMessagesGoToTheDeadLetters() throws IOException {
        String dead = queue();
        String queue =
                durableQueue(
                        Map.of("x-dead-letter-exchange", "", "x-dead-letter-routing-key", dead));
        publishHttp(queue, "m");
        assertThat(get(queue, "reject_requeue_false").size()).isEqualTo(1);
        assertThat(nextText(dead)).isEqualTo("m");
    }

    @Test
    void whatNoClientOfAmqpCouldPublishIsRefused() throws IOException {
        String queue = durableQueue(Map.of());
        String largest = "x".repeat((16 << 20) + 1);
        for (String asked :
                List.of(
                        "\"payload\": \"\", \"properties\": {\"expiration\": \"9223372036854775807\"}",
                        "\"payload\": \"\", \"properties\": {\"type\": \"%s\"}"
                                .formatted("t".repeat(256)),
                        "\"payload\": \"\", \"properties\": {\"headers\": {\"%s\": 1}}"
                                .formatted("n".repeat(256)),
                        "\"payload\": \"%s\", \"properties\": {}".formatted(largest))) {
            var answer =
                    api.post(
                            "exchanges/%2F/amq.default/publish",
                            "{\"routing_key\": \"%s\", \"payload_encoding\": \"string\", %s}"
                                    .formatted(queue, asked));
            assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        }
        assertThat(get(queue, "ack_requeue_true").size()).isZero();
    }

    @Test
    void whatIsNotRoutedIsSaid() {
        var answer =
                api.post(
                        "exchanges/%2F/amq.direct/publish",
                        """
                        {"routing_key": "nowhere", "payload": "", "payload_encoding": "string",
                         "properties": {}}
                        """);
        assertThat(answer.json().path("routed").asBoolean()).isFalse();
    }

    @Test
    void bindingsHaveKeysOfTheirOwn() throws IOException {
        String queue = durableQueue(Map.of());
        String between = "bindings/%2F/e/amq.topic/q/" + ManagementApi.segment(queue);
        assertThat(api.post(between, "{\"routing_key\": \"a.#\"}").status()).isEqualTo(201);
        assertThat(
                        api.post(between, "{\"routing_key\": \"b\", \"arguments\": {\"n\": 1}}")
                                .status())
                .isEqualTo(201);
        List<String> keys =
                StreamSupport.stream(api.read(between).spliterator(), false)
                        .map(row -> row.path("properties_key").asString())
                        .toList();
        assertThat(keys).hasSize(2).contains("a.%23");
        for (String key : keys) {
            assertThat(api.delete(between + "/" + ManagementApi.segment(key)).status())
                    .isEqualTo(204);
        }
        JsonNode left = api.read(path(queue) + "/bindings");
        assertThat(left.size()).as("the default exchange's").isEqualTo(1);
    }

    @Test
    void listsAreFilteredSortedAndCutIntoPages() throws IOException {
        String prefix = name();
        for (int i = 0; i < 3; i++) {
            String queue = prefix + ".page" + i;
            channel.queueDeclare(queue, true, false, false, Map.of());
            afterwards(cleaning -> cleaning.queueDelete(queue));
        }
        String query =
                "queues/%2F?page=1&page_size=2&sort=name&sort_reverse=true&columns=name&name=";
        JsonNode page = api.read(query + ManagementApi.segment(prefix + ".page"));
        assertThat(page.path("filtered_count").asInt()).isEqualTo(3);
        assertThat(page.path("page_count").asInt()).isEqualTo(2);
        assertThat(page.path("items").path(0)).hasToString("{\"name\":\"" + prefix + ".page2\"}");
        var beyond = api.get("queues/%2F?page=900");
        assertThat(beyond.status()).isEqualTo(400);
        assertThat(beyond.json().path("error").asString()).isEqualTo("page_out_of_range");
    }

    @Test
    void connectionsAreSeenAndClosed() throws IOException {
        String queue = durableQueue(Map.of());
        var factory = broker.factory();
        try (Connection victim = factory.newConnection("victim of " + queue)) {
            Channel on = victim.createChannel();
            on.basicQos(7);
            on.basicConsume(queue, false, "tag-" + queue, new Silent(on));
            JsonNode row =
                    Objects.requireNonNull(
                            Awaitility.await()
                                    .atMost(DEADLINE)
                                    .until(
                                            () -> named("victim of " + queue),
                                            found -> found != null));
            assertThat(row.path("user").asString()).isEqualTo("guest");
            assertThat(row.path("channels").asInt()).isEqualTo(1);
            JsonNode consumer = api.read(path(queue)).path("consumer_details").path(0);
            assertThat(consumer.path("consumer_tag").asString()).isEqualTo("tag-" + queue);
            assertThat(consumer.path("prefetch_count").asInt()).isEqualTo(7);
            String connection = "connections/" + ManagementApi.segment(row.path("name").asString());
            assertThat(api.read(connection + "/channels").size()).isEqualTo(1);
            assertThat(api.delete(connection).status()).isEqualTo(204);
            Awaitility.await().atMost(DEADLINE).until(() -> !victim.isOpen());
            assertThat(refusal(victim.getCloseReason()).code()).isEqualTo(320);
        } catch (com.rabbitmq.client.AlreadyClosedException e) {
            // As it should be: there is nothing left to close.
        } catch (java.util.concurrent.TimeoutException e) {
            throw new AssertionError("no connection", e);
        }
    }

    private @org.jspecify.annotations.Nullable JsonNode named(String wanted) {
        for (JsonNode row : api.read("connections")) {
            if (row.path("user_provided_name").asString("").equals(wanted)) {
                return row;
            }
        }
        return null;
    }

    private static final class Silent extends com.rabbitmq.client.DefaultConsumer {
        Silent(Channel channel) {
            super(channel);
        }

        @Override
        public void handleDelivery(
                String tag,
                com.rabbitmq.client.Envelope envelope,
                AMQP.BasicProperties properties,
                byte[] body) {
            throw new AssertionError("nothing was published");
        }
    }

    @Test
    void tagsSayWhatAUserMay() {
        user("watcher", "monitoring");
        user("clerk", "management");
        user("nobody", "");
        try (ManagementApi watcher = as("watcher");
                ManagementApi clerk = as("clerk");
                ManagementApi nobody = as("nobody")) {
            assertThat(watcher.get("nodes").status()).isEqualTo(200);
            assertThat(clerk.get("whoami").status()).isEqualTo(200);
            assertThat(clerk.get("nodes").status()).isEqualTo(401);
            assertThat(clerk.get("vhosts").json().size()).as("none that he may enter").isZero();
            assertThat(clerk.get("queues/%2F").status()).isEqualTo(401);
            assertThat(clerk.put("policies/%2F/p", "{}").status()).isEqualTo(401);
            var refused = nobody.get("overview");
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.json().path("error").asString()).isEqualTo("not_authorised");
        }
        try (ManagementApi wrong = new ManagementApi(broker.httpPort(), "guest", "wrong")) {
            var refused = wrong.get("overview");
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.json().path("reason").asString()).isEqualTo("Login failed");
        }
    }

    private ManagementApi as(String user) {
        return new ManagementApi(broker.httpPort(), user, "secret");
    }

    private void user(String name, String tags) {
        String body = "{\"password\": \"secret\", \"tags\": \"" + tags + "\"}";
        assertThat(api.put("users/" + name, body).status()).isIn(201, 204);
        afterwards(cleaning -> api.delete("users/" + name));
    }

    @Test
    void permissionsHoldOverHttpToo() {
        user("clerk", "management");
        assertThat(
                        api.put(
                                        "permissions/%2F/clerk",
                                        "{\"configure\": \"^mine\", \"write\": \"\", \"read\": \"\"}")
                                .status())
                .isEqualTo(201);
        try (ManagementApi clerk = as("clerk")) {
            assertThat(clerk.put("queues/%2F/yours", "{}").status()).isEqualTo(401);
            assertThat(clerk.put("queues/%2F/mine", "{}").status()).isEqualTo(201);
            assertThat(clerk.delete("queues/%2F/mine/contents").status()).isEqualTo(401);
            assertThat(clerk.delete("queues/%2F/mine").status()).isEqualTo(204);
        }
    }

    @Test
    void healthIsSaid() {
        assertThat(api.read("aliveness-test/%2F").path("status").asString()).isEqualTo("ok");
        assertThat(api.read("health/checks/alarms").path("status").asString()).isEqualTo("ok");
        assertThat(api.get("health/checks/port-listener/" + broker.port()).status()).isEqualTo(200);
        assertThat(api.get("health/checks/port-listener/1").status()).isEqualTo(503);
    }

    @Test
    void overviewHoldsWhatDashboardsRead() {
        JsonNode overview = api.read("overview");
        for (String field :
                List.of(
                        "rabbitmq_version",
                        "cluster_name",
                        "queue_totals",
                        "object_totals",
                        "message_stats",
                        "listeners",
                        "node")) {
            assertThat(overview.has(field)).as(field).isTrue();
        }
        assertThat(overview.path("queue_totals").path("messages_details").has("rate")).isTrue();
        assertThat(api.get("nosuch").status()).isEqualTo(404);
        assertThat(api.post("overview", "{}").status()).isEqualTo(405);
    }
}
