package dev.parley.core.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.parley.api.Reason;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Publishing to streams and reading them, without anything going wrong.
class ReadingTest {
    private final StreamStage stage = new StreamStage();

    private static List<Long> range(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    @Test
    void aPublishIsAcceptedWhenItIsDurable() {
        stage.create(1, StreamSpec.EVERYTHING);
        TestReader reader = stage.attach(1, new Start.First(), null, 0);
        TestReader publisher = new TestReader();
        stage.holdSync();
        long first = stage.publish(publisher, 1, "a", 0, "one");
        long second = stage.publish(publisher, 1, "a", 0, "two");
        stage.turn();
        assertThat(publisher.accepted).isEmpty();
        assertThat(reader.got).as("nobody sees what a crash could undo").isEmpty();
        stage.sync();
        assertThat(publisher.accepted).containsExactly(first, second);
        assertThat(reader.takeBodies()).containsExactly("one", "two");
    }

    @Test
    void readersBeginWhereTheyWantTo() {
        stage.create(1, StreamSpec.EVERYTHING);
        for (int n = 0; n < 35; n++) {
            stage.publish(1, n, n);
            stage.pass(1_000);
        }
        assertThat(stage.attach(1, new Start.First(), null, 0).takeOffsets())
                .isEqualTo(range(0, 34));
        assertThat(stage.attach(1, new Start.Last(), null, 0).takeOffsets()).containsExactly(34L);
        TestReader next = stage.attach(1, new Start.Next(), null, 0);
        assertThat(next.takeOffsets()).isEmpty();
        assertThat(next.attachment()).isEqualTo(new StreamReply.Attached(35, 0));
        assertThat(stage.attach(1, new Start.At(17), null, 0).takeOffsets())
                .isEqualTo(range(17, 34));
        for (int n : List.of(0, 5, 12, 34)) {
            long millis = StreamStage.START + n * 1_000L - 500;
            TestReader since = stage.attach(1, new Start.Since(millis), null, 0);
            assertThat(since.attachment().next()).isEqualTo(n);
            assertThat(since.takeOffsets()).isEqualTo(range(n, 34));
        }
        TestReader future =
                stage.attach(1, new Start.Since(StreamStage.START + 100_000_000), null, 0);
        assertThat(future.takeOffsets()).isEmpty();
        stage.publish(1, 35, 36);
        assertThat(next.takeOffsets()).isEqualTo(range(35, 36));
        assertThat(future.takeOffsets()).isEqualTo(range(35, 36));
    }

    @Test
    void aWindowHoldsBackAndSettlingMovesIt() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 9);
        TestReader reader = stage.attach(1, new Start.First(), null, 3);
        assertThat(reader.takeOffsets()).isEqualTo(range(0, 2));
        stage.settle(reader, 1, 1, 1);
        assertThat(reader.takeOffsets()).containsExactly(3L);
        stage.giveBack(reader, 1, 0, 3);
        assertThat(reader.takeOffsets()).as("settled all the same").isEqualTo(range(4, 6));
        stage.settle(reader, 1, 0, Long.MAX_VALUE);
        assertThat(reader.takeOffsets()).isEqualTo(range(7, 9));
    }

    @Test
    void whoIsNotReadyWaitsForResume() {
        stage.create(1, StreamSpec.EVERYTHING);
        TestReader reader = stage.attach(1, new Start.First(), null, 0);
        reader.room = 2;
        stage.publish(1, 0, 4);
        assertThat(reader.takeOffsets()).isEqualTo(range(0, 1));
        reader.room = 100;
        stage.publish(1, 5, 5);
        assertThat(reader.takeOffsets()).isEmpty();
        stage.give(new StreamCommand.Resume(1, reader.id));
        stage.turn();
        assertThat(reader.takeOffsets()).isEqualTo(range(2, 5));
    }

    @Test
    void aMessageGoesIntoSeveralStreams() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.create(2, StreamSpec.EVERYTHING);
        stage.publish(2, 0, 0);
        TestReader publisher = new TestReader();
        StreamMessage message = StreamStage.message("a", 7, "both");
        stage.give(new StreamCommand.Publish(publisher, 1, List.of(1L, 99L, 2L, 1L), message));
        stage.turn();
        assertThat(publisher.accepted).containsExactly(1L);
        assertThat(stage.attach(1, new Start.First(), null, 0).takeOffsets()).containsExactly(0L);
        TestReader.Got got = stage.attach(2, new Start.At(1), null, 0).take().getFirst();
        assertThat(got)
                .isEqualTo(new TestReader.Got(1, 0, false, StreamStage.START, 7, "a", "both"));
    }

    @Test
    void aMoveIsTakenOnce() {
        stage.create(1, StreamSpec.EVERYTHING);
        StreamMessage message = StreamStage.message("a", 0, "moved");
        for (int n = 0; n < 3; n++) {
            stage.give(new StreamCommand.Accept(3, 1, List.of(1L), message));
        }
        stage.give(new StreamCommand.Accept(4, 1, List.of(1L), message));
        stage.turn();
        stage.crash();
        stage.give(new StreamCommand.Accept(3, 1, List.of(1L), message));
        stage.give(new StreamCommand.Accept(3, 2, List.of(1L), message));
        stage.give(new StreamCommand.Accept(3, 0, List.of(1L), message));
        stage.turn();
        assertThat(stage.status(1).messages()).isEqualTo(4);
    }

    @Test
    void pagesAreReadWithoutAReader() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 29);
        StreamReply.Page page = stage.read(1, new Start.At(5), 3, 1 << 20);
        assertThat(page.messages())
                .extracting(StreamReply.Kept::offset)
                .containsExactly(5L, 6L, 7L);
        assertThat(page.next()).isEqualTo(8);
        assertThat(stage.read(1, new Start.At(8), 100, 1).messages()).hasSize(1);
        assertThat(stage.read(1, new Start.Last(), 100, 1 << 20).messages())
                .extracting(StreamReply.Kept::offset)
                .containsExactly(29L);
        StreamReply.Page end = stage.read(1, new Start.Next(), 100, 1 << 20);
        assertThat(end).isEqualTo(new StreamReply.Page(List.of(), 30, 0));
    }

    @Test
    void readersOfAStreamThatGoesAreTold() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 4);
        TestReader reader = stage.attach(1, new Start.First(), "c", 0);
        TestReader asker = new TestReader();
        stage.give(new StreamCommand.Delete(asker, 1, 1, true));
        stage.turn();
        assertThat(asker.reply(1)).isInstanceOf(StreamReply.Refused.class);
        stage.give(new StreamCommand.Delete(asker, 2, 1, false));
        stage.turn();
        assertThat(asker.reply(2)).isEqualTo(new StreamReply.Done(5));
        assertThat(reader.ended).containsExactly(reader.id);
        TestReader late = stage.attach(1, new Start.First(), null, 0);
        assertThat(((StreamReply.Refused) late.reply(late.attached)).reason())
                .isInstanceOf(Reason.NotFound.class);
    }

    @Test
    void whatTheCatalogDoesNotKnowIsDropped() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.create(2, StreamSpec.EVERYTHING);
        stage.give(new StreamCommand.Retain(List.of(2L, 3L)));
        stage.turn();
        TestReader asker = new TestReader();
        stage.give(new StreamCommand.Inspect(asker, 1, 0, true));
        stage.turn();
        assertThat(((StreamReply.Statuses) asker.reply(1)).streams())
                .extracting(StreamStatus::id)
                .containsExactly(2L);
    }

    @Test
    void timeNeverGoesBack() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 0);
        stage.jump(-60_000);
        stage.publish(1, 1, 1);
        stage.crash();
        stage.publish(1, 2, 2);
        assertThat(stage.attach(1, new Start.First(), null, 0).take())
                .extracting(TestReader.Got::millis)
                .containsOnly(StreamStage.START);
    }

    @Test
    void whatWasNotDurableIsGoneAfterACrash() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 24);
        stage.takeSnapshot();
        stage.publish(1, 25, 29);
        stage.holdSync();
        stage.publish(1, 30, 31);
        stage.crash();
        assertThat(stage.status(1).next()).isEqualTo(30);
        stage.publish(1, 100, 100);
        List<String> bodies = stage.attach(1, new Start.First(), null, 0).takeBodies();
        assertThat(bodies).hasSize(31).last().isEqualTo("m100");
    }

    @Test
    void aCursorGoesOnBehindWhatIsSettled() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 19);
        TestReader reader = stage.attach(1, new Start.At(3), "c", 5);
        assertThat(reader.takeOffsets()).isEqualTo(range(3, 7));
        stage.settle(reader, 1, 3, 4);
        stage.settle(reader, 1, 6, 6);
        stage.detach(reader, 1);
        TestReader other = stage.attach(1, new Start.Last(), "c", 5);
        assertThat(other.attachment()).isEqualTo(new StreamReply.Attached(5, 0));
        assertThat(other.take())
                .extracting(TestReader.Got::offset, TestReader.Got::repeated)
                .containsExactly(
                        tuple(5L, true),
                        tuple(7L, true),
                        tuple(8L, true),
                        tuple(9L, true),
                        tuple(10L, true));
        stage.crash();
        TestReader later = stage.attach(1, new Start.First(), "c", 100);
        assertThat(later.takeOffsets()).isEqualTo(range(5, 19));
    }

    @Test
    void whoIsEndedBeforeHeHasComeIsAnsweredAllTheSame() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.holdSync();
        stage.publish(new TestReader(), 1, "a", 0, "one");
        TestReader left = new TestReader();
        stage.attach(left, 1, new Start.First(), null, 0);
        stage.detach(left, 1);
        TestReader told = new TestReader();
        stage.attach(told, 1, new Start.First(), null, 0);
        stage.give(new StreamCommand.Delete(null, 0, 1, false));
        stage.sync();
        assertThat(left.attachment()).isEqualTo(new StreamReply.Attached(0, 0));
        assertThat(told.attachment()).isEqualTo(new StreamReply.Attached(0, 0));
        assertThat(told.ended).containsExactly(told.id);
        assertThat(told.got).isEmpty();
    }

    @Test
    void whoIsEndedWhileHisBeginningIsLookedForIsAnsweredToo() {
        stage.create(1, StreamSpec.EVERYTHING);
        for (int n = 0; n < 50; n++) {
            stage.publish(1, n, n);
            stage.pass(10);
        }
        stage.log.cool();
        stage.holdReads();
        Start since = new Start.Since(StreamStage.START + 135);
        TestReader reader = stage.attach(1, since, null, 3);
        stage.detach(reader, 1);
        assertThat(reader.reply(reader.attached)).isInstanceOf(StreamReply.Refused.class);
        stage.answerReads();
        assertThat(reader.got).isEmpty();
    }
}
