package dev.parley.core.shard;

/// A source of random numbers; the simulator's is seeded.
@FunctionalInterface
public interface Chance {
    long next();
}
