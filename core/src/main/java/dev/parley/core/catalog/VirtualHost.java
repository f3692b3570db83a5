package dev.parley.core.catalog;

import dev.parley.core.message.FieldTable;
import dev.parley.core.shard.Limits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A world of exchanges, queues and bindings of its own.
public final class VirtualHost {
    /// The exchange that the topics are.
    private static final String TOPICS = "amq.topic";

    private final String name;
    private final Map<String, Exchange> exchanges = new LinkedHashMap<>();
    private final Map<String, QueueEntry> queues = new LinkedHashMap<>();
    private final Policies policies = new Policies();
    private final Map<Bound, Long> limits = new EnumMap<>(Bound.class);
    private final ArrayDeque<Exchange> toVisit = new ArrayDeque<>();
    private int bindings;
    private long routes;

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

    /// The policies, or the operator policies, in the order in which they are asked.
    public List<Policy> policies(boolean operator) {
        return policies.all(operator);
    }

    public @Nullable Policy policy(boolean operator, String named) {
        return policies.get(operator, named);
    }

    /// The limits that are set.
    public Map<Bound, Long> limits() {
        return Collections.unmodifiableMap(limits);
    }

    /// How many there may be; negative: any number.
    public long most(Bound bound) {
        return limits.getOrDefault(bound, -1L);
    }

    void limit(Bound bound, long most) {
        if (most < 0) {
            limits.remove(bound);
        } else {
            limits.put(bound, most);
        }
    }

    int bindings() {
        return bindings;
    }

    /// Finds the queues that a message reaches.
    ///
    /// Each exchange on the way decides once for all keys: one that has no way on for any of them
    /// hands the message to its alternate exchange. The default exchange knows queues by their
    /// names only for what is published to it: as an alternate it leads nowhere, as RabbitMQ's
    /// does.
    ///
    /// @param keys the routing key and further ones; a queue is found once
    /// @param headers what a headers exchange looks at; null: there are none
    public void route(
            Exchange exchange, List<String> keys, @Nullable FieldTable headers, Routes out) {
        out.begin(++routes);
        toVisit.clear();
        if (exchange.name().isEmpty()) {
            for (int i = 0; i < keys.size(); i++) {
                take(queues.get(keys.get(i)), out);
            }
            return;
        }
        visit(exchange);
        Exchange at;
        for (int hops = 0; hops < Limits.ROUTE_HOPS && (at = toVisit.poll()) != null; hops++) {
            if (at.name().equals(TOPICS)) {
                out.reachTopics();
            }
            String alternate = at.alternate();
            if (!pass(at, keys, headers, out) && alternate != null) {
                visit(exchanges.get(alternate));
            }
        }
    }

    /// Takes the ways that lead on from an exchange; whether there were any.
    private boolean pass(
            Exchange exchange, List<String> keys, @Nullable FieldTable headers, Routes out) {
        if (exchange.routing() == Exchange.Type.HEADERS) {
            FieldTable known = headers == null ? FieldTable.EMPTY : headers;
            return take(exchange.match(""), known, out);
        }
        boolean some = false;
        for (int i = 0; i < keys.size(); i++) {
            some |= take(exchange.match(keys.get(i)), FieldTable.EMPTY, out);
        }
        return some;
    }

    private boolean take(List<Binding> ways, FieldTable headers, Routes out) {
        boolean some = false;
        for (int i = 0; i < ways.size(); i++) {
            Binding way = ways.get(i);
            if (way.takes(headers)) {
                some = true;
                if (!take(way.queue(), out)) {
                    visit(way.exchange());
                }
            }
        }
        return some;
    }

    private static boolean take(@Nullable QueueEntry queue, Routes out) {
        if (queue == null) {
            return false;
        }
        out.add(queue);
        return true;
    }

    private void visit(@Nullable Exchange exchange) {
        if (exchange != null && exchange.visitedFirstBy(routes)) {
            toVisit.add(exchange);
        }
    }

    void add(Exchange exchange) {
        exchange.policies(policies.of(exchange));
        exchanges.put(exchange.name(), exchange);
    }

    void add(QueueEntry queue) {
        queue.policies(policies.of(queue));
        queues.put(queue.name(), queue);
    }

    void put(Policy policy) {
        Policy before = policies.get(policy.operator(), policy.name());
        policies.put(policy);
        reapply(before, policy);
    }

    void removePolicy(boolean operator, String named) {
        Policy before = policies.get(operator, named);
        policies.remove(operator, named);
        reapply(before, null);
    }

    /// Asks again for everything that the policy which went, or the one that came, may count for.
    private void reapply(@Nullable Policy before, @Nullable Policy after) {
        for (Exchange exchange : exchanges.values()) {
            if (isFor(before, exchange.policies()) || (after != null && after.matches(exchange))) {
                exchange.policies(policies.of(exchange));
            }
        }
        for (QueueEntry queue : queues.values()) {
            if (isFor(before, queue.policies()) || (after != null && after.matches(queue))) {
                queue.policies(policies.of(queue));
            }
        }
    }

    private static boolean isFor(@Nullable Policy policy, Applied applied) {
        return policy != null && (applied.policy() == policy || applied.operator() == policy);
    }

    /// The queues for which a policy counts.
    List<QueueEntry> queuesUnder(@Nullable Policy policy) {
        List<QueueEntry> found = new ArrayList<>();
        for (QueueEntry queue : queues.values()) {
            if (isFor(policy, queue.policies())) {
                found.add(queue);
            }
        }
        return found;
    }

    @Nullable Binding find(CatalogCommand.Link link) {
        Exchange source = exchanges.get(link.source());
        return source == null ? null : source.find(link);
    }

    void add(Binding binding) {
        binding.source().add(binding);
        incoming(binding).add(binding);
        bindings++;
    }

    /// Removes a binding. A source that is to go with its last one is the machine's to remove: a
    /// copy of the catalog, or a replay, need not have had the others.
    void remove(Binding binding) {
        binding.source().remove(binding);
        incoming(binding).remove(binding);
        bindings--;
    }

    private static Set<Binding> incoming(Binding binding) {
        QueueEntry queue = binding.queue();
        Exchange exchange = binding.exchange();
        if (queue != null) {
            return queue.incoming();
        }
        if (exchange == null) {
            throw new IllegalStateException("a binding that leads nowhere");
        }
        return exchange.incoming();
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
