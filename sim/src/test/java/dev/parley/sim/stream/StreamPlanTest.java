package dev.parley.sim.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.parley.sim.Simulation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Many short runs with streams, and mistakes that the ledger must find. `-Dparley.sim.runs=N`
/// makes it N, `-Dparley.sim.seed=N` begins at N.
class StreamPlanTest {
    private static final long RUNS = Long.getLong("parley.sim.runs", 500);
    private static final long SEED = Long.getLong("parley.sim.seed", 1);
    private static final int SEEDS = 200;

    @Test
    void everyPromiseIsKept() {
        long confirms = 0;
        long deliveries = 0;
        for (long seed = SEED; seed < SEED + RUNS; seed++) {
            Simulation.Outcome outcome = StreamPlan.run(seed, StreamPlan.Mistake.NONE, false);
            if (outcome.broken()) {
                fail("seed " + seed + ": " + outcome.violation(), outcome.cause());
            }
            confirms += outcome.confirms();
            deliveries += outcome.deliveries();
        }
        System.out.printf(
                "streams: seeds %d to %d, %,d confirms, %,d deliveries%n",
                SEED, SEED + RUNS - 1, confirms, deliveries);
        assertThat(confirms).isGreaterThan(RUNS * 20);
        assertThat(deliveries).isGreaterThan(RUNS * 20);
    }

    @Test
    void aSeedRepeatsItsRun() {
        for (long seed = 1; seed <= 20; seed++) {
            Simulation.Outcome once = StreamPlan.run(seed, StreamPlan.Mistake.NONE, false);
            Simulation.Outcome again = StreamPlan.run(seed, StreamPlan.Mistake.NONE, true);
            assertThat(again.hash()).as("seed %d", seed).isEqualTo(once.hash());
        }
    }

    @ParameterizedTest
    @EnumSource(value = StreamPlan.Mistake.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void isFound(StreamPlan.Mistake mistake) {
        long seed = 1;
        Simulation.Outcome outcome = StreamPlan.run(seed, mistake, false);
        while (!outcome.broken() && seed < SEEDS) {
            outcome = StreamPlan.run(++seed, mistake, false);
        }
        System.out.printf("%s is found with seed %d: %s%n", mistake, seed, outcome.violation());
        assertThat(outcome.broken()).as("%s within %d seeds", mistake, SEEDS).isTrue();
    }
}
