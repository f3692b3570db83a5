package dev.parley.core.topic;

import dev.parley.api.SubjectFilter;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The filters of one virtual host with who subscribes to each: an immutable tree, one level of the
/// topics per level. A change makes a new tree that shares with it all but the way to the filter.
///
/// A wildcard in the first level does not match topics that start with `$`. A shared subscription
/// is one subscriber, and stands here under its filter without the group.
///
/// @param <K> what tells subscribers apart: a session's number, a connection, a group
/// @param <V> what a subscriber said about its subscription
public final class FilterTree<K, V> {
    /// Nodes that one match may visit. Filters full of `+` could make it visit very many.
    public static final int VISITS_MAX = 65_536;

    private static final Node<?, ?> BARE =
            new Node<>(HashTrie.empty(), null, HashTrie.empty(), HashTrie.empty());

    private static final FilterTree<?, ?> EMPTY = new FilterTree<>(bare(), 0);

    private final Node<K, V> root;
    private final int size;

    /// @param literals the next level by its text; the empty text is a level too
    /// @param plus the next level below `+`
    /// @param here subscribers whose filter ends here
    /// @param rest subscribers whose filter goes on with `#`
    private record Node<K, V>(
            HashTrie<String, Node<K, V>> literals,
            @Nullable Node<K, V> plus,
            HashTrie<K, V> here,
            HashTrie<K, V> rest) {
        boolean isBare() {
            return literals.isEmpty() && plus == null && here.isEmpty() && rest.isEmpty();
        }
    }

    private FilterTree(Node<K, V> root, int size) {
        this.root = root;
        this.size = size;
    }

    @SuppressWarnings("unchecked")
    public static <K, V> FilterTree<K, V> empty() {
        return (FilterTree<K, V>) EMPTY;
    }

    @SuppressWarnings("unchecked")
    private static <K, V> Node<K, V> bare() {
        return (Node<K, V>) BARE;
    }

    /// The number of subscriptions.
    public int size() {
        return size;
    }

    /// The tree with this subscription, in the place of an earlier one of the same subscriber to
    /// the same filter.
    ///
    /// @throws IllegalArgumentException if the filter is not one
    public FilterTree<K, V> with(String filter, K subscriber, V value) {
        String[] levels = levels(filter);
        boolean more = find(levels, subscriber) == null;
        return new FilterTree<>(with(root, levels, 0, subscriber, value), more ? size + 1 : size);
    }

    /// The tree without this subscription; the same if there is none.
    public FilterTree<K, V> without(String filter, K subscriber) {
        String[] levels = levels(filter);
        if (find(levels, subscriber) == null) {
            return this;
        }
        return new FilterTree<>(without(root, levels, 0, subscriber), size - 1);
    }

    /// What the subscriber said about its subscription to this very filter, or null.
    public @Nullable V get(String filter, K subscriber) {
        return find(levels(filter), subscriber);
    }

    private static String[] levels(String filter) {
        return new SubjectFilter(filter).pattern().split("/", -1);
    }

    /// Shows every subscription whose filter matches the topic; a subscriber comes once for each of
    /// its filters. Returns false if the match was given up at [#VISITS_MAX]: then what was shown
    /// is not all.
    public boolean match(String topic, BiConsumer<? super K, ? super V> found) {
        String[] levels = topic.split("/", -1);
        int left;
        if (topic.startsWith("$")) {
            Node<K, V> first = root.literals().get(levels[0]);
            left = first == null ? VISITS_MAX : match(first, levels, 1, VISITS_MAX, found);
        } else {
            left = match(root, levels, 0, VISITS_MAX, found);
        }
        return left >= 0;
    }

    /// Returns the visits that are left, -1 when there were too few.
    private static <K, V> int match(
            Node<K, V> node,
            String[] levels,
            int depth,
            int visits,
            BiConsumer<? super K, ? super V> found) {
        int left = visits - 1;
        if (left < 0) {
            return -1;
        }
        node.rest().forEach(found);
        if (depth == levels.length) {
            node.here().forEach(found);
            return left;
        }
        Node<K, V> literal = node.literals().get(levels[depth]);
        if (literal != null) {
            left = match(literal, levels, depth + 1, left, found);
        }
        Node<K, V> plus = node.plus();
        if (plus != null && left >= 0) {
            left = match(plus, levels, depth + 1, left, found);
        }
        return left;
    }

    private @Nullable V find(String[] levels, K subscriber) {
        Node<K, V> node = root;
        for (String level : levels) {
            if (level.equals("#")) {
                return node.rest().get(subscriber);
            }
            node = level.equals("+") ? node.plus() : node.literals().get(level);
            if (node == null) {
                return null;
            }
        }
        return node.here().get(subscriber);
    }

    private static <K, V> Node<K, V> with(
            Node<K, V> node, String[] levels, int depth, K subscriber, V value) {
        if (depth == levels.length) {
            HashTrie<K, V> here = node.here().with(subscriber, value);
            return new Node<>(node.literals(), node.plus(), here, node.rest());
        }
        String level = levels[depth];
        if (level.equals("#")) {
            HashTrie<K, V> rest = node.rest().with(subscriber, value);
            return new Node<>(node.literals(), node.plus(), node.here(), rest);
        }
        Node<K, V> known = level.equals("+") ? node.plus() : node.literals().get(level);
        Node<K, V> from = known == null ? bare() : known;
        return linked(node, level, with(from, levels, depth + 1, subscriber, value));
    }

    private static <K, V> Node<K, V> without(
            Node<K, V> node, String[] levels, int depth, K subscriber) {
        if (depth == levels.length) {
            HashTrie<K, V> here = node.here().without(subscriber);
            return new Node<>(node.literals(), node.plus(), here, node.rest());
        }
        String level = levels[depth];
        if (level.equals("#")) {
            HashTrie<K, V> rest = node.rest().without(subscriber);
            return new Node<>(node.literals(), node.plus(), node.here(), rest);
        }
        Node<K, V> known = level.equals("+") ? node.plus() : node.literals().get(level);
        if (known == null) {
            return node;
        }
        return linked(node, level, without(known, levels, depth + 1, subscriber));
    }

    /// The node with `below` in the place for this level; a bare one leaves it.
    private static <K, V> Node<K, V> linked(Node<K, V> node, String level, Node<K, V> below) {
        if (level.equals("+")) {
            Node<K, V> plus = below.isBare() ? null : below;
            return new Node<>(node.literals(), plus, node.here(), node.rest());
        }
        HashTrie<String, Node<K, V>> literals =
                below.isBare()
                        ? node.literals().without(level)
                        : node.literals().with(level, below);
        return new Node<>(literals, node.plus(), node.here(), node.rest());
    }
}
