package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Whom a sync waits for.
class PatienceTest {
    private final Patience patience = new Patience();

    /// After one sync: whether it waited for what comes, and learnt of it.
    private boolean sync(long confirmed, long came) {
        boolean pays = patience.pays();
        if (pays) {
            patience.learn(confirmed, came);
        }
        return pays;
    }

    @Test
    void itPaysWhereAllAnswer() {
        for (int n = 0; n < 1_000; n++) {
            assertThat(sync(1_000, 990)).isTrue();
        }
    }

    @Test
    void oneThatAnswersLateEndsNothing() {
        for (int n = 0; n < 1_000; n++) {
            assertThat(sync(1_000, n % 8 == 0 ? 0 : 2_000)).isTrue();
        }
    }

    @Test
    void itPaysNotWhereOthersComeAtTheirPace() {
        int waited = 0;
        for (int n = 0; n < 10 * Patience.TRIAL; n++) {
            waited += sync(1_000, 500) ? 1 : 0;
        }
        assertThat(waited).isBetween(10, 20);
    }

    @Test
    void whereItDidNotPayItIsTriedAgain() {
        while (sync(1_000, 0)) {
            // until it is given up
        }
        int others = 0;
        while (!sync(1_000, 1_000)) {
            others++;
        }
        assertThat(others).isEqualTo(Patience.TRIAL - 2);
        assertThat(sync(1_000, 1_000)).isTrue();
    }
}
