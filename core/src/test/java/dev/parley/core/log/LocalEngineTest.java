package dev.parley.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Append, seal, flush, durable: what is promised when, and in what order.
class LocalEngineTest {
    private final MemoryDisk disk = new MemoryDisk();

    @Test
    void whatIsSealedIsDurableOnlyWhenItWasSynced() {
        TestLog log = new TestLog(disk);
        long position = log.shelf(0).put(1, "one");
        assertThat(log.shelf(0).log().position()).isEqualTo(position);
        log.shelf(0).seal();
        log.flush();
        log.engine().poll(0);
        assertThat(log.shelf(0).log().durable()).isLessThanOrEqualTo(position);
        assertThat(log.shelf(0).log().undurableBytes()).isPositive();
        assertThat(log.engine().writer().turn()).isTrue();
        log.engine().poll(0);
        assertThat(log.shelf(0).log().durable()).isGreaterThan(position);
        assertThat(log.shelf(0).log().undurableBytes()).isZero();
        assertThat(new TestLog(disk.afterCrash()).shelf(0).replayed()).containsExactly("one");
    }

    @Test
    void nothingThatWasNotSyncedIsThereAfterACrash() {
        TestLog log = new TestLog(disk);
        log.put(0, 1, "one");
        log.settle();
        log.put(0, 2, "two");
        log.flush();
        assertThat(new TestLog(disk.afterCrash()).shelf(0).replayed()).containsExactly("one");
    }

    @Test
    void oneSyncServesAllShardsAndTellsEachInterested() {
        TestLog log = new TestLog(disk);
        log.put(0, 1, "zero");
        log.put(1, 1, "one");
        log.settle();
        assertThat(log.shelf(0).durablePositions()).hasSize(1);
        assertThat(log.shelf(1).durablePositions()).hasSize(1);
        assertThat(log.shelf(2).durablePositions()).isEmpty();
    }

    /// A shard that never stops appending hears of what became durable meanwhile.
    @Test
    void aBusyShardIsToldOfWhatIsDurable() {
        TestLog log = new TestLog(disk);
        log.put(0, 0, "first");
        for (int i = 1; i <= 10; i++) {
            log.flush();
            log.engine().writer().turn();
            log.put(0, i, "more");
            log.engine().poll(0);
        }
        assertThat(log.shelf(0).durablePositions()).hasSize(10);
    }

    @Test
    void positionsRiseAndAreNeverHandedOutTwice() {
        long highest = 0;
        MemoryDisk now = disk;
        for (int run = 0; run < 5; run++) {
            TestLog log = new TestLog(now);
            for (int i = 0; i < 40; i++) {
                long position = log.shelf(i % 3).put(i, "x".repeat(700));
                assertThat(position).isGreaterThan(highest);
                highest = position;
                log.shelf(i % 3).seal();
            }
            log.flush(); // never written
            now = now.afterCrash();
        }
    }

    @Test
    void epochsRise() {
        long first = new TestLog(disk).shelf(0).log().epoch();
        assertThat(new TestLog(disk.afterCrash()).shelf(0).log().epoch()).isEqualTo(first + 1);
    }

    @Test
    void recentRecordsAreInMemoryAndOlderOnesAreRead() {
        TestLog log = new TestLog(disk);
        long first = log.shelf(0).put(1, "first");
        log.shelf(0).seal();
        assertThat(text(log.shelf(0).log().cached(first))).isEqualTo("first");
        for (int i = 0; i < 50; i++) {
            log.put(0, 2, "x".repeat(1000));
            log.settle();
        }
        assertThat(log.shelf(0).log().cached(first)).isNull();
        log.shelf(0).log().read(first, 16);
        log.settle();
        Log.Block block = log.shelf(0).blocks().get(first);
        assertThat(block).isNotNull();
        assertThat(text(block == null ? null : block.payload(first))).isEqualTo("first");
    }

