package dev.parley.sim;

import java.util.List;
import java.util.SplittableRandom;

/// Everything random in a run; the same seed throws the same.
public final class Dice {
    private final SplittableRandom random;

    public Dice(long seed) {
        this.random = new SplittableRandom(seed);
    }

    private Dice(SplittableRandom random) {
        this.random = random;
    }

    /// Dice of their own, so that what one part throws does not change what another does.
    public Dice split() {
        return new Dice(random.split());
    }

    public long next() {
        return random.nextLong();
    }

    /// From 0 to below `bound`.
    public int below(int bound) {
        return random.nextInt(bound);
    }

    /// Both ends may come.
    public int between(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    /// True once in `n` times on average.
    public boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    public <T> T pick(List<T> things) {
        return things.get(below(things.size()));
    }

    /// An index, each as often as its weight says.
    public int weighted(int... weights) {
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
