package dev.parley.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// What somebody waits for is synced at once, everything else a little later.
class AwaitedTest {
    private static final LogConfig LARGE =
            new LogConfig(1, 8 << 20, 64 << 10, 1 << 20, 1 << 30, 0, 1 << 20);

    private final MemoryDisk disk = new MemoryDisk();
    private long now;
    private int woken;
    private final TestLog log = new TestLog(disk, TestLog.CONFIG, () -> now, () -> woken++);

    private void write(int number, String text) {
        log.put(0, number, text);
        log.flush();
        assertThat(log.engine().writer().turn()).isTrue();
        assertThat(log.engine().writer().turn()).isFalse();
    }

    private long durable() {
        log.engine().poll(0);
        return log.shelf(0).log().durable();
    }

    @Test
    void whatNobodyWaitsForIsWrittenAtOnceAndSyncedWithinItsTime() {
        write(1, "one");
        assertThat(new TestLog(disk.copy()).shelf(0).replayed()).containsExactly("one");
        assertThat(new TestLog(disk.afterCrash()).shelf(0).replayed()).isEmpty();
        assertThat(durable()).isLessThanOrEqualTo(log.shelf(0).log().position());
        now += 2;
        assertThat(log.engine().writer().restMillis()).isEqualTo(3);
        write(2, "two");
        // The time is the older one's.
        now += 3;
        assertThat(log.engine().writer().restMillis()).isEqualTo(1);
        assertThat(log.engine().writer().turn()).isTrue();
        assertThat(durable()).isGreaterThan(log.shelf(0).log().position());
        assertThat(new TestLog(disk.afterCrash()).shelf(0).replayed())
                .containsExactly("one", "two");
        assertThat(log.engine().writer().restMillis()).isGreaterThan(1_000);
    }

    private int wakes(int number, String text, boolean awaited) {
        int before = woken;
        log.put(0, number, text);
        if (awaited) {
            log.shelf(0).log().hurry();
        }
        log.flush();
        return woken - before;
    }

    @Test
    void whatNobodyWaitsForWakesTheWriterOnceUntilItIsSynced() {
        LogWriter writer = log.engine().writer();
        assertThat(wakes(1, "one", false)).isEqualTo(1);
        assertThat(writer.turn()).isTrue();
        assertThat(wakes(2, "two", false)).isZero();
        assertThat(wakes(3, "three", false)).isZero();
        assertThat(writer.restMillis()).isEqualTo(LogWriter.UNAWAITED_MILLIS);
        now += LogWriter.UNAWAITED_MILLIS;
        assertThat(writer.turn()).isTrue();
        assertThat(new TestLog(disk.afterCrash()).shelf(0).replayed())
                .containsExactly("one", "two", "three");
        assertThat(writer.turn()).isFalse();
        assertThat(wakes(4, "four", false)).isEqualTo(1);
    }

    @Test
    void whoWaitsWakesAWriterThatWaitsForMore() {
        assertThat(wakes(1, "one", false)).isEqualTo(1);
        assertThat(log.engine().writer().turn()).isTrue();
        assertThat(wakes(2, "two", true)).isEqualTo(1);
    }

    @Test
    void muchWakesTheWriterThoughNobodyWaits() {
        TestLog large = new TestLog(new MemoryDisk(), LARGE, () -> now, () -> woken++);
        int kilobytes = 0;
        while (woken < 2) {
            large.put(0, kilobytes, "x".repeat(1 << 10));
            large.flush();
            if (kilobytes == 0) {
                assertThat(large.engine().writer().turn()).isTrue();
            }
            kilobytes++;
            assertThat(kilobytes).isLessThan(100);
        }
        assertThat(kilobytes).isBetween(55, 64);
    }

    @Test
    void whatSomebodyWaitsForTakesEverythingBeforeItAlong() {
        write(1, "one");
        log.put(1, 2, "two");
        log.shelf(1).log().hurry();
        log.flush();
        assertThat(log.engine().writer().turn()).isTrue();
        assertThat(durable()).isGreaterThan(log.shelf(0).log().position());
        TestLog after = new TestLog(disk.afterCrash());
        assertThat(after.shelf(0).replayed()).containsExactly("one");
        assertThat(after.shelf(1).replayed()).containsExactly("two");
        assertThat(log.engine().writer().turn()).isFalse();
    }

    @Test
    void whoBeginsToWaitForWhatIsWrittenGetsItAtOnce() {
        write(1, "one");
        log.shelf(0).log().hurry();
        log.flush();
        assertThat(log.engine().writer().turn()).isTrue();
        assertThat(durable()).isGreaterThan(log.shelf(0).log().position());
        // Nobody waits any more, and the same wait is no reason for another sync.
        write(2, "two");
        assertThat(durable()).isLessThanOrEqualTo(log.shelf(0).log().position());
    }

    @Test
    void muchIsSyncedThoughNobodyWaits() {
        MemoryDisk large = new MemoryDisk();
        TestLog filled = new TestLog(large, LARGE, () -> now);
        int written = 0;
        filled.engine().poll(0);
        long before = filled.shelf(0).log().durable();
        while (filled.shelf(0).log().durable() == before) {
            filled.put(0, written, "x".repeat(10 << 10));
            filled.flush();
            filled.engine().writer().turn();
            filled.engine().poll(0);
            written++;
            assertThat(written).isLessThan(100);
        }
        assertThat(written).isBetween(25, 27);
    }

    @Test
    void aCloseInGoodOrderLeavesNothing() {
        write(1, "one");
        log.engine().close();
        assertThat(new TestLog(disk.afterCrash()).shelf(0).replayed()).containsExactly("one");
    }
}
