package dev.parley.core.catalog;

import dev.parley.api.Reason;

/// The answer to a [CatalogCommand].
public sealed interface CatalogReply {
    record Done() implements CatalogReply {}

    /// The queue, and whether it was made now.
    record Declared(QueueEntry queue, boolean created) implements CatalogReply {}

    record Refused(Reason reason) implements CatalogReply {}
}
