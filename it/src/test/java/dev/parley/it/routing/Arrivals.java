package dev.parley.it.routing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// What became of the messages of a graph: who holds which copies in the end, which were given back
/// as unroutable, and which were refused.
record Arrivals(
        SortedMap<String, List<Copy>> held, SortedSet<String> returned, SortedSet<String> refused) {

    /// One copy of a message where it came to rest.
    ///
    /// @param headers but for `x-death`
    /// @param deaths newest first
    record Copy(
            String body,
            String exchange,
            String key,
            SortedMap<String, Object> headers,
            String expiration,
            List<Death> deaths) {

        /// With the older deaths in the order of their names: RabbitMQ 3.10 mixes them up as soon
        /// as there are three.
        Copy settled() {
            List<Death> sorted = new ArrayList<>(deaths);
            if (!sorted.isEmpty()) {
                sorted.subList(1, sorted.size()).sort(Comparator.comparing(Death::toString));
            }
            return new Copy(body, exchange, key, headers, expiration, sorted);
        }
    }

    /// A row of `x-death`, without its time.
    record Death(
            String queue,
            String reason,
            String exchange,
            List<String> keys,
            long count,
            String expiration) {}

    /// Nothing yet.
    Arrivals() {
        this(new TreeMap<>(), new TreeSet<>(), new TreeSet<>());
    }

    void add(String queue, Copy copy) {
        List<Copy> all = held.computeIfAbsent(queue, _ -> new ArrayList<>());
        all.add(copy.settled());
        // Ways of different length have no order among them.
        all.sort(Comparator.comparing(Copy::toString));
    }

    long count(String queue) {
        return held.getOrDefault(queue, List.of()).size();
    }

    int copies() {
        return held.values().stream().mapToInt(List::size).sum();
    }

    /// What is different in `seen`, one thing a line; empty if nothing is.
    String difference(Arrivals seen) {
        var text = new StringBuilder();
        var queues = new TreeSet<>(held.keySet());
        queues.addAll(seen.held.keySet());
        for (String queue : queues) {
            List<Copy> missing = new ArrayList<>(held.getOrDefault(queue, List.of()));
            List<Copy> extra = new ArrayList<>();
            for (Copy copy : seen.held.getOrDefault(queue, List.of())) {
                if (!missing.remove(copy)) {
                    extra.add(copy);
                }
            }
            missing.forEach(copy -> text.append(queue + " lacks " + copy + "\n"));
            extra.forEach(copy -> text.append(queue + " also has " + copy + "\n"));
        }
        for (var pair : Map.of("returned", returned, "refused", refused).entrySet()) {
            SortedSet<String> other = pair.getValue() == returned ? seen.returned : seen.refused;
            if (!pair.getValue().equals(other)) {
                text.append(pair.getKey() + ": " + other + " instead of " + pair.getValue() + "\n");
            }
        }
        return text.toString();
    }
}
