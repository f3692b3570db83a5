package dev.parley.sim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The ledger finds mistakes that somebody made on purpose.
class PlantedBugTest {
    private static final int SEEDS = 200;

    @ParameterizedTest
    @EnumSource(value = Bug.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void isFound(Bug bug) {
        long seed = 1;
        Simulation.Outcome outcome = Simulation.run(seed, bug, false);
        while (!outcome.broken() && seed < SEEDS) {
            outcome = Simulation.run(++seed, bug, false);
        }
        System.out.printf("%s is found with seed %d: %s%n", bug, seed, outcome.violation());
        assertThat(outcome.broken()).as("%s within %d seeds", bug, SEEDS).isTrue();
    }
}
