package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What those read who watch a RabbitMQ: its dashboard in Grafana, and Celery's Flower.
class MonitoringTest extends AmqpCase {

    private static final String GLOBAL = "rabbitmq_global_messages_";

    @Test
    void theOverviewDashboardFindsWhatTheListSays() throws Exception {
        Map<String, Double> metrics = metrics();
        for (String line : Files.readAllLines(list())) {
            if (!line.startsWith("#")) {
                String[] parts = line.split(" \\| ", 3);
                boolean shown = parts[0].equals("shown");
                assertThat(shown || parts.length == 3).as("a reason: " + line).isTrue();
                assertThat(metrics.containsKey(parts[1])).as(line).isEqualTo(shown);
            }
        }
        assertThat(metrics.get("rabbitmq_process_resident_memory_bytes")).isGreaterThan(1 << 20);
        assertThat(metrics.get("rabbitmq_process_open_fds"))
                .isBetween(1.0, metrics.get("rabbitmq_process_max_fds"));
    }

    private static Path list() {
        return Path.of(Foreign.script("resources/rabbitmq-overview.txt"));
    }

    @Test
    void messagesAreCountedByTheWayTheyGo() throws Exception {
        Map<String, Double> before = metrics();
        String queue = queue();
        publish(queue, "1", "2", "3", "4", "5");
        channel.basicAck(channel.basicGet(queue, false).getEnvelope().getDeliveryTag(), false);
        channel.basicGet(queue, true);
        Inbox acking = Inbox.acking(channel, queue);
        channel.basicNack(Inbox.tag(acking.take()), false, true);
        acking.take();
        acking.take();
        acking.take();
        channel.basicCancel(acking.tag());
        channel.basicRecover(true);
        channel.queuePurge(queue);
        assertThat(channel.basicGet(queue, false)).isNull();
        String other = queue();
        Inbox automatic = Inbox.automatic(channel, other);
        publish(other, "m");
        automatic.take();
        channel.basicPublish("", queue + ".none", null, new byte[0]);
        try (Channel careful = connection.createChannel()) {
            careful.confirmSelect();
            careful.basicPublish("", queue, null, new byte[0]);
            careful.waitForConfirmsOrDie(5_000);
        }
        Map<String, Double> after = metrics();
        Map<String, Integer> least = new HashMap<>();
        least.put(GLOBAL + "received_total", 8);
        least.put(GLOBAL + "received_confirm_total", 1);
        least.put(GLOBAL + "confirmed_total", 1);
        least.put(GLOBAL + "delivered_consume_manual_ack_total", 4);
        least.put(GLOBAL + "delivered_consume_auto_ack_total", 1);
        least.put(GLOBAL + "delivered_get_manual_ack_total", 1);
        least.put(GLOBAL + "delivered_get_auto_ack_total", 1);
        least.put(GLOBAL + "get_empty_total", 1);
        least.put(GLOBAL + "redelivered_total", 1);
        least.put(GLOBAL + "unroutable_dropped_total", 1);
        least.put("rabbitmq_channels_opened_total", 1);
        least.put("rabbitmq_channels_closed_total", 1);
        // Other tests may use the same node meanwhile.
        least.forEach((name, count) ->
                assertThat(after.getOrDefault(name, 0.0) - before.getOrDefault(name, 0.0))
                        .as(name)
                        .isGreaterThanOrEqualTo(count));
    }

    /// Flower asks one thing: the queues of the virtual host, of which it shows these fields.
    @Test
    void flowerShowsItsQueues() throws Exception {
        String queue = queue();
        Inbox inbox = Inbox.acking(channel, queue);
        publish(queue, "m");
        inbox.take();
        try (var api = ManagementApi.of(broker.httpPort())) {
            JsonNode queues = api.read("queues/%2F");
            assertThat(queues.isArray()).isTrue();
            JsonNode row =
                    StreamSupport.stream(queues.spliterator(), false)
                            .filter(one -> one.path("name").asString().equals(queue))
                            .findFirst()
                            .orElseThrow();
            assertThat(row.path("messages").asInt()).isEqualTo(1);
            assertThat(row.path("messages_unacknowledged").asInt()).isEqualTo(1);
            assertThat(row.path("messages_ready").asInt(-1)).isZero();
            assertThat(row.path("consumers").asInt()).isEqualTo(1);
        }
    }

    /// The samples by name, the last of each.
    private Map<String, Double> metrics() throws IOException, InterruptedException {
        Assumptions.assumeTrue(broker.ours(), "the node's own metrics are on its HTTP port");
        URI where = URI.create("http://127.0.0.1:" + broker.httpPort() + "/metrics");
        Map<String, Double> samples = new HashMap<>();
        try (HttpClient http = HttpClient.newHttpClient()) {
            String text =
                    http.send(
                                    HttpRequest.newBuilder(where).build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .body();
            for (String line : text.lines().filter(one -> one.startsWith("rabbitmq_")).toList()) {
                List<String> parts = List.of(line.split("[{ ]", 2));
                String value = line.substring(line.lastIndexOf(' ') + 1);
                samples.put(parts.getFirst(), Double.parseDouble(value));
            }
        }
        return samples;
    }
}
