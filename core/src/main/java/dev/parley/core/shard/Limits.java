package dev.parley.core.shard;

/// Bounds of the kernel that nobody sets. What happens at each is said beside it.
public final class Limits {
    private Limits() {}

    /// Commands that one turn takes before it seals; the rest wait for the next turn of the round.
    public static final int TURN_COMMANDS = 4096;

    /// Sealed bytes that are not yet durable: at this bound publishers' sockets are no longer read.
    public static final long UNDURABLE_BYTES = 64L << 20;

    /// Names of queues, exchanges, users, hosts in UTF-8 bytes: longer ones are refused.
    public static final int NAME_BYTES = 255;

    /// Queues of one node: one more declaration is refused.
    public static final int QUEUES = 1_000_000;

    /// Bindings of one virtual host: one more is refused.
    public static final int BINDINGS = 4_000_000;

    /// Exchanges that one message may pass through while it is routed: it goes no further.
    public static final int ROUTE_HOPS = 1024;

    /// Times that one message may be dead-lettered before it is dropped and counted.
    public static final int DEAD_LETTER_HOPS = 100_000;
}
