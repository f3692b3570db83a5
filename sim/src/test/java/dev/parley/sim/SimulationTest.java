package dev.parley.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Many short runs. `-Dparley.sim.runs=N` makes it N, `-Dparley.sim.seed=N` begins at N.
class SimulationTest {
    private static final long RUNS = Long.getLong("parley.sim.runs", 3_000);

    /// A seed with a short run, and the calls it makes of its disk.
    private static final long SHORT = 1;

    private static final long CALLS = 200;

    private static final long SEED = Long.getLong("parley.sim.seed", 1);

    @Test
    void everyPromiseIsKept() {
        // Runs have nothing in common: each has its own clock, chance, disk and node.
        List<Simulation.Outcome> outcomes =
                LongStream.range(SEED, SEED + RUNS)
                        .parallel()
                        .mapToObj(seed -> Simulation.run(seed, Bug.NONE, false))
                        .toList();
        outcomes.forEach(SimulationTest::check);
        long confirms = outcomes.stream().mapToLong(Simulation.Outcome::confirms).sum();
        long deliveries = outcomes.stream().mapToLong(Simulation.Outcome::deliveries).sum();
        long lives = outcomes.stream().mapToLong(Simulation.Outcome::lives).sum();
        System.out.printf(
                "simulation: seeds %d to %d, %,d lives, %,d confirms, %,d deliveries%n",
                SEED, SEED + RUNS - 1, lives, confirms, deliveries);
        assertThat(confirms).isGreaterThan(RUNS * 20);
        assertThat(deliveries).isGreaterThan(RUNS * 20);
    }

    /// Seeds that once broke a promise.
    @ParameterizedTest
    @ValueSource(
            longs = {
                22, 53, 66, 83, 89, 142, 149, 180, 192, 266, 357, 415, 1237, 1321, 1399, 1459, 1494,
                2153, 13813, 24854, 26747, 28759
            })
    void whatWasBrokenOnceIsKept(long seed) {
        assertThat(keeps(seed).broken()).isFalse();
    }

    @Test
    void aSeedRepeatsItsRun() {
        for (long seed = 1; seed <= 20; seed++) {
            Simulation.Outcome once = Simulation.run(seed, Bug.NONE, false);
            Simulation.Outcome again = Simulation.run(seed, Bug.NONE, true);
            assertThat(again.hash()).as("seed %d", seed).isEqualTo(once.hash());
            assertThat(again.events()).isEqualTo(once.events());
        }
    }

    /// The n-th call of the disk fails, for every n.
    @ParameterizedTest
    @EnumSource(SimDisk.Fault.class)
    void everyCallMayFail(SimDisk.Fault fault) {
        for (long call = 0; call < CALLS; call++) {
            Simulation.Outcome outcome = Simulation.runWithFault(SHORT, call, fault);
            if (outcome.broken()) {
                fail(fault + " at call " + call + ": " + outcome.violation(), outcome.cause());
            }
            assertThat(outcome.lives()).isPositive();
        }
    }

    @Test
    void seedsDiffer() {
        assertThat(Simulation.run(1, Bug.NONE, false).hash())
                .isNotEqualTo(Simulation.run(2, Bug.NONE, false).hash());
    }

    private static Simulation.Outcome keeps(long seed) {
        Simulation.Outcome outcome = Simulation.run(seed, Bug.NONE, false);
        check(outcome);
        return outcome;
    }

    private static void check(Simulation.Outcome outcome) {
        if (outcome.broken()) {
            fail(Main.line(outcome, Bug.NONE), outcome.cause());
        }
    }
}
