package dev.parley.front.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class UnsettledTest {
    private final Unsettled unsettled = new Unsettled();
    private final List<Long> visited = new ArrayList<>();

    @Test
    void oneOldDeliveryKeepsNoMemoryForAllThatFollow() {
        long oldest = deliver(1);
        for (int entry = 2; entry < 1_000_000; entry++) {
            long tag = deliver(entry);
            unsettled.skip();
            assertThat(settle(tag, false)).isTrue();
        }

        assertThat(unsettled.capacity()).isEqualTo(64);
        visited.clear();
        assertThat(settle(oldest, false)).isTrue();
        assertThat(visited).containsExactly(1L);
        assertThat(unsettled.size()).isZero();
    }

    @Test
    void whatIsDeliveredAfterAnAcknowledgementOfAllIsNotMeantByIt() {
        deliver(1);
        assertThat(unsettled.hold(0, true)).isEqualTo(1);
        long last = unsettled.newest();
        long later = deliver(2);
        assertThat(unsettled.hold(later, false)).isEqualTo(1);

        unsettled.settleHeld(last, true, (shard, queue, consumer, entry) -> visited.add(entry));

        assertThat(visited).containsExactly(1L);
    }

    @Test
    void whatIsHeldAlreadyIsNotHeldAgain() {
        deliver(1);
        deliver(2);
        long last = deliver(3);
        assertThat(unsettled.hold(last - 1, true)).isEqualTo(2);
        assertThat(unsettled.hold(0, true)).isEqualTo(1);
        assertThat(unsettled.hold(0, true)).isZero();
        assertThat(unsettled.hold(last, false)).as("it is known no more").isEqualTo(-1);
        unsettled.release();
        assertThat(unsettled.hold(0, true)).isEqualTo(3);
        deliver(4);
        unsettled.settleHeld(last, true, (shard, queue, consumer, entry) -> visited.add(entry));
        assertThat(visited).containsExactly(1L, 2L, 3L);
        assertThat(unsettled.hold(0, true)).isEqualTo(1);
        unsettled.lapse(1, 4);
        assertThat(unsettled.hold(0, true)).isZero();
    }

    @Test
    void doesWhatASortedMapDoes() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            Unsettled ring = new Unsettled();
            NavigableMap<Long, Long> model = new TreeMap<>();
            for (int step = 0; step < 2000; step++) {
                long newest = ring.newest();
                long tag = newest == 0 ? 0 : random.nextLong(newest + 3) - 1;
                switch (random.nextInt(8)) {
                    case 0 -> ring.skip();
                    case 1, 2, 3, 4 -> model.put(ring.add(0, 7, 9, step), (long) step);
                    case 5 -> {
                        if (random.nextInt(20) == 0) {
                            check(ring, model, tag, true);
                        }
                    }
                    default -> check(ring, model, tag, false);
                }
                assertThat(ring.size()).as("seed %d", seed).isEqualTo(model.size());
            }
        }
    }

    private static void check(
            Unsettled ring, NavigableMap<Long, Long> model, long tag, boolean multiple) {
        boolean all = multiple && tag == 0;
        boolean known = all || model.containsKey(tag);
        List<Long> expected = new ArrayList<>();
        if (known) {
            var range =
                    multiple
                            ? model.headMap(all ? Long.MAX_VALUE : tag, true)
                            : model.subMap(tag, true, tag, true);
            expected.addAll(range.values());
            range.clear();
        }
        List<Long> settled = new ArrayList<>();
        boolean was =
                ring.settle(tag, multiple, (shard, queue, consumer, entry) -> settled.add(entry));
        assertThat(was).isEqualTo(known);
        assertThat(settled).isEqualTo(expected);
    }

    private long deliver(long entry) {
        return unsettled.add(0, 7, 9, entry);
    }

    private boolean settle(long tag, boolean multiple) {
        return unsettled.settle(
                tag, multiple, (shard, queue, consumer, entry) -> visited.add(entry));
    }
}
