package dev.parley.core.catalog;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Topic patterns by their words: `*` is exactly one word, `#` any number of them, none included.
final class TopicTrie {
    private static final class Node {
        private final Map<String, Node> children = new HashMap<>();
        private final List<Binding> here = new ArrayList<>();
    }

    private final Node root = new Node();

    void add(String pattern, List<Binding> bindings) {
        Node node = root;
        for (String word : words(pattern)) {
            node = node.children.computeIfAbsent(word, key -> new Node());
        }
        node.here.addAll(bindings);
    }

    /// An empty key has no words, not one empty word.
    private static String[] words(String key) {
        return key.isEmpty() ? new String[0] : key.split("\\.", -1);
    }

    List<Binding> match(String key) {
        Set<Binding> found = new LinkedHashSet<>();
        String[] words = words(key);
        // `#` can be reached in many ways at the same word: each node is visited once per word.
        List<Set<Node>> visited = new ArrayList<>(words.length + 1);
        for (int i = 0; i <= words.length; i++) {
            visited.add(new LinkedHashSet<>());
        }
        match(root, words, 0, visited, found);
        return List.copyOf(found);
    }

    private static void match(
            Node node, String[] words, int at, List<Set<Node>> visited, Set<Binding> found) {
        if (!visited.get(at).add(node)) {
            return;
        }
        Node many = node.children.get("#");
        if (many != null) {
            for (int next = at; next <= words.length; next++) {
                match(many, words, next, visited, found);
            }
        }
        if (at == words.length) {
            found.addAll(node.here);
            return;
        }
        step(node.children.get(words[at]), words, at, visited, found);
        step(node.children.get("*"), words, at, visited, found);
    }

    private static void step(
            @Nullable Node node,
            String[] words,
            int at,
            List<Set<Node>> visited,
            Set<Binding> found) {
        if (node != null) {
            match(node, words, at + 1, visited, found);
        }
    }
}
