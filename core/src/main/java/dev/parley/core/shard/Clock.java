package dev.parley.core.shard;

/// Wall-clock time. It may jump in both directions; nothing may break when it does.
@FunctionalInterface
public interface Clock {
    /// Milliseconds since 1970-01-01 UTC.
    long millis();
}
