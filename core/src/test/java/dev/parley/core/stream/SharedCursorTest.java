package dev.parley.core.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.parley.api.Reason;
import dev.parley.core.shard.Written;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Readers that share a cursor, and cursors that are moved.
class SharedCursorTest {
    private final StreamStage stage = new StreamStage();

    private static List<Long> range(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    private void publishKeys(int... keys) {
        TestReader client = new TestReader();
        for (int key : keys) {
            stage.publish(client, 1, "s", key, "of " + key);
        }
        stage.turn();
    }

    @Test
    void aKeyStaysWhereItIsUnsettled() {
        stage.create(1, StreamSpec.EVERYTHING);
        TestReader one = stage.attach(1, new Start.First(), "c", 10);
        TestReader two = stage.attach(1, new Start.First(), "c", 10);
        publishKeys(1, 2, 1, 2, 1, 2);
        List<Integer> first = one.take().stream().map(TestReader.Got::key).distinct().toList();
        List<Integer> second = two.take().stream().map(TestReader.Got::key).distinct().toList();
        assertThat(first).hasSize(1);
        assertThat(second).hasSize(1).isNotEqualTo(first);
    }

    @Test
    void aSlowKeyHoldsUpNoOther() {
        stage.create(1, StreamSpec.EVERYTHING);
        TestReader slow = stage.attach(1, new Start.First(), "c", 1);
        publishKeys(7);
        assertThat(slow.takeOffsets()).containsExactly(0L);
        TestReader quick = stage.attach(1, new Start.First(), "c", 100);
        publishKeys(7, 8, 7, 8, 9);
        assertThat(quick.takeOffsets()).containsExactly(2L, 4L, 5L);
        stage.settle(quick, 1, 2, 5);
        assertThat(stage.status(1).cursors().getFirst().offset()).isZero();
        stage.settle(slow, 1, 0, 0);
        for (int n = 0; n < 2; n++) {
            stage.settle(slow, 1, 1, 3);
            stage.settle(quick, 1, 1, 3);
        }
        assertThat(slow.got.size() + quick.got.size()).isEqualTo(2);
        assertThat(stage.status(1).cursors().getFirst().offset()).isEqualTo(6);
    }

    @Test
    void whatWaitsForAKeyIsBounded() {
        stage.create(1, StreamSpec.EVERYTHING);
        TestReader slow = stage.attach(1, new Start.First(), "c", 1);
        publishKeys(7);
        TestReader quick = stage.attach(1, new Start.First(), "c", 100);
        int[] keys = new int[1_500];
        Arrays.fill(keys, 7);
        publishKeys(keys);
        publishKeys(8);
        assertThat(quick.takeOffsets()).isEmpty();
        assertThat(stage.status(1).cursors().getFirst().unsettled()).isEqualTo(1_001);
        stage.detach(slow, 1);
        for (int n = 0; n < 100 && stage.status(1).cursors().getFirst().offset() < 1_502; n++) {
            stage.settle(quick, 1, 0, Long.MAX_VALUE);
        }
        List<TestReader.Got> got = quick.take();
        assertThat(got).extracting(TestReader.Got::offset).isEqualTo(range(0, 1_501));
        assertThat(got.getFirst().repeated()).isTrue();
        assertThat(got.get(1).repeated()).isFalse();
    }

    @Test
    void whatIsGivenBackComesAgainBeforeOthers() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 9);
        TestReader reader = stage.attach(1, new Start.First(), "c", 4);
        reader.take();
        stage.giveBack(reader, 1, 1, 2);
        assertThat(reader.take())
                .extracting(TestReader.Got::offset, TestReader.Got::repeated)
                .containsExactly(tuple(1L, true), tuple(2L, true));
        stage.detach(reader, 1);
        TestReader other = stage.attach(1, new Start.First(), "c", 5);
        assertThat(other.take())
                .extracting(TestReader.Got::offset, TestReader.Got::repeated)
                .containsExactly(
                        tuple(0L, true),
                        tuple(1L, true),
                        tuple(2L, true),
                        tuple(3L, true),
                        tuple(4L, false));
    }

    @Test
    void whatComesAgainAndWhatIsReadAheadMayArriveTogether() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 39);
        stage.log.cool();
        TestReader reader = new TestReader();
        stage.attach(reader, 1, new Start.First(), "c", 5);
        for (int n = 0; n < 20 && reader.got.isEmpty(); n++) {
            stage.once();
        }
        assertThat(reader.takeOffsets()).as("the next block is being read").hasSize(5);
        stage.holdReads();
        stage.giveBack(reader, 1, 0, 4);
        assertThat(reader.got).isEmpty();
        stage.answerReads();
        assertThat(reader.takeOffsets()).isEqualTo(range(0, 4));
        stage.settle(reader, 1, 0, 4);
        assertThat(reader.takeOffsets()).isEqualTo(range(5, 9));
        stage.settle(reader, 1, 5, 9);
        assertThat(reader.takeOffsets()).isEqualTo(range(10, 14));
    }

    @Test
    void whoeverComesWhileACursorsBeginningIsLookedForSharesIt() {
        stage.create(1, StreamSpec.EVERYTHING);
        for (int n = 0; n < 50; n++) {
            stage.publish(1, n, n);
            stage.pass(10);
        }
        stage.log.cool();
        stage.holdReads();
        Start since = new Start.Since(StreamStage.START + 135);
        TestReader one = stage.attach(1, since, "c", 3);
        TestReader two = stage.attach(1, since, "c", 3);
        TestReader moved = stage.attach(1, since, "moved", 3);
        stage.move(1, "moved", 40);
        stage.answerReads();
        List<Long> both = new ArrayList<>(one.takeOffsets());
        both.addAll(two.takeOffsets());
        assertThat(both).containsExactlyInAnyOrderElementsOf(range(14, 19));
        assertThat(moved.takeOffsets()).isEqualTo(range(40, 42));
        stage.detach(one, 1);
        stage.settle(two, 1, 0, Long.MAX_VALUE);
        stage.settle(two, 1, 0, Long.MAX_VALUE);
        stage.detach(two, 1);
        assertThat(stage.status(1).cursors())
                .extracting(StreamStatus.CursorStatus::name, StreamStatus.CursorStatus::offset)
                .containsExactly(tuple("c", 20L), tuple("moved", 40L));
        assertThat(stage.status(1).readers()).isEqualTo(1);
    }

    @Test
    void manyMessagesLeftBehindComeAgainAndSaySo() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 1_999);
        TestReader reader = stage.attach(1, new Start.First(), "c", 1_500);
        assertThat(reader.takeOffsets()).hasSize(1_500);
        stage.settle(reader, 1, 0, 99);
        stage.detach(reader, 1);
        assertThat(stage.status(1).cursors())
                .containsExactly(new StreamStatus.CursorStatus("c", 100, 0, 0));
        TestReader other = stage.attach(1, new Start.First(), "c", 5);
        assertThat(other.take())
                .extracting(TestReader.Got::offset, TestReader.Got::repeated)
                .startsWith(tuple(100L, true), tuple(101L, true))
                .hasSize(5);
        stage.detach(other, 1);
        TestReader third = stage.attach(1, new Start.First(), "c", 2_000);
        assertThat(third.take())
                .extracting(TestReader.Got::offset, TestReader.Got::repeated)
                .contains(tuple(1_599L, true), tuple(1_600L, false));
        stage.crash();
        assertThat(stage.status(1).cursors().getFirst().offset()).isEqualTo(100);
    }

    @Test
    void afterACrashWhatMayHaveBeenHandedOutSaysSo() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 9);
        TestReader reader = stage.attach(1, new Start.First(), "c", 20);
        assertThat(reader.takeOffsets()).isEqualTo(range(0, 9));
        stage.settle(reader, 1, 2, 5);
        stage.crash();
        stage.publish(1, 10, 19);
        TestReader other = stage.attach(1, new Start.First(), "c", 20);
        List<TestReader.Got> again = other.take();
        assertThat(again).extracting(TestReader.Got::offset).isEqualTo(range(0, 19));
        // Messages 2 to 5 were settled, above the cursor: they come again, and say so.
        assertThat(again)
                .extracting(TestReader.Got::repeated)
                .isEqualTo(range(0, 19).stream().map(offset -> offset < 10).toList());
    }

    @Test
    void afterTwoCrashesWhatCameBetweenThemIsNew() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 9);
        assertThat(stage.attach(1, new Start.First(), "c", 20).takeOffsets()).hasSize(10);
        stage.crash();
        stage.publish(1, 10, 19);
        stage.crash();
        assertThat(stage.attach(1, new Start.First(), "c", 20).take())
                .extracting(TestReader.Got::repeated)
                .isEqualTo(range(0, 19).stream().map(offset -> offset < 10).toList());
    }

    @Test
    void whatWasSupersededIsNotAnnounced() {
        long none = StreamSpec.NONE;
        stage.create(1, new StreamSpec(none, none, none, true));
        TestReader publisher = new TestReader();
        stage.publish(publisher, 1, "old", 1, "first");
        for (int n = 0; n < 20_000; n++) {
            stage.publish(publisher, 1, "same", 2, "m" + n);
        }
        stage.turn();
        int before = stage.written().size();
        TestReader reader = stage.attach(1, new Start.First(), "c", 20);
        assertThat(reader.takeOffsets()).containsExactly(0L, 20_000L);
        assertThat(stage.written().stream().skip(before).map(Written::type))
                .filteredOn(type -> type == Records.ATTEMPT)
                .hasSizeLessThan(4);
    }

    @Test
    void whoeverLeavesEarlyLeavesWhatWasHandedOutBefore() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 9);
        stage.attach(1, new Start.First(), "c", 20);
        stage.crash();
        TestReader second = stage.attach(1, new Start.First(), "c", 3);
        assertThat(second.takeOffsets()).isEqualTo(range(0, 2));
        stage.settle(second, 1, 0, 2);
        stage.detach(second, 1);
        assertThat(stage.attach(1, new Start.First(), "c", 20).take())
                .extracting(TestReader.Got::offset, TestReader.Got::repeated)
                .startsWith(tuple(3L, true))
                .endsWith(tuple(9L, true));
    }

    @Test
    void whatIsKnownOfCursorsWithoutReadersIsBounded() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 9);
        for (int n = 0; n < 150; n++) {
            TestReader reader = stage.attach(1, new Start.First(), "c" + n, 5);
            stage.settle(reader, 1, 0, 1);
            stage.detach(reader, 1);
        }
        assertThat(stage.status(1).cursors())
                .hasSize(150)
                .allMatch(cursor -> cursor.offset() == 2)
                .filteredOn(cursor -> cursor.unsettled() > 0)
                .hasSize(100);
        assertThat(stage.attach(1, new Start.First(), "c0", 5).take().getFirst())
                .extracting(TestReader.Got::offset, TestReader.Got::repeated)
                .containsExactly(2L, true);
        assertThat(stage.attach(1, new Start.First(), "c149", 5).take().getFirst())
                .extracting(TestReader.Got::offset, TestReader.Got::repeated)
                .containsExactly(2L, true);
    }

    @Test
    void aCursorMovesOnlyWithoutReaders() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 29);
        TestReader reader = stage.attach(1, new Start.Next(), "c", 5);
        assertThat(((StreamReply.Refused) stage.move(1, "c", 3)).reason())
                .isInstanceOf(Reason.Precondition.class);
        stage.detach(reader, 1);
        assertThat(stage.move(1, "c", 3)).isEqualTo(new StreamReply.Done(0));
        assertThat(stage.move(1, "new", 1_000)).isEqualTo(new StreamReply.Done(0));
        stage.crash();
        assertThat(stage.attach(1, new Start.Next(), "c", 5).takeOffsets()).isEqualTo(range(3, 7));
        assertThat(stage.attach(1, new Start.First(), "new", 5).attachment().next()).isEqualTo(30);
        assertThat(((StreamReply.Refused) stage.move(1, "none", -1)).reason())
                .isInstanceOf(Reason.NotFound.class);
        stage.crash();
        assertThat(stage.move(1, "c", -1)).isEqualTo(new StreamReply.Done(0));
        assertThat(stage.status(1).cursors())
                .extracting(StreamStatus.CursorStatus::name)
                .containsExactly("new");
    }

    @Test
    void settlingIsOneRecordATurn() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 99);
        TestReader reader = stage.attach(1, new Start.First(), "c", 100);
        int before = stage.log.count(Records.CURSOR);
        for (long offset = 0; offset < 100; offset++) {
            stage.give(new StreamCommand.Settle(1, reader.id, offset, offset));
        }
        stage.turn();
        assertThat(stage.log.count(Records.CURSOR)).isEqualTo(before + 1);
    }

    @Test
    void recordsFitIntoSmallSegmentsHoweverManyCursorsMove() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 9);
        List<TestReader> readers = new ArrayList<>();
        for (int i = 0; i < 2_500; i++) {
            TestReader reader = new TestReader();
            stage.attach(reader, 1, new Start.First(), "%0200d".formatted(i), 5);
            readers.add(reader);
        }
        stage.turn();
        int before = stage.log.count(Records.CURSOR);
        for (TestReader reader : readers) {
            stage.give(new StreamCommand.Settle(1, reader.id, 0, 2));
        }
        stage.turn();
        assertThat(stage.log.count(Records.CURSOR)).isEqualTo(before + 3);
        stage.crash();
        stage.publish(1, 10, 10);
        assertThat(stage.status(1).cursors())
                .hasSize(2_500)
                .allSatisfy(cursor -> assertThat(cursor.offset()).isEqualTo(3));
        assertThat(stage.log.after(0).values())
                .allSatisfy(one -> assertThat(one.payload().remaining()).isLessThan(300_000));
    }

    @Test
    void aWordWithoutItsReaderMeansNothing() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.create(2, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 9);
        TestReader reader = stage.attach(1, new Start.First(), "c", 2);
        stage.give(new StreamCommand.Settle(2, reader.id, 0, 9));
        stage.give(new StreamCommand.Return(1, 99, 0, 9));
        stage.give(new StreamCommand.Resume(1, 99));
        stage.give(new StreamCommand.Detach(reader, 0, 2, reader.id));
        stage.turn();
        assertThat(reader.takeOffsets()).isEqualTo(range(0, 1));
        assertThat(stage.status(1).readers()).isEqualTo(1);
        TestReader twice = new TestReader();
        stage.give(new StreamCommand.Attach(twice, 1, 1, reader.id, new Start.First(), null, 1));
        stage.turn();
        assertThat(twice.reply(1)).isInstanceOf(StreamReply.Refused.class);
    }
}
