package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.api.Codec;
import dev.parley.api.ConsumeOptions;
import dev.parley.api.Delivery;
import dev.parley.api.Message;
import dev.parley.api.Queue;
import dev.parley.api.QueueOptions;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a program in the node's own process can do with a queue.
@Timeout(60)
class ParleyTest {
    private static final Duration NO_WAIT = Duration.ZERO;
    private static final Duration LONG = Duration.ofSeconds(20);

    record Order(String drink, int cups) {}

    @TempDir Path directory;
    private Parley parley;

    @SuppressWarnings("NullAway") // JUnit calls start() before every test.
    ParleyTest() {}

    @BeforeEach
    void start() throws IOException {
        parley = Parley.start(Config.embedded(directory.resolve("data")));
    }

    @AfterEach
    void close() {
        parley.close();
    }

    static <T> T next(BlockingQueue<T> from) throws InterruptedException {
        T one = from.poll(20, TimeUnit.SECONDS);
        assertThat(one).as("within 20 s").isNotNull();
        return one;
    }

    @Test
    void sendsAndConsumes() throws Exception {
        Queue<Order> orders = parley.queue("orders", Order.class);
        BlockingQueue<Order> served = new LinkedBlockingQueue<>();
        orders.send(new Order("coffee", 1));
        try (Queue.Consumer consumer = orders.consume(order -> served.add(order.payload()))) {
            orders.send(new Order("tea", 2));
            assertThat(next(served)).isEqualTo(new Order("coffee", 1));
            assertThat(next(served)).isEqualTo(new Order("tea", 2));
            assertThat(consumer.running()).isTrue();
        }
        assertThat(orders.take(NO_WAIT)).isEmpty();
    }

    /// Whoever comes second may find the queue in the catalog before its shard has it.
    @Test
    void manyOpenTheSameQueueAtOnce() throws Exception {
        for (int round = 0; round < 30; round++) {
            String name = "new" + round;
            try (ExecutorService program = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Queue<String>>> opened = new ArrayList<>();
                for (int n = 0; n < 16; n++) {
                    opened.add(program.submit(() -> parley.queue(name, String.class)));
                }
                for (Future<Queue<String>> one : opened) {
                    one.get().send("there");
                }
            }
            Queue<String> queue = parley.queue(name, String.class);
            for (int n = 0; n < 16; n++) {
                queue.take(NO_WAIT).orElseThrow().ack();
            }
            assertThat(queue.take(NO_WAIT)).isEmpty();
        }
    }

    @Test
    void sendsManyInOrder() throws Exception {
        Queue<Integer> numbers = parley.queue("numbers", Integer.class);
        List<Integer> thousand = java.util.stream.IntStream.range(0, 1000).boxed().toList();
        numbers.sendAll(thousand);
        BlockingQueue<Integer> found = new LinkedBlockingQueue<>();
        try (Queue.Consumer _ = numbers.consume(number -> found.add(number.payload()))) {
            for (int number : thousand) {
                assertThat(next(found)).isEqualTo(number);
            }
        }
    }

    @Test
    void whatWasSentOutlivesTheNode() throws Exception {
        parley.queue("orders", Order.class).send(new Order("coffee", 1));
        parley.close();
        parley = Parley.start(Config.embedded(directory.resolve("data")));
        Delivery<Order> found = parley.queue("orders", Order.class).take(NO_WAIT).orElseThrow();
        assertThat(found.payload()).isEqualTo(new Order("coffee", 1));
        assertThat(found.redelivered()).isFalse();
        found.ack();
    }

    @Test
    void optionsTravel() throws Exception {
        Queue<String> notes = parley.queue("notes", String.class);
        Message<String> sent =
                Message.of("hello")
                        .withKey("ann")
                        .withHeaders(
                                Map.of(
                                        "text",
                                        "a",
                                        "int",
                                        7,
                                        "long",
                                        7L << 40,
                                        "real",
                                        0.5,
                                        "yes",
                                        true,
                                        "time",
                                        Instant.ofEpochSecond(1),
                                        "list",
                                        List.of(1, "two"),
                                        "map",
                                        Map.of("in", "side")))
                        .withPriority(3)
                        .withTtl(Duration.ofHours(1))
                        .withId("m1")
                        .withCorrelationId("c1")
                        .withReplyTo("answers");
        notes.send(sent);
        Message<String> peeked = notes.peek(10).getFirst();
        Message<String> taken = notes.take(NO_WAIT).orElseThrow().message();
        assertThat(taken).isEqualTo(peeked);
        assertThat(taken.time()).isNotNull();
        assertThat(taken).usingRecursiveComparison().ignoringFields("time").isEqualTo(sent);
    }

