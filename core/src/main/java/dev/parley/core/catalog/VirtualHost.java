package dev.parley.core.catalog;

import dev.parley.core.message.FieldTable;
import dev.parley.core.shard.Limits;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A world of exchanges, queues and bindings of its own.
public final class VirtualHost {
    private final String name;
    private final Map<String, Exchange> exchanges = new LinkedHashMap<>();
    private final Map<String, QueueEntry> queues = new LinkedHashMap<>();
    private final ArrayDeque<Exchange> toVisit = new ArrayDeque<>();
    private int bindings;
    private long routes;
    private long walks;

    VirtualHost(String name) {
        this.name = name;
    }

    public String name() {
        return name;
    }

    public @Nullable Exchange exchange(String named) {
        return exchanges.get(named);
    }

    public @Nullable QueueEntry queue(String named) {
        return queues.get(named);
    }

    public Collection<Exchange> exchanges() {
        return Collections.unmodifiableCollection(exchanges.values());
    }

    public Collection<QueueEntry> queues() {
        return Collections.unmodifiableCollection(queues.values());
    }

    int bindings() {
        return bindings;
    }

    /// Finds the queues that a message reaches. `headers` is asked only where a headers exchange
    /// wants to know.
    ///
    /// @param keys the routing key and further ones; a queue is found once
    public void route(
            Exchange exchange,
            List<String> keys,
            Supplier<@Nullable FieldTable> headers,
            Routes out) {
        out.begin(++routes);
        for (String key : keys) {
            if (exchange.name().isEmpty()) {
                QueueEntry queue = queues.get(key);
                if (queue != null) {
                    out.add(queue);
                }
            } else {
                walk(exchange, key, headers, out);
            }
        }
    }

    private void walk(
            Exchange start, String key, Supplier<@Nullable FieldTable> headers, Routes out) {
        long visit = ++walks;
        toVisit.clear();
        toVisit.add(start);
        start.visitedFirstBy(visit);
        int hops = 0;
        Exchange exchange;
        while ((exchange = toVisit.poll()) != null && hops++ < Limits.ROUTE_HOPS) {
            List<Binding> found =
                    exchange.match(
                            key, exchange.type() == Exchange.Type.HEADERS ? headers.get() : null);
            if (found.isEmpty()) {
                String alternate = exchange.alternate();
                visit(alternate == null ? null : exchanges.get(alternate), visit);
                continue;
            }
            for (int i = 0; i < found.size(); i++) {
                QueueEntry queue = found.get(i).queue();
                if (queue != null) {
                    out.add(queue);
                } else {
                    visit(found.get(i).exchange(), visit);
                }
            }
        }
    }

    private void visit(@Nullable Exchange exchange, long visit) {
        if (exchange != null && exchange.visitedFirstBy(visit)) {
            toVisit.add(exchange);
        }
    }

    void add(Exchange exchange) {
        exchanges.put(exchange.name(), exchange);
    }

    void add(QueueEntry queue) {
        queues.put(queue.name(), queue);
    }

    @Nullable Binding find(CatalogCommand.Link link) {
        Exchange source = exchanges.get(link.source());
        if (source != null) {
            for (Binding binding : source.withKey(link.routingKey())) {
                if (binding.joins(link)) {
                    return binding;
                }
            }
        }
        return null;
    }

    void add(Binding binding) {
        binding.source().add(binding);
        QueueEntry queue = binding.queue();
        Exchange exchange = binding.exchange();
        if (queue != null) {
            queue.incoming().add(binding);
        } else if (exchange != null) {
            exchange.incoming().add(binding);
        }
        bindings++;
    }

    /// Removes a binding, and its source if that was its last and it is to go then.
    void remove(Binding binding) {
        Exchange source = binding.source();
        source.remove(binding);
        QueueEntry queue = binding.queue();
        Exchange exchange = binding.exchange();
        if (queue != null) {
            queue.incoming().remove(binding);
        } else if (exchange != null) {
            exchange.incoming().remove(binding);
        }
        bindings--;
        if (source.autoDelete() && source.bindings().isEmpty()) {
            remove(source);
        }
    }

    void remove(Exchange exchange) {
        if (exchanges.remove(exchange.name(), exchange)) {
            for (Binding binding : List.copyOf(exchange.bindings())) {
                remove(binding);
            }
            for (Binding binding : List.copyOf(exchange.incoming())) {
                remove(binding);
            }
        }
    }

    void remove(QueueEntry queue) {
        if (queues.remove(queue.name(), queue)) {
            for (Binding binding : List.copyOf(queue.incoming())) {
                remove(binding);
            }
        }
    }
}
