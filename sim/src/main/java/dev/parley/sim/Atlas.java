package dev.parley.sim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A small pure model of routing: exchanges of all types, bindings between them and to queues,
/// alternate exchanges, the ways of dead letters. Says which queues a message must reach, by the
/// plainest means.
final class Atlas {
    /// @param type what it routes by
    /// @param delayed whether it is of the type for messages that wait, and only routes by `type`
    /// @param alternate the exchange that takes what this one cannot route, or null
    record Exchange(
            String name,
            String type,
            boolean delayed,
            boolean durable,
            @Nullable String alternate) {}

    /// @param grave the exchange that dead letters go to, which may be missing; null for none
    /// @param graveKey the key that they go there with, null for their own
    record Queue(String name, boolean durable, @Nullable String grave, @Nullable String graveKey) {}

    /// A message in a queue, by the exchange that it came from and its key there.
    record Arrival(String queue, String exchange, String key) {}

    /// @param arguments of a headers exchange's binding: `x-match`, and the values that it wants
    record Way(
            String from, String to, boolean toQueue, String key, Map<String, Object> arguments) {}

    private final Map<String, Exchange> exchanges = new LinkedHashMap<>();
    private final Map<String, Queue> queues = new LinkedHashMap<>();
    private final Set<Way> ways = new LinkedHashSet<>();

    /// What may have changed or not, and whether it is a queue.
    private final Map<String, Boolean> doubts = new LinkedHashMap<>();

    List<Exchange> exchanges() {
        return List.copyOf(exchanges.values());
    }

    List<String> queues() {
        return List.copyOf(queues.keySet());
    }

    List<Way> ways() {
        return List.copyOf(ways);
    }

    private boolean durable(String name) {
        Queue queue = queues.get(name);
        return queue != null && queue.durable();
    }

    Map<String, Boolean> doubts() {
        return new LinkedHashMap<>(doubts);
    }

    void doubt(String name, boolean isQueue) {
        doubts.put(name, isQueue);
    }

    void certain(String name) {
        doubts.remove(name);
    }

    void add(Exchange exchange) {
        exchanges.putIfAbsent(exchange.name(), exchange);
    }

    void add(Queue queue) {
        queues.putIfAbsent(queue.name(), queue);
    }

    void add(Way way) {
        ways.add(way);
    }

    void remove(Way way) {
        ways.remove(way);
    }

    void removeExchange(String name) {
        exchanges.remove(name);
        ways.removeIf(way -> way.from().equals(name) || (!way.toQueue() && way.to().equals(name)));
    }

    void removeQueue(String name) {
        queues.remove(name);
        ways.removeIf(way -> way.toQueue() && way.to().equals(name));
    }

    /// The node has ended: what is not durable is gone, and every way from it or to it.
    void restart() {
        for (Exchange exchange : exchanges()) {
            if (!exchange.durable()) {
                removeExchange(exchange.name());
            }
        }
        for (String queue : queues()) {
            if (!durable(queue)) {
                removeQueue(queue);
            }
        }
    }

    /// Where a message arrives.
    List<Arrival> arrivals(String exchange, String key, Map<String, Object> headers) {
        return reach(exchange, key, headers).stream()
                .map(queue -> new Arrival(queue, exchange, key))
                .toList();
    }

    /// Where a message arrives that dies where it is.
    List<Arrival> buried(Arrival dead, Map<String, Object> headers) {
        Queue queue = queues.get(dead.queue());
        if (queue == null || queue.grave() == null) {
            return List.of();
        }
        String key = queue.graveKey() == null ? dead.key() : queue.graveKey();
        return arrivals(queue.grave(), key, headers);
    }

    /// The same for one that dies because its time is up: it does not come back to the same queue
    /// by itself.
    List<Arrival> faded(Arrival dead, Map<String, Object> headers) {
        return buried(dead, headers).stream()
                .filter(one -> !one.queue().equals(dead.queue()))
                .toList();
    }

    /// The queues that a message reaches.
    private Set<String> reach(String exchange, String key, Map<String, Object> headers) {
        Set<String> reached = new LinkedHashSet<>();
        if (exchange.isEmpty()) {
            if (queues.containsKey(key)) {
                reached.add(key);
            }
        } else {
            follow(exchange, key, headers, new LinkedHashSet<>(), reached);
        }
        return reached;
    }

    private void follow(
            String name,
            String key,
            Map<String, Object> headers,
            Set<String> visited,
            Set<String> reached) {
        Exchange exchange = exchanges.get(name);
        if (exchange == null || !visited.add(name)) {
            return;
        }
        List<Way> open = new ArrayList<>();
        for (Way way : ways) {
            if (way.from().equals(name) && takes(exchange, way, key, headers)) {
                open.add(way);
            }
        }
        for (Way way : open) {
            if (way.toQueue()) {
                reached.add(way.to());
            } else {
                follow(way.to(), key, headers, visited, reached);
            }
        }
        if (open.isEmpty() && exchange.alternate() != null) {
            follow(exchange.alternate(), key, headers, visited, reached);
        }
    }

    private static boolean takes(
            Exchange exchange, Way way, String key, Map<String, Object> headers) {
        return switch (exchange.type()) {
            case "direct" -> way.key().equals(key);
            case "fanout" -> true;
            case "topic" -> matches(words(way.key()), words(key));
            case "headers" -> matches(way.arguments(), headers);
            default -> throw new IllegalArgumentException(exchange.type());
        };
    }

    private static List<String> words(String key) {
        return key.isEmpty() ? List.of() : List.of(key.split("\\.", -1));
    }

    /// `*` stands for one word, `#` for any number of them.
    private static boolean matches(List<String> pattern, List<String> words) {
        if (pattern.isEmpty()) {
            return words.isEmpty();
        }
        List<String> rest = pattern.subList(1, pattern.size());
        if (pattern.getFirst().equals("#")) {
            return matches(rest, words)
                    || (!words.isEmpty() && matches(pattern, words.subList(1, words.size())));
        }
        return !words.isEmpty()
                && (pattern.getFirst().equals("*") || pattern.getFirst().equals(words.getFirst()))
                && matches(rest, words.subList(1, words.size()));
    }

    private static boolean matches(Map<String, Object> wanted, Map<String, Object> headers) {
        String mode = String.valueOf(wanted.getOrDefault("x-match", "all"));
        List<Boolean> agreed = new ArrayList<>();
        wanted.forEach((name, value) -> {
            boolean counts = !name.startsWith("x-") || mode.endsWith("-with-x");
            if (counts && !name.equals("x-match")) {
                agreed.add(value.equals(headers.get(name)));
            }
        });
        return mode.startsWith("any") ? agreed.contains(true) : !agreed.contains(false);
    }
}
