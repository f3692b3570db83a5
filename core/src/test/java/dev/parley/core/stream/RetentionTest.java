package dev.parley.core.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.parley.core.shard.TestDecision;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// What streams drop, and what readers are told of it.
class RetentionTest {
    private static final long NONE = StreamSpec.NONE;

    private final StreamStage stage = new StreamStage();

    private static List<Long> range(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    @Test
    void byCountExactly() {
        stage.create(1, new StreamSpec(NONE, NONE, 17, false));
        stage.publish(1, 0, 99);
        assertThat(stage.status(1).first()).isEqualTo(83);
        assertThat(stage.status(1).messages()).isEqualTo(17);
        TestReader reader = stage.attach(1, new Start.At(80), null, 0);
        assertThat(reader.attachment()).isEqualTo(new StreamReply.Attached(83, 3));
        assertThat(reader.takeOffsets()).isEqualTo(range(83, 99));
        assertThat(stage.read(1, new Start.At(0), 1, 1_000).missed()).isEqualTo(83);
    }

    @Test
    void byBytesAndNeverMoreThanABlockTooMuch() {
        stage.create(1, new StreamSpec(NONE, 3_000, NONE, false));
        stage.publish(1, 0, 400);
        assertThat(stage.status(1).bytes()).isBetween(3_000L, 3_000L + 2 * 1_000);
    }

    @Test
    void byAgeWithATimer() {
        stage.create(1, new StreamSpec(10_000, NONE, NONE, false));
        for (int n = 0; n < 50; n++) {
            stage.publish(1, n, n);
            stage.pass(1_000);
        }
        long first = stage.status(1).first();
        assertThat(first).as("whole blocks of ten go").isBetween(30L, 41L);
        stage.pass(60_000);
        assertThat(stage.status(1).messages()).as("the last one stays").isEqualTo(1);
        assertThat(stage.attach(1, new Start.First(), null, 0).takeOffsets()).containsExactly(49L);
    }

    @Test
    void byAgeAfterARestart() {
        stage.create(1, new StreamSpec(10_000, NONE, NONE, false));
        stage.publish(1, 0, 24);
        stage.crash();
        stage.pass(11_000);
        assertThat(stage.status(1).first()).isEqualTo(24);
    }

    @Test
    void aReaderIsToldHowMuchItMissed() {
        stage.create(1, new StreamSpec(NONE, NONE, 20, false));
        stage.publish(1, 0, 9);
        TestReader slow = stage.attach(1, new Start.First(), null, 2);
        TestReader shared = stage.attach(1, new Start.First(), "c", 2);
        assertThat(slow.takeOffsets()).isEqualTo(range(0, 1));
        assertThat(shared.takeOffsets()).isEqualTo(range(0, 1));
        stage.publish(1, 10, 63);
        stage.settle(slow, 1, 0, 1);
        assertThat(slow.take())
                .extracting(TestReader.Got::offset, TestReader.Got::missed)
                .containsExactly(tuple(44L, 42L), tuple(45L, 0L));
        stage.giveBack(shared, 1, 0, 0);
        assertThat(shared.take())
                .as("what was given back is gone as well")
                .extracting(TestReader.Got::offset, TestReader.Got::missed)
                .containsExactly(tuple(44L, 43L));
    }

    @Test
    void aCursorWithoutReadersMissesWhatGoes() {
        stage.create(1, new StreamSpec(NONE, NONE, 10, false));
        stage.publish(1, 0, 4);
        TestReader reader = stage.attach(1, new Start.First(), "c", 100);
        stage.settle(reader, 1, 0, 4);
        stage.detach(reader, 1);
        stage.publish(1, 5, 34);
        assertThat(stage.attach(1, new Start.First(), "c", 100).attachment())
                .isEqualTo(new StreamReply.Attached(25, 20));
        stage.crash();
        assertThat(stage.attach(1, new Start.First(), "c", 100).takeOffsets())
                .isEqualTo(range(25, 34));
    }

    @Test
    void otherBoundsHoldFromThenOn() {
        stage.create(1, StreamSpec.EVERYTHING);
        stage.publish(1, 0, 99);
        stage.create(1, new StreamSpec(NONE, NONE, 5, false));
        assertThat(stage.status(1).first()).isEqualTo(95);
        stage.crash();
        assertThat(stage.status(1).first()).isEqualTo(95);
        assertThat(TestDecision.snapshot(stage.replayed())).isEqualTo(stage.state());
    }

    // ---- the last per subject

    private void value(String subject, String body) {
        stage.publish(new TestReader(), 1, subject, 0, body);
        stage.turn();
    }

    private List<String> values() {
        return stage.attach(1, new Start.First(), null, 0).takeBodies();
    }

    @Test
    void onlyTheLastOfASubjectIsKept() {
        stage.create(1, new StreamSpec(NONE, NONE, NONE, true));
        for (int n = 0; n < 300; n++) {
            value("s" + n % 7, "v" + n);
        }
        value("once", "stays");
        for (int n = 300; n < 400; n++) {
            value("s" + n % 7, "v" + n);
        }
        List<String> expected =
                List.of("stays", "v393", "v394", "v395", "v396", "v397", "v398", "v399");
        assertThat(values()).isEqualTo(expected);
        assertThat(stage.status(1).messages()).isEqualTo(8);
        stage.takeSnapshot();
        stage.crash();
        assertThat(values()).isEqualTo(expected);
        assertThat(TestDecision.snapshot(stage.replayed())).isEqualTo(stage.state());
    }

    @Test
    void anEmptyBodyRemovesASubject() {
        stage.create(1, new StreamSpec(NONE, NONE, NONE, true));
        for (int n = 0; n < 20; n++) {
            value("s" + n, "v" + n);
        }
        TestReader live = stage.attach(1, new Start.Next(), null, 0);
        value("s3", "");
        assertThat(live.takeBodies()).as("whoever is there hears of it").containsExactly("");
        assertThat(values()).doesNotContain("v3").contains("");
        for (int n = 20; n < 40; n++) {
            value("s" + n, "v" + n);
        }
        assertThat(values()).as("old removals go").hasSize(39).doesNotContain("v3", "");
    }

    @Test
    void blocksThatAreThinAreFoldedAnew() {
        stage.create(1, new StreamSpec(NONE, NONE, NONE, true));
        for (int n = 0; n < 100; n++) {
            value("s" + n, "old" + n);
        }
        int before = stage.log.count(Records.BLOCK);
        stage.log.cool();
        for (int n = 0; n < 100; n++) {
            if (n % 10 != 0) {
                value("s" + n, "new" + n);
            }
        }
        assertThat(stage.status(1).messages()).isEqualTo(100);
        assertThat(stage.log.count(Records.BLOCK)).isGreaterThan(before + 9);
        assertThat(values()).hasSize(100).startsWith("old0", "old10", "old20");
        assertThat(stage.status(1).bytes()).isLessThan(10_000);
    }

    @Test
    void largeMessagesThatWereSupersededLeaveTheIndex() {
        stage.create(1, new StreamSpec(NONE, NONE, NONE, true));
        value("other", "stays");
        for (int n = 0; n < 1_000; n++) {
            value("s", n + "x".repeat(400));
        }
        assertThat(stage.status(1).messages()).isEqualTo(2);
        assertThat(stage.state().length).isLessThan(1_000);
        assertThat(values()).containsExactly("stays", "999" + "x".repeat(400));
        stage.crash();
        assertThat(values()).containsExactly("stays", "999" + "x".repeat(400));
        assertThat(TestDecision.snapshot(stage.replayed())).isEqualTo(stage.state());
    }

    @Test
    void theLastMessageStaysInABlockWithGaps() {
        stage.create(1, new StreamSpec(10_000, NONE, NONE, true));
        for (int n = 0; n < 20; n++) {
            value("s" + n % 5, "v" + n);
        }
        assertThat(stage.log.count(Records.BLOCK)).as("nothing is in the tail").isEqualTo(3);
        stage.pass(60_000);
        assertThat(values()).endsWith("v19");
        assertThat(stage.status(1).messages()).isEqualTo(values().size());
        stage.crash();
        assertThat(values()).endsWith("v19");
    }

    @Test
    void thinBlocksWhoseLargeMessagesAreAliveStaySmall() {
        stage.create(1, new StreamSpec(NONE, NONE, NONE, true));
        for (int n = 0; n < 100; n++) {
            value("s" + n, n % 10 == 0 ? n + "x".repeat(120) : "v" + n);
        }
        List<String> expected = new ArrayList<>();
        for (int n = 0; n < 100; n++) {
            if (n % 10 == 0) {
                expected.add(n + "x".repeat(120));
            }
        }
        for (int n = 0; n < 100; n++) {
            if (n % 10 != 0) {
                stage.publish(new TestReader(), 1, "s" + n, 0, "new" + n);
                expected.add("new" + n);
            }
        }
        stage.turn();
        assertThat(values()).isEqualTo(expected);
        for (long block : stage.log.positions(Records.BLOCK)) {
            assertThat(stage.log.payload(block).remaining()).isLessThan(1_500);
        }
        assertThat(TestDecision.snapshot(stage.replayed())).isEqualTo(stage.state());
    }

    @Test
    void subjectsAreFoundAmongMany() {
        Subjects subjects = new Subjects(12345);
        for (int n = 0; n < 20_000; n++) {
            ByteBuffer name = StreamStage.bytes("subject/" + n % 5_000);
            subjects.put(subjects.hash(name, 0, name.remaining()), n, 0);
        }
        for (int n = 0; n < 5_000; n += 3) {
            ByteBuffer name = StreamStage.bytes("subject/" + n);
            subjects.remove(subjects.hash(name, 0, name.remaining()));
        }
        for (int n = 0; n < 5_000; n++) {
            ByteBuffer name = StreamStage.bytes("subject/" + n);
            long found = subjects.get(subjects.hash(name, 0, name.remaining()));
            assertThat(found).isEqualTo(n % 3 == 0 ? -1 : 15_000 + n);
        }
    }
}
