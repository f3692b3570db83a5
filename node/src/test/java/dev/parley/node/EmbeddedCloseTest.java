package dev.parley.node;

import static dev.parley.node.ParleyTest.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.api.Delivery;
import dev.parley.api.Message;
import dev.parley.api.Queue;
import dev.parley.api.QueueOptions;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import dev.parley.node.embed.EmbedConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// How an embedded node ends, and how senders wait, give up, or are interrupted.
@Timeout(90)
class EmbeddedCloseTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir Path directory;

    private Parley start() throws IOException {
        return start(EmbedConfig.DEFAULT);
    }

    private Parley start(EmbedConfig config) throws IOException {
        return Parley.start(Config.embedded(directory.resolve("data")), config);
    }

    private static Reason refusal(@Nullable Throwable failure) {
        if (failure instanceof RefusedException refused) {
            return refused.reason();
        }
        throw new AssertionError("not refused", failure);
    }

    @Test
    void handlersAtWorkMayEndAndStillSend() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Parley parley = start();
        Queue<String> work = parley.queue("work", String.class);
        Queue<String> results = parley.queue("results", String.class);
        work.sendAll(List.of("first", "second"));
        work.consume(delivery -> {
            begun.countDown();
            go.await();
            results.send(delivery.payload() + " done");
        });
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        Thread closing = Thread.ofVirtual().start(parley::close);
        await().atMost(LONG).until(() -> closing.getState() == Thread.State.TIMED_WAITING);
        go.countDown();
        assertThat(closing.join(LONG)).isTrue();
        try (Parley again = start()) {
            assertThat(payloads(again.queue("results", String.class)))
                    .containsExactly("first done");
            assertThat(payloads(again.queue("work", String.class))).containsExactly("second");
        }
    }

    private static <T> List<T> payloads(Queue<T> queue) throws InterruptedException {
        return queue.peek(1000).stream().map(Message::payload).toList();
    }

    @Test
    void handlersThatTakeTooLongAreInterruptedAndTheirMessagesComeAgain() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        Parley parley = start(EmbedConfig.DEFAULT.withCloseWithin(Duration.ofMillis(50)));
        Queue<String> work = parley.queue("work", String.class);
        work.send("slow");
        work.consume(delivery -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } finally {
                interrupted.countDown();
            }
        });
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        parley.close();
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        try (Parley again = start()) {
            Delivery<String> slow =
                    again.queue("work", String.class).take(Duration.ZERO).orElseThrow();
            assertThat(slow.payload()).isEqualTo("slow");
            assertThat(slow.redelivered()).isTrue();
            assertThat(slow.failures()).isZero();
        }
    }

    @Test
    void whatSendReturnedForIsThereAndTheRestIsRefused() throws Exception {
        Parley parley = start();
        Queue<String> queue = parley.queue("work", String.class);
        Set<String> sent = ConcurrentHashMap.newKeySet();
        AtomicReference<@Nullable Throwable> odd = new AtomicReference<>();
        List<Thread> senders = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int sender = i;
            senders.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    for (int n = 0; ; n++) {
                                        queue.send(sender + "-" + n);
                                        sent.add(sender + "-" + n);
                                    }
                                } catch (RefusedException e) {
                                    if (!(e.reason() instanceof Reason.Unavailable)) {
                                        odd.set(e);
                                    }
                                } catch (Throwable e) {
                                    odd.set(e);
                                }
                            }));
        }
        await().atMost(LONG).until(() -> sent.size() > 200);
        parley.close();
        for (Thread sender : senders) {
            assertThat(sender.join(LONG)).isTrue();
        }
        assertThat(odd.get()).isNull();
        assertThat(refusal(catchIt(() -> queue.send("late"))))
                .isInstanceOf(Reason.Unavailable.class);
        assertThat(refusal(catchIt(() -> parley.queue("new", String.class))))
                .isInstanceOf(Reason.Unavailable.class);
        assertThat(refusal(catchIt(() -> queue.consume(delivery -> {}))))
                .isInstanceOf(Reason.Unavailable.class);
        assertThat(refusal(catchIt(() -> queue.take(LONG)))).isInstanceOf(Reason.Unavailable.class);
        assertThatThrownBy(() -> queue.sendAsync("late").get(20, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(RefusedException.class);
        try (Parley again = start()) {
            Set<String> found = ConcurrentHashMap.newKeySet();
            Queue<String> after = again.queue("work", String.class);
            try (Queue.Consumer _ = after.consume(delivery -> found.add(delivery.payload()))) {
                await().atMost(LONG).until(() -> found.containsAll(sent));
            }
        }
    }

    private interface Attempt {
        void run() throws Exception;
    }

    private static @Nullable Throwable catchIt(Attempt attempt) {
        try {
            attempt.run();
            return null;
        } catch (Throwable e) {
            return e;
        }
    }

    @Test
    void takersAreReleasedWhenTheNodeCloses() throws Exception {
        Parley parley = start();
        var taken = parley.queue("empty", String.class).takeAsync(Duration.ofDays(5000));
        parley.queue("empty", String.class).peek(1); // behind the take
        parley.close();
        assertThatThrownBy(() -> taken.get(20, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(RefusedException.class);
    }

    // ---- room

    @Test
    void aFullQueueLetsItsSenderWait() throws Exception {
        try (Parley parley = start()) {
            Queue<Integer> queue =
                    parley.queue("small", Integer.class, QueueOptions.DURABLE.lengthMax(2));
            queue.sendAll(List.of(1, 2));
            var third = queue.sendAsync(3);
            var fourth = queue.sendAsync(4);
            queue.peek(1); // the sends have been tried by then
            assertThat(third).isNotDone();
            for (int expected = 1; expected <= 4; expected++) {
                Delivery<Integer> one = queue.take(LONG).orElseThrow();
                assertThat(one.payload()).isEqualTo(expected);
                one.ack();
            }
            third.get(20, TimeUnit.SECONDS);
            fourth.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void aQueueThatStaysFullRefusesInTheEnd() throws Exception {
        try (Parley parley = start(EmbedConfig.DEFAULT.withPatience(Duration.ofMillis(100)))) {
            Queue<Integer> queue =
                    parley.queue("small", Integer.class, QueueOptions.DURABLE.lengthMax(1));
            queue.send(1);
            assertThat(refusal(catchIt(() -> queue.send(2)))).isInstanceOf(Reason.Full.class);
            assertThat(refusal(catchIt(() -> queue.sendAll(List.of(3, 4)))))
                    .isInstanceOf(Reason.Full.class);
            assertThat(payloads(queue)).containsExactly(1);
        }
    }

    @Test
    void anInterruptedSenderStopsWaiting() throws Exception {
        try (Parley parley = start()) {
            Queue<Integer> queue =
                    parley.queue("small", Integer.class, QueueOptions.DURABLE.lengthMax(1));
            queue.send(1);
            AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
            Thread sender =
                    Thread.ofVirtual().start(() -> thrown.set(catchIt(() -> queue.send(2))));
            await().atMost(LONG).until(() -> sender.getState() == Thread.State.WAITING);
            sender.interrupt();
            assertThat(sender.join(LONG)).isTrue();
            assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
            queue.take(LONG).orElseThrow().ack();
            queue.send(3);
            assertThat(payloads(queue)).containsExactly(3);
        }
    }

    @Test
    void anInterruptedTakerTakesNothing() throws Exception {
        try (Parley parley = start()) {
            Queue<String> queue = parley.queue("work", String.class);
            AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
            Thread taker =
                    Thread.ofVirtual().start(() -> thrown.set(catchIt(() -> queue.take(LONG))));
            await().atMost(LONG).until(() -> taker.getState() == Thread.State.WAITING);
            taker.interrupt();
            assertThat(taker.join(LONG)).isTrue();
            assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
            queue.send("for somebody else");
            assertThat(queue.take(LONG).map(Delivery::payload)).contains("for somebody else");
            Thread.currentThread().interrupt();
            assertThat(catchIt(() -> queue.send("no"))).isInstanceOf(InterruptedException.class);
            assertThat(Thread.interrupted()).isFalse();
        }
    }

    // ---- several nodes

    @Test
    void twoNodesLiveInOneProcess() throws Exception {
        try (Parley one = start();
                Parley other = Parley.start(Config.embedded(directory.resolve("other")))) {
            Queue<String> here = one.queue("work", String.class);
            Queue<String> there = other.queue("work", String.class);
            BlockingQueue<String> moved = new LinkedBlockingQueue<>();
            try (Queue.Consumer _ = here.consume(delivery -> there.send(delivery.payload()));
                    Queue.Consumer _ = there.consume(delivery -> moved.add(delivery.payload()))) {
                here.sendAll(List.of("a", "b"));
                assertThat(List.of(next(moved), next(moved))).containsExactly("a", "b");
            }
        }
    }

    @Test
    void aDirectoryHasOneNode() throws Exception {
        try (Parley _ = start()) {
            assertThatThrownBy(this::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("is in use by another node of this process");
        }
        start().close();
    }

    @Test
    void noThreadIsLeftBehind() throws Exception {
        Set<Thread> before = threads();
        Parley parley = start();
        Queue<String> queue = parley.queue("work", String.class);
        queue.consume(delivery -> {});
        queue.send("one");
        parley.close();
        parley.close();
        // Of Netty's, which all event loops share, and which ends by itself.
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(threads())
                                .filteredOn(one -> !before.contains(one))
                                .filteredOn(one -> !one.getName().contains("JFR"))
                                .isEmpty());
    }

    /// Platform threads, but for those that the JDK starts for virtual ones and keeps.
    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(one -> !one.isVirtual())
                .filter(one -> !one.getName().startsWith("ForkJoinPool"))
                .filter(one -> !one.getName().startsWith("VirtualThread"))
                .filter(one -> !one.getName().contains("Cleaner"))
                .filter(one -> !one.getName().startsWith("awaitility"))
                .filter(one -> !one.getName().startsWith("junit"))
                .collect(Collectors.toSet());
    }
}
