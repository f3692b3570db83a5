package dev.parley.front.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// A few lines a second, by a clock that the test moves.
class TrickleTest {
    private long now = 5_000;

    @Test
    void fewPassAndTheOthersAreCounted() {
        Trickle trickle = new Trickle(2, () -> now);
        assertThat(trickle.lets()).isTrue();
        assertThat(trickle.withheld()).isEmpty();
        assertThat(trickle.lets()).isTrue();
        assertThat(trickle.lets()).isFalse();
        assertThat(trickle.lets()).isFalse();
        now += 1_000;
        assertThat(trickle.lets()).isTrue();
        assertThat(trickle.withheld()).isEqualTo(" withheld=2");
        assertThat(trickle.withheld()).isEmpty();
    }
}
