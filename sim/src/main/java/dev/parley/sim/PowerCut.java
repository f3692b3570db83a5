package dev.parley.sim;

/// The power fails, in the middle of whatever the node was doing.
public final class PowerCut extends Error {
    private static final long serialVersionUID = 1L;

    PowerCut() {
        super("power cut", null, false, false);
    }
}
