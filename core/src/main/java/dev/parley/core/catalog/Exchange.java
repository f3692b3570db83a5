package dev.parley.core.catalog;

import dev.parley.core.catalog.CatalogCommand.Link;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A routing table: which bindings a message takes.
public final class Exchange {
    /// How an exchange chooses.
    public enum Type {
        DIRECT("direct"),
        FANOUT("fanout"),
        TOPIC("topic"),
        HEADERS("headers"),
        /// Another type by its argument `x-delayed-type`; publishers say how long messages wait.
        DELAYED("x-delayed-message");

        private final String label;

        Type(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }

        static @Nullable Type of(String label) {
            for (Type type : values()) {
                if (type.label.equals(label)) {
                    return type;
                }
            }
            return null;
        }
    }

    /// Bindings held by remembered matches, and one for each match itself; at the bound all are
    /// forgotten.
    private static final int CACHE_WEIGHT = 8192;

    private final String name;
    private final Type type;
    private final Type routing;
    private final boolean durable;
    private final boolean autoDelete;
    private final boolean internal;
    private final FieldTable arguments;
    private @Nullable String alternate;
    private Applied policies = Applied.NONE;
    private final Map<Link, Binding> bindings = new LinkedHashMap<>();
    private final Set<Binding> incoming = new LinkedHashSet<>();

    /// A direct exchange's index.
    private final Map<String, List<Binding>> byKey = new HashMap<>();

    /// A topic exchange's index, and what it answered lately.
    private final TopicTrie trie = new TopicTrie();

    private final Map<String, List<Binding>> cache = new HashMap<>();
    private int cacheWeight;

    /// All bindings for those who visit each; null after a change.
    private @Nullable List<Binding> all;

    private long visitedBy;

    Exchange(
            String name,
            Type type,
            boolean durable,
            boolean autoDelete,
            boolean internal,
            FieldTable arguments) {
        this.name = name;
        this.type = type;
        Type delayed = type == Type.DELAYED ? delayedType(arguments) : type;
        this.routing = delayed == null ? Type.DIRECT : delayed;
        this.durable = durable;
        this.autoDelete = autoDelete;
        this.internal = internal;
        this.arguments = arguments;
        policies(Applied.NONE);
    }

    /// The policies that count for it.
    public Applied policies() {
        return policies;
    }

    void policies(Applied now) {
        policies = now;
        FieldValue argument = arguments.get(PolicySetting.ALTERNATE_EXCHANGE);
        FieldValue value =
                argument == null
                        ? now.definition().get(PolicySetting.ALTERNATE_EXCHANGE)
                        : argument;
        alternate = value == null ? null : value.asText();
    }

    public String name() {
        return name;
    }

    public Type type() {
        return type;
    }

    /// How the exchange routes: its type, or the one that a delayed exchange names.
    Type routing() {
        return routing;
    }

    /// The type that a delayed exchange with these arguments routes by; null: none that is known.
    static @Nullable Type delayedType(FieldTable arguments) {
        FieldValue value = arguments.get("x-delayed-type");
        String label = value == null ? null : value.asText();
        Type found = label == null ? null : Type.of(label);
        return found == Type.DELAYED ? null : found;
    }

    public boolean durable() {
        return durable;
    }

    public boolean autoDelete() {
        return autoDelete;
    }

    public boolean internal() {
        return internal;
    }

    public FieldTable arguments() {
        return arguments;
    }

    /// The bindings that lead on from here, in the order in which they were made.
    public Collection<Binding> bindings() {
        return Collections.unmodifiableCollection(bindings.values());
    }

    /// The bindings that lead here from other exchanges.
    Set<Binding> incoming() {
        return incoming;
    }

    /// The exchange that takes what this one cannot route, or null.
    public @Nullable String alternate() {
        return alternate;
    }

    boolean visitedFirstBy(long route) {
        if (visitedBy == route) {
            return false;
        }
        visitedBy = route;
        return true;
    }

    @Nullable Binding find(Link link) {
        return bindings.get(link);
    }

    void add(Binding binding) {
        bindings.put(binding.link(), binding);
        switch (routing) {
            case DIRECT ->
                    byKey.computeIfAbsent(binding.routingKey(), key -> new ArrayList<>(1))
                            .add(binding);
            case TOPIC -> trie.add(binding);
            case FANOUT, HEADERS, DELAYED -> {
                // Every binding is looked at.
            }
        }
        forgetMatches();
    }

    void remove(Binding binding) {
        bindings.remove(binding.link(), binding);
        switch (routing) {
            case DIRECT -> {
                List<Binding> same = byKey.get(binding.routingKey());
                if (same != null && same.remove(binding) && same.isEmpty()) {
                    byKey.remove(binding.routingKey());
                }
            }
            case TOPIC -> trie.remove(binding);
            case FANOUT, HEADERS, DELAYED -> {
                // No index.
            }
        }
        forgetMatches();
    }

    private void forgetMatches() {
        cache.clear();
        cacheWeight = 0;
        all = null;
    }

    /// The bindings that may take a message with this key; those of a headers exchange must be
    /// asked one by one.
    List<Binding> match(String routingKey) {
        return switch (routing) {
            case DIRECT -> byKey.getOrDefault(routingKey, List.of());
            case TOPIC -> matchTopic(routingKey);
            case FANOUT, HEADERS, DELAYED -> all();
        };
    }

    private List<Binding> all() {
        List<Binding> known = all;
        if (known == null) {
            known = List.copyOf(bindings.values());
            all = known;
        }
        return known;
    }

    private List<Binding> matchTopic(String routingKey) {
        List<Binding> known = cache.get(routingKey);
        if (known != null) {
            return known;
        }
        List<Binding> found = trie.match(routingKey);
        cacheWeight += 1 + found.size();
        if (cacheWeight > CACHE_WEIGHT) {
            cache.clear();
            cacheWeight = 1 + found.size();
        }
        if (cacheWeight <= CACHE_WEIGHT) {
            cache.put(routingKey, found);
        }
        return found;
    }
}
