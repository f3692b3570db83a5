package dev.parley.sim;

import java.util.List;
import java.util.SplittableRandom;

/// Everything random in a run; the same seed throws the same.
final class Dice {
    private final SplittableRandom random;

    Dice(long seed) {
        this.random = new SplittableRandom(seed);
    }

    private Dice(SplittableRandom random) {
        this.random = random;
    }

    /// Dice of their own, so that what one part throws does not change what another does.
    Dice split() {
        return new Dice(random.split());
    }

    long next() {
        return random.nextLong();
    }

    /// From 0 to below `bound`.
    int below(int bound) {
        return random.nextInt(bound);
    }

    /// Both ends may come.
    int between(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    /// True once in `n` times on average.
    boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    <T> T pick(List<T> things) {
        return things.get(below(things.size()));
    }

    /// An index, each as often as its weight says.
    int weighted(int... weights) {
        int sum = 0;
        for (int weight : weights) {
            sum += weight;
        }
        int thrown = below(sum);
        int index = 0;
        while (thrown >= weights[index]) {
            thrown -= weights[index++];
        }
        return index;
    }
}
