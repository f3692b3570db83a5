package dev.parley.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Blocks that were read back take half of what the log keeps in memory, but never less than 256
/// KiB nor more than 32 MiB, and stay within that whatever is read.
class BlockBudgetTest {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    private final MemoryDisk disk = new MemoryDisk();
    private final List<Long> positions = new ArrayList<>();

    private static LogConfig config(long cacheBytes) {
        return new LogConfig(1, 8 * MIB, 64 * KIB, cacheBytes, 1L << 40, 0, MIB);
    }

    /// Puts records of these sizes side by side, and enough behind them that none is in memory.
    private TestLog filled(LogConfig config, int... sizes) {
        TestLog log = new TestLog(disk, config);
        Shelf shelf = log.shelf(0);
        for (int size : sizes) {
            positions.add(shelf.put(positions.size(), new byte[size]));
            shelf.seal();
            log.settle();
        }
        for (long behind = 0; behind < config.cacheBytes() + MIB; behind += 60_000) {
            shelf.put(positions.size(), new byte[60_000]);
            shelf.seal();
            log.settle();
        }
        for (long position : positions) {
            assertThat(shelf.log().cached(position)).isNull();
        }
        return log;
    }

    private static int[] sizes(int count, int size) {
        int[] sizes = new int[count];
        Arrays.fill(sizes, size);
        return sizes;
    }

    /// Reads a record and what follows it, up to `bytes`; it comes whether it is kept or not.
    private void read(TestLog log, int index, int bytes) {
        long position = positions.get(index);
        log.shelf(0).blocks().clear();
        log.shelf(0).log().read(position, bytes);
        log.settle();
        assertThat(log.shelf(0).blocks().get(position)).as("record %d", index).isNotNull();
    }

    private boolean keeps(TestLog log, int index) {
        ByteBuffer found = log.shelf(0).log().readBack(positions.get(index));
        assertThat(found == null || found.getInt(0) == index).isTrue();
        return found != null;
    }

    /// The memory of all blocks that records can be had of.
    private Set<byte[]> kept(TestLog log) {
        Set<byte[]> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
        for (long position : positions) {
            ByteBuffer found = log.shelf(0).log().readBack(position);
            if (found != null) {
                assertThat(found.arrayOffset()).as("a view of its block").isPositive();
                arrays.add(found.array());
            }
        }
        return arrays;
    }

    private static long bytes(Set<byte[]> arrays) {
        return arrays.stream().mapToLong(array -> array.length).sum();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 262144",
        "524288, 262144",
        "524290, 262145",
        "67108862, 33554431",
        "67108864, 33554432",
        "8589934592, 33554432",
    })
    void theBudgetIsHalfOfTheCacheWithinBounds(long cacheBytes, long budget) {
        assertThat(LocalEngine.blockBytes(config(cacheBytes))).isEqualTo(budget);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 512 * KIB, 3 * MIB})
    void whatIsKeptFillsTheBudgetAndNoMore(long cacheBytes) {
        LogConfig config = config(cacheBytes);
        int budget = (int) LocalEngine.blockBytes(config);
        int block = budget / 16;
        TestLog log = filled(config, sizes(40, block - 4 - Frame.RECORD_HEADER));
        for (int i = 0; i < 40; i++) {
            read(log, i, block);
            assertThat(bytes(kept(log))).isEqualTo((long) block * Math.min(i + 1, 16));
            assertThat(keeps(log, i)).isTrue();
        }
    }

    @Test
    void whatTakesMoreThanAQuarterIsGivenAndNotKept() {
        LogConfig config = config(0);
        int quarter = (int) LocalEngine.blockBytes(config) / 4;
        TestLog log = filled(config, 5_000, 5_000, quarter, 5_000, 90_000, 5_000);
        read(log, 0, 5_000);
        read(log, 4, 1);
        assertThat(keeps(log, 4)).as("a record that is large").isFalse();
        read(log, 3, quarter + 1);
        assertThat(keeps(log, 3)).as("a read that is large").isFalse();
        read(log, 2, 1);
        assertThat(keeps(log, 2)).as("a little more, with its header").isFalse();
        read(log, 3, quarter);
        assertThat(keeps(log, 3)).as("a quarter").isTrue();
        assertThat(keeps(log, 0)).as("what was there before").isTrue();
    }

    /// However small they are: each has its own bookkeeping.
    @Test
    void smallBlocksHaveABoundToo() {
        LogConfig config = config(0);
        TestLog log = filled(config, sizes(200, 10));
        for (int i = 0; i < 200; i++) {
            read(log, i, 1);
            assertThat(kept(log)).hasSize(Math.min(i + 1, 64));
        }
    }

    @Test
    void theBudgetHoldsWhateverIsRead() {
        long seed = System.nanoTime();
        System.out.printf("BlockBudgetTest: seed %d%n", seed);
        Random random = new Random(seed);
        int[] sizes = new int[300];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = random.nextInt(10) == 0 ? random.nextInt(100_000) : random.nextInt(3_000);
        }
        LogConfig config = config(0);
        long budget = LocalEngine.blockBytes(config);
        TestLog log = filled(config, sizes);
        for (int n = 0; n < 500; n++) {
            read(log, random.nextInt(sizes.length), random.nextInt(random.nextInt(200_000) + 1));
            Set<byte[]> kept = kept(log);
            assertThat(bytes(kept)).as("seed %d, read %d", seed, n).isLessThanOrEqualTo(budget);
            assertThat(kept).allMatch(array -> array.length <= budget / 4);
        }
    }
}
