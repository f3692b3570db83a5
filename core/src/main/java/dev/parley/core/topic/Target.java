package dev.parley.core.topic;

/// A durable session that a message goes to, on any shard.
public record Target(long session, Terms terms) {
    private static final int SHARD_SHIFT = 40;

    /// The shard that a session lives on: part of its number.
    public static int shardOf(long session) {
        return (int) (session >>> SHARD_SHIFT);
    }

    static long session(int shard, long serial) {
        return (long) shard << SHARD_SHIFT | serial;
    }

    /// What tells a session from others of its shard.
    static long serialOf(long session) {
        return session & (1L << SHARD_SHIFT) - 1;
    }

    int shard() {
        return shardOf(session);
    }
}
