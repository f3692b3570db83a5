package dev.parley.core.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.api.Subject;
import dev.parley.api.SubjectFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class FilterTreeTest {
    private static final List<String> LEVELS = List.of("a", "b", "", "$s", "ccc");

    private static List<String> match(FilterTree<String, Integer> tree, String topic) {
        List<String> found = new ArrayList<>();
        assertThat(tree.match(topic, (who, value) -> found.add(who + value))).isTrue();
        found.sort(null);
        return found;
    }

    @Test
    void matchesLiteralsAndWildcards() {
        FilterTree<String, Integer> tree = FilterTree.empty();
        tree = tree.with("a/b", "x", 1).with("a/+", "y", 2).with("a/#", "z", 3);
        tree = tree.with("#", "all", 4).with("+/+", "two", 5);
        assertThat(match(tree, "a/b")).containsExactly("all4", "two5", "x1", "y2", "z3");
        assertThat(match(tree, "a")).containsExactly("all4", "z3");
        assertThat(match(tree, "a/")).containsExactly("all4", "two5", "y2", "z3");
        assertThat(match(tree, "a/b/c")).containsExactly("all4", "z3");
        assertThat(match(tree, "/")).containsExactly("all4", "two5");
    }

    @Test
    void wildcardsInTheFirstLevelKeepOutOfTheSystemsTopics() {
        FilterTree<String, Integer> tree = FilterTree.empty();
        tree = tree.with("#", "all", 1).with("+/up", "any", 2).with("$SYS/#", "sys", 3);
        tree = tree.with("$SYS/+", "one", 4);
        assertThat(match(tree, "$SYS/up")).containsExactly("one4", "sys3");
        assertThat(match(tree, "$SYS")).containsExactly("sys3");
        assertThat(match(tree, "$other/up")).isEmpty();
    }

    @Test
    void aSubscriberMayChangeItsMindAndComesOncePerFilter() {
        FilterTree<String, Integer> tree = FilterTree.empty();
        tree = tree.with("a", "x", 1).with("a", "x", 2).with("+", "x", 3);
        assertThat(tree.size()).isEqualTo(2);
        assertThat(match(tree, "a")).containsExactly("x2", "x3");
        assertThat(tree.get("a", "x")).isEqualTo(2);
        assertThat(tree.get("b", "x")).isNull();
        FilterTree<String, Integer> less = tree.without("a", "x");
        assertThat(match(less, "a")).containsExactly("x3");
        assertThat(match(tree, "a")).containsExactly("x2", "x3");
        assertThat(less.without("a", "x")).isSameAs(less);
    }

    @Test
    void whatIsNoFilterIsRefused() {
        FilterTree<String, Integer> tree = FilterTree.empty();
        assertThatThrownBy(() -> tree.with("a/#/b", "x", 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> tree.with("a+", "x", 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void filtersThatMakeAMatchVisitTooMuchAreGivenUp() {
        int levels = 16;
        FilterTree<String, Integer> tree = FilterTree.empty();
        for (int bits = 0; bits < 1 << levels; bits++) {
            StringBuilder filter = new StringBuilder();
            for (int i = 0; i < levels; i++) {
                filter.append(i == 0 ? "" : "/").append((bits >> i & 1) == 0 ? "a" : "+");
            }
            tree = tree.with(filter.toString(), "x", bits);
        }
        String topic = "a/".repeat(levels - 1) + "a";
        List<Integer> found = new ArrayList<>();
        assertThat(tree.match(topic, (who, value) -> found.add(value))).isFalse();
        assertThat(found.size()).isLessThan(FilterTree.VISITS_MAX);
        assertThat(tree.match("b", (who, value) -> {})).isTrue();
    }

    @Test
    void matchesAsTheDefinitionDoes() {
        for (long seed = 1; seed <= 40; seed++) {
            matchesAsTheDefinitionDoes(seed);
        }
    }

    private static void matchesAsTheDefinitionDoes(long seed) {
        Random random = new Random(seed);
        FilterTree<String, Integer> tree = FilterTree.empty();
        Map<String, Map<String, Integer>> model = new TreeMap<>();
        for (int step = 0; step < 300; step++) {
            String filter = filter(random);
            String who = "w" + random.nextInt(4);
            if (random.nextInt(3) > 0) {
                tree = tree.with(filter, who, step);
                model.computeIfAbsent(filter, key -> new TreeMap<>()).put(who, step);
            } else {
                tree = tree.without(filter, who);
                Map<String, Integer> those = model.getOrDefault(filter, new TreeMap<>());
                those.remove(who);
            }
            String topic = topic(random);
            List<String> expected = new ArrayList<>();
            model.forEach((key, those) -> {
                if (new SubjectFilter(key).matches(new Subject(topic))) {
                    those.forEach((name, value) -> expected.add(name + value));
                }
            });
            expected.sort(null);
            assertThat(match(tree, topic)).as("seed %d: %s", seed, topic).isEqualTo(expected);
        }
        int left = model.values().stream().mapToInt(Map::size).sum();
        assertThat(tree.size()).isEqualTo(left);
        for (String filter : new TreeSet<>(model.keySet())) {
            for (String who : model.getOrDefault(filter, Map.of()).keySet()) {
                tree = tree.without(filter, who);
            }
        }
        assertThat(tree.size()).isZero();
        assertThat(match(tree, "a")).isEmpty();
    }

    private static String topic(Random random) {
        List<String> levels = new ArrayList<>();
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
            levels.add(LEVELS.get(random.nextInt(LEVELS.size())));
        }
        String topic = String.join("/", levels);
        return topic.isEmpty() ? "a" : topic;
    }

    private static String filter(Random random) {
        String[] levels = topic(random).split("/", -1);
        for (int i = 0; i < levels.length; i++) {
            if (random.nextInt(3) == 0) {
                levels[i] = "+";
            }
        }
        String filter = String.join("/", levels);
        return switch (random.nextInt(4)) {
            case 0 -> filter + "/#";
            case 1 -> random.nextInt(8) == 0 ? "#" : filter;
            default -> filter;
        };
    }
}
