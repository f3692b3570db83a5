package dev.parley.node;

import static dev.parley.node.ParleyTest.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.api.Event;
import dev.parley.api.Listener;
import dev.parley.api.Received;
import dev.parley.api.SubscribeOptions;
import dev.parley.api.SubscribeOptions.Overflow;
import dev.parley.api.Topic;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A program that is too slow for what it has subscribed to is told what it misses, to the message,
/// and no program's code runs where others wait for it.
@Timeout(60)
class SlowSubscriberTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final int BUFFER = 3;

    @TempDir Path directory;
    private Parley parley;

    @SuppressWarnings("NullAway") // JUnit calls start() before every test.
    SlowSubscriberTest() {}

    @BeforeEach
    void start() throws IOException {
        parley = Parley.start(Config.embedded(directory.resolve("data")));
    }

    @AfterEach
    void close() {
        parley.close();
    }

    /// What a listener was told, and by whom.
    private record Told(String text, long missed, Thread by) {}

    /// A listener that works only while it is let.
    private static final class Gated implements Listener<Integer> {
        final BlockingQueue<String> begun = new LinkedBlockingQueue<>();
        final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
        volatile CountDownLatch gate = new CountDownLatch(1);

        @Override
        public void onMessage(Received<Integer> message) throws InterruptedException {
            begun.add(message.subject());
            gate.await();
            String text = message.subject() + "=" + message.payload();
            told.add(new Told(text, message.missed(), Thread.currentThread()));
        }

        @Override
        public void cleared(String subject) {
            told.add(new Told(subject, 0, Thread.currentThread()));
        }
    }

    private static SubscribeOptions passing(Overflow overflow) {
        return SubscribeOptions.DEFAULT.withBuffer(BUFFER).withOverflow(overflow);
    }

    /// While it has the first in hand, so many come as there is room for, and more. Twice, since
    /// what was told once is not told again.
    @ParameterizedTest
    @EnumSource(Overflow.class)
    void whatIsMissedIsToldToTheMessage(Overflow overflow) throws Exception {
        Topic<Integer> topic = parley.topic("n/#", Integer.class);
        Gated slow = new Gated();
        long missed = 0;
        try (var subscription = topic.subscribe(slow, passing(overflow))) {
            for (int more : List.of(0, 1, 40)) {
                CountDownLatch gate = slow.gate;
                topic.publish("n/first", 0);
                assertThat(next(slow.begun)).isEqualTo("n/first");
                for (int i = 1; i <= BUFFER + more; i++) {
                    topic.publish("n/" + i % BUFFER, i);
                }
                missed += more;
                long all = missed;
                await().atMost(LONG).until(() -> subscription.missed() == all);
                slow.gate = new CountDownLatch(0);
                gate.countDown();
                List<Told> told = new ArrayList<>();
                for (int i = 0; i <= BUFFER; i++) {
                    told.add(next(slow.told));
                }
                // The first was in its hands before any other was missed.
                assertThat(told).extracting(Told::missed).containsExactly(0L, (long) more, 0L, 0L);
                assertThat(told.subList(1, told.size()))
                        .extracting(Told::text)
                        .containsExactlyElementsOf(kept(overflow, more));
                slow.begun.clear();
                slow.gate = new CountDownLatch(1);
            }
            assertThat(subscription.missed()).isEqualTo(41);
            assertThat(slow.told).isEmpty();
        }
    }

    private static List<String> kept(Overflow overflow, int more) {
        List<String> kept = new ArrayList<>();
        int from = overflow == Overflow.DROP_NEWEST ? 1 : more + 1;
        for (int i = from; i < from + BUFFER; i++) {
            kept.add("n/" + i % BUFFER + "=" + i);
        }
        if (overflow == Overflow.LATEST) {
            // A subject keeps the place in which its first message waits.
            kept.sort(Comparator.comparingInt(one -> (one.charAt(2) - '0' + 2) % BUFFER));
        }
        return kept;
    }

    /// Under a name too, what was not published as durable has a bound; what was comes later.
    @Test
    void aNamedSubscriptionMissesOnlyWhatIsNotDurableAndIsToldHowMuch() throws Exception {
        Topic<Integer> topic = parley.topic("n", Integer.class);
        Gated slow = new Gated();
        SubscribeOptions options = SubscribeOptions.durable("slow").withBuffer(BUFFER);
        try (var subscription = topic.subscribe(slow, options)) {
            topic.publish("n", 0);
            assertThat(next(slow.begun)).isEqualTo("n");
            for (int i = 1; i <= 20; i++) {
                topic.publish(Event.of("n", i).withDurable(i % 2 == 0));
            }
            await().atMost(LONG).until(() -> subscription.missed() >= 7);
            slow.gate.countDown();
            List<Told> told = new ArrayList<>();
            while (told.isEmpty() || !told.getLast().text().equals("n=20")) {
                told.add(next(slow.told));
            }
            List<String> texts = told.stream().map(Told::text).toList();
            for (int i = 0; i <= 20; i += 2) {
                assertThat(texts).contains("n=" + i);
            }
            assertThat(told.stream().mapToLong(Told::missed).sum())
                    .isEqualTo(subscription.missed())
                    .isEqualTo(21 - told.size());
        }
    }

    /// What is retained comes to a new name some hundred at a time. What expires meanwhile makes
    /// room for the rest, as what is dealt with does.
    @Test
    void whatExpiresWhileItWaitsKeepsNothingBack() throws Exception {
        Topic<Integer> topic = parley.topic("n/#", Integer.class);
        List<Event<Integer>> all = new ArrayList<>();
        List<String> stay = new ArrayList<>();
        Duration ttl = Duration.ofSeconds(2);
        for (int i = 0; i < 700; i++) {
            String subject = "n/%04d".formatted(i);
            boolean stays = i < 10 || i >= 690;
            Event<Integer> one = Event.of(subject, i).withRetained(true);
            all.add(stays ? one : one.withTtl(ttl));
            if (stays) {
                stay.add(subject + "=" + i);
            }
        }
        topic.publishAll(all);
        long gone = System.currentTimeMillis() + ttl.toMillis();
        Gated slow = new Gated();
        SubscribeOptions options = SubscribeOptions.durable("slow").withBuffer(BUFFER);
        try (var subscription = topic.subscribe(slow, options)) {
            assertThat(next(slow.begun)).isEqualTo("n/0000");
            await().atMost(LONG).until(() -> System.currentTimeMillis() > gone);
            slow.gate.countDown();
            List<String> told = new ArrayList<>();
            while (told.size() < stay.size()) {
                told.add(next(slow.told).text());
            }
            assertThat(told).isEqualTo(stay);
            assertThat(subscription.missed()).isZero();
        }
    }

    @Test
    void listenersRunOnThreadsOfTheirOwn() throws Exception {
        Topic<Integer> topic = parley.topic("n", Integer.class);
        Gated quick = new Gated();
        quick.gate.countDown();
        try (var _ = topic.subscribe(quick);
                var _ = topic.subscribe(quick, SubscribeOptions.durable("quick"))) {
            topic.retain("n", 1);
            topic.clear("n");
            for (int i = 0; i < 4; i++) {
                Thread by = next(quick.told).by();
                assertThat(by.isVirtual()).as(by.toString()).isTrue();
                assertThat(by.getName()).startsWith("parley-subscriber-");
            }
        }
    }

    /// Some hang, some throw whatever can be thrown: others get everything at once, publishers are
    /// answered, and the node closes.
    @Test
    void whoHangsOrThrowsHoldsUpNobody() throws Exception {
        int messages = 40;
        Topic<Integer> topic = parley.topic("n/+", Integer.class);
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch hanging = new CountDownLatch(8);
        Listener<Integer> hangs =
                _ -> {
                    hanging.countDown();
                    never.await();
                };
        Listener<Integer> throwing =
                one -> {
                    if (one.payload() % 2 == 0) {
                        throw new StackOverflowError("planted");
                    }
                    throw new IOException("planted");
                };
        SubscribeOptions soon = SubscribeOptions.DEFAULT.withCloseWithin(Duration.ZERO);
        SubscribeOptions once = soon.withAttempts(1).withBuffer(messages);
        for (int i = 0; i < 4; i++) {
            topic.subscribe(hangs, soon.withBuffer(BUFFER));
            topic.subscribe(hangs, soon.withName("hangs-" + i));
        }
        try (var failing = topic.subscribe(throwing, once);
                var failingLater = topic.subscribe(throwing, once.withName("throws"));
                var feed = topic.feed(SubscribeOptions.DEFAULT);
                var durable = topic.feed(SubscribeOptions.durable("quick"))) {
            for (int i = 0; i < messages; i++) {
                topic.publish("n/" + i % 7, i);
                assertThat(feed.next(LONG).orElseThrow().payload()).isEqualTo(i);
                Received<Integer> one = durable.next(LONG).orElseThrow();
                assertThat(one.payload()).isEqualTo(i);
                one.ack();
            }
            assertThat(hanging.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
            await().atMost(LONG).until(() -> failing.failed() + failing.missed() == messages);
            await().atMost(LONG).until(() -> failingLater.failed() == messages);
            assertThat(failing.missed()).isZero();
            assertThat(failingLater.missed()).isZero();
            assertThat(failing.running()).isTrue();
            assertThat(failingLater.running()).isTrue();
        }
        parley.close();
        assertThat(never.getCount()).isEqualTo(1);
    }
}
