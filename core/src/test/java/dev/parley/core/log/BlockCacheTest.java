package dev.parley.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What was read for one reader serves the others, within its budget.
class BlockCacheTest {
    private static final int BODY = 1000;

    /// The cache holds 1 MiB.
    private static final LogConfig CONFIG =
            new LogConfig(3, 4 << 20, 4 << 10, 2 << 20, 32 << 20, 0, 1 << 20);

    private final MemoryDisk disk = new MemoryDisk();
    private final TestLog log = new TestLog(disk, CONFIG);
    private final List<Long> positions = new ArrayList<>();

    /// Puts messages of three shards side by side, and enough behind them that none is in memory.
    private void fill(int count) {
        for (int i = 0; i < count; i++) {
            Shelf shelf = log.shelf(i % 3);
            positions.add(shelf.put(i, new byte[BODY]));
            shelf.seal();
            if (i % 100 == 99) {
                log.settle();
            }
        }
        for (int i = 0; i < 40; i++) {
            log.shelf(0).put(count + i, new byte[100_000]);
            log.shelf(0).seal();
            log.settle();
        }
        for (long position : positions) {
            assertThat(log.shelf(0).log().cached(position)).isNull();
        }
    }

    private void read(int index, int size) {
        log.shelf(index % 3).log().read(positions.get(index), size);
    }

    private boolean readBack(int index) {
        ByteBuffer found = log.shelf(0).log().readBack(positions.get(index));
        assertThat(found == null || found.getInt(0) == index).isTrue();
        return found != null;
    }

    private boolean answered(int index) {
        Log.Block block = log.shelf(index % 3).blocks().get(positions.get(index));
        return block != null
                && Objects.requireNonNull(block.payload(positions.get(index))).getInt(0) == index;
    }

    @Test
    void whoAsksForNearlyTheSameWaitsForTheSameRead() {
        fill(300);
        long before = disk.read();
        for (int i = 0; i < 60; i++) {
            read(i, 100_000);
        }
        log.settle();
        assertThat(disk.read() - before).isEqualTo(100_000);
        for (int i = 0; i < 60; i++) {
            assertThat(answered(i)).as("message %d", i).isTrue();
        }
    }

    @Test
    void whatWasReadServesWhoComesLater() {
        fill(300);
        assertThat(readBack(1)).isFalse();
        read(0, 100_000);
        log.settle();
        long before = disk.read();
        for (int i = 0; i < 60; i++) {
            assertThat(readBack(i)).as("message %d", i).isTrue();
        }
        assertThat(readBack(250)).isFalse();
        assertThat(disk.read()).isEqualTo(before);
    }

    @Test
    void aRecordThatTheReadOfAnotherCutsOffIsReadByItself() {
        fill(30);
        read(0, 3000);
        read(1, 3000);
        read(2, 3000); // begins within the first read and ends behind it
        log.settle();
        assertThat(answered(0)).isTrue();
        assertThat(answered(1)).isTrue();
        assertThat(answered(2)).isTrue();
    }

    @Test
    void aSmallBlockWithinALargeOneHidesNothing() {
        fill(60);
        read(0, 60_000);
        log.settle();
        read(20, 10);
        read(21, 10);
        log.settle();
        for (int i = 0; i < 40; i++) {
            assertThat(readBack(i)).as("message %d", i).isTrue();
        }
    }

    @Test
    void damageIsToldToWhomItConcernsAndTheOthersGetTheirs() {
        fill(60);
        long bad = positions.get(3);
        disk.flip(
                Segment.name(bad / CONFIG.segmentBytes()),
                (int) (bad % CONFIG.segmentBytes()) + Frame.RECORD_HEADER,
                1);
        for (int i = 3; i < 9; i++) {
            read(i, 20_000);
        }
        read(0, 20_000);
        log.settle();
        assertThat(log.shelf(0).blocks()).containsKey(bad);
        assertThat(answered(3)).isFalse();
        for (int i = 4; i < 9; i++) {
            assertThat(answered(i)).as("message %d", i).isTrue();
        }
        assertThat(answered(0)).isTrue();
        assertThat(readBack(3)).isFalse();
    }

    @Test
    void moreThanTheBudgetIsNotKept() {
        fill(3000);
        for (int i = 0; i < 2900; i += 90) {
            read(i, 100_000);
            log.settle();
            assertThat(readBack(0)).as("used all the time").isTrue();
        }
        long kept =
                positions.stream().filter(at -> log.shelf(0).log().readBack(at) != null).count();
        assertThat(kept).isBetween(800L, (1L << 20) / BODY);
    }

    @Test
    void oneLargeReadDrivesNothingOut() {
        fill(1000);
        read(0, 100_000);
        log.settle();
        read(300, 600_000);
        log.settle();
        assertThat(answered(300)).isTrue();
        assertThat(readBack(0)).isTrue();
        assertThat(readBack(90)).isTrue();
    }

    /// More is asked for at once than is read at once.
    @Test
    void allAreAnsweredHoweverManyAsk() {
        fill(3000);
        for (int i = 0; i < 3000; i += 7) {
            read(i, 300_000);
        }
        log.settle();
        for (int i = 0; i < 3000; i += 7) {
            assertThat(answered(i)).as("message %d", i).isTrue();
        }
    }
}
