package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.SelectStrategy;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// The loop stays awake for a sync that somebody waits for, once and not for long.
class VigilTest {
    private static final int READY = 7;

    private long awaited;
    private long now = 1;

    @Test
    void sleepsWhenNobodyWaits() throws Exception {
        Vigil vigil = vigil(2);
        assertThat(vigil.calculateStrategy(() -> READY, false)).isEqualTo(SelectStrategy.SELECT);
        assertThat(vigil.calculateStrategy(() -> READY, true)).isEqualTo(READY);
    }

    @Test
    void staysAwakeForEachSyncAndNotForLong() throws Exception {
        Vigil vigil = vigil(2);
        for (awaited = 1; awaited < 4; awaited++) {
            assertThat(vigil.calculateStrategy(() -> READY, false)).isEqualTo(READY);
            now += TimeUnit.MICROSECONDS.toNanos(100);
            assertThat(vigil.calculateStrategy(() -> READY, false)).isEqualTo(READY);
            now += TimeUnit.MILLISECONDS.toNanos(1);
            assertThat(vigil.calculateStrategy(() -> READY, false))
                    .isEqualTo(SelectStrategy.SELECT);
        }
    }

    @Test
    void leavesTheOnlyProcessorToTheWriter() throws Exception {
        Vigil vigil = vigil(1);
        awaited = 1;
        assertThat(vigil.calculateStrategy(() -> READY, false)).isEqualTo(SelectStrategy.SELECT);
    }

    private Vigil vigil(int processors) {
        return new Vigil(() -> awaited, () -> now, processors);
    }
}
