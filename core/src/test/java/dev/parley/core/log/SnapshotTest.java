package dev.parley.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Snapshots, what they let go of, and survivors that are moved so that nothing is pinned.
class SnapshotTest {
    private final MemoryDisk disk = new MemoryDisk();

    private List<String> segments() {
        return disk.list().stream().filter(Segment::isSegment).toList();
    }

    private List<String> snapshots() {
        return disk.list().stream().filter(name -> name.startsWith("snapshot-")).toList();
    }

    @Test
    void replayBeginsBehindTheSnapshot() {
        TestLog log = new TestLog(disk);
        log.put(0, 1, "one");
        log.settle();
        log.snapshotAll();
        log.put(0, 2, "two");
        log.settle();
        TestLog again = new TestLog(disk.afterCrash());
        assertThat(again.shelf(0).numbers()).containsExactly(1, 2);
        assertThat(again.shelf(0).replayed()).containsExactly("two");
    }

    @Test
    void aSnapshotIsWrittenOnlyWhenWhatItCoversIsDurable() {
        TestLog log = new TestLog(disk);
        log.put(0, 1, "one");
        log.shelf(0).snapshot();
        log.engine().keeper().turn();
        assertThat(snapshots()).isEmpty();
        log.settle();
        assertThat(snapshots()).hasSize(1);
        assertThat(log.shelf(0).snapshots()).isEqualTo(1);
    }

    @Test
    void onlyTheNewestStays() {
        TestLog log = new TestLog(disk);
        for (int i = 0; i < 5; i++) {
            log.put(0, i, "x");
            log.snapshotAll();
        }
        assertThat(snapshots()).hasSize(3);
        TestLog again = new TestLog(disk.afterCrash());
        assertThat(again.shelf(0).numbers()).containsExactly(0, 1, 2, 3, 4);
        assertThat(again.shelf(0).replayed()).isEmpty();
    }

    /// A stop in good order right after a start, again and again.
    @Test
    void snapshotsOfARunThatWroteNothing() {
        TestLog log = new TestLog(disk);
        log.put(0, 1, "one");
        log.settle();
        for (int run = 0; run < 4; run++) {
            TestLog again = new TestLog(disk);
            assertThat(again.closed()).isEmpty();
            assertThat(again.shelf(0).numbers()).containsExactly(1);
            if (run % 2 == 0) {
                again.snapshotAll();
            } else {
                again.shelf(run % 3).snapshot();
                again.settle();
            }
        }
        TestLog later = new TestLog(disk);
        later.put(0, 2, "two");
        later.settle();
        assertThat(new TestLog(disk).shelf(0).numbers()).containsExactly(1, 2);
    }

    @Test
    void segmentsWithNothingAliveAreFreedAndUsedAgain() {
        TestLog log = new TestLog(disk);
        for (int i = 0; i < 300; i++) {
            log.put(i % 3, i, "x".repeat(900));
            log.shelf(i % 3).drop(i);
            log.shelf(i % 3).seal();
            log.settle();
            if (i % 20 == 19) {
                log.snapshotAll();
            }
        }
        assertThat(segments()).hasSizeLessThan(5);
        assertThat(disk.used()).isLessThan(12L * TestLog.SEGMENT);
        assertThat(new TestLog(disk.afterCrash()).closed()).isEmpty();
    }

    @Test
    void nothingIsFreedThatASnapshotRefersTo() {
        TestLog log = new TestLog(disk);
        for (int i = 0; i < 40; i++) {
            log.put(0, i, "x".repeat(900));
            log.settle();
        }
        List<String> before = segments();
        log.snapshotAll();
        assertThat(segments()).containsAll(before);
        TestLog again = new TestLog(disk.afterCrash());
        for (int number : again.shelf(0).numbers()) {
            again.shelf(0).log().read(again.shelf(0).position(number), 2048);
        }
        again.settle();
        assertThat(again.shelf(0).blocks()).hasSize(40).doesNotContainValue(null);
    }

