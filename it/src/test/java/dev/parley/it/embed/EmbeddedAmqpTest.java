package dev.parley.it.embed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.LongString;
import dev.parley.api.ConsumeOptions;
import dev.parley.api.Delivery;
import dev.parley.api.Message;
import dev.parley.api.Queue;
import dev.parley.api.QueueOptions;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import dev.parley.core.log.LogConfig;
import dev.parley.front.amqp.AmqpConfig;
import dev.parley.node.Config;
import dev.parley.node.Parley;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Programs in the node's process and AMQP clients outside see the same queues and messages.
@Timeout(60)
class EmbeddedAmqpTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    record Order(String drink, int cups) {}

    @TempDir Path directory;
    private Parley parley;
    private Connection connection;
    private Channel channel;

    @SuppressWarnings("NullAway") // JUnit calls open() before every test.
    EmbeddedAmqpTest() {}

    @BeforeEach
    void open() throws Exception {
        parley = Parley.start(withSockets(directory));
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(parley.node().amqpPort());
        connection = factory.newConnection();
        channel = connection.createChannel();
    }

    static Config withSockets(Path directory) {
        return new Config(
                directory.resolve("data"),
                "127.0.0.1",
                0,
                -1,
                LogConfig.DEFAULT,
                AmqpConfig.DEFAULT);
    }

    @AfterEach
    void close() {
        connection.abort(2_000);
        parley.close();
    }

    private static <T> T next(BlockingQueue<T> from) throws InterruptedException {
        T one = from.poll(20, TimeUnit.SECONDS);
        assertThat(one).as("within 20 s").isNotNull();
        return one;
    }

    @Test
    void anAmqpClientReadsWhatTheApiSends() throws Exception {
        Queue<Order> orders = parley.queue("orders", Order.class);
        orders.send(
                Message.of(new Order("coffee", 2))
                        .withKey("ann")
                        .withHeaders(
                                Map.of("text", "a", "int", 7, "long", 7L, "list", List.of(1, "b")))
                        .withPriority(3)
                        .withTtl(Duration.ofMinutes(1))
                        .withId("m1")
                        .withCorrelationId("c1")
                        .withReplyTo("answers"));
        channel.queueDeclare("orders", true, false, false, null); // the same queue
        GetResponse got = channel.basicGet("orders", true);
        assertThat(new String(got.getBody(), UTF_8)).isEqualTo("{\"drink\":\"coffee\",\"cups\":2}");
        AMQP.BasicProperties properties = got.getProps();
        assertThat(properties.getContentType()).isEqualTo("application/json");
        assertThat(properties.getDeliveryMode()).isEqualTo(2);
        assertThat(properties.getPriority()).isEqualTo(3);
        assertThat(properties.getExpiration()).isEqualTo("60000");
        assertThat(properties.getMessageId()).isEqualTo("m1");
        assertThat(properties.getCorrelationId()).isEqualTo("c1");
        assertThat(properties.getReplyTo()).isEqualTo("answers");
        assertThat(properties.getTimestamp().toInstant()).isBeforeOrEqualTo(Instant.now());
        Map<String, Object> headers = properties.getHeaders();
        assertThat(headers.get("x-group")).hasToString("ann");
        assertThat(headers.get("text")).isInstanceOf(LongString.class).hasToString("a");
        assertThat(headers.get("int")).isEqualTo(7);
        assertThat(headers.get("long")).isEqualTo(7L);
        assertThat((List<?>) headers.get("list")).hasSize(2);
        assertThat(got.getEnvelope().getExchange()).isEmpty();
        assertThat(got.getEnvelope().getRoutingKey()).isEqualTo("orders");
    }

    @Test
    void theApiReadsWhatAnAmqpClientSends() throws Exception {
        channel.queueDeclare("orders", true, false, false, null);
        channel.exchangeDeclare("shop", "topic", true);
        channel.queueBind("orders", "shop", "order.*");
        channel.confirmSelect();
        channel.basicPublish(
                "shop",
                "order.new",
                new AMQP.BasicProperties.Builder()
                        .contentType("application/json")
                        .deliveryMode(2)
                        .headers(
                                Map.of(
                                        "x-group",
                                        "ann",
                                        "n",
                                        (short) 5,
                                        "when",
                                        Date.from(Instant.ofEpochSecond(9))))
                        .messageId("m2")
                        .build(),
                "{\"cups\":1,\"drink\":\"tea\",\"unknown\":true}".getBytes(UTF_8));
        channel.waitForConfirmsOrDie(30_000);
        BlockingQueue<Message<Order>> seen = new ArrayBlockingQueue<>(1);
        Queue<Order> orders = parley.queue("orders", Order.class);
        try (Queue.Consumer _ = orders.consume(order -> seen.add(order.message()))) {
            Message<Order> message = next(seen);
            assertThat(message.payload()).isEqualTo(new Order("tea", 1));
            assertThat(message.key()).isEqualTo("ann");
            assertThat(message.id()).isEqualTo("m2");
            assertThat(message.persistent()).isTrue();
            assertThat(message.headers())
                    .containsOnly(Map.entry("n", 5), Map.entry("when", Instant.ofEpochSecond(9)));
        }
    }

    @Test
    void deadLettersOfHandlersReachAmqpClients() throws Exception {
        channel.exchangeDeclare("graveyard", "fanout", true);
        channel.queueDeclare("graves", true, false, false, null);
        channel.queueBind("graves", "graveyard", "");
        channel.queueDeclare(
                "orders", true, false, false, Map.of("x-dead-letter-exchange", "graveyard"));
        Queue<Order> orders = parley.queue("orders", Order.class);
        orders.send(new Order("poison", 1));
        try (Queue.Consumer _ =
                orders.consume(
                        order -> {
                            throw new IllegalStateException("as wanted");
                        },
                        ConsumeOptions.DEFAULT.withAttempts(2))) {
            await().atMost(LONG).until(() -> channel.messageCount("graves") == 1);
            GetResponse dead = channel.basicGet("graves", true);
            assertThat(dead.getProps().getHeaders().get("x-first-death-reason"))
                    .hasToString("rejected");
        }
    }

    @Test
    void messagesPutAwayCarryTheirHistoryAsAmqpClientsReadIt() throws Exception {
        channel.queueDeclare("plain", true, false, false, null);
        channel.basicPublish("amq.direct", "none", null, new byte[0]);
        channel.queueBind("plain", "amq.direct", "way");
        channel.basicPublish("amq.direct", "way", null, "body".getBytes(UTF_8));
        Delivery<String> taken = parley.queue("plain", String.class).take(LONG).orElseThrow();
        taken.putAway("of no use");
        GetResponse dead = channel.basicGet("plain.dead", true);
        assertThat(new String(dead.getBody(), UTF_8)).isEqualTo("body");
        Map<String, Object> headers = dead.getProps().getHeaders();
        assertThat(headers.get("x-put-away")).hasToString("of no use");
        Map<?, ?> death = (Map<?, ?>) ((List<?>) value(headers, "x-death")).getFirst();
        assertThat(death.get("queue")).hasToString("plain");
        assertThat(death.get("exchange")).hasToString("amq.direct");
        assertThat((List<?>) value(death, "routing-keys")).first().hasToString("way");
        assertThat(death.get("count")).isEqualTo(1L);
    }

    private static Object value(Map<?, ?> table, String name) {
        Object value = table.get(name);
        if (value == null) {
            throw new AssertionError("no " + name + " in " + table);
        }
        return value;
    }

    @Test
    void competingConsumersOfBothKindsShareAQueue() throws Exception {
        Queue<Integer> numbers = parley.queue("numbers", Integer.class);
        BlockingQueue<Integer> all = new ArrayBlockingQueue<>(200);
        channel.basicQos(1);
        channel.basicConsume(
                "numbers",
                false,
                (tag, delivery) -> {
                    all.add(Integer.valueOf(new String(delivery.getBody(), UTF_8)));
                    channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
                },
                tag -> {});
        try (Queue.Consumer _ =
                numbers.consume(
                        number -> all.add(number.payload()),
                        ConsumeOptions.DEFAULT.withPrefetch(1))) {
            for (int i = 0; i < 100; i++) {
                numbers.send(i);
            }
            await().atMost(LONG).until(() -> all.size() == 100);
        }
        assertThat(all).doesNotHaveDuplicates().contains(0, 99);
    }

    @Test
    void aQueueThatIsDeletedEndsItsConsumersAndRefusesSends() throws Exception {
        Queue<String> queue = parley.queue("brief", String.class);
        Queue.Consumer consumer = queue.consume(delivery -> {});
        var taken = queue.takeAsync(LONG);
        queue.peek(1); // behind the take
        channel.queueDelete("brief");
        await().atMost(LONG).until(() -> !consumer.running());
        consumer.close();
        assertThatThrownBy(() -> taken.get(20, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(RefusedException.class);
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThatThrownBy(() -> queue.send("late"))
                                .isInstanceOfSatisfying(
                                        RefusedException.class,
                                        e ->
                                                assertThat(e.reason())
                                                        .isInstanceOf(Reason.NotFound.class)));
        parley.queue("brief", String.class);
        queue.send("again");
        assertThat(queue.take(LONG).orElseThrow().payload()).isEqualTo("again");
    }

    @Test
    void anothersExclusiveQueueIsLocked() throws Exception {
        String mine = channel.queueDeclare("", false, true, true, null).getQueue();
        assertThatThrownBy(() -> parley.queue(mine, String.class))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.reason()).isInstanceOf(Reason.Locked.class));
    }

    @Test
    void optionsAreTheArgumentsOfADeclaration() throws Exception {
        parley.queue(
                "bounded",
                String.class,
                QueueOptions.DURABLE
                        .lengthMax(10)
                        .ttl(Duration.ofHours(1))
                        .deadLettersTo("graves")
                        .deliveryLimit(3)
                        .priorityMax(5));
        channel.queueDeclare(
                "bounded",
                true,
                false,
                false,
                Map.of(
                        "x-max-length", 10,
                        "x-overflow", "reject-publish",
                        "x-message-ttl", 3_600_000,
                        "x-dead-letter-exchange", "",
                        "x-dead-letter-routing-key", "graves",
                        "x-delivery-limit", 3,
                        "x-max-priority", 5));
        assertThat(channel.messageCount("bounded")).isZero();
    }
}
