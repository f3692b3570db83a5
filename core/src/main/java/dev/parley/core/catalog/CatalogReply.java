package dev.parley.core.catalog;

import dev.parley.api.Reason;
import java.util.List;

/// The answer to a [CatalogCommand].
public sealed interface CatalogReply {
    record Done() implements CatalogReply {}

    /// The queue, and whether it was made now.
    record Declared(QueueEntry queue, boolean created) implements CatalogReply {}

    /// The queues that the catalog has no more; their messages are for the asker to delete.
    record Removed(List<QueueEntry> queues) implements CatalogReply {
        public Removed {
            queues = List.copyOf(queues);
        }
    }

    record Refused(Reason reason) implements CatalogReply {}
}
