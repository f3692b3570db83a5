package dev.parley.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Spares, a disk that fills up, and one that breaks.
class SpaceTest {
    /// Messages are refused when less than this is free.
    private static final long RESERVE = 4L * TestLog.SEGMENT;

    private static final LogConfig CONFIG =
            new LogConfig(3, TestLog.SEGMENT, 4 << 10, 16 << 10, 32 << 10, RESERVE, 1 << 20);

    private final MemoryDisk disk = new MemoryDisk();

    private List<String> spares() {
        return disk.list().stream().filter(name -> name.startsWith("spare-")).toList();
    }

    @Test
    void twoZeroedSegmentsAreKeptReady() {
        TestLog log = new TestLog(disk);
        log.settle();
        assertThat(spares()).hasSize(2);
        for (String spare : spares()) {
            assertThat(disk.syncedBytes(spare)).isEqualTo(new byte[TestLog.SEGMENT]);
        }
        log.put(0, 1, "one");
        log.settle();
        assertThat(spares()).hasSize(2);
    }

    /// A file that is removed gives its room back when nobody has it open any more.
    @Test
    void noSegmentStaysOpenBehindTheOneThatIsWritten() {
        TestLog log = new TestLog(disk);
        for (int n = 0; n < 200; n++) {
            log.put(0, n, "x".repeat(1_000));
            log.settle();
        }
        assertThat(disk.open()).isEqualTo(LogWriter.THREADS);
        log.engine().close();
        assertThat(disk.open()).isZero();
    }

    @Test
    void sparesServeAgainAfterARestartUnlessTheyAreNotWhole() {
        TestLog log = new TestLog(disk);
        log.settle();
        disk.put("spare-7", new byte[100]);
        disk.put("spare-now", new byte[TestLog.SEGMENT]);
        disk.put("spill-0001", new byte[10]);
        disk.put("snapshot-0000-0000000000001000.new", new byte[10]);
        TestLog again = new TestLog(disk);
        assertThat(spares()).hasSize(2).doesNotContain("spare-7", "spare-now");
        assertThat(disk.list()).noneMatch(name -> name.startsWith("spill") || name.endsWith("new"));
        for (int i = 0; i < 40; i++) {
            again.put(0, i, "x".repeat(900));
            again.settle();
        }
        assertThat(new TestLog(disk.afterCrash()).shelf(0).numbers()).hasSize(40);
    }

    @Test
    void aLogWithoutRoomForItsFirstSegmentDoesNotStart() {
        disk.capacity(TestLog.SEGMENT - 1);
        assertThatThrownBy(() -> new TestLog(disk))
                .isInstanceOf(DiskException.class)
                .hasMessage("no room to start: the log needs 16384 bytes, the disk has 16383");
        assertThat(disk.list()).isEmpty();
    }

    @Test
    void aSpareIsRoomEnoughToStart() {
        TestLog log = new TestLog(disk);
        log.put(0, 1, "one");
        log.settle();
        // For the directory's own small file.
        disk.capacity(disk.used() + 4_096);
        TestLog again = new TestLog(disk);
        again.put(0, 2, "two");
        again.settle();
        assertThat(new TestLog(disk.afterCrash()).shelf(0).numbers()).containsExactly(1, 2);
    }

    /// Reads are answered while the keeper is in the middle of a spare.
    @Test
    void aReadDoesNotWaitForASpare() {
        LogConfig large = new LogConfig(1, 8 << 20, 4 << 10, 16 << 10, 1 << 30, 0, 1 << 20);
        TestLog log = new TestLog(disk, large);
        long position = log.shelf(0).put(1, "one");
        log.settle();
        TestLog again = new TestLog(disk, large);
        disk.delete(spares().getFirst());
        disk.delete(spares().getFirst());
        TestLog third = new TestLog(disk, large);
        third.engine().keeper().turn();
        third.shelf(0).log().read(position, 64);
        assertThat(third.engine().reader().turn()).isTrue();
        third.engine().poll(0);
        assertThat(third.shelf(0).blocks()).containsKey(position);
        assertThat(disk.bytes(spares().getFirst()).length).isLessThan(8 << 20);
        assertThat(again.closed()).isEmpty();
    }

