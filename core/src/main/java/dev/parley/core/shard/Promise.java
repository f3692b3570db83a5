package dev.parley.core.shard;

/// A reply that waits until what it promises is durable.
@FunctionalInterface
public interface Promise {
    /// Called on the shard's event loop, exactly once, or never if the log fails.
    void keep();
}
