package dev.parley.core.log;

/// The closed set of ways in which a log fails its owner.
public sealed interface LogFailure {
    String detail();

    /// Another owner has opened the shard: stop at once, answer nothing.
    record Fenced(String detail) implements LogFailure {}

    /// The outcome of a write cannot be told: stop, reopen, replay; never guess.
    record Unknown(String detail) implements LogFailure {}

    /// Damage in the middle of what was durable: stop this shard, loudly.
    record Corrupt(String detail) implements LogFailure {}
}
