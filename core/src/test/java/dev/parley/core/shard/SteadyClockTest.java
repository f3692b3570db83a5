package dev.parley.core.shard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// A clock that was set back hung a shard: a queue's expiry was due by the wheel and not yet by the
/// clock, and was set again and again.
class SteadyClockTest {
    private long wall = 1_000;
    private final SteadyClock clock = new SteadyClock(() -> wall);

    @Test
    void goesOnFromWhereItWasWhenTheWallIsSetBack() {
        assertThat(clock.millis()).isEqualTo(1_000);
        wall = 400;
        assertThat(clock.millis()).isEqualTo(1_000);
        wall = 450;
        assertThat(clock.millis()).isEqualTo(1_050);
    }

    @Test
    void followsTheWallForward() {
        assertThat(clock.millis()).isEqualTo(1_000);
        wall = 9_000;
        assertThat(clock.millis()).isEqualTo(9_000);
        wall = 8_000;
        assertThat(clock.millis()).isEqualTo(9_000);
        wall = 8_500;
        assertThat(clock.millis()).isEqualTo(9_500);
    }
}
