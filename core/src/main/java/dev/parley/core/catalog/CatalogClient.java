package dev.parley.core.catalog;

/// Whoever sent a [CatalogCommand]; called on its own event loop when the change is durable.
@FunctionalInterface
public interface CatalogClient {
    void onCatalogReply(long token, CatalogReply reply);
}
