package dev.parley.core.catalog;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Topic patterns by their words: `*` is exactly one word, `#` any number of them, none included.
///
/// A key is matched word by word against all patterns at once: the set of nodes that the words so
/// far may have led to is carried from word to word, each node at most once. So the work is bounded
/// by words times nodes, however many `#` the patterns hold.
final class TopicTrie {
    private static final String ONE = "*";
    private static final String MANY = "#";

    private static final class Node {
        /// The step of the match that reached this node last.
        private long reached;

        /// Whether this node stays where it is for any further word.
        private final boolean many;

        private final Map<String, Node> children = new HashMap<>();
        private final List<Binding> here = new ArrayList<>(1);

        Node(boolean many) {
            this.many = many;
        }

        boolean unused() {
            return here.isEmpty() && children.isEmpty();
        }
    }

    private final Node root = new Node(false);
    private List<Node> now = new ArrayList<>();
    private List<Node> next = new ArrayList<>();
    private long step;

    void add(Binding binding) {
        Node node = root;
        for (String word : words(binding.routingKey())) {
            node = node.children.computeIfAbsent(word, w -> new Node(w.equals(MANY)));
        }
        node.here.add(binding);
    }

    void remove(Binding binding) {
        String[] words = words(binding.routingKey());
        Node[] path = new Node[words.length + 1];
        path[0] = root;
        for (int i = 0; i < words.length; i++) {
            Node child = path[i].children.get(words[i]);
            if (child == null) {
                return;
            }
            path[i + 1] = child;
        }
        path[words.length].here.remove(binding);
        for (int i = words.length; i > 0 && path[i].unused(); i--) {
            path[i - 1].children.remove(words[i - 1]);
        }
    }

    boolean isEmpty() {
        return root.unused();
    }

    /// An empty key has no words, not one empty word.
    private static String[] words(String key) {
        return key.isEmpty() ? new String[0] : key.split("\\.", -1);
    }

    /// The bindings whose patterns match, each once.
    List<Binding> match(String key) {
        step++;
        now.clear();
        reach(root, now);
        for (String word : words(key)) {
            step++;
            next.clear();
            for (int i = 0; i < now.size(); i++) {
                Node node = now.get(i);
                if (node.many) {
                    reach(node, next);
                }
                reach(node.children.get(word), next);
                reach(node.children.get(ONE), next);
            }
            List<Node> done = now;
            now = next;
            next = done;
        }
        List<Binding> found = new ArrayList<>();
        for (int i = 0; i < now.size(); i++) {
            found.addAll(now.get(i).here);
        }
        return found;
    }

    /// Adds a node and what no further word leads to from it.
    private void reach(@Nullable Node node, List<Node> to) {
        Node reached = node;
        while (reached != null && reached.reached != step) {
            reached.reached = step;
            to.add(reached);
            reached = reached.children.get(MANY);
        }
    }
}
