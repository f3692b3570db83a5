package dev.parley.sim;

/// Two clocks: one that only goes forward, and the wall's, which somebody sets now and then.
public final class SimTime {
    private static final long START = 1_700_000_000_000L;

    private long tick = 1_000;
    private long wall = START;
    private boolean jumped;

    public long tick() {
        return tick;
    }

    public long wall() {
        return wall;
    }

    public void pass(long millis) {
        tick += millis;
        wall += millis;
    }

    public void jump(long millis) {
        wall += millis;
        jumped = true;
    }

    public boolean jumped() {
        return jumped;
    }
}
