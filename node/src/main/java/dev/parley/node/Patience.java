package dev.parley.node;

/// Whether it pays to wait a moment after a sync for the answers to it: whether those whose
/// messages it confirmed send about as many again in such a moment. Publishers that wait for their
/// confirms do; who publishes at a pace of his own does not, and is not to wait for nothing.
///
/// For one thread.
final class Patience {
    /// Where it does not pay, it is tried again after so many syncs.
    static final int TRIAL = 128;

    /// What part of the confirmed has to come again.
    private static final double ENOUGH = 0.7;

    /// How much the last time counts.
    private static final double NEW = 0.125;

    private double part = 1;
    private int untried;

    /// Asked once for each sync.
    boolean pays() {
        return part >= ENOUGH || ++untried >= TRIAL;
    }

    /// Bytes that a sync confirmed, and that came in the moment after it.
    void learn(long confirmed, long came) {
        double now = (double) Math.min(came, confirmed) / confirmed;
        part = untried > 0 ? now : part + (now - part) * NEW;
        untried = 0;
    }
}
