package dev.parley.core.catalog;

import dev.parley.core.message.FieldTable;
import org.jspecify.annotations.Nullable;

/// A way from an exchange to a queue or to another exchange; exactly one of `queue` and `exchange`
/// is there.
public record Binding(
        Exchange source,
        @Nullable QueueEntry queue,
        @Nullable Exchange exchange,
        String routingKey,
        FieldTable arguments) {

    boolean survives() {
        boolean destination =
                queue != null ? queue.survives() : exchange != null && exchange.durable();
        return source.durable() && destination;
    }

    boolean joins(CatalogCommand.Link link) {
        String destination = queue != null ? queue.name() : exchange != null ? exchange.name() : "";
        return link.toQueue() == (queue != null)
                && destination.equals(link.destination())
                && routingKey.equals(link.routingKey())
                && arguments.equals(link.arguments());
    }

    CatalogCommand.Link link() {
        String destination = queue != null ? queue.name() : exchange != null ? exchange.name() : "";
        return new CatalogCommand.Link(
                source.name(), destination, queue != null, routingKey, arguments);
    }

    // A binding is one way, not a value: two are the same only if they are one.
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return 31 * source.name().hashCode() + routingKey.hashCode();
    }
}
