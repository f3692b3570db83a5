package dev.parley.front.pace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What waits for a reader that does not read: which messages, and what is said about the others.
class OutboxTest {
    private static final int WEIGHT = 200;
    private static final int BYTES_MAX = 100 * WEIGHT;

    private final Misses misses = new Misses();
    private final Outbox.Pool pool = new Outbox.Pool(1 << 20);

    private record Note(String topic, int weight) implements Outbox.Message {}

    private static Note note(String topic) {
        return new Note(topic, WEIGHT);
    }

    private Outbox<Note> outbox(Slow slow, int messages) {
        return new Outbox<>(slow, messages, BYTES_MAX, pool, misses);
    }

    private static void offer(Outbox<Note> outbox, String... topics) {
        for (String topic : topics) {
            assertThat(outbox.offer(note(topic))).isTrue();
        }
    }

    /// What comes out: topics, and how many are missing between them.
    private static List<String> rest(Outbox<Note> outbox) {
        List<String> all = new ArrayList<>();
        for (Outbox.Entry<Note> one = outbox.poll(); one != null; one = outbox.poll()) {
            if (one.missed() > 0) {
                all.add("-" + one.missed());
            }
            all.add(one.message().topic());
        }
        long behind = outbox.takeMissed();
        if (behind > 0) {
            all.add("-" + behind);
        }
        return all;
    }

    @Test
    void newOnesAreMissed() {
        Outbox<Note> outbox = outbox(Slow.DROP_NEW, 2);
        offer(outbox, "a", "b", "c", "d");
        assertThat(outbox.poll()).isNotNull();
        offer(outbox, "e", "f");
        assertThat(rest(outbox)).containsExactly("b", "-2", "e", "-1");
        assertThat(misses.total()).isEqualTo(3);
        assertThat(pool.used()).isZero();
    }

    @Test
    void oldOnesAreMissed() {
        Outbox<Note> outbox = outbox(Slow.DROP_OLD, 2);
        offer(outbox, "a", "b", "c", "d");
        assertThat(rest(outbox)).containsExactly("-2", "c", "d");
        assertThat(misses.rows()).containsExactly(new Misses.Row("a", 1), new Misses.Row("b", 1));
    }

    @Test
    void theLastOfEachTopicStays() {
        Outbox<Note> outbox = outbox(Slow.LATEST, 2);
        offer(outbox, "a", "b", "a", "a");
        assertThat(rest(outbox)).containsExactly("b", "-2", "a");
        offer(outbox, "a", "b", "c");
        assertThat(rest(outbox)).containsExactly("-1", "b", "c");
    }

    @Test
    void whoWantsNoneMissedIsSentAway() {
        Outbox<Note> outbox = outbox(Slow.DISCONNECT, 2);
        offer(outbox, "a", "b");
        Note large = new Note("x", BYTES_MAX + 1);
        assertThat(outbox.offer(large)).as("all readers miss it").isTrue();
        assertThat(outbox.offer(note("c"))).isFalse();
    }

    @Test
    void bytesAndTheMemoryOfAllHaveBounds() {
        Outbox<Note> outbox = outbox(Slow.DROP_OLD, 1_000);
        for (int i = 0; i < 150; i++) {
            offer(outbox, "" + i);
        }
        assertThat(outbox.size()).isEqualTo(100);
        Note large = new Note("x", BYTES_MAX + 1);
        assertThat(outbox.fits(large)).isFalse();
        assertThat(outbox.offer(large)).isTrue();
        assertThat(outbox.size()).isEqualTo(100);

        Outbox.Pool small = new Outbox.Pool(5 * WEIGHT);
        Outbox<Note> first = new Outbox<>(Slow.DROP_NEW, 10, BYTES_MAX, small, misses);
        Outbox<Note> second = new Outbox<>(Slow.DROP_OLD, 10, BYTES_MAX, small, misses);
        offer(first, "a", "b", "c", "d", "e");
        offer(second, "f");
        assertThat(rest(second)).containsExactly("-1");
        first.clear();
        assertThat(small.used()).isZero();
    }

    /// Whatever happens, each message comes out or is counted as missed, in its order.
    @ParameterizedTest
    @EnumSource(
            value = Slow.class,
            names = {"DROP_NEW", "DROP_OLD", "LATEST"})
    void nothingIsForgotten(Slow slow) {
        long seed = Long.getLong("parley.feeds.seed", 5);
        System.out.println(slow + " seed " + seed);
        Random random = new Random(seed);
        Outbox<Note> outbox = outbox(slow, 5);
        long offered = 0;
        long told = 0;
        for (int i = 0; i < 10_000; i++) {
            if (random.nextInt(3) > 0) {
                offer(outbox, "" + random.nextInt(8));
                offered++;
            } else {
                Outbox.Entry<Note> one = outbox.poll();
                told += one == null ? outbox.takeMissed() : one.missed() + 1;
            }
        }
        for (Outbox.Entry<Note> one = outbox.poll(); one != null; one = outbox.poll()) {
            told += one.missed() + 1;
        }
        assertThat(told + outbox.takeMissed()).isEqualTo(offered);
        assertThat(pool.used()).isZero();
    }
}
