package dev.parley.node;

import static dev.parley.node.ParleyTest.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.api.Event;
import dev.parley.api.EventStream;
import dev.parley.api.From;
import dev.parley.api.ReadOptions;
import dev.parley.api.Reason;
import dev.parley.api.Recorded;
import dev.parley.api.RefusedException;
import dev.parley.api.StreamListener;
import dev.parley.api.StreamOptions;
import dev.parley.api.Topic;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Streams among programs in the node's own process.
@Timeout(60)
class EmbeddedStreamTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    record Tick(String name, int price) {}

    @TempDir Path directory;
    private Parley parley;

    @SuppressWarnings("NullAway") // JUnit calls start() before every test.
    EmbeddedStreamTest() {}

    @BeforeEach
    void start() throws IOException {
        parley = Parley.start(Config.embedded(directory.resolve("data")));
    }

    @AfterEach
    void close() {
        parley.close();
    }

    private void restart() throws IOException {
        parley.close();
        start();
    }

    private EventStream<Integer> numbers() {
        return parley.stream("numbers", Integer.class);
    }

    private static void publish(EventStream<Integer> stream, int from, int to)
            throws InterruptedException {
        stream.publishAll(
                IntStream.range(from, to).mapToObj(n -> Event.of("n/" + n % 4, n)).toList());
    }

    private static List<Integer> take(EventStream.Feed<Integer> feed, int count)
            throws InterruptedException {
        List<Integer> got = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Recorded<Integer> one = feed.next(LONG).orElseThrow();
            one.ack();
            got.add(one.payload());
        }
        return got;
    }

    private static List<Integer> range(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    private static ReadOptions quick(String cursor) {
        return ReadOptions.durable(cursor).withRetryAfter(Duration.ofMillis(1));
    }

    // ---- declaring and publishing

    @Test
    void aStreamOverTopicsKeepsWhatIsPublishedThereAndWhatIsPutIntoIt() throws Exception {
        EventStream<Tick> ticks =
                parley.stream("ticks", Tick.class, StreamOptions.EVERYTHING.over("ticks/#"));
        // A turn that has begun keeps its time.
        Instant before = Instant.ofEpochMilli(System.currentTimeMillis()).minusSeconds(1);
        Topic<Tick> topic = parley.topic("#", Tick.class);
        try (var feed = topic.feed()) {
            topic.publish("ticks/eu/a", new Tick("a", 1));
            topic.publish("other", new Tick("-", 0));
            ticks.publish(Event.of("ticks/b", new Tick("b", 2)).withHeader("from", "desk 4"));
            ticks.publishAsync("c", new Tick("c", 3)).get();
            assertThat(feed.next(LONG).orElseThrow().subject()).isEqualTo("ticks/eu/a");
            assertThat(feed.next(LONG).orElseThrow().subject()).isEqualTo("other");
            assertThat(feed.next(Duration.ZERO)).as("what a stream is given is its own").isEmpty();
        }
        EventStream.Page<Tick> page = ticks.page(From.FIRST, 10);
        assertThat(page.messages()).extracting(Recorded::offset).containsExactly(0L, 1L, 2L);
        assertThat(page.messages())
                .extracting(Recorded::subject)
                .containsExactly("ticks/eu/a", "ticks/b", "c");
        assertThat(page.messages())
                .extracting(one -> one.payload().price())
                .containsExactly(1, 2, 3);
        assertThat(page.messages())
                .allSatisfy(one -> assertThat(one.time()).isAfterOrEqualTo(before))
                .allSatisfy(one -> assertThat(one.event().durable()).isTrue());
        assertThat(page.messages().get(1).event().headers()).isEqualTo(Map.of("from", "desk 4"));
        assertThat(page.next()).isEqualTo(3);
        assertThat(page.missed()).isZero();
    }

    @Test
    void aStreamIsThereWithWhatItKeepsOrRefused() throws Exception {
        StreamOptions week = StreamOptions.EVERYTHING.keep(Duration.ofDays(7)).keepBytes(1 << 20);
        assertThat(week.arguments())
                .isEqualTo(Map.of("x-max-age", "604800s", "x-max-length-bytes", 1L << 20));
        assertThat(StreamOptions.EVERYTHING.keep(Duration.ofDays(3650)).arguments())
                .containsEntry("x-max-age", "5256000m");
        parley.stream("week", String.class, week).publish("a", "1");
        assertThat(parley.stream("week", String.class, week).status().count()).isEqualTo(1);
        assertThat(parley.stream("week", String.class).status().count()).isEqualTo(1);
        assertThatThrownBy(() -> parley.stream("week", String.class, StreamOptions.EVERYTHING))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused ->
                                assertThat(refused.reason())
                                        .isInstanceOf(Reason.Precondition.class));
        parley.queue("jobs", String.class);
        assertThatThrownBy(() -> parley.stream("jobs", String.class))
                .hasMessageContaining("is a queue, not a stream");
        assertThatThrownBy(() -> parley.stream("a#", String.class))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StreamOptions.EVERYTHING.over("a/#/b"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StreamOptions.EVERYTHING.keepMessages(0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> numbers().publish("x/" + "y".repeat(254), 1))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.reason()).isInstanceOf(Reason.Invalid.class));
    }

    // ---- reading

    @Test
    void theNodesOwnSubjectsAreNotForPrograms() throws Exception {
        EventStream<String> stream = parley.stream("own", String.class);
        assertThatThrownBy(() -> stream.publish("$SYS/broker/version", "mine"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("only the node itself");
        assertThat(stream.status().count()).isZero();
    }

    @Test
    void aReaderReplaysAndGoesOnWithoutGapOrDuplicate() throws Exception {
        EventStream<Integer> stream = numbers();
        publish(stream, 0, 2_500);
        CompletableFuture<Void> publishing =
                CompletableFuture.runAsync(() -> {
                    for (int n = 2_500; n < 4_000; n++) {
                        stream.publishAsync("n/" + n % 4, n);
                    }
                });
        BlockingQueue<Recorded<Integer>> got = new LinkedBlockingQueue<>();
        try (var reading = stream.read(got::add, ReadOptions.from(From.FIRST).withBuffer(100))) {
            for (int n = 0; n < 4_000; n++) {
                Recorded<Integer> one = next(got);
                assertThat(one.payload()).isEqualTo(n);
                assertThat(one.offset()).isEqualTo(n);
                assertThat(one.redelivered()).isFalse();
            }
            assertThat(reading.missed()).isZero();
            assertThat(reading.running()).isTrue();
        }
        publishing.get();
        assertThat(got).isEmpty();
    }

    @Test
    void aReaderBeginsWhereItWants() throws Exception {
        EventStream<Integer> stream = numbers();
        publish(stream, 0, 3_000);
        assertThat(first(stream, From.FIRST)).isEqualTo(0);
        assertThat(first(stream, From.LAST)).isEqualTo(2_999);
        assertThat(first(stream, From.offset(1_234))).isEqualTo(1_234);
        Recorded<Integer> one = stream.page(From.offset(1_500), 1).messages().getFirst();
        int same = first(stream, From.time(one.time()));
        assertThat(same).isLessThanOrEqualTo(1_500);
        assertThat(stream.page(From.offset(same), 1).messages().getFirst().time())
                .isEqualTo(one.time());
        try (var feed = stream.feed(ReadOptions.DEFAULT);
                var future = stream.feed(ReadOptions.from(From.offset(5_000)))) {
            publish(stream, 3_000, 3_001);
            assertThat(take(feed, 1)).containsExactly(3_000);
            assertThat(take(future, 1)).containsExactly(3_000);
        }
    }

    private static int first(EventStream<Integer> stream, From from) throws InterruptedException {
        try (var feed = stream.feed(ReadOptions.from(from))) {
            return take(feed, 1).getFirst();
        }
    }

    @Test
    void whatIsKeptNoMoreIsToldAsMissed() throws Exception {
        EventStream<Integer> stream =
                parley.stream("short", Integer.class, StreamOptions.EVERYTHING.keepMessages(10));
        publish(stream, 0, 100);
        await().atMost(LONG).until(() -> stream.status().first() == 90);
        try (var feed = stream.feed(ReadOptions.from(From.offset(40)))) {
            Recorded<Integer> one = feed.next(LONG).orElseThrow();
            assertThat(one.offset()).isEqualTo(90);
            assertThat(one.missed()).isEqualTo(50);
            assertThat(feed.next(LONG).orElseThrow().missed()).isZero();
            assertThat(feed.missed()).isEqualTo(50);
        }
        EventStream.Page<Integer> page = stream.page(From.offset(85), 3);
        assertThat(page.missed()).isEqualTo(5);
        assertThat(page.messages()).extracting(Recorded::missed).containsExactly(5L, 0L, 0L);
        assertThat(page.next()).isEqualTo(93);
    }

    @Test
    void aSlowReaderReadsLaterAndNothingIsDropped() throws Exception {
        EventStream<byte[]> stream = parley.stream("large", byte[].class);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger got = new AtomicInteger();
        AtomicInteger wrong = new AtomicInteger();
        StreamListener<byte[]> listener =
                one -> {
                    go.await();
                    if (one.offset() != got.getAndIncrement() || one.payload().length != 1 << 20) {
                        wrong.incrementAndGet();
                    }
                };
        try (var reading = stream.read(listener, ReadOptions.DEFAULT)) {
            // More than may be on hand, in messages that are no part of a block.
            for (int n = 0; n < 40; n++) {
                stream.publish("b", new byte[1 << 20]);
            }
            go.countDown();
            await().atMost(LONG).until(() -> got.get() == 40);
            assertThat(wrong).hasValue(0);
            assertThat(reading.missed()).isZero();
        }
    }

    // ---- cursors

    @Test
    void aCursorOutlivesReaderAndNode() throws Exception {
        publish(numbers(), 0, 100);
        try (var feed = numbers().feed(ReadOptions.durable("a").withBuffer(10))) {
            assertThat(take(feed, 40)).isEqualTo(range(0, 40));
            assertThat(feed.next(LONG).orElseThrow().payload())
                    .as("not acknowledged")
                    .isEqualTo(40);
        }
        try (var feed = numbers().feed(quick("a"))) {
            Recorded<Integer> again = feed.next(LONG).orElseThrow();
            assertThat(again.payload()).isEqualTo(40);
            assertThat(again.redelivered()).isTrue();
            again.ack();
            assertThat(take(feed, 19)).isEqualTo(range(41, 60));
        }
        restart();
        assertThat(numbers().status().cursors())
                .containsExactly(new EventStream.Cursor("a", 60, 0, 0));
        BlockingQueue<Integer> got = new LinkedBlockingQueue<>();
        // Where it begins is said by the cursor.
        try (var _ = numbers().read(one -> got.add(one.payload()), quick("a"))) {
            assertThat(next(got)).isEqualTo(60);
            assertThatThrownBy(() -> numbers().forget("a"))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            refused ->
                                    assertThat(refused.reason())
                                            .isInstanceOf(Reason.Precondition.class));
        }
        numbers().forget("a");
        assertThat(numbers().status().cursors()).isEmpty();
    }

    @Test
    void readersOfOneCursorShareItWithOrderPerSubject() throws Exception {
        EventStream<Integer> stream = numbers();
        Map<String, ConcurrentLinkedQueue<Integer>> bySubject = new ConcurrentHashMap<>();
        AtomicInteger count = new AtomicInteger();
        AtomicInteger second = new AtomicInteger();
        StreamListener<Integer> note =
                one -> {
                    bySubject
                            .computeIfAbsent(one.subject(), _ -> new ConcurrentLinkedQueue<>())
                            .add(one.payload());
                    count.incrementAndGet();
                };
        ReadOptions shared = quick("workers").withConcurrency(3).withBuffer(8);
        try (var _ = stream.read(note, shared);
                var _ =
                        stream.read(
                                one -> {
                                    second.incrementAndGet();
                                    note.onMessage(one);
                                },
                                shared)) {
            publish(stream, 0, 2_000);
            await().atMost(LONG).until(() -> count.get() >= 2_000);
        }
        assertThat(count).hasValue(2_000);
        assertThat(second.get()).isBetween(1, 1_999);
        for (int subject = 0; subject < 4; subject++) {
            int of = subject;
            assertThat(bySubject.get("n/" + subject))
                    .containsExactlyElementsOf(
                            IntStream.range(0, 500).mapToObj(n -> n * 4 + of).toList());
        }
        assertThat(stream.status().cursors().getFirst().offset()).isEqualTo(2_000);
    }

    @Test
    void aListenerThatFailsIsGivenItAgainUpToABoundAndThenItIsPutAway() throws Exception {
        EventStream<Integer> stream = numbers();
        publish(stream, 0, 3);
        BlockingQueue<Integer> got = new LinkedBlockingQueue<>();
        AtomicInteger tries = new AtomicInteger();
        StreamListener<Integer> listener =
                one -> {
                    if (one.payload() == 1) {
                        tries.incrementAndGet();
                        throw new IllegalStateException("no");
                    }
                    got.add(one.payload());
                };
        try (var reading = stream.read(listener, quick("c").withAttempts(3))) {
            assertThat(List.of(next(got), next(got))).containsExactly(0, 2);
            assertThat(tries).hasValue(3);
            assertThat(reading.failed()).isEqualTo(1);
        }
        var dead = parley.queue("numbers.c.dead", Integer.class).take(LONG).orElseThrow().message();
        assertThat(dead.payload()).isEqualTo(1);
        assertThat(dead.headers())
                .containsEntry("x-subject", "n/1")
                .hasEntrySatisfying(
                        "x-put-away",
                        why -> assertThat(String.valueOf(why)).startsWith("offset 1: attempt 3"));
        assertThat(stream.status().cursors().getFirst().offset()).isEqualTo(3);
    }

    @Test
    void whatTheCodecCannotReadIsPassedOver() throws Exception {
        parley.stream("numbers", String.class).publish("n", "no number");
        EventStream<Integer> stream = numbers();
        stream.publish("n", 7);
        try (var feed = stream.feed(ReadOptions.from(From.FIRST))) {
            assertThatThrownBy(() -> feed.next(LONG))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            refused ->
                                    assertThat(refused.reason())
                                            .isInstanceOf(Reason.Invalid.class));
            assertThat(take(feed, 1)).containsExactly(7);
            assertThat(feed.failed()).isEqualTo(1);
        }
        assertThatThrownBy(() -> stream.page(From.FIRST, 10)).isInstanceOf(RefusedException.class);
    }

    // ---- last values

    @Test
    void lastValuesAreKeptPerSubjectAndCanBeCleared() throws Exception {
        EventStream<String> stream =
                parley.stream(
                        "state",
                        String.class,
                        StreamOptions.EVERYTHING.lastPerSubject().over("state/+"));
        stream.publish("state/a", "1");
        parley.topic("state/#", String.class).publish("state/a", "2");
        stream.publish("state/b", "3");
        assertThat(stream.page(From.FIRST, 10).messages())
                .extracting(Recorded::payload)
                .containsExactly("2", "3");
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        StreamListener<String> listener =
                new StreamListener<>() {
                    @Override
                    public void onMessage(Recorded<String> message) {
                        got.add(message.payload());
                    }

                    @Override
                    public void cleared(String subject) {
                        got.add("no " + subject);
                    }
                };
        try (var _ = stream.read(listener, ReadOptions.from(From.FIRST))) {
            assertThat(List.of(next(got), next(got))).containsExactly("2", "3");
            stream.clear("state/a");
            assertThat(next(got)).isEqualTo("no state/a");
        }
        assertThat(stream.page(From.FIRST, 10).messages())
                .extracting(Recorded::payload)
                .containsExactly("3");
        assertThatThrownBy(() -> numbers().clear("n"))
                .hasMessageContaining("does not keep last messages");
    }

    // ---- the end

    @Test
    void aFeedEndsWithItsReaderAndWithTheNode() throws Exception {
        EventStream<Integer> stream = numbers();
        var closed = stream.feed(ReadOptions.DEFAULT);
        closed.close();
        assertThat(closed.running()).isFalse();
        assertThatThrownBy(() -> closed.next(LONG)).isInstanceOf(RefusedException.class);
        var open = stream.feed(ReadOptions.DEFAULT);
        CompletableFuture<Optional<Recorded<Integer>>> waiting = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                waiting.complete(open.next(LONG));
            } catch (InterruptedException | RefusedException e) {
                waiting.completeExceptionally(e);
            }
        });
        parley.close();
        assertThat(waiting)
                .failsWithin(LONG)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(RefusedException.class);
        assertThatThrownBy(() -> stream.publish("n", 1)).isInstanceOf(RefusedException.class);
        start();
    }

    @Test
    void closingLetsAListenerEndAndItsMessageDoesNotComeAgain() throws Exception {
        EventStream<Integer> stream = numbers();
        publish(stream, 0, 2);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        var reading =
                stream.read(
                        one -> {
                            begun.countDown();
                            go.await();
                        },
                        quick("d"));
        begun.await();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(reading::close);
        await().atMost(LONG).until(() -> !reading.running());
        go.countDown();
        closing.get();
        try (var feed = stream.feed(quick("d"))) {
            assertThat(take(feed, 1)).containsExactly(1);
        }
    }
}
