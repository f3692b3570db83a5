package dev.parley.core.catalog;

import dev.parley.core.catalog.CatalogCommand.Link;
import dev.parley.core.message.FieldTable;
import org.jspecify.annotations.Nullable;

/// A way from an exchange to a queue or to another exchange; exactly one of [#queue] and
/// [#exchange] is there. Two are the same only if they are one object.
public final class Binding {
    private final Exchange source;
    private final @Nullable QueueEntry queue;
    private final @Nullable Exchange exchange;
    private final Link link;

    /// What a message's headers must look like; only where the source asks.
    private final @Nullable HeaderMatch headers;

    Binding(Exchange source, @Nullable QueueEntry queue, @Nullable Exchange exchange, Link link) {
        this.source = source;
        this.queue = queue;
        this.exchange = exchange;
        this.link = link;
        headers =
                source.routing() == Exchange.Type.HEADERS ? HeaderMatch.of(link.arguments()) : null;
    }

    public Exchange source() {
        return source;
    }

    public @Nullable QueueEntry queue() {
        return queue;
    }

    public @Nullable Exchange exchange() {
        return exchange;
    }

    public String routingKey() {
        return link.routingKey();
    }

    public FieldTable arguments() {
        return link.arguments();
    }

    Link link() {
        return link;
    }

    boolean takes(FieldTable found) {
        return headers == null || headers.matches(found);
    }

    /// Whether it outlives a restart of the node: both of its ends do.
    boolean survives() {
        boolean destination =
                queue != null ? queue.survives() : exchange != null && exchange.durable();
        return source.durable() && destination;
    }
}
