package dev.parley.sim;

/// Two clocks: one that only goes forward, and the wall's, which somebody sets now and then.
final class SimTime {
    private static final long START = 1_700_000_000_000L;

    private long tick = 1_000;
    private long wall = START;
    private boolean jumped;

    long tick() {
        return tick;
    }

    long wall() {
        return wall;
    }

    void pass(long millis) {
        tick += millis;
        wall += millis;
    }

    void jump(long millis) {
        wall += millis;
        jumped = true;
    }

    boolean jumped() {
        return jumped;
    }
}
