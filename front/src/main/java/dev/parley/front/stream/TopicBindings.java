package dev.parley.front.stream;

import dev.parley.api.Reason;
import dev.parley.core.catalog.Binding;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogCommand.Link;
import dev.parley.core.catalog.CatalogReply;
import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.message.FieldTable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The topics that a stream takes: what it is bound to `amq.topic` by.
public final class TopicBindings {
    /// The exchange that topics are keys of.
    public static final String EXCHANGE = "amq.topic";

    private TopicBindings() {}

    /// The keys by which the stream is bound, as filters of topics.
    public static List<String> of(VirtualHost host, QueueEntry stream) {
        Exchange topics = host.exchange(EXCHANGE);
        List<String> filters = new ArrayList<>();
        if (topics != null) {
            for (Binding binding : topics.bindings()) {
                if (binding.queue() == stream) {
                    filters.add(binding.routingKey().replace('.', '/').replace('*', '+'));
                }
            }
        }
        return filters;
    }

    /// Binds the stream by one filter after the other; those that are there stay.
    ///
    /// @param then told why that was refused, or null; on the event loop
    public static void add(
            StreamFeed.Way way,
            QueueEntry stream,
            List<String> filters,
            Consumer<@Nullable Reason> then) {
        if (filters.isEmpty()) {
            then.accept(null);
            return;
        }
        String key = filters.getFirst().replace('/', '.').replace('+', '*');
        Link link = new Link(EXCHANGE, stream.name(), true, key, FieldTable.EMPTY);
        way.offer(
                0,
                new CatalogCommand.Bind(
                        (token, reply) -> {
                            if (reply instanceof CatalogReply.Refused(Reason reason)) {
                                then.accept(reason);
                            } else {
                                add(way, stream, filters.subList(1, filters.size()), then);
                            }
                        },
                        1,
                        stream.host(),
                        link));
    }
}
