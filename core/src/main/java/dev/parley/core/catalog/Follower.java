package dev.parley.core.catalog;

/// Somebody on the catalog's own event loop who wants to know when it has changed.
@FunctionalInterface
public interface Follower {
    /// Called at the end of each turn that changed something, durable or not yet.
    void onChange(Catalog catalog);
}