    /// Refuses before the reserve is gone, lets acknowledgements in, and goes on by itself.
    @Test
    void aDiskThatFillsUp() {
        TestLog log = new TestLog(disk, CONFIG);
        log.settle();
        disk.capacity(disk.used() + RESERVE + 3L * TestLog.SEGMENT);
        int number = 0;
        while (log.shelf(0).log().roomy()) {
            log.put(0, number++, "x".repeat(900));
            log.settle();
            assertThat(number).isLessThan(1000);
        }
        assertThat(log.shelf(0).rooms()).containsExactly(false);
        assertThat(disk.usableBytes()).isGreaterThan(RESERVE / 2);
        // Acknowledgements: many more than one segment holds.
        List<Integer> all = new ArrayList<>(log.shelf(0).numbers());
        for (int i = 0; i < 600; i++) {
            log.shelf(1).put(i, "x");
            log.shelf(1).drop(i);
            log.shelf(1).seal();
            log.settle();
            assertThat(log.shelf(1).log().undurableBytes()).as("at %d", i).isZero();
        }
        assertThat(log.shelf(0).failure()).isNull();
        all.forEach(log.shelf(0)::drop);
        log.shelf(0).seal();
        log.settle();
        // What is dropped frees segments by snapshots alone.
        for (int i = 0; i < 3 && !log.shelf(0).log().roomy(); i++) {
            for (Shelf shelf : log.shelves()) {
                if (shelf.log().snapshotDue()) {
                    shelf.snapshot();
                }
            }
            log.settle();
        }
        assertThat(log.shelf(0).log().roomy()).isTrue();
        assertThat(log.shelf(0).rooms()).containsExactly(false, true);
        log.put(0, number, "goes on");
        log.settle();
        assertThat(new TestLog(disk.afterCrash(), CONFIG).shelf(0).numbers())
                .containsExactly(number);
    }

    /// Nothing is left at all: what is sealed waits, and is written when space returns.
    @Test
    void aDiskThatIsFullToTheBrim() {
        TestLog log = new TestLog(disk, CONFIG);
        disk.capacity(disk.used());
        for (int i = 0; i < 30; i++) {
            log.put(0, i, "x".repeat(900));
            log.settle();
        }
        assertThat(log.engine().writer().restMillis()).isEqualTo(100);
        assertThat(log.shelf(0).log().undurableBytes()).isPositive();
        assertThat(log.shelf(0).log().roomy()).isFalse();
        assertThat(log.shelf(0).failure()).isNull();
        assertThat(disk.list()).doesNotContain("spare-now");
        disk.capacity(Long.MAX_VALUE);
        log.settle();
        assertThat(log.shelf(0).log().undurableBytes()).isZero();
        assertThat(log.shelf(0).rooms()).endsWith(true);
        assertThat(new TestLog(disk.afterCrash(), CONFIG).shelf(0).numbers()).hasSize(30);
    }

    @Test
    void aShardThatDoesNotChangeIsNotAskedAgainAndAgainWhileThereIsNoRoom() {
        TestLog log = new TestLog(disk, CONFIG);
        log.put(1, 1, "one");
        log.settle();
        disk.capacity(disk.used() + RESERVE);
        for (int i = 0; log.shelf(0).log().roomy(); i++) {
            log.put(0, i, "x".repeat(900));
            log.settle();
        }
        log.snapshotAll();
        log.put(0, 1, "an acknowledgement");
        log.settle();
        assertThat(log.shelf(1).log().roomy()).isFalse();
        assertThat(log.shelf(1).log().snapshotDue()).isFalse();
        assertThat(log.shelf(2).log().snapshotDue()).isFalse();
    }

    @Test
    void aFailedWriteOrSyncEndsTheLogForGood() {
        for (int call = 0; call < 40; call++) {
            MemoryDisk one = new MemoryDisk();
            TestLog log = new TestLog(one);
            log.settle();
            log.put(0, 1, "one");
            log.flush();
            one.breakAt(call);
            log.engine().writer().turn();
            log.engine().poll(0);
            if (!one.broken()) {
                assertThat(call).isGreaterThan(4); // rename, directory, open, header, sync, ...
                assertThat(log.shelf(0).failure()).isNull();
                break;
            }
            assertThat(log.shelf(0).failure()).isInstanceOf(LogFailure.Unknown.class);
            assertThat(log.shelf(2).failure()).isInstanceOf(LogFailure.Unknown.class);
            assertThat(log.shelf(0).durablePositions()).isEmpty();
            int calls = one.calls();
            log.put(0, 2, "two");
            log.flush();
            assertThat(log.engine().writer().turn()).isFalse();
            log.engine().poll(0);
            assertThat(one.calls()).as("nothing is tried again").isEqualTo(calls);
            assertThat(log.shelf(0).durablePositions()).isEmpty();
        }
    }

    @Test
    void aKeeperWhoseDiskFailsGoesOnAndSaysSo() {
        TestLog log = new TestLog(disk);
        long position = log.shelf(0).put(1, "one");
        log.shelf(0).seal();
        log.settle();
        disk.breakAt(0);
        log.shelf(0).log().read(position, 64);
        log.shelf(0).snapshot();
        log.engine().reader().turn();
        log.engine().keeper().turn();
        log.engine().poll(0);
        assertThat(log.shelf(0).blocks()).containsEntry(position, null);
        assertThat(log.shelf(0).snapshots()).isEqualTo(1);
        assertThat(log.engine().keeper().trouble().last()).contains("broken");
    }
}
