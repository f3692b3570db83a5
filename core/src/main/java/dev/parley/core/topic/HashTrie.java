package dev.parley.core.topic;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// An immutable map whose every change makes a new one that shares nearly everything with it: a
/// hash array mapped trie. A change costs a few small arrays, whatever the size.
///
/// Each node has a bit for each of 32 slots; of the slots in use an array holds key and value in
/// two places beside each other, or no key and a node of the next level.
final class HashTrie<K, V> {
    private static final int BITS = 5;

    /// At this depth the hash is used up, and a node is a plain list of keys and values.
    private static final int DEPTH_MAX = 35;

    private static final HashTrie<?, ?> EMPTY = new HashTrie<>(new Node(0, new Object[0]), 0);

    private final Node root;
    private final int size;

    private static final class Node {
        private final int slots;
        private final @Nullable Object[] cells;

        Node(int slots, @Nullable Object[] cells) {
            this.slots = slots;
            this.cells = cells;
        }
    }

    private HashTrie(Node root, int size) {
        this.root = root;
        this.size = size;
    }

    @SuppressWarnings("unchecked")
    static <K, V> HashTrie<K, V> empty() {
        return (HashTrie<K, V>) EMPTY;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    @SuppressWarnings("unchecked")
    @Nullable V get(Object key) {
        Node node = root;
        int hash = key.hashCode();
        for (int shift = 0; shift < DEPTH_MAX; shift += BITS) {
            int bit = bit(hash, shift);
            if ((node.slots & bit) == 0) {
                return null;
            }
            int at = place(node, bit);
            Object found = node.cells[at];
            if (found != null) {
                return found.equals(key) ? (V) node.cells[at + 1] : null;
            }
            node = below(node, at);
        }
        int at = find(node, key);
        return at < 0 ? null : (V) node.cells[at + 1];
    }

    HashTrie<K, V> with(K key, V value) {
        boolean more = get(key) == null;
        return new HashTrie<>(with(root, key.hashCode(), 0, key, value), more ? size + 1 : size);
    }

    HashTrie<K, V> without(Object key) {
        if (get(key) == null) {
            return this;
        }
        return size == 1 ? empty() : new HashTrie<>(without(root, key, 0), size - 1);
    }

    void forEach(BiConsumer<? super K, ? super V> action) {
        forEach(root, action);
    }

    @SuppressWarnings("unchecked")
    private void forEach(Node node, BiConsumer<? super K, ? super V> action) {
        @Nullable Object[] cells = node.cells;
        for (int at = 0; at < cells.length; at += 2) {
            if (cells[at] == null) {
                forEach(below(node, at), action);
            } else {
                action.accept((K) cells[at], (V) cells[at + 1]);
            }
        }
    }

    private static Node with(Node node, int hash, int shift, Object key, Object value) {
        if (shift >= DEPTH_MAX) {
            int at = find(node, key);
            return at < 0
                    ? new Node(0, inserted(node.cells, node.cells.length, key, value))
                    : new Node(0, replaced(node.cells, at, key, value));
        }
        int bit = bit(hash, shift);
        int at = place(node, bit);
        if ((node.slots & bit) == 0) {
            return new Node(node.slots | bit, inserted(node.cells, at, key, value));
        }
        Object found = node.cells[at];
        if (found != null && found.equals(key)) {
            return new Node(node.slots, replaced(node.cells, at, key, value));
        }
        Node lower;
        if (found == null) {
            lower = below(node, at);
        } else {
            Node alone = new Node(0, new Object[0]);
            Object other = Objects.requireNonNull(node.cells[at + 1]);
            lower = with(alone, found.hashCode(), shift + BITS, found, other);
        }
        lower = with(lower, hash, shift + BITS, key, value);
        return new Node(node.slots, replaced(node.cells, at, null, lower));
    }

    private static Node without(Node node, Object key, int shift) {
        if (shift >= DEPTH_MAX) {
            return new Node(0, removed(node.cells, find(node, key)));
        }
        int bit = bit(key.hashCode(), shift);
        int at = place(node, bit);
        if (node.cells[at] != null) {
            return new Node(node.slots & ~bit, removed(node.cells, at));
        }
        Node lower = without(below(node, at), key, shift + BITS);
        if (lower.cells.length == 0) {
            return new Node(node.slots & ~bit, removed(node.cells, at));
        }
        return new Node(node.slots, replaced(node.cells, at, null, lower));
    }

    private static Node below(Node node, int at) {
        return (Node) Objects.requireNonNull(node.cells[at + 1]);
    }

    private static int bit(int hash, int shift) {
        return 1 << (hash >>> shift);
    }

    private static int place(Node node, int bit) {
        return 2 * Integer.bitCount(node.slots & bit - 1);
    }

    private static int find(Node node, Object key) {
        for (int at = 0; at < node.cells.length; at += 2) {
            if (key.equals(node.cells[at])) {
                return at;
            }
        }
        return -1;
    }

    private static @Nullable Object[] inserted(
            @Nullable Object[] cells, int at, @Nullable Object key, Object value) {
        @Nullable Object[] larger = Arrays.copyOf(cells, cells.length + 2);
        System.arraycopy(cells, at, larger, at + 2, cells.length - at);
        larger[at] = key;
        larger[at + 1] = value;
        return larger;
    }

    private static @Nullable Object[] replaced(
            @Nullable Object[] cells, int at, @Nullable Object key, Object value) {
        @Nullable Object[] copy = cells.clone();
        copy[at] = key;
        copy[at + 1] = value;
        return copy;
    }

    private static @Nullable Object[] removed(@Nullable Object[] cells, int at) {
        @Nullable Object[] smaller = Arrays.copyOf(cells, cells.length - 2);
        System.arraycopy(cells, at + 2, smaller, at, cells.length - at - 2);
        return smaller;
    }
}
