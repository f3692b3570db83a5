package dev.parley.node;

import static dev.parley.node.ParleyTest.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

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
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of messages in the hands of handlers that succeed, fail, settle by themselves, or
/// take their time.
@Timeout(60)
class EmbeddedConsumerTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir Path directory;
    private Parley parley;

    @SuppressWarnings("NullAway") // JUnit calls start() before every test.
    EmbeddedConsumerTest() {}

    @BeforeEach
    void start() throws IOException {
        parley = Parley.start(Config.embedded(directory.resolve("data")));
    }

    @AfterEach
    void close() {
        parley.close();
    }

    /// A failure that a test wants.
    private static final class Wanted extends Exception {
        private static final long serialVersionUID = 1L;

        Wanted() {
            super("as wanted");
        }
    }

    @Test
    void aFailedMessageIsTriedAgain() throws Exception {
        Queue<String> queue = parley.queue("work", String.class);
        BlockingQueue<Integer> failures = new LinkedBlockingQueue<>();
        queue.send("hard");
        try (Queue.Consumer _ =
                queue.consume(delivery -> {
                    assertThat(Thread.currentThread().isVirtual()).isTrue();
                    failures.add(delivery.failures());
                    if (delivery.failures() < 2) {
                        throw new Wanted();
                    }
                    assertThat(delivery.redelivered()).isTrue();
                })) {
            assertThat(List.of(next(failures), next(failures), next(failures)))
                    .containsExactly(0, 1, 2);
        }
        assertThat(queue.take(Duration.ZERO)).isEmpty();
        assertThat(failures).isEmpty();
    }

    @Test
    void aPoisonMessageEndsAmongTheDeadAndTheRestGoesOn() throws Exception {
        Queue<String> queue = parley.queue("work", String.class);
        BlockingQueue<String> done = new LinkedBlockingQueue<>();
        queue.sendAllMessages(
                List.of(
                        Message.of("poison").withHeader("from", "ann").withTtl(LONG),
                        Message.of("good")));
        try (Queue.Consumer _ =
                queue.consume(
                        delivery -> {
                            if (delivery.payload().equals("poison")) {
                                throw new Wanted();
                            }
                            done.add(delivery.payload());
                        },
                        ConsumeOptions.DEFAULT.withAttempts(3))) {
            assertThat(next(done)).isEqualTo("good");
            Delivery<String> dead =
                    parley.queue("work.dead", String.class).take(LONG).orElseThrow();
            assertThat(dead.payload()).isEqualTo("poison");
            Message<String> message = dead.message();
            assertThat(message.ttl()).isNull();
            assertThat(message.headers())
                    .containsEntry("from", "ann")
                    .containsEntry("x-first-death-queue", "work")
                    .containsEntry("x-first-death-reason", "rejected")
                    .containsEntry(
                            "x-put-away",
                            "attempt 3 failed: " + Wanted.class.getName() + ": as wanted");
            assertThat((List<?>) message.headers().get("x-death"))
                    .singleElement()
                    .isInstanceOfSatisfying(
                            Map.class,
                            death ->
                                    assertThat(death.get("routing-keys"))
                                            .isEqualTo(List.of("work")));
        }
        assertThat(queue.take(Duration.ZERO)).isEmpty();
    }

    @Test
    void aQueueWithADeadLetterExchangeUsesIt() throws Exception {
        Queue<String> graves = parley.queue("graves", String.class);
        Queue<String> queue =
                parley.queue("work", String.class, QueueOptions.DURABLE.deadLettersTo("graves"));
        queue.send("poison");
        try (Queue.Consumer _ =
                queue.consume(
                        delivery -> {
                            throw new Wanted();
                        },
                        ConsumeOptions.DEFAULT.withAttempts(1))) {
            Message<String> dead = graves.take(LONG).orElseThrow().message();
            assertThat(dead.headers()).containsEntry("x-first-death-reason", "rejected");
        }
    }

    @Test
    void theQueuesOwnDeliveryLimitComesFirst() throws Exception {
        Queue<String> graves = parley.queue("graves", String.class);
        Queue<String> queue =
                parley.queue(
                        "work",
                        String.class,
                        QueueOptions.DURABLE.deliveryLimit(1).deadLettersTo("graves"));
        queue.send("poison");
        try (Queue.Consumer _ =
                queue.consume(delivery -> {
                    throw new Wanted();
                })) {
            Message<String> dead = graves.take(LONG).orElseThrow().message();
            assertThat(dead.headers()).containsEntry("x-first-death-reason", "delivery_limit");
        }
    }

    record Order(String drink) {}

    @Test
    void whatCannotBeReadIsPutAwayAtOnce() throws Exception {
        parley.queue("orders", String.class).send("{ no JSON");
        Queue<Order> orders = parley.queue("orders", Order.class);
        assertThatThrownBy(() -> orders.peek(1)).isInstanceOf(RefusedException.class);
        BlockingQueue<Order> served = new LinkedBlockingQueue<>();
        Queue<String> dead = parley.queue("orders.dead", String.class);
        try (Queue.Consumer _ = orders.consume(order -> served.add(order.payload()))) {
            orders.send(new Order("tea"));
            assertThat(next(served)).isEqualTo(new Order("tea"));
            Message<String> found = dead.take(LONG).orElseThrow().message();
            assertThat(found.payload()).isEqualTo("{ no JSON");
            assertThat((String) found.headers().get("x-put-away")).startsWith("cannot be read");
        }
        parley.queue("orders", String.class).send("worse");
        assertThatThrownBy(() -> orders.take(LONG))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.reason()).isInstanceOf(Reason.Invalid.class));
        assertThat(dead.take(LONG).orElseThrow().payload()).isEqualTo("worse");
    }

    @Test
    void aHandlerMaySettleByItself() throws Exception {
        Queue<String> queue = parley.queue("work", String.class);
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        queue.sendAll(List.of("done early", "again", "no good"));
        try (Queue.Consumer _ =
                queue.consume(delivery -> {
                    seen.add(delivery.payload() + " " + delivery.redelivered());
                    switch (delivery.payload()) {
                        case "done early" -> {
                            delivery.ack();
                            throw new Wanted();
                        }
                        case "again" -> {
                            assertThat(delivery.failures()).isZero();
                            if (!delivery.redelivered()) {
                                delivery.giveBack();
                            }
                        }
                        default -> delivery.putAway("bad manners");
                    }
                })) {
            Message<String> dead =
                    parley.queue("work.dead", String.class).take(LONG).orElseThrow().message();
            assertThat(dead.payload()).isEqualTo("no good");
            assertThat(dead.headers()).containsEntry("x-put-away", "bad manners");
            await().atMost(LONG).until(() -> seen.size() == 4);
        }
        assertThat(seen)
                .containsExactlyInAnyOrder(
                        "done early false", "again false", "again true", "no good false");
        assertThat(queue.take(Duration.ZERO)).isEmpty();
    }

    @Test
    void handlersWorkSideBySide() throws Exception {
        Queue<Integer> queue = parley.queue("work", Integer.class);
        CyclicBarrier all = new CyclicBarrier(8);
        CountDownLatch done = new CountDownLatch(64);
        try (Queue.Consumer _ =
                queue.consume(
                        delivery -> {
                            all.await(20, TimeUnit.SECONDS);
                            done.countDown();
                        },
                        ConsumeOptions.DEFAULT.withConcurrency(8))) {
            for (int i = 0; i < 64; i++) {
                queue.send(i);
            }
            assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void prefetchLeavesTheRestToOthers() throws Exception {
        Queue<Integer> queue = parley.queue("work", Integer.class);
        CountDownLatch free = new CountDownLatch(1);
        BlockingQueue<Integer> seen = new LinkedBlockingQueue<>();
        queue.sendAll(List.of(1, 2, 3, 4));
        try (Queue.Consumer consumer =
                queue.consume(
                        delivery -> {
                            seen.add(delivery.payload());
                            free.await();
                        },
                        ConsumeOptions.DEFAULT.withPrefetch(1))) {
            assertThat(next(seen)).isEqualTo(1);
            Delivery<Integer> second = queue.take(LONG).orElseThrow();
            assertThat(second.payload()).isEqualTo(2);
            second.ack();
            consumer.prefetch(2);
            await().atMost(LONG).until(() -> queue.peek(10).size() == 1);
            free.countDown();
            assertThat(List.of(next(seen), next(seen))).containsExactly(3, 4);
        }
    }

    @Test
    void largeMessagesAreNotHoarded() throws Exception {
        Queue<byte[]> queue = parley.queue("large", byte[].class);
        CountDownLatch free = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(7);
        for (int i = 0; i < 7; i++) {
            queue.send(new byte[5 << 20]);
        }
        try (Queue.Consumer _ =
                queue.consume(delivery -> {
                    free.await();
                    done.countDown();
                })) {
            await().atMost(LONG).until(() -> queue.peek(10).size() == 3);
            free.countDown();
            assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void anExclusiveConsumerIsAlone() {
        Queue<String> queue = parley.queue("mine", String.class);
        ConsumeOptions exclusive = ConsumeOptions.DEFAULT.withExclusive(true);
        try (Queue.Consumer _ = queue.consume(delivery -> {}, exclusive)) {
            assertThatThrownBy(() -> queue.consume(delivery -> {}))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            e -> assertThat(e.reason()).isInstanceOf(Reason.Denied.class));
        }
        queue.consume(delivery -> {}).close();
    }

    @Test
    void aHandlerMayCloseItsConsumer() throws Exception {
        Queue<Integer> queue = parley.queue("work", Integer.class);
        AtomicReference<Queue.Consumer> self = new AtomicReference<>();
        CountDownLatch known = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        queue.sendAll(List.of(1, 2, 3));
        Queue.Consumer consumer =
                queue.consume(delivery -> {
                    known.await();
                    self.get().close();
                    closed.countDown();
                });
        self.set(consumer);
        known.countDown();
        assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(consumer.running()).isFalse();
        await().atMost(LONG)
                .until(
                        () -> queue.peek(10).stream().map(Message::payload).toList(),
                        List.of(2, 3)::equals);
    }

    @Test
    void aClosedConsumerGivesBackInOrder() throws Exception {
        Queue<Integer> queue = parley.queue("work", Integer.class);
        CountDownLatch begun = new CountDownLatch(1);
        queue.sendAll(List.of(1, 2, 3));
        Queue.Consumer consumer =
                queue.consume(
                        delivery -> {
                            begun.countDown();
                            new CountDownLatch(1).await(); // until it is interrupted
                        },
                        ConsumeOptions.DEFAULT.withCloseWithin(Duration.ofMillis(50)));
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        consumer.close();
        await().atMost(LONG).until(() -> queue.peek(10).size() == 3);
        Delivery<Integer> first = queue.take(LONG).orElseThrow();
        assertThat(first.payload()).isEqualTo(1);
        assertThat(first.redelivered()).isTrue();
        assertThat(first.failures()).isZero();
    }
}
