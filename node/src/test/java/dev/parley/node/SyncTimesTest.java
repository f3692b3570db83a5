package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/// On which disks two syncs run at a time.
class SyncTimesTest {
    private static final long LONG = 1_000;

    private final SyncTimes times = new SyncTimes(LONG);

    /// Syncs until `end`; each second one runs beside another where that may be. Returns how many.
    private int sync(long alone, long beside, BooleanSupplier end) {
        int count = 0;
        while (!end.getAsBoolean()) {
            boolean second = times.abreast() && count % 2 == 1;
            times.learn(second ? beside : alone, second);
            count++;
            assertThat(count).isLessThan(10_000);
        }
        return count;
    }

    private int abreastAmong(int syncs, long alone, long beside) {
        int abreast = 0;
        for (int n = 0; n < syncs; n++) {
            boolean second = times.abreast() && n % 2 == 1;
            times.learn(second ? beside : alone, second);
            abreast += times.abreast() ? 1 : 0;
        }
        return abreast;
    }

    @Test
    void notOnAQuickOne() {
        assertThat(abreastAmong(5_000, LONG / 2, LONG / 2)).isZero();
    }

    @Test
    void onASlowOneThatDoesSeveralThingsAtOnce() {
        assertThat(sync(2 * LONG, 2 * LONG, times::abreast)).isEqualTo(SyncTimes.SAMPLES);
        // Short of what it takes to measure again, from time to time.
        assertThat(abreastAmong(10_000, 2 * LONG, 2 * LONG)).isBetween(9_700, 9_900);
    }

    @Test
    void notOnOneThatFlushesForOneAtATime() {
        sync(2 * LONG, 3 * LONG, times::abreast);
        sync(2 * LONG, 3 * LONG, () -> !times.abreast());
        assertThat(sync(2 * LONG, 3 * LONG, times::abreast)).isEqualTo(SyncTimes.HOLDS);
        assertThat(abreastAmong(10_000, 2 * LONG, 3 * LONG)).isBetween(100, 400);
    }

    @Test
    void noLongerWhenItHasBecomeQuick() {
        sync(2 * LONG, 2 * LONG, times::abreast);
        abreastAmong(100, 2 * LONG, 2 * LONG);
        assertThat(times.abreast()).isTrue();
        sync(LONG / 10, LONG / 10, () -> !times.abreast());
        assertThat(abreastAmong(5_000, LONG / 10, LONG / 10)).isLessThan(100);
    }
}
