package dev.parley.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.log.LogWriter.Batch;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Two syncs at a time: what each of them promises, whichever ends first.
class OverlapTest {
    private final MemoryDisk disk = new MemoryDisk();
    private final TestLog log = new TestLog(disk, TestLog.CONFIG, () -> 0);
    private final LogWriter writer = log.engine().writer();

    /// Puts something that somebody waits for, and writes it.
    private Batch write(int number, String text) {
        log.put(0, number, text);
        log.shelf(0).log().hurry();
        log.flush();
        return writer.write();
    }

    private long durable() {
        log.engine().poll(0);
        return log.shelf(0).log().durable();
    }

    private List<String> afterCrash() {
        return new TestLog(disk.afterCrash()).shelf(0).replayed();
    }

    @Test
    void moreIsWrittenWhileASyncRuns() {
        Batch first = write(1, "one");
        Batch second = write(2, "two");
        assertThat(second.files()).hasSize(1).doesNotContainAnyElementsOf(first.files());
        assertThat(writer.sync(first)).isTrue();
        assertThat(durable()).isEqualTo(first.end()).isLessThan(second.end());
        assertThat(writer.sync(second)).isTrue();
        assertThat(durable()).isEqualTo(second.end());
        assertThat(afterCrash()).containsExactly("one", "two");
    }

    @Test
    void whoeverEndsFirstSpeaksForBoth() {
        Batch first = write(1, "one");
        Batch second = write(2, "two");
        writer.sync(second);
        assertThat(durable()).isEqualTo(second.end());
        assertThat(afterCrash()).containsExactly("one", "two");
        writer.sync(first);
        assertThat(durable()).isEqualTo(second.end());
        assertThat(writer.turn()).isFalse();
    }

    @Test
    void whatASyncCoversIsNotSyncedAgain() {
        Batch first = write(1, "one");
        assertThat(writer.turn()).isFalse();
        writer.sync(first);
        assertThat(writer.turn()).isFalse();
        assertThat(durable()).isEqualTo(first.end());
    }

    @Test
    void thereAreAsManySyncsAsThreads() {
        Batch first = write(1, "one");
        write(2, "two");
        assertThat(write(3, "three").files()).isEmpty();
        writer.sync(first);
        assertThat(durable()).isEqualTo(first.end());
        Batch third = writer.write();
        writer.sync(third);
        assertThat(durable()).isEqualTo(third.end());
        assertThat(afterCrash()).containsExactly("one", "two", "three");
    }

    @Test
    void aFailureEndsTheLogWhateverTheOtherSyncSays() {
        Batch first = write(1, "one");
        Batch second = write(2, "two");
        long before = durable();
        disk.breakAt(0);
        writer.sync(first);
        disk.mend();
        writer.sync(second);
        assertThat(writer.failure()).isNotNull();
        assertThat(durable()).isEqualTo(before);
        assertThat(writer.write().files()).isEmpty();
    }

    @Test
    void aSegmentIsOpenedAndFirstSyncedAlone() {
        String large = "x".repeat(TestLog.SEGMENT * 2 / 3);
        Batch first = write(1, large);
        // There is no room for it in the segment, and the next has to wait.
        assertThat(write(2, large)).isEqualTo(new Batch(List.of(), -1, false, false));
        writer.sync(first);
        assertThat(durable()).isEqualTo(first.end());
        Batch second = writer.write();
        assertThat(second.files()).hasSize(1);
        writer.sync(second);
        // Nobody waits for the third, which is written; the fourth takes it along.
        log.put(0, 3, "three");
        log.flush();
        assertThat(writer.turn()).isTrue();
        Batch both = write(4, large);
        assertThat(both.files()).hasSize(2);
        assertThat(write(5, "five").files()).isEmpty();
        writer.sync(both);
        assertThat(durable()).isEqualTo(both.end());
        assertThat(writer.turn()).isTrue();
        assertThat(afterCrash()).containsExactly(large, large, "three", large, "five");
    }
}
