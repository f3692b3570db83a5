package dev.parley.core.catalog;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A routing table: which bindings a message takes.
public final class Exchange {
    /// How an exchange chooses.
    public enum Type {
        DIRECT("direct"),
        FANOUT("fanout"),
        TOPIC("topic"),
        HEADERS("headers");

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

    /// Keys remembered with what they match; at the bound all are forgotten.
    private static final int CACHE_MAX = 4096;

    private final String name;
    private final Type type;
    private final boolean durable;
    private final boolean autoDelete;
    private final boolean internal;
    private final FieldTable arguments;
    private final List<Binding> bindings = new ArrayList<>();
    private final List<Binding> incoming = new ArrayList<>();
    private final Map<String, List<Binding>> byKey = new HashMap<>();
    private final Map<String, List<Binding>> cache = new HashMap<>();
    private @Nullable TopicTrie trie;
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
        this.durable = durable;
        this.autoDelete = autoDelete;
        this.internal = internal;
        this.arguments = arguments;
    }

    public String name() {
        return name;
    }

    public Type type() {
        return type;
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

    public List<Binding> bindings() {
        return bindings;
    }

    List<Binding> incoming() {
        return incoming;
    }

    /// The exchange that takes what this one cannot route, or null.
    @Nullable String alternate() {
        FieldValue value = arguments.get("alternate-exchange");
        return value == null ? null : value.asText();
    }

    boolean visitedFirstBy(long route) {
        if (visitedBy == route) {
            return false;
        }
        visitedBy = route;
        return true;
    }

    void add(Binding binding) {
        bindings.add(binding);
        byKey.computeIfAbsent(binding.routingKey(), key -> new ArrayList<>()).add(binding);
        forgetMatches();
    }

    void remove(Binding binding) {
        bindings.remove(binding);
        List<Binding> same = byKey.get(binding.routingKey());
        if (same != null) {
            same.remove(binding);
            if (same.isEmpty()) {
                byKey.remove(binding.routingKey());
            }
        }
        forgetMatches();
    }

    List<Binding> withKey(String routingKey) {
        return byKey.getOrDefault(routingKey, List.of());
    }

    private void forgetMatches() {
        cache.clear();
        trie = null;
    }

    /// The bindings that a message takes.
    List<Binding> match(String routingKey, @Nullable FieldTable headers) {
        return switch (type) {
            case DIRECT -> byKey.getOrDefault(routingKey, List.of());
            case FANOUT -> bindings;
            case TOPIC -> matchTopic(routingKey);
            case HEADERS -> matchHeaders(headers == null ? FieldTable.EMPTY : headers);
        };
    }

    private List<Binding> matchTopic(String routingKey) {
        List<Binding> known = cache.get(routingKey);
        if (known != null) {
            return known;
        }
        TopicTrie built = trie;
        if (built == null) {
            built = new TopicTrie();
            for (Map.Entry<String, List<Binding>> entry : byKey.entrySet()) {
                built.add(entry.getKey(), entry.getValue());
            }
            trie = built;
        }
        List<Binding> found = built.match(routingKey);
        if (cache.size() >= CACHE_MAX) {
            cache.clear();
        }
        cache.put(routingKey, found);
        return found;
    }

    private List<Binding> matchHeaders(FieldTable headers) {
        List<Binding> found = new ArrayList<>();
        for (Binding binding : bindings) {
            if (HeaderMatch.matches(binding.arguments(), headers)) {
                found.add(binding);
            }
        }
        return found;
    }
}