    @Test
    void bytesOfAnyKindAreCarried() throws Exception {
        Queue<byte[]> blobs = parley.queue("blobs", byte[].class);
        byte[] sent = {0, -1, 127, -128};
        blobs.send(Message.of(sent).withHeader("raw", sent));
        Message<byte[]> found = blobs.take(NO_WAIT).orElseThrow().message();
        assertThat(found.payload()).isEqualTo(sent);
        assertThat((byte[]) found.headers().get("raw")).isEqualTo(sent);
    }

    @Test
    void aCodecOfOnesOwn() throws Exception {
        Codec<Integer> hex =
                new Codec<>() {
                    @Override
                    public String contentType() {
                        return "text/x-hex";
                    }

                    @Override
                    public byte[] encode(Integer payload) {
                        return Codec.text().encode(Integer.toHexString(payload));
                    }

                    @Override
                    public Integer decode(byte[] body, String contentType) throws Exception {
                        assertThat(contentType).isEqualTo("text/x-hex");
                        return Integer.parseInt(Codec.text().decode(body, contentType), 16);
                    }
                };
        Queue<Integer> numbers = parley.queue("numbers", hex);
        numbers.send(255);
        assertThat(parley.queue("numbers", String.class).peek(1).getFirst().payload())
                .isEqualTo("ff");
        assertThat(numbers.take(NO_WAIT).orElseThrow().payload()).isEqualTo(255);
    }