    /// One message in each segment is never acknowledged, for as long as a hundred segments.
    @Test
    void fewSurvivorsNeverPinMuch() {
        TestLog log = new TestLog(disk);
        for (int i = 0; i < 1200; i++) {
            int shard = i % 2;
            log.put(shard, i, "x".repeat(900));
            if (i % 100 != 0) {
                log.shelf(shard).drop(i);
            }
            log.shelf(shard).seal();
            log.settle();
            if (i % 20 == 19) {
                log.snapshotAll();
                for (Shelf shelf : log.shelves()) {
                    shelf.moveSurvivors();
                    log.settle();
                    shelf.moveSurvivors();
                    shelf.sparse().clear();
                }
                log.settle();
            }
        }
        assertThat(segments()).hasSizeLessThan(8);
        TestLog again = new TestLog(disk.afterCrash());
        assertThat(again.closed()).isEmpty();
        assertThat(again.shelf(0).numbers()).hasSize(12);
    }

    @Test
    void aShardIsAskedForASnapshotWhenMuchWasWritten() {
        TestLog log = new TestLog(disk);
        assertThat(log.shelf(0).log().snapshotDue()).isFalse();
        while (!log.shelf(0).log().snapshotDue()) {
            log.put(1, 1, "x".repeat(900));
            log.settle();
        }
        assertThat(log.shelf(0).log().head()).isGreaterThan(TestLog.CONFIG.snapshotEveryBytes());
        log.shelf(0).snapshot();
        assertThat(log.shelf(0).log().snapshotDue()).isFalse();
        log.settle();
        assertThat(log.shelf(0).log().snapshotDue()).isFalse();
    }

    /// The gap in the address space that each start makes is no reason for a snapshot.
    @Test
    void aStartAloneMakesNoSnapshotDue() {
        TestLog log = new TestLog(disk);
        log.put(0, 1, "one");
        log.settle();
        log.snapshotAll();
        TestLog again = new TestLog(disk.afterCrash());
        again.put(0, 2, "two");
        again.settle();
        for (Shelf shelf : again.shelves()) {
            assertThat(shelf.log().snapshotDue()).isFalse();
        }
    }

    /// Sixteen shards with small turns in between one another: none of them reads what is not its
    /// own.
    @Test
    void aStartReadsTheLogTwiceAtMost() {
        LogConfig many = new LogConfig(16, 1 << 20, 64 << 10, 1 << 20, 1 << 30, 0, 1 << 20);
        TestLog log = new TestLog(disk, many);
        for (int i = 0; i < 800; i++) {
            log.put(i % 16, i, "x".repeat(1000 + i % 7 * 2000));
            if (i % 50 == 0) {
                log.settle();
            }
        }
        log.settle();
        long written = segments().size() * (1L << 20);
        MemoryDisk left = disk.copy();
        assertThat(new TestLog(left, many).shelf(15).numbers()).hasSize(50);
        assertThat(left.read()).isLessThan(written * 5 / 2);
    }

    /// Old segments are not looked into: a start costs what was written since the snapshots.
    @Test
    void aStartDoesNotReadWhatLiesBelowTheSnapshots() {
        TestLog log = new TestLog(disk);
        for (int i = 0; i < 1000; i++) {
            log.put(0, i, "x".repeat(900));
            log.settle();
        }
        log.snapshotAll();
        log.put(0, 1000, "one more");
        log.settle();
        assertThat(segments()).hasSizeGreaterThan(50);
        MemoryDisk left = disk.copy();
        assertThat(new TestLog(left).shelf(0).numbers()).hasSize(1001);
        assertThat(left.read()).isLessThan(6L * TestLog.SEGMENT);
    }

    @Test
    void aSnapshotThatCannotBeWrittenLeavesTheOlderOneAndNoRubbish() {
        TestLog log = new TestLog(disk);
        log.put(0, 1, "one");
        log.snapshotAll();
        List<String> before = disk.list();
        log.put(0, 2, "two");
        log.settle();
        disk.capacity(disk.used() + 10);
        log.shelf(0).snapshot();
        log.settle();
        assertThat(disk.list()).isEqualTo(before);
        assertThat(log.shelf(0).snapshots()).isEqualTo(2);
        assertThat(log.engine().keeper().trouble().count()).isPositive();
        TestLog again = new TestLog(disk.afterCrash());
        assertThat(again.shelf(0).numbers()).containsExactly(1, 2);
    }
}
