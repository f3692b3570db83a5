package dev.parley.front.pace;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// How long a client that sends too much is not read.
class ThrottleTest {
    @Test
    void packetsHaveARate() {
        Throttle throttle = new Throttle(10, 0, 0);
        for (int i = 0; i < 10; i++) {
            throttle.take(1_000_000, 0);
            assertThat(throttle.pause(0)).isZero();
        }
        throttle.take(1, 0);
        assertThat(throttle.pause(0)).isEqualTo(100);
        assertThat(throttle.pause(99)).isEqualTo(1);
        assertThat(throttle.pause(100)).isZero();
        throttle.take(1, 100);
        assertThat(throttle.pause(100)).isEqualTo(100);
    }

    @Test
    void bytesHaveARateAndALargePacketIsPaidLater() {
        Throttle throttle = new Throttle(0, 1_000, 0);
        throttle.take(5_000, 0);
        assertThat(throttle.pause(0)).isEqualTo(4_000);
        assertThat(throttle.pause(3_999)).isEqualTo(1);
        assertThat(throttle.pause(4_000)).isZero();
    }

    @Test
    void aDebtIsPaidInAMinuteWhateverItIs() {
        Throttle throttle = new Throttle(0, 1_000, 0);
        throttle.take(16 << 20, 0);
        assertThat(throttle.pause(0)).isEqualTo(60_000);
        throttle.take(16 << 20, 30_000);
        assertThat(throttle.pause(30_000)).isEqualTo(60_000);
        assertThat(throttle.pause(90_000)).isZero();
    }

    @Test
    void aQuietClientMaySendNoMoreThanASecondsWorthAtOnce() {
        Throttle throttle = new Throttle(2, 1L << 36, 0);
        throttle.take(1, 1_000_000_000_000L);
        throttle.take(1, 1_000_000_000_000L);
        assertThat(throttle.pause(1_000_000_000_000L)).isZero();
        throttle.take(1, 1_000_000_000_000L);
        assertThat(throttle.pause(1_000_000_000_000L)).isEqualTo(500);
    }
}