    @Test
    void whatCannotBeWrittenIsNotSent() throws Exception {
        Queue<Object> things = parley.queue("things", Object.class);
        List<Object> endless = new ArrayList<>();
        endless.add(endless);
        assertThatThrownBy(() -> things.send(endless))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("application/json");
        assertThatThrownBy(() -> things.send(Message.<Object>of("a").withHeader("x", new Object())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("header 'x'");
        assertThat(things.take(NO_WAIT)).isEmpty();
    }

    @Test
    void prioritiesGoFirst() throws Exception {
        Queue<String> queue =
                parley.queue("urgent", String.class, QueueOptions.DURABLE.priorityMax(9));
        queue.send("low");
        queue.send(Message.of("high").withPriority(9));
        assertThat(queue.take(NO_WAIT).orElseThrow().payload()).isEqualTo("high");
        assertThat(queue.take(NO_WAIT).orElseThrow().payload()).isEqualTo("low");
    }

    @Test
    void takeWaitsForAMessage() throws Exception {
        Queue<String> queue = parley.queue("slow", String.class);
        var taken = queue.takeAsync(LONG);
        var second = queue.takeAsync(Duration.ofMillis(1));
        assertThat(second.get(20, TimeUnit.SECONDS)).isEmpty();
        queue.send("now");
        Delivery<String> delivery = taken.get(20, TimeUnit.SECONDS).orElseThrow();
        assertThat(delivery.payload()).isEqualTo("now");
        delivery.giveBack();
        delivery.ack(); // too late: the first word counts
        assertThat(queue.take(LONG).orElseThrow().redelivered()).isTrue();
    }

    @Test
    void aCancelledTakeTakesNothing() throws Exception {
        Queue<String> queue = parley.queue("cancelled", String.class);
        var taken = queue.takeAsync(LONG);
        taken.cancel(false);
        queue.send("still here");
        assertThat(queue.take(LONG).map(Delivery::payload)).contains("still here");
    }

    @Test
    void asynchronousSendsKeepTheirOrder() throws Exception {
        Queue<Integer> numbers = parley.queue("numbers", Integer.class);
        var sends = java.util.stream.IntStream.range(0, 500).mapToObj(numbers::sendAsync).toList();
        for (var send : sends) {
            send.get(20, TimeUnit.SECONDS);
        }
        assertThat(numbers.peek(1000).stream().map(Message::payload).toList())
                .containsExactlyElementsOf(
                        java.util.stream.IntStream.range(0, 500).boxed().toList());
    }

    @Test
    void aQueueThatIsGoneRefuses() throws Exception {
        Queue<String> queue = parley.queue("gone", String.class);
        Queue<String> other = parley.queue("amq-like", String.class);
        assertThat(other.name()).isEqualTo("amq-like");
        assertThatThrownBy(() -> parley.queue("amq.mine", String.class))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.reason()).isInstanceOf(Reason.Denied.class));
        assertThatThrownBy(
                        () -> parley.queue("gone", String.class, QueueOptions.DURABLE.lengthMax(1)))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.reason()).isInstanceOf(Reason.Precondition.class));
        assertThatThrownBy(() ->
                        parley.queue(
                                "bad",
                                String.class,
                                QueueOptions.DURABLE.with("x-max-length", "many")))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.reason()).isInstanceOf(Reason.Invalid.class));
        queue.send("one");
        assertThat(queue.peek(10)).hasSize(1);
    }

    @Test
    void aMessageThatIsTooLargeIsRefused() {
        Queue<byte[]> queue = parley.queue("large", byte[].class);
        assertThatThrownBy(() -> queue.send(new byte[(16 << 20) + 1]))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.reason()).isInstanceOf(Reason.Invalid.class));
    }

    @Test
    void messagesExpire() throws Exception {
        Queue<String> queue = parley.queue("brief", String.class);
        queue.send(Message.of("gone").withTtl(Duration.ZERO));
        queue.send("kept");
        Optional<Delivery<String>> found = queue.take(LONG);
        assertThat(found.orElseThrow().payload()).isEqualTo("kept");
        found.orElseThrow().ack();
        assertThat(queue.take(NO_WAIT)).isEmpty();
    }

    @Test
    void aScheduledMessageComesWhenItIsDue() throws Exception {
        Queue<String> queue = parley.queue("later", String.class);
        queue.schedule("in a year", Instant.now().plus(Duration.ofDays(365)));
        queue.schedule("past", Instant.EPOCH);
        queue.send("now");
        assertThat(queue.take(NO_WAIT).orElseThrow().payload()).isEqualTo("past");
        assertThat(queue.take(NO_WAIT).orElseThrow().payload()).isEqualTo("now");
        Instant due = Instant.now().plusMillis(300);
        queue.schedule("later", due);
        assertThat(queue.take(LONG).orElseThrow().payload()).isEqualTo("later");
        assertThat(Instant.now()).isAfterOrEqualTo(due.truncatedTo(ChronoUnit.MILLIS));
        assertThat(queue.take(NO_WAIT)).isEmpty();
        assertThatThrownBy(
                        () -> queue.schedule("never", Instant.now().plus(Duration.ofDays(40_000))))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.reason()).isInstanceOf(Reason.Invalid.class));
    }

    @Test
    void aRepeatedIdTakesEffectOnce() throws Exception {
        Queue<String> queue =
                parley.queue(
                        "once", String.class, QueueOptions.DURABLE.idsOnce(Duration.ofHours(1)));
        queue.send(Message.of("first").withId("a"));
        queue.send(Message.of("again").withId("a"));
        queue.send(Message.of("other").withId("b"));
        assertThat(queue.peek(10).stream().map(Message::payload).toList())
                .containsExactly("first", "other");
    }

    @Test
    void oneKeyIsHandledInOrderByManyHandlers() throws Exception {
        Queue<Integer> queue =
                parley.queue("keyed", Integer.class, QueueOptions.DURABLE.orderedByKey());
        Map<String, List<Integer>> seen = new ConcurrentHashMap<>();
        for (int i = 0; i < 60; i++) {
            queue.send(Message.of(i).withKey("key" + i % 3));
        }
        CountDownLatch done = new CountDownLatch(60);
        try (Queue.Consumer _ =
                queue.consume(
                        number -> {
                            String key = String.valueOf(number.message().key());
                            seen.computeIfAbsent(key, _ -> new CopyOnWriteArrayList<>())
                                    .add(number.payload());
                            done.countDown();
                        },
                        ConsumeOptions.DEFAULT.withConcurrency(8))) {
            assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(seen).hasSize(3);
        seen.values().forEach(numbers -> assertThat(numbers).isSorted());
    }

    @Test
    void aFailedMessageMayWaitForItsNextAttempt() throws Exception {
        Queue<String> queue =
                parley.queue(
                        "patient",
                        String.class,
                        QueueOptions.DURABLE.retryAfter(
                                Duration.ofMillis(200), Duration.ofSeconds(1)));
        BlockingQueue<Long> tries = new LinkedBlockingQueue<>();
        queue.send("hard");
        try (Queue.Consumer _ =
                queue.consume(delivery -> {
                    tries.add(System.nanoTime());
                    if (delivery.failures() == 0) {
                        throw new IllegalStateException("as wanted");
                    }
                })) {
            long first = next(tries);
            assertThat(next(tries) - first).isGreaterThan(100_000_000L);
        }
    }

    @Test
    void optionsAreChecked() {
        assertThatThrownBy(() -> ConsumeOptions.DEFAULT.withConcurrency(0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ConsumeOptions.DEFAULT.withConcurrency(10).withPrefetch(9))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Message.of("a").withPriority(256))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(ConsumeOptions.DEFAULT.withConcurrency(100).prefetch()).isEqualTo(200);
    }
}
