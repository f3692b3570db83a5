package dev.parley.node;

import static dev.parley.node.ParleyTest.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.api.Delivery;
import dev.parley.api.Event;
import dev.parley.api.Listener;
import dev.parley.api.Reason;
import dev.parley.api.Received;
import dev.parley.api.RefusedException;
import dev.parley.api.SubscribeOptions;
import dev.parley.api.SubscribeOptions.Overflow;
import dev.parley.api.Topic;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Publish-subscribe among programs in the node's own process.
@Timeout(60)
class EmbeddedTopicTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    record Tick(String name, int price) {}

    @TempDir Path directory;
    private Parley parley;

    @SuppressWarnings("NullAway") // JUnit calls start() before every test.
    EmbeddedTopicTest() {}

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

    private static SubscribeOptions named(String name) {
        return SubscribeOptions.durable(name).withRetryAfter(Duration.ofMillis(1));
    }

    @Test
    void membersOfAGroupShareTheMessages() throws Exception {
        Topic<String> work = parley.topic("work/#", String.class);
        BlockingQueue<String> everything = new LinkedBlockingQueue<>();
        BlockingQueue<String> shared = new LinkedBlockingQueue<>();
        AtomicInteger passing = new AtomicInteger();
        AtomicInteger staying = new AtomicInteger();
        work.retain("work/old", "kept");
        try (var _ = work.subscribe(one -> everything.add(one.payload()));
                var _ =
                        work.subscribe(
                                one -> {
                                    passing.incrementAndGet();
                                    shared.add(one.payload());
                                },
                                SubscribeOptions.DEFAULT.withGroup("workers"));
                var _ =
                        work.subscribe(
                                one -> {
                                    staying.incrementAndGet();
                                    shared.add(one.payload());
                                },
                                named("steady").withGroup("workers"))) {
            for (int n = 0; n < 10; n++) {
                work.publish("work/" + n, "job " + n);
            }
            assertThat(next(everything)).isEqualTo("kept");
            List<String> all = new ArrayList<>();
            List<String> once = new ArrayList<>();
            for (int n = 0; n < 10; n++) {
                all.add(next(everything));
                once.add(next(shared));
            }
            assertThat(once).containsExactlyInAnyOrderElementsOf(all);
            assertThat(shared).isEmpty();
            assertThat(passing.get()).isPositive();
            assertThat(staying.get()).isPositive();
        }
        assertThatThrownBy(() -> SubscribeOptions.DEFAULT.withGroup("a/b"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everySubscriberGetsWhatIsUnderItsFilterInOrder() throws Exception {
        Topic<Tick> all = parley.topic("ticks/#", Tick.class);
        Topic<Tick> eu = parley.topic("ticks/eu/+", Tick.class);
        BlockingQueue<Tick> everything = new LinkedBlockingQueue<>();
        BlockingQueue<String> subjects = new LinkedBlockingQueue<>();
        try (var _ = all.subscribe(tick -> everything.add(tick.payload()));
                var _ = eu.subscribe(tick -> subjects.add(tick.subject()))) {
            all.publish("ticks/eu/a", new Tick("a", 1));
            all.publish("ticks/us/b", new Tick("b", 2));
            all.publish("ticks/eu/c", new Tick("c", 3));
            assertThat(List.of(next(everything), next(everything), next(everything)))
                    .extracting(Tick::price)
                    .containsExactly(1, 2, 3);
            assertThat(List.of(next(subjects), next(subjects)))
                    .containsExactly("ticks/eu/a", "ticks/eu/c");
        }
        all.publish("ticks/eu/d", new Tick("d", 4));
        assertThat(everything).isEmpty();
    }

    @Test
    void whatTravelsWithAMessageArrives() throws Exception {
        Topic<String> topic = parley.topic("a/+", String.class);
        try (var feed = topic.feed()) {
            topic.publish(
                    Event.of("a/b", "hello")
                            .withHeader("from", "ann")
                            .withHeader("to", "bob")
                            .withTtl(Duration.ofMinutes(5))
                            .withCorrelationId("c1")
                            .withReplyTo("a/answers"));
            Event<String> got = feed.next(LONG).orElseThrow().event();
            assertThat(got.headers())
                    .containsExactly(Map.entry("from", "ann"), Map.entry("to", "bob"));
            assertThat(got.ttl()).isBetween(Duration.ofMinutes(4), Duration.ofMinutes(5));
            assertThat(got.correlationId()).isEqualTo("c1");
            assertThat(got.replyTo()).isEqualTo("a/answers");
            assertThat(got.contentType()).isEqualTo("text/plain; charset=utf-8");
            assertThat(got.durable()).isTrue();
            assertThat(got.retained()).isFalse();
            topic.publish(Event.of("a/b", "light").withDurable(false).withContentType("x/y"));
            Event<String> light = feed.next(LONG).orElseThrow().event();
            assertThat(light.durable()).isFalse();
            assertThat(light.contentType()).isEqualTo("x/y");
            assertThat(light.ttl()).isNull();
            assertThat(feed.next(Duration.ZERO)).isEmpty();
        }
    }

    @Test
    void aNameOutlivesProgramAndNode() throws Exception {
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        try (var subscription =
                parley.topic("a/#", String.class)
                        .subscribe(one -> got.add(one.payload()), named("board"))) {
            assertThat(subscription.running()).isTrue();
            parley.topic("a/b", String.class).publish("a/b", "first");
            assertThat(next(got)).isEqualTo("first");
        }
        parley.topic("a/b", String.class).publish("a/b", "second");
        restart();
        parley.topic("a/b", String.class).publish("a/b", "third");
        try (var _ =
                parley.topic("a/#", String.class)
                        .subscribe(one -> got.add(one.payload()), named("board"))) {
            assertThat(List.of(next(got), next(got))).containsExactly("second", "third");
        }
        parley.unsubscribe("board");
        parley.topic("a/b", String.class).publish("a/b", "fourth");
        try (var feed = parley.topic("a/#", String.class).feed(named("board"))) {
            assertThat(feed.next(Duration.ZERO)).isEmpty();
        }
    }

    @Test
    void whatAListenerHadWhenItsNodeStoppedComesAgain() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        Topic<String> topic = parley.topic("a", String.class);
        var subscription =
                topic.subscribe(
                        one -> {
                            begun.countDown();
                            try {
                                new CountDownLatch(1).await();
                            } finally {
                                interrupted.countDown();
                            }
                        },
                        named("slow").withCloseWithin(Duration.ofMillis(20)));
        topic.publishAll(List.of(Event.of("a", "one"), Event.of("a", "two")));
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        subscription.close();
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(subscription.running()).isFalse();
        restart();
        try (var feed = parley.topic("a", String.class).feed(named("slow"))) {
            Received<String> one = feed.next(LONG).orElseThrow();
            assertThat(one.payload()).isEqualTo("one");
            assertThat(one.redelivered()).isTrue();
            one.ack();
            assertThat(feed.next(LONG).orElseThrow().payload()).isEqualTo("two");
        }
        try (var feed = parley.topic("a", String.class).feed(named("slow"))) {
            assertThat(feed.next(LONG).orElseThrow().payload()).isEqualTo("two");
        }
    }

    @Test
    void aFailureIsTriedAgainAndThenPutAwayWhileOrderHolds() throws Exception {
        Topic<String> topic = parley.topic("work/#", String.class);
        BlockingQueue<String> tries = new LinkedBlockingQueue<>();
        Listener<String> listener =
                one -> {
                    tries.add(one.payload());
                    if (one.payload().equals("poison")) {
                        throw new IOException("as wanted");
                    }
                };
        try (var subscription = topic.subscribe(listener, named("worker").withAttempts(3))) {
            topic.publish(Event.of("work/1", "poison").withHeader("from", "ann"));
            topic.publish("work/2", "good");
            assertThat(List.of(next(tries), next(tries), next(tries), next(tries)))
                    .containsExactly("poison", "poison", "poison", "good");
            Delivery<String> dead =
                    parley.queue("worker.dead", String.class).take(LONG).orElseThrow();
            assertThat(dead.payload()).isEqualTo("poison");
            assertThat(dead.message().headers())
                    .containsEntry("from", "ann")
                    .containsEntry("x-subject", "work/1")
                    .containsEntry(
                            "x-put-away", "attempt 3 failed: java.io.IOException: as wanted");
            dead.ack();
            assertThat(subscription.failed()).isOne();
        }
        try (var feed = topic.feed(named("worker"))) {
            assertThat(feed.next(Duration.ZERO)).isEmpty();
        }
    }

    @Test
    void aListenerThatInterruptsItselfIsTriedAgainAllTheSame() throws Exception {
        Topic<String> topic = parley.topic("work", String.class);
        BlockingQueue<String> tries = new LinkedBlockingQueue<>();
        Listener<String> listener =
                one -> {
                    tries.add(one.payload());
                    Thread.currentThread().interrupt();
                    throw new InterruptedException("as wanted");
                };
        try (var subscription = topic.subscribe(listener, named("worker").withAttempts(2))) {
            topic.publish("work", "poison");
            assertThat(List.of(next(tries), next(tries))).containsExactly("poison", "poison");
            Delivery<String> dead =
                    parley.queue("worker.dead", String.class).take(LONG).orElseThrow();
            assertThat(dead.payload()).isEqualTo("poison");
            assertThat(subscription.failed()).isOne();
        }
    }

    @Test
    void whatCannotBeReadIsPutAwayAndTheRestGoesOn() throws Exception {
        parley.topic("ticks/#", Tick.class).feed(named("reader")).close();
        parley.topic("ticks/#", String.class).publish("ticks/a", "no tick");
        parley.topic("ticks/#", Tick.class).publish("ticks/a", new Tick("a", 1));
        try (var feed = parley.topic("ticks/#", Tick.class).feed(named("reader"))) {
            assertThatThrownBy(() -> feed.next(LONG))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            e -> assertThat(e.reason()).isInstanceOf(Reason.Invalid.class));
            assertThat(feed.next(LONG).orElseThrow().payload()).isEqualTo(new Tick("a", 1));
            assertThat(feed.failed()).isOne();
        }
        assertThat(parley.queue("reader.dead", String.class).take(LONG).orElseThrow().payload())
                .isEqualTo("no tick");
    }

    @Test
    void theLastMessageIsKeptForThoseWhoComeLater() throws Exception {
        Topic<Tick> topic = parley.topic("ticks/#", Tick.class);
        for (int i = 0; i < 1_200; i++) {
            int price = i;
            var _ =
                    topic.publishAsync(
                            Event.of("ticks/%04d".formatted(i), new Tick("t", price))
                                    .withRetained(true));
        }
        topic.retain("ticks/a", new Tick("a", 1));
        topic.retain("ticks/a", new Tick("a", 2));
        parley.topic("other", String.class).retain("other", "text");
        assertThat(topic.last("ticks/a").orElseThrow().payload().price()).isEqualTo(2);
        assertThat(topic.last("ticks/none")).isEmpty();
        assertThat(topic.lasts())
                .hasSize(1_201)
                .first()
                .satisfies(one -> {
                    assertThat(one.subject()).isEqualTo("ticks/0000");
                    assertThat(one.retained()).isTrue();
                });
        assertThat(topic.lasts("#")).hasSize(1_201);
        assertThat(topic.lasts("ticks/a")).hasSize(1);
        restart();
        Topic<Tick> again = parley.topic("ticks/#", Tick.class);
        // Paced: a bound of 16 loses none of what is retained.
        try (var feed = again.feed(SubscribeOptions.DEFAULT.withBuffer(16))) {
            for (int i = 0; i < 1_200; i++) {
                assertThat(feed.next(LONG).orElseThrow().payload().price()).isEqualTo(i);
            }
            assertThat(feed.next(LONG).orElseThrow().payload().price()).isEqualTo(2);
            assertThat(feed.missed()).isZero();
        }
        try (var feed = again.feed(SubscribeOptions.DEFAULT.withRetained(false))) {
            assertThat(feed.next(Duration.ZERO)).isEmpty();
        }
    }

    @Test
    void aNewNameGetsWhatIsRetainedOnceAndInFull() throws Exception {
        Topic<Integer> topic = parley.topic("n/#", Integer.class);
        List<Event<Integer>> all = new ArrayList<>();
        for (int i = 0; i < 1_500; i++) {
            all.add(Event.of("n/%04d".formatted(i), i).withRetained(true));
        }
        topic.publishAll(all);
        try (var feed = topic.feed(named("all").withBuffer(100))) {
            for (int i = 0; i < 1_500; i++) {
                Received<Integer> one = feed.next(LONG).orElseThrow();
                assertThat(one.payload()).isEqualTo(i);
                one.ack();
            }
        }
        try (var feed = topic.feed(named("all"))) {
            assertThat(feed.next(Duration.ZERO)).isEmpty();
        }
    }

    @Test
    void subscribersAreToldThatASubjectIsCleared() throws Exception {
        Topic<Tick> topic = parley.topic("ticks/#", Tick.class);
        topic.retain("ticks/a", new Tick("a", 1));
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        Listener<Tick> listener =
                new Listener<>() {
                    @Override
                    public void onMessage(Received<Tick> message) {
                        told.add("tick " + message.subject());
                    }

                    @Override
                    public void cleared(String subject) {
                        told.add("cleared " + subject);
                    }
                };
        try (var _ = topic.subscribe(listener);
                var _ = topic.subscribe(listener, named("durable"))) {
            assertThat(List.of(next(told), next(told))).containsOnly("tick ticks/a");
            topic.clear("ticks/a");
            assertThat(List.of(next(told), next(told))).containsOnly("cleared ticks/a");
            assertThat(topic.last("ticks/a")).isEmpty();
        }
    }

    /// A subscriber that does not begin before it is let, and then notes everything.
    private static final class Slow implements Listener<Integer> {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch go = new CountDownLatch(1);
        final BlockingQueue<Received<Integer>> got = new LinkedBlockingQueue<>();

        @Override
        public void onMessage(Received<Integer> message) throws InterruptedException {
            begun.countDown();
            go.await();
            got.add(message);
        }
    }

    private List<Integer> overflow(Overflow policy, Slow slow) throws Exception {
        Topic<Integer> topic = parley.topic("n/#", Integer.class);
        SubscribeOptions options = SubscribeOptions.DEFAULT.withBuffer(3).withOverflow(policy);
        try (var subscription = topic.subscribe(slow, options)) {
            topic.publish("n/first", 0);
            assertThat(slow.begun.await(20, TimeUnit.SECONDS)).isTrue();
            for (int i = 1; i <= 10; i++) {
                topic.publish("n/" + i % 2, i);
            }
            // Subscribers get it after its publisher has been answered, in the same turn.
            assertThat(topic.last("n/none")).isEmpty();
            slow.go.countDown();
            topic.publish("n/last", 11);
            List<Integer> all = new ArrayList<>();
            long missed = 0;
            while (all.isEmpty() || all.getLast() != 11) {
                Received<Integer> one = next(slow.got);
                all.add(one.payload());
                missed += one.missed();
                boolean again = slow.got.isEmpty() && all.getLast() != 11;
                if (again && policy == Overflow.DROP_NEWEST) {
                    // The last one may have been dropped; by the others only older ones are.
                    topic.publish("n/last", 11);
                }
            }
            assertThat(missed).isEqualTo(subscription.missed());
            return all.stream().distinct().toList();
        }
    }

    @Test
    void aSlowSubscriberLosesTheNewestIfItIsToldSo() throws Exception {
        assertThat(overflow(Overflow.DROP_NEWEST, new Slow())).containsExactly(0, 1, 2, 3, 11);
    }

    @Test
    void aSlowSubscriberLosesTheOldestIfItIsToldSo() throws Exception {
        assertThat(overflow(Overflow.DROP_OLDEST, new Slow()))
                .contains(9, 10)
                .doesNotContain(1, 2, 3, 4, 5, 6, 7)
                .startsWith(0)
                .endsWith(11);
    }

    @Test
    void aSlowSubscriberGetsTheLatestOfEachSubjectIfItIsToldSo() throws Exception {
        assertThat(overflow(Overflow.LATEST, new Slow())).containsExactly(0, 9, 10, 11);
    }

    @Test
    void aSlowSubscriberSlowsNobody() throws Exception {
        Topic<Integer> topic = parley.topic("n", Integer.class);
        Slow slow = new Slow();
        try (var _ = topic.subscribe(slow, SubscribeOptions.DEFAULT.withBuffer(2));
                var feed = topic.feed(named("quick"))) {
            for (int i = 0; i < 500; i++) {
                topic.publish("n", i);
                Received<Integer> one = feed.next(LONG).orElseThrow();
                assertThat(one.payload()).isEqualTo(i);
                one.ack();
            }
            slow.go.countDown();
        }
    }

    @Test
    void manyThreadsPublishAndEachSubjectKeepsItsOrder() throws Exception {
        int publishers = 16;
        int each = 200;
        Topic<Integer> topic = parley.topic("n/+", Integer.class);
        Map<String, Integer> lasts = new ConcurrentHashMap<>();
        AtomicInteger atWork = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(publishers * each);
        BlockingQueue<String> wrong = new LinkedBlockingQueue<>();
        Listener<Integer> listener =
                one -> {
                    most.accumulateAndGet(atWork.incrementAndGet(), Math::max);
                    Integer before = lasts.put(one.subject(), one.payload());
                    if (one.payload() != (before == null ? 0 : before + 1)) {
                        wrong.add(one.subject() + ": " + one.payload() + " after " + before);
                    }
                    Thread.onSpinWait();
                    atWork.decrementAndGet();
                    all.countDown();
                };
        try (var _ = topic.subscribe(listener, named("many").withConcurrency(8))) {
            List<Thread> threads = new ArrayList<>();
            for (int p = 0; p < publishers; p++) {
                String subject = "n/" + p;
                threads.add(
                        Thread.ofVirtual()
                                .start(() -> {
                                    try {
                                        for (int i = 0; i < each; i++) {
                                            topic.publish(subject, i);
                                        }
                                    } catch (InterruptedException e) {
                                        Thread.currentThread().interrupt();
                                    }
                                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(wrong).isEmpty();
            assertThat(most.get()).isBetween(1, 8);
        }
    }

    @Test
    void closingWhileMessagesComeLosesNothingThatIsDurable() throws Exception {
        Topic<Integer> topic = parley.topic("n", Integer.class);
        BlockingQueue<Integer> got = new LinkedBlockingQueue<>();
        topic.feed(named("restless")).close();
        Thread publisher =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                for (int i = 0; i < 2_000; i++) {
                                    topic.publish("n", i);
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        int rounds = 0;
        while (publisher.isAlive()) {
            try (var _ = topic.subscribe(one -> got.add(one.payload()), named("restless"))) {
                rounds++;
                int before = got.size();
                await().atMost(LONG).until(() -> got.size() > before || !publisher.isAlive());
            }
        }
        try (var _ = topic.subscribe(one -> got.add(one.payload()), named("restless"))) {
            await().atMost(LONG).until(() -> got.contains(1_999));
        }
        System.out.printf("EmbeddedTopicTest: %d rounds, %d deliveries%n", rounds, got.size());
        // Each was closed in good order: what a listener was done with does not come again.
        assertThat(List.copyOf(got)).hasSize(2_000).isSorted();
    }

    @Test
    void aListenerMayCloseItsOwnSubscription() throws Exception {
        Topic<String> topic = parley.topic("a", String.class);
        CompletableFuture<Topic.Subscription> own = new CompletableFuture<>();
        CountDownLatch done = new CountDownLatch(1);
        own.complete(
                topic.subscribe(
                        one -> {
                            own.get().close();
                            done.countDown();
                        },
                        named("once")));
        topic.publish("a", "one");
        topic.publish("a", "two");
        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(own.get().running()).isFalse();
        // The name is free as soon as the listener has ended.
        await().atMost(LONG)
                .ignoreExceptions()
                .untilAsserted(() -> {
                    try (var feed = topic.feed(named("once"))) {
                        assertThat(feed.next(LONG).orElseThrow().payload()).isEqualTo("two");
                    }
                });
    }

    @Test
    void aNameHasOneSubscriber() throws Exception {
        Topic<String> topic = parley.topic("a", String.class);
        try (var _ = topic.feed(named("mine"))) {
            assertThatThrownBy(() -> topic.feed(named("mine")))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            e -> assertThat(e.reason()).isInstanceOf(Reason.Locked.class));
        }
        topic.feed(named("mine")).close();
    }

    @Test
    void whoIsClosedTwiceLetsNobodyElsesNameGo() {
        Topic<String> topic = parley.topic("a", String.class);
        var before = topic.feed(named("mine"));
        before.close();
        try (var feed = topic.feed(named("mine"))) {
            before.close();
            assertThatThrownBy(() -> topic.feed(named("mine")))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            e -> assertThat(e.reason()).isInstanceOf(Reason.Locked.class));
            assertThat(feed.running()).isTrue();
        }
    }

    @Test
    void aNameThatIsEndedTellsItsSubscriber() throws Exception {
        Topic<String> topic = parley.topic("a", String.class);
        try (var feed = topic.feed(named("mine"))) {
            parley.unsubscribe("mine");
            assertThatThrownBy(() -> feed.next(LONG))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            e -> assertThat(e.reason()).isInstanceOf(Reason.NotFound.class));
            assertThat(feed.running()).isFalse();
        }
    }

    @Test
    void aNameMayTurnToAnotherFilter() throws Exception {
        parley.topic("a/#", String.class).feed(named("n")).close();
        try (var feed = parley.topic("b/#", String.class).feed(named("n"))) {
            parley.topic("a/1", String.class).publish("a/1", "old");
            parley.topic("b/1", String.class).publish("b/1", "new");
            assertThat(feed.next(LONG).orElseThrow().payload()).isEqualTo("new");
        }
    }

    @Test
    void aWaitingFeedIsWokenByItsEndAndByAnInterrupt() throws Exception {
        Topic<String> topic = parley.topic("a", String.class);
        var feed = topic.feed();
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        Thread waiting = Thread.ofVirtual().start(() -> end.complete(failure(feed)));
        await().atMost(LONG).until(() -> waiting.getState() == Thread.State.TIMED_WAITING);
        feed.close();
        assertThat(end.get(20, TimeUnit.SECONDS)).isInstanceOf(RefusedException.class);
        try (var other = topic.feed()) {
            CompletableFuture<Throwable> ended = new CompletableFuture<>();
            Thread two = Thread.ofVirtual().start(() -> ended.complete(failure(other)));
            await().atMost(LONG).until(() -> two.getState() == Thread.State.TIMED_WAITING);
            two.interrupt();
            assertThat(ended.get(20, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
            topic.publish("a", "still there");
            assertThat(other.next(LONG).orElseThrow().payload()).isEqualTo("still there");
        }
    }

    private static Throwable failure(Topic.Feed<?> feed) {
        try {
            return new AssertionError("not " + feed.next(LONG));
        } catch (RefusedException | InterruptedException e) {
            return e;
        }
    }

    @Test
    void anExpiredMessageDoesNotCome() throws Exception {
        Topic<String> topic = parley.topic("a", String.class);
        try (var feed = topic.feed(named("late"))) {
            topic.publish(Event.of("a", "gone").withTtl(Duration.ZERO));
            topic.publish("a", "there");
            assertThat(feed.next(LONG).orElseThrow().payload()).isEqualTo("there");
        }
    }

    /// What fails for good has a queue of the same name and ".dead", and a queue's name has a
    /// bound.
    @Test
    void aNameLeavesRoomForItsDeadLetters() {
        assertThat(SubscribeOptions.durable("n".repeat(250)).name()).hasSize(250);
        assertThatThrownBy(() -> SubscribeOptions.durable("n".repeat(251)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 to 250");
    }

    @Test
    void whatMakesNoSenseIsRefusedBeforeItGoes() throws Exception {
        assertThatThrownBy(() -> parley.topic("a/#/b", String.class))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> parley.topic("$share/g/a", String.class))
                .isInstanceOf(IllegalArgumentException.class);
        Topic<String> topic = parley.topic("a/+", String.class);
        assertThatThrownBy(() -> topic.publish("b/c", "elsewhere"))
                .isInstanceOf(IllegalArgumentException.class);
        Topic<String> deep = parley.topic("a/#", String.class);
        deep.publish("a" + "/a".repeat(63), "deep enough");
        assertThatThrownBy(() -> deep.publish("a" + "/a".repeat(64), "too deep"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("64 levels");
        Topic<String> system = parley.topic("$SYS/#", String.class);
        assertThatThrownBy(() -> system.retain("$SYS/broker/version", "mine"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> system.clear("$SYS/broker/version"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> topic.publish(Event.of("a/b", "x").withHeader("n", "\0")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> topic.publish("a/b", "x".repeat(17 << 20)))
                .isInstanceOf(RefusedException.class);
        parley.close();
        assertThatThrownBy(() -> topic.publish("a/b", "late"))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.reason()).isInstanceOf(Reason.Unavailable.class));
        assertThatThrownBy(topic::feed).isInstanceOf(RefusedException.class);
        assertThat(topic.publishAsync("a/b", "late"))
                .failsWithin(LONG)
                .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                .withCauseInstanceOf(RefusedException.class);
    }

    @Test
    void listenersAtWorkMayEndAndStillPublishWhileTheNodeCloses() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Topic<String> work = parley.topic("work", String.class);
        Topic<String> results = parley.topic("results", String.class);
        results.feed(named("later")).close();
        work.subscribe(one -> {
            begun.countDown();
            go.await();
            results.publish("results", one.payload() + " done");
        });
        work.publish("work", "first");
        work.publish("work", "second");
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        Thread closing = Thread.ofVirtual().start(parley::close);
        await().atMost(LONG).until(() -> closing.getState() == Thread.State.TIMED_WAITING);
        go.countDown();
        assertThat(closing.join(LONG)).isTrue();
        start();
        try (var feed = parley.topic("results", String.class).feed(named("later"))) {
            assertThat(feed.next(LONG).orElseThrow().payload()).isEqualTo("first done");
            assertThat(feed.next(Duration.ZERO)).isEmpty();
        }
    }
}
