package dev.parley.core.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HashTrieTest {
    /// A key of which many have the same hash.
    private record Key(int number) {
        @Override
        public int hashCode() {
            return number % 7 * 0x0808_0808;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && key.number == number;
        }
    }

    @Test
    void holdsWhatAMapHolds() {
        Random random = new Random(4);
        HashTrie<Object, Integer> trie = HashTrie.empty();
        Map<Object, Integer> model = new HashMap<>();
        List<HashTrie<Object, Integer>> earlier = new ArrayList<>();
        List<Map<Object, Integer>> earlierModels = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            int number = random.nextInt(300);
            Object key = random.nextBoolean() ? new Key(number) : "key" + number;
            if (random.nextInt(5) < 3) {
                trie = trie.with(key, step);
                model.put(key, step);
            } else {
                trie = trie.without(key);
                model.remove(key);
            }
            if (step % 1000 == 0) {
                earlier.add(trie);
                earlierModels.add(Map.copyOf(model));
            }
            assertThat(trie.get(key)).isEqualTo(model.get(key));
            assertThat(trie.size()).isEqualTo(model.size());
        }
        assertThat(content(trie)).isEqualTo(model);
        for (int i = 0; i < earlier.size(); i++) {
            assertThat(content(earlier.get(i))).isEqualTo(earlierModels.get(i));
        }
        for (Object key : model.keySet()) {
            trie = trie.without(key);
        }
        assertThat(trie.isEmpty()).isTrue();
        assertThat(content(trie)).isEmpty();
    }

    private static Map<Object, Integer> content(HashTrie<Object, Integer> trie) {
        Map<Object, Integer> content = new HashMap<>();
        trie.forEach((key, value) -> assertThat(content.put(key, value)).isNull());
        return content;
    }
}
