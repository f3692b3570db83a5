package dev.parley.core.shard;

/// Every bound of the kernel in one place. What happens at each is said beside it.
public final class Limits {
    private Limits() {}

    /// Commands that one turn takes before it seals; the rest wait for the next turn of the round.
    public static final int TURN_COMMANDS = 4096;

    /// Bytes that one turn appends before it seals.
    public static final int TURN_BYTES = 4 << 20;

    /// Sealed bytes that are not yet durable: at this bound publishers' sockets are no longer read.
    public static final long UNDURABLE_BYTES = 64L << 20;

    /// Names of queues, exchanges, users, hosts in UTF-8 bytes: longer ones are refused.
    public static final int NAME_BYTES = 255;

    /// Queues of one node: one more declaration is refused.
    public static final int QUEUES = 1_000_000;

    /// Bindings of one virtual host: one more is refused.
    public static final int BINDINGS = 4_000_000;

    /// Exchanges that one message may pass through while it is routed.
    public static final int ROUTE_HOPS = 1024;

    /// Times that one message may be dead-lettered before it is dropped and counted.
    public static final int DEAD_LETTER_HOPS = 100_000;

    /// Largest message body: larger ones are refused before they are read.
    public static final long MESSAGE_BYTES_DEFAULT = 16L << 20;

    public static final long MESSAGE_BYTES_MAX = 512L << 20;
}
