package dev.parley.core.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.catalog.CatalogCommand.Link;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random graphs of exchanges, routed through the catalog and through a model that is a page long.
class RoutingPropertyTest {
    private static final List<String> TYPES = List.of("direct", "fanout", "topic", "headers");
    private static final List<String> WORDS = List.of("a", "b", "", "*", "#");

    /// Exchanges as names with a type and an alternate, and a list of ways; nothing is indexed.
    private static final class Model {
        private final Map<String, String> types = new HashMap<>();
        private final Map<String, String> alternates = new HashMap<>();
        private final List<Link> links = new ArrayList<>();

        Set<String> route(String start, List<String> keys, FieldTable headers) {
            Set<String> queues = new TreeSet<>();
            spread(start, keys, headers, new HashSet<>(), queues);
            return queues;
        }

        private void spread(
                String at,
                List<String> keys,
                FieldTable headers,
                Set<String> seen,
                Set<String> queues) {
            if (!types.containsKey(at) || !seen.add(at)) {
                return;
            }
            List<Link> ways =
                    links.stream()
                            .filter(link -> link.source().equals(at))
                            .filter(link ->
                                    keys.stream().anyMatch(key -> takes(link, key, headers)))
                            .toList();
            for (Link way : ways) {
                if (way.toQueue()) {
                    queues.add(way.destination());
                } else {
                    spread(way.destination(), keys, headers, seen, queues);
                }
            }
            String alternate = alternates.get(at);
            if (ways.isEmpty() && alternate != null) {
                spread(alternate, keys, headers, seen, queues);
            }
        }

        private boolean takes(Link link, String key, FieldTable headers) {
            return switch (types.getOrDefault(link.source(), "")) {
                case "direct" -> link.routingKey().equals(key);
                case "fanout" -> true;
                case "topic" -> topic(words(link.routingKey()), words(key));
                default -> headers(link.arguments(), headers);
            };
        }

        private static List<String> words(String key) {
            return key.isEmpty() ? List.of() : Arrays.asList(key.split("\\.", -1));
        }

        private static boolean topic(List<String> pattern, List<String> key) {
            if (pattern.isEmpty()) {
                return key.isEmpty();
            }
            List<String> rest = pattern.subList(1, pattern.size());
            if (pattern.getFirst().equals("#")) {
                return topic(rest, key)
                        || (!key.isEmpty() && topic(pattern, key.subList(1, key.size())));
            }
            return !key.isEmpty()
                    && (pattern.getFirst().equals("*") || pattern.getFirst().equals(key.getFirst()))
                    && topic(rest, key.subList(1, key.size()));
        }

        private static boolean headers(FieldTable wanted, FieldTable headers) {
            FieldValue mode = wanted.get("x-match");
            boolean any = mode != null && String.valueOf(mode.asText()).startsWith("any");
            boolean withX = mode != null && String.valueOf(mode.asText()).endsWith("x");
            List<String> names =
                    wanted.names().stream()
                            .filter(name -> !name.equals("x-match"))
                            .filter(name -> withX || !name.startsWith("x-"))
                            .toList();
            long same =
                    names.stream()
                            .filter(name ->
                                    wanted.get(name) instanceof FieldValue.Absent
                                            ? headers.get(name) != null
                                            : String.valueOf(wanted.get(name))
                                                    .equals(String.valueOf(headers.get(name))))
                            .count();
            return any ? same > 0 : same == names.size();
        }
    }

    private final Office office = new Office();
    private final Model model = new Model();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void reachesWhatTheModelReaches(long seed) {
        Random random = new Random(seed);
        int exchanges = 2 + random.nextInt(8);
        int queues = 1 + random.nextInt(10);
        for (int i = 0; i < exchanges; i++) {
            declare("x" + i, random, exchanges);
        }
        for (int i = 0; i < queues; i++) {
            office.queue("q" + i);
        }
        int reached = 0;
        for (int step = 0; step < 400; step++) {
            if (model.links.isEmpty() || random.nextInt(3) > 0) {
                bind(random, exchanges, queues);
            } else {
                Link gone = model.links.remove(random.nextInt(model.links.size()));
                office.unbind(gone);
            }
            if (model.links.size() > 40) {
                model.links.forEach(office::unbind);
                model.links.clear();
            }
            for (int i = 0; i < 5; i++) {
                reached += routeBoth(random, exchanges);
            }
        }
        assertThat(reached).isPositive();
    }

    private void declare(String name, Random random, int exchanges) {
        String type = TYPES.get(random.nextInt(TYPES.size()));
        FieldTable arguments = FieldTable.EMPTY;
        if (random.nextInt(2) == 0) {
            String alternate = "x" + random.nextInt(exchanges + 1);
            arguments = Office.table("alternate-exchange", alternate);
            model.alternates.put(name, alternate);
        }
        model.types.put(name, type);
        office.declareExchange(name, type, true, false, arguments);
    }

    private void bind(Random random, int exchanges, int queues) {
        boolean toQueue = random.nextInt(3) > 0;
        Link link =
                new Link(
                        "x" + random.nextInt(exchanges),
                        toQueue ? "q" + random.nextInt(queues) : "x" + random.nextInt(exchanges),
                        toQueue,
                        key(random, WORDS.size()),
                        arguments(random, true));
        office.bind(link);
        if (!model.links.contains(link)) {
            model.links.add(link);
        }
    }

    private int routeBoth(Random random, int exchanges) {
        String start = "x" + random.nextInt(exchanges);
        List<String> keys = new ArrayList<>();
        for (int n = 1 + random.nextInt(2); n > 0; n--) {
            keys.add(key(random, 3));
        }
        FieldTable headers = arguments(random, false);
        List<String> found = office.route(start, headers, keys.toArray(new String[0]));
        assertThat(found)
                .as("from %s with %s and %s", start, keys, headers)
                .doesNotHaveDuplicates()
                .hasSameElementsAs(model.route(start, keys, headers));
        return found.size();
    }

    private static String key(Random random, int words) {
        List<String> chosen = new ArrayList<>();
        for (int n = random.nextInt(5); n > 0; n--) {
            chosen.add(WORDS.get(random.nextInt(words)));
        }
        return String.join(".", chosen);
    }

    private static FieldTable arguments(Random random, boolean binding) {
        List<String> modes = List.of("all", "any", "all-with-x", "any-with-x");
        FieldTable.Builder builder = FieldTable.builder();
        if (binding && random.nextInt(4) > 0) {
            builder.put("x-match", FieldValue.text(modes.get(random.nextInt(4))));
        }
        for (String name : List.of("a", "b", "x-c")) {
            int value = random.nextInt(binding ? 5 : 3);
            if (value < 2) {
                builder.put(name, FieldValue.of(value));
            } else if (value == 2 && binding) {
                builder.put(name, new FieldValue.Absent());
            }
        }
        return builder.build();
    }
}
