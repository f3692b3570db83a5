package dev.parley.core.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.shard.MemoryLog;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// History in blocks: how it is folded, read back, appended again, and what damage does to it.
class BlocksTest {
    private final StreamStage stage = new StreamStage();

    private static List<Long> range(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    @Test
    void whatIsOldIsFoldedWithoutAnyRead() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 105);
        assertThat(stage.log.count(Records.BLOCK)).isEqualTo(10);
        assertThat(stage.readCount).isZero();
        assertThat(stage.attach(1, new Start.First(), null, 0).takeOffsets())
                .isEqualTo(range(0, 105));
    }

    @Test
    void nothingIsFoldedBeforeItIsDurable() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.holdSync();
        stage.publish(1, 0, 50);
        assertThat(stage.log.count(Records.BLOCK)).isZero();
        stage.sync();
        assertThat(stage.log.count(Records.BLOCK)).isEqualTo(5);
    }

    @Test
    void historyIsReadABlockAtATime() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 999);
        stage.log.cool();
        int before = stage.readCount;
        assertThat(stage.attach(1, new Start.First(), null, 0).takeOffsets())
                .isEqualTo(range(0, 999));
        assertThat(stage.readCount - before).isLessThanOrEqualTo(100);
        before = stage.readCount;
        stage.attach(1, new Start.First(), null, 5);
        assertThat(stage.readCount - before).as("one, and one ahead").isLessThanOrEqualTo(2);
    }

    @Test
    void historyCostsMemoryByTheBlock() {
        StreamStage large = new StreamStage(StreamConfig.DEFAULT);
        large.create(1, StreamSpec.EVERYTHING);
        for (int n = 0; n < 100; n++) {
            large.publish(1, n * 1_000, n * 1_000 + 999);
        }
        assertThat(large.log.count(Records.BLOCK)).isGreaterThanOrEqualTo(99);
        assertThat(large.state().length).isLessThan(100 * 60 + 1_000 * 24 + 200);
        large.takeSnapshot();
        large.crash();
        assertThat(large.read(1, new Start.At(77_777), 1, 1_000).messages())
                .extracting(kept -> kept.offset() + " " + kept.message().subject())
                .containsExactly("77777 k77777");
    }

    @Test
    void aLargeMessageStaysWhereItIs() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 4);
        TestReader client = new TestReader();
        String large = "x".repeat(2_000);
        stage.publish(client, 1, "s", 0, large);
        stage.turn();
        stage.publish(1, 6, 20);
        assertThat(stage.log.count(Records.SINGLE)).isEqualTo(1);
        long block = stage.log.positions(Records.BLOCK).getFirst();
        assertThat(stage.log.payload(block).remaining()).isLessThan(1_000);
        stage.crash();
        stage.log.cool();
        TestReader reader = stage.attach(1, new Start.First(), null, 0);
        assertThat(reader.got.get(5).body()).isEqualTo(large);
        assertThat(reader.takeOffsets()).isEqualTo(range(0, 20));
    }

    @Test
    void aTailThatHasCooledIsFoldedAllTheSame() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 8);
        stage.crash();
        stage.log.cool();
        stage.publish(1, 9, 12);
        assertThat(stage.log.count(Records.BLOCK)).isEqualTo(1);
        assertThat(stage.attach(1, new Start.First(), null, 0).takeOffsets())
                .isEqualTo(range(0, 12));
    }

    @Test
    void readersBeginInsideBlocksThatMustBeRead() {
        stage.create(1, StreamSpec.EVERYTHING);
        for (int n = 0; n < 55; n++) {
            stage.publish(1, n, n);
            stage.pass(10);
        }
        stage.log.cool();
        TestReader since = stage.attach(1, new Start.Since(StreamStage.START + 231), "c", 100);
        assertThat(since.attachment()).isEqualTo(new StreamReply.Attached(24, 0));
        assertThat(since.takeOffsets()).isEqualTo(range(24, 54));
        assertThat(stage.read(1, new Start.Since(StreamStage.START + 231), 1, 100).messages())
                .extracting(StreamReply.Kept::offset)
                .containsExactly(24L);
    }

    @Test
    void segmentsThatAreNearlyEmptyCanGo() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.create(2, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 4);
        TestReader client = new TestReader();
        String large = "x".repeat(2_000);
        stage.give(
                new StreamCommand.Publish(
                        client, 1, List.of(1L, 2L), StreamStage.message("both", 0, large)));
        stage.turn();
        stage.publish(1, 6, 500);
        stage.log.cool();
        long last = stage.segment(stage.log.end());
        for (long segment = 1; segment < last; segment++) {
            stage.sparse(segment);
            stage.log.loseSegment(segment);
        }
        stage.takeSnapshot();
        stage.crash();
        assertThat(stage.attach(1, new Start.First(), null, 0).takeOffsets())
                .isEqualTo(range(0, 500));
        assertThat(stage.attach(2, new Start.First(), null, 0).takeBodies()).containsExactly(large);
        assertThat(stage.log.count(Records.RELOCATE)).isPositive();
        assertThat(stage.damaged).isEmpty();
    }

    @Test
    void whatCannotBeReadIsPassedOverAndTold() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 34);
        long second = stage.log.positions(Records.BLOCK).get(1);
        stage.log.cool();
        stage.log.damage(second);
        TestReader reader = stage.attach(1, new Start.First(), null, 0);
        assertThat(reader.got.get(10).missed()).isEqualTo(10);
        List<Long> all = new ArrayList<>(range(0, 9));
        all.addAll(range(20, 34));
        assertThat(reader.takeOffsets()).isEqualTo(all);
        assertThat(stage.damaged).containsExactly(second);
        stage.sparse(MemoryLog.segment(second));
        assertThat(stage.status(1).messages()).as("given up by nobody").isEqualTo(35);
        StreamReply.Page page = stage.read(1, new Start.At(9), 2, 10_000);
        assertThat(page.messages()).extracting(StreamReply.Kept::offset).containsExactly(9L, 20L);
    }

    @Test
    void aDamagedMessageOfTheTailHoldsNothingUp() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 8);
        long third = stage.log.positions(Records.PUBLISH).get(2);
        stage.log.cool();
        stage.log.damage(third);
        stage.publish(1, 9, 40);
        assertThat(stage.status(1).messages()).isEqualTo(41);
        TestReader reader = stage.attach(1, new Start.First(), null, 0);
        List<Long> all = new ArrayList<>(range(0, 1));
        all.addAll(range(3, 40));
        assertThat(reader.takeOffsets()).isEqualTo(all);
        assertThat(stage.damaged).contains(third);
    }

    @Test
    void manyReadersOfHistoryTakeTurnsWithLittleMemory() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 600);
        stage.log.cool();
        List<TestReader> readers = new ArrayList<>();
        for (int n = 0; n < 40; n++) {
            TestReader reader = new TestReader();
            stage.attach(reader, 1, new Start.At(n), null, n % 2 == 0 ? 0 : 1);
            readers.add(reader);
        }
        stage.turn();
        TreeSet<Long> first = new TreeSet<>();
        for (int n = 0; n < 40; n++) {
            List<Long> got = readers.get(n).takeOffsets();
            assertThat(got).isEqualTo(n % 2 == 0 ? range(n, 600) : List.of((long) n));
            first.add(got.getFirst());
        }
        assertThat(first).hasSize(40);
    }

    @Test
    void aBlockThatIsReadAgainFromAnEarlierPlaceIsWhole() {
        // What waits for the reader that has its key comes from a block that was read before.
        stage.create(1, StreamSpec.EVERYTHING);
        TestReader client = new TestReader();
        for (int n = 0; n < 40; n++) {
            stage.publish(client, 1, "s", n % 3, "m" + n);
        }
        stage.turn();
        TestReader one = stage.attach(1, new Start.First(), "c", 2);
        TestReader two = stage.attach(1, new Start.First(), "c", 3);
        TreeSet<Long> all = new TreeSet<>();
        for (int n = 0; n < 60; n++) {
            stage.log.cool();
            TestReader settling = n % 3 == 0 ? one : two;
            for (TestReader reader : List.of(one, two)) {
                all.addAll(reader.takeOffsets());
            }
            stage.settle(settling, 1, 0, Long.MAX_VALUE);
        }
        assertThat(List.copyOf(all)).isEqualTo(range(0, 39));
    }
}
