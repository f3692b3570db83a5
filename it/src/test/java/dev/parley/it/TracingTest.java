package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Delivery;
import dev.parley.core.catalog.CatalogMachine;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// Tracing where the queues that are traced, and those that get the copies, live on several shards:
/// a copy goes to another shard while its message is still being delivered.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class TracingTest {
    private static final String TRACE = "amq.rabbitmq.trace";
    private static final int SHARDS = 16;
    private static final int MESSAGES = 40;
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    /// What one consumer got, in the order in which the connection got it.
    private record Got(String queue, Delivery delivery) {
        String key() {
            return delivery.getEnvelope().getRoutingKey();
        }

        String body() {
            return new String(delivery.getBody(), UTF_8);
        }
    }

    private final TestNode node = TestNode.start(Broker.freshDirectory("tracing"));
    private final AdminClient admin = new AdminClient(node);
    private final BlockingQueue<Got> got = new LinkedBlockingQueue<>();
    private Connection connection;
    private Channel channel;

    @SuppressWarnings("NullAway") // JUnit calls open() before every test.
    TracingTest() {}

    @BeforeAll
    void trace() throws IOException {
        assertThat(admin.ask("GET", List.of("status"), "")).contains("\"shards\":" + SHARDS);
        admin.ask("PATCH", List.of("vhosts", "/"), "{\"tracing\": true}");
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

    /// A name that begins so, of a queue on this shard.
    private static String onShard(int shard, String begin) {
        return Stream.iterate(0, n -> n + 1)
                .map(n -> begin + n)
                .filter(name -> CatalogMachine.shardOf("/", name, SHARDS) == shard)
                .findFirst()
                .orElseThrow();
    }

    private void declare(String queue, Map<String, Object> arguments) throws IOException {
        boolean stays = !arguments.isEmpty();
        channel.queueDeclare(queue, stays, !stays, false, arguments);
    }

    private void consume(String queue, boolean automatic) throws IOException {
        channel.basicConsume(
                queue,
                automatic,
                (_, delivery) -> {
                    got.add(new Got(queue, delivery));
                    if (!automatic) {
                        channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
                    }
                },
                _ -> {});
    }

    /// Each has its own, and its own length.
    private static String body(String queue, int n) {
        return (queue + " " + n + " ").repeat(1 + n * 7);
    }

    private void publish(List<String> queues) throws IOException {
        for (int n = 0; n < MESSAGES; n++) {
            for (String queue : queues) {
                AMQP.BasicProperties properties =
                        new AMQP.BasicProperties.Builder()
                                .deliveryMode(n % 2 + 1)
                                .messageId(queue + "-" + n)
                                .build();
                channel.basicPublish("", queue, properties, body(queue, n).getBytes(UTF_8));
            }
        }
    }

    private List<Got> take(int count) throws InterruptedException {
        List<Got> all = new ArrayList<>();
        while (all.size() < count) {
            Got one = got.poll(DEADLINE.toSeconds(), TimeUnit.SECONDS);
            assertThat(one).as("after %d of %d", all.size(), count).isNotNull();
            all.add(one);
        }
        return all;
    }

    /// Each message came whole, was told of once as published and once as delivered to each queue
    /// of copies, and that it was delivered came after the message itself.
    private static void check(List<Got> all, List<String> queues, List<String> copies) {
        Map<String, Integer> deliveredAt = new HashMap<>();
        Map<String, List<String>> told = new TreeMap<>();
        for (int i = 0; i < all.size(); i++) {
            Got one = all.get(i);
            if (queues.contains(one.queue())) {
                assertThat(deliveredAt.put(one.body(), i)).isNull();
                continue;
            }
            assertThat(one.delivery().getEnvelope().getExchange()).isEqualTo(TRACE);
            told.computeIfAbsent(one.queue() + " " + one.key(), _ -> new ArrayList<>())
                    .add(one.body());
            Map<String, Object> headers = one.delivery().getProperties().getHeaders();
            List<?> keys = (List<?>) Objects.requireNonNull(headers.get("routing_keys"));
            String queue = keys.getFirst().toString();
            assertThat(String.valueOf(headers.get("properties")))
                    .contains("message_id=" + queue + "-");
            if (one.key().startsWith("deliver.")) {
                assertThat(one.key()).isEqualTo("deliver." + queue);
                assertThat(deliveredAt).containsKey(one.body());
            }
        }
        Map<String, List<String>> expected = new TreeMap<>();
        for (String copy : copies) {
            for (int n = 0; n < MESSAGES; n++) {
                for (String queue : queues) {
                    for (String key : List.of("publish.", "deliver." + queue)) {
                        expected.computeIfAbsent(copy + " " + key, _ -> new ArrayList<>())
                                .add(body(queue, n));
                    }
                }
            }
        }
        assertThat(told).isEqualTo(expected);
        assertThat(deliveredAt).hasSize(queues.size() * MESSAGES);
    }

    @Test
    void whatIsPublishedAndDeliveredOnEveryShardIsCopiedToEveryShard() throws Exception {
        List<String> queues = new ArrayList<>();
        List<String> copies = new ArrayList<>();
        for (int shard : List.of(3, 7, 11)) {
            queues.add(onShard(shard, "work-"));
            copies.add(onShard(shard, "copies-"));
        }
        for (String copy : copies) {
            declare(copy, Map.of());
            channel.queueBind(copy, TRACE, "#");
            consume(copy, true);
        }
        for (String queue : queues) {
            declare(queue, Map.of());
        }
        // Half of them wait when their consumers come, half come after these.
        consume(queues.getFirst(), true);
        publish(queues);
        consume(queues.get(1), false);
        consume(queues.getLast(), true);
        int messages = queues.size() * MESSAGES;
        check(take(messages + copies.size() * 2 * messages), queues, copies);
        assertThat(got).isEmpty();
    }

    /// What is read again and again, and what was asked for one by one, is told of as well.
    @Test
    void streamsAndWhatIsFetchedAreTracedAcrossShards() throws Exception {
        String stream = onShard(5, "stream-");
        String fetched = onShard(9, "fetched-");
        String copies = onShard(9, "told-");
        declare(stream, Map.of("x-queue-type", "stream"));
        declare(fetched, Map.of());
        declare(copies, Map.of());
        channel.queueBind(copies, TRACE, "deliver.#");
        channel.basicQos(100);
        channel.basicPublish(
                "",
                stream,
                new AMQP.BasicProperties.Builder().messageId(stream + "-0").build(),
                body(stream, 20).getBytes(UTF_8));
        channel.basicPublish("", fetched, null, body(fetched, 30).getBytes(UTF_8));
        assertThat(channel.basicGet(fetched, true).getBody())
                .isEqualTo(body(fetched, 30).getBytes(UTF_8));
        consume(copies, true);
        assertThat(take(1).getFirst().body()).isEqualTo(body(fetched, 30));
        channel.basicConsume(
                stream,
                false,
                Map.of("x-stream-offset", "first"),
                (_, delivery) -> got.add(new Got(stream, delivery)),
                _ -> {});
        List<Got> both = take(2);
        assertThat(both).extracting(Got::queue).containsExactly(stream, copies);
        assertThat(both).extracting(Got::body).containsOnly(body(stream, 20));
        assertThat(both.getLast().key()).isEqualTo("deliver." + stream);
        channel.queueDelete(stream);
    }
}
