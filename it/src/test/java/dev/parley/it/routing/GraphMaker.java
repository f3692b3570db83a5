package dev.parley.it.routing;

import dev.parley.it.routing.Graph.Binding;
import dev.parley.it.routing.Graph.Exchange;
import dev.parley.it.routing.Graph.Fate;
import dev.parley.it.routing.Graph.Message;
import dev.parley.it.routing.Graph.Queue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/// Makes a graph of a seed.
final class GraphMaker {

    /// Stands for an argument without a value.
    static final Object VOID = "(void)";

    private static final List<String> TYPES = List.of("direct", "fanout", "topic", "headers");
    private static final List<String> KEYS = List.of("a", "b", "a.b", "a.b.a", "a..b", "");
    private static final List<String> PATTERNS =
            List.of(
                    "#", "*", "a", "a.*", "*.b", "#.b", "a.#", "a.#.b", "*.*", "#.a.#", "*.#",
                    "#.#", "a.b", "", ".", "#.*.#", "*..*");
    private static final List<String> MODES = List.of("all", "any", "all-with-x", "any-with-x");
    private static final List<String> NAMES = List.of("h", "i", "x-j", "x-k");
    private static final List<Object> VALUES = List.of("1", 1, 1L, 2, true);

    private final Random random;
    private final String prefix;
    private final boolean rejects;
    private final List<String> exchanges = new ArrayList<>();
    private final List<String> queues = new ArrayList<>();

    private GraphMaker(long seed, int tries) {
        random = new Random(seed * 1_000_003 + tries);
        prefix = "g" + seed + ".";
        rejects = random.nextBoolean();
    }

    /// The graph of a seed, with few enough copies to be looked at.
    static Graph make(long seed) {
        for (int tries = 0; ; tries++) {
            Graph graph = new GraphMaker(seed, tries).graph(seed);
            if (RoutingModel.of(graph, true).isPresent()) {
                return graph;
            }
        }
    }

    private Graph graph(long seed) {
        names(exchanges, "x", 1 + random.nextInt(5));
        names(queues, "q", 1 + random.nextInt(6));
        List<Exchange> allExchanges = new ArrayList<>();
        for (String name : exchanges) {
            allExchanges.add(
                    new Exchange(
                            name,
                            one(TYPES),
                            chance(15),
                            chance(35) ? target() : Optional.empty()));
        }
        List<Queue> allQueues = queues.stream().map(this::queue).toList();
        Map<String, Binding> bindings = new TreeMap<>();
        for (int n = 2 + random.nextInt(3 * (exchanges.size() + queues.size())); n > 0; n--) {
            Binding binding = binding(one(allExchanges));
            bindings.put(binding.toString(), binding);
        }
        // A message that expires by itself must not wait behind one that does not, nor race with a
        // consumer or a bound: it is alone, and begins in a queue that takes it.
        boolean hasty = !rejects && allQueues.getFirst().fate() == Fate.KEEP && chance(30);
        List<Message> messages = new ArrayList<>();
        for (int n = hasty ? 1 : 2 + random.nextInt(5); n > 0; n--) {
            messages.add(
                    message(
                            "m" + n,
                            allExchanges,
                            one(List.copyOf(bindings.values())).key(),
                            hasty));
        }
        return new Graph(seed, allExchanges, allQueues, List.copyOf(bindings.values()), messages);
    }

    private void names(List<String> names, String kind, int count) {
        for (int n = 1; n <= count; n++) {
            names.add(prefix + kind + n);
        }
    }

    private Queue queue(String name) {
        Fate fate = random.nextInt(5) < 2 ? Fate.KEEP : one(List.of(Fate.values()));
        if (fate == Fate.REJECT && !rejects) {
            fate = Fate.KEEP;
        }
        Optional<String> exchange = chance(75) ? target() : Optional.empty();
        boolean named = exchange.isPresent() && chance(exchange.get().isEmpty() ? 80 : 50);
        return new Queue(
                name, fate, chance(50), exchange, named ? Optional.of(key()) : Optional.empty());
    }

    /// Where an alternate or a dead letter leads: an exchange, sometimes the default one, sometimes
    /// none that is there.
    private Optional<String> target() {
        return Optional.of(chance(20) ? "" : chance(8) ? prefix + "missing" : one(exchanges));
    }

    private String key() {
        return chance(30) ? one(queues) : one(KEYS);
    }

    private Binding binding(Exchange source) {
        boolean toQueue = chance(65);
        String destination = toQueue ? one(queues) : one(exchanges);
        boolean headers = source.type().equals("headers");
        String key = source.type().equals("topic") ? one(PATTERNS) : headers ? "" : key();
        return new Binding(
                source.name(), destination, toQueue, key, headers ? arguments() : Map.of());
    }

    private Map<String, Object> arguments() {
        Map<String, Object> arguments = new TreeMap<>();
        if (chance(80)) {
            arguments.put("x-match", one(MODES));
        }
        for (int n = random.nextInt(3); n > 0; n--) {
            arguments.put(one(NAMES), chance(25) ? VOID : one(VALUES));
        }
        if (chance(15)) {
            arguments.put("x-first-death-reason", one(List.of("expired", "maxlen", "rejected")));
        }
        if (chance(10)) {
            arguments.put(one(List.of("CC", "BCC")), VOID);
        }
        return arguments;
    }

    private Message message(String body, List<Exchange> all, String likely, boolean hasty) {
        List<String> open =
                all.stream().filter(one -> !one.internal()).map(Exchange::name).toList();
        boolean toDefault = hasty || open.isEmpty() || chance(15);
        Map<String, Object> headers = new TreeMap<>();
        for (int n = random.nextInt(5); n > 0; n--) {
            headers.put(one(NAMES), one(VALUES));
        }
        return new Message(
                body,
                toDefault ? "" : one(open),
                hasty ? queues.getFirst() : toDefault ? one(queues) : chance(40) ? likely : key(),
                headers,
                hasty ? List.of() : keys(),
                hasty ? List.of() : keys(),
                hasty ? Optional.of("0") : chance(20) ? Optional.of("3600000") : Optional.empty(),
                chance(50),
                chance(50));
    }

    private List<String> keys() {
        List<String> keys = new ArrayList<>();
        for (int n = chance(25) ? 1 + random.nextInt(2) : 0; n > 0; n--) {
            String key = key();
            if (!key.isEmpty()) {
                keys.add(key);
            }
        }
        return keys;
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private <T> T one(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }
}