    private static String text(@Nullable ByteBuffer payload) {
        if (payload == null) {
            throw new AssertionError("no payload");
        }
        byte[] bytes = new byte[payload.remaining() - 4];
        payload.get(payload.position() + 4, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void aRecordLargerThanTheHintIsReadWhole() {
        TestLog log = new TestLog(disk);
        long position = log.shelf(0).put(1, "x".repeat(9000));
        log.shelf(0).seal();
        for (int hint : new int[] {0, 1, 64, 20_000, Integer.MAX_VALUE}) {
            log.settle();
            log.shelf(0).blocks().clear();
            log.shelf(0).log().read(position, hint);
            log.settle();
            Log.Block block = log.shelf(0).blocks().get(position);
            assertThat(block).as("hint %d", hint).isNotNull();
            assertThat(text(block == null ? null : block.payload(position))).hasSize(9000);
        }
    }

    @Test
    void aSegmentIsNotOpenedForEachRead() {
        TestLog log = new TestLog(disk);
        long position = log.shelf(0).put(1, "one");
        log.shelf(0).seal();
        log.settle();
        log.shelf(0).log().read(position, 64);
        log.settle();
        int opened = disk.opened();
        for (int i = 0; i < 100; i++) {
            log.shelf(0).log().read(position, 64);
            log.settle();
        }
        assertThat(disk.opened()).isEqualTo(opened);
    }

    @Test
    void aDamagedOldRecordIsToldAsSuchAndItsNeighboursAreRead() {
        TestLog log = new TestLog(disk);
        long one = log.shelf(0).put(1, "one");
        long two = log.shelf(0).put(2, "two");
        long three = log.shelf(0).put(3, "three");
        log.shelf(0).seal();
        log.settle();
        disk.flip(Segment.name(two / TestLog.SEGMENT), (int) (two % TestLog.SEGMENT) + 14, 0x10);
        for (long position : new long[] {one, two, three}) {
            log.shelf(0).log().read(position, 256);
        }
        log.settle();
        assertThat(log.shelf(0).blocks()).containsOnlyKeys(one, two, three);
        assertThat(log.shelf(0).blocks().get(one)).isNotNull();
        assertThat(log.shelf(0).blocks().get(two)).isNull();
        assertThat(log.shelf(0).blocks().get(three)).isNotNull();
    }

    @Test
    void aLengthThatWasDamagedIsNotBelieved() {
        TestLog log = new TestLog(disk);
        long position = log.shelf(0).put(1, "one");
        log.shelf(0).seal();
        log.settle();
        String name = Segment.name(position / TestLog.SEGMENT);
        for (int bit = 0; bit < 32; bit++) {
            int at = (int) (position % TestLog.SEGMENT) + bit / 8;
            disk.flip(name, at, 1 << bit % 8);
            log.shelf(0).log().read(position, 64);
            log.settle();
            assertThat(log.shelf(0).blocks().get(position)).as("bit %d", bit).isNull();
            disk.flip(name, at, 1 << bit % 8);
        }
    }

    @Test
    void aRecordThatFitsInNoSegmentIsRefused() {
        TestLog log = new TestLog(disk);
        Log shard = log.shelf(0).log();
        int most = TestLog.SEGMENT - Segment.HEADER - Frame.HEADER - Frame.RECORD_HEADER;
        assertThatThrownBy(() -> shard.append(1, most + 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("too large");
        log.shelf(0).put(1, new byte[most - 4]);
        log.shelf(0).seal();
        log.settle();
        assertThat(new TestLog(disk.afterCrash()).shelf(0).numbers()).containsExactly(1);
    }

    /// Chunks that each hold one large record, more of them than the cache may keep.
    @Test
    void largeRecordsInOneRoundAreAllWritten() {
        TestLog log = new TestLog(disk);
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 6; i++) {
                log.put(0, round * 10 + i, "x".repeat(11_000));
            }
            log.settle();
        }
        assertThat(new TestLog(disk.afterCrash()).shelf(0).numbers()).hasSize(24);
    }
}
