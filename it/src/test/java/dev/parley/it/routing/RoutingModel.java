package dev.parley.it.routing;

import dev.parley.it.routing.Arrivals.Copy;
import dev.parley.it.routing.Arrivals.Death;
import dev.parley.it.routing.Graph.Binding;
import dev.parley.it.routing.Graph.Exchange;
import dev.parley.it.routing.Graph.Fate;
import dev.parley.it.routing.Graph.Message;
import dev.parley.it.routing.Graph.Queue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// What RabbitMQ does with the messages of a graph, in memory and as plainly as it can be said.
final class RoutingModel {

    /// More copies than this are not worth looking at; cycles make them.
    static final int COPIES_MAX = 60;

    /// A message under way.
    ///
    /// @param keys the routing key first, then carbon copies, the blind ones too
    private record Parcel(Copy copy, List<String> keys) {}

    private final Graph graph;
    private final boolean keepsBlindCopies;
    private final Arrivals arrivals = new Arrivals();
    private int steps;

    private RoutingModel(Graph graph, boolean keepsBlindCopies) {
        this.graph = graph;
        this.keepsBlindCopies = keepsBlindCopies;
    }

    /// What becomes of the messages; nothing if they become too many.
    ///
    /// @param keepsBlindCopies whether a dead letter without a key of its own also goes by the keys
    ///   of blind copies, as RabbitMQ's does and Parley's does not
    static Optional<Arrivals> of(Graph graph, boolean keepsBlindCopies) {
        var model = new RoutingModel(graph, keepsBlindCopies);
        for (Message message : graph.messages()) {
            if (!model.publish(message)) {
                return Optional.empty();
            }
        }
        return Optional.of(model.arrivals);
    }

    private boolean publish(Message message) {
        List<String> keys = new ArrayList<>();
        keys.add(message.key());
        keys.addAll(message.copies());
        keys.addAll(message.blindCopies());
        var headers = new TreeMap<>(message.headers());
        if (!message.copies().isEmpty()) {
            headers.put("CC", message.copies());
        }
        var copy =
                new Copy(
                        message.body(),
                        message.exchange(),
                        message.key(),
                        headers,
                        message.expiration().orElse(""),
                        List.of());
        Set<Queue> queues = route(message.exchange(), keys, copy);
        if (queues.isEmpty() && message.mandatory()) {
            arrivals.returned().add(message.body());
        }
        List<String> kept = new ArrayList<>(keys);
        if (!keepsBlindCopies) {
            message.blindCopies().forEach(_ -> kept.removeLast());
        }
        boolean all = true;
        for (Queue queue : queues) {
            if (queue.fate() == Fate.REFUSE || queue.fate() == Fate.REFUSE_AND_BURY) {
                arrivals.refused().add(message.body());
            }
            all &= arrive(queue, new Parcel(copy, kept));
        }
        return all;
    }

    // ---- routing

    /// Each exchange is asked once, for all keys; if it has no way on, its alternate is.
    private Set<Queue> route(String exchange, List<String> keys, Copy copy) {
        Set<Queue> found = new LinkedHashSet<>();
        if (exchange.isEmpty()) {
            graph.queues().stream().filter(one -> keys.contains(one.name())).forEach(found::add);
            return found;
        }
        Set<String> seen = new LinkedHashSet<>(List.of(exchange));
        var waiting = new ArrayDeque<>(seen);
        while (!waiting.isEmpty()) {
            Optional<Exchange> at = exchange(waiting.remove());
            if (at.isEmpty()) {
                continue;
            }
            List<Binding> ways =
                    graph.bindings().stream()
                            .filter(way -> way.source().equals(at.get().name()))
                            .filter(way -> takes(at.get(), way, keys, copy))
                            .toList();
            List<String> next = new ArrayList<>();
            for (Binding way : ways) {
                if (way.toQueue()) {
                    found.add(queue(way.destination()));
                } else {
                    next.add(way.destination());
                }
            }
            if (ways.isEmpty()) {
                at.get().alternate().ifPresent(next::add);
            }
            next.stream().filter(seen::add).forEach(waiting::add);
        }
        return found;
    }

    private static boolean takes(Exchange exchange, Binding way, List<String> keys, Copy copy) {
        return switch (exchange.type()) {
            case "fanout" -> true;
            case "direct" -> keys.contains(way.key());
            case "topic" ->
                    keys.stream().anyMatch(key -> topic(words(way.key()), 0, words(key), 0));
            case "headers" -> headers(way.arguments(), copy);
            default -> throw new IllegalArgumentException("no type " + exchange.type());
        };
    }

    private static List<String> words(String key) {
        return key.isEmpty() ? List.of() : Arrays.asList(key.split("\\.", -1));
    }

    private static boolean topic(List<String> pattern, int p, List<String> words, int w) {
        if (p == pattern.size()) {
            return w == words.size();
        }
        if (pattern.get(p).equals("#")) {
            return topic(pattern, p + 1, words, w)
                    || (w < words.size() && topic(pattern, p, words, w + 1));
        }
        return w < words.size()
                && (pattern.get(p).equals("*") || pattern.get(p).equals(words.get(w)))
                && topic(pattern, p + 1, words, w + 1);
    }

    private static boolean headers(Map<String, Object> arguments, Copy copy) {
        String mode = String.valueOf(arguments.getOrDefault("x-match", "all"));
        List<Map.Entry<String, Object>> asked =
                arguments.entrySet().stream()
                        .filter(one -> !one.getKey().equals("x-match"))
                        .filter(one -> mode.endsWith("-with-x") || !one.getKey().startsWith("x-"))
                        .toList();
        return mode.startsWith("any")
                ? asked.stream().anyMatch(one -> agrees(one, copy.headers()))
                : asked.stream().allMatch(one -> agrees(one, copy.headers()));
    }

    /// An argument without a value, here the text of [GraphMaker#VOID], asks for presence only.
    private static boolean agrees(Map.Entry<String, Object> asked, Map<String, Object> headers) {
        Object found = headers.get(asked.getKey());
        if (found == null || asked.getValue() == GraphMaker.VOID) {
            return found != null;
        }
        return found instanceof Number number && asked.getValue() instanceof Number wanted
                ? number.longValue() == wanted.longValue()
                : found.equals(asked.getValue());
    }

    // ---- queues

    /// Returns false when there are too many.
    private boolean arrive(Queue queue, Parcel parcel) {
        if (++steps > COPIES_MAX * 4 || arrivals.copies() > COPIES_MAX) {
            return false;
        }
        Copy copy = parcel.copy();
        return switch (queue.fate()) {
            case KEEP ->
                    copy.expiration().equals("0")
                            ? die(queue, "expired", parcel)
                            : rest(queue, copy);
            case EXPIRE, EXPIRE_SOON -> die(queue, "expired", parcel);
            case DROP, REFUSE_AND_BURY -> die(queue, "maxlen", parcel);
            case REFUSE -> true;
            case REJECT ->
                    rejections(copy.deaths(), queue.name()) < Graph.REJECTIONS
                            ? die(queue, "rejected", parcel)
                            : rest(queue, copy);
        };
    }

    private boolean rest(Queue queue, Copy copy) {
        arrivals.add(queue.name(), copy);
        return true;
    }

    static long rejections(List<Death> deaths, String queue) {
        return deaths.stream()
                .filter(one -> one.queue().equals(queue) && one.reason().equals("rejected"))
                .mapToLong(Death::count)
                .sum();
    }

    // ---- dead letters

    private boolean die(Queue queue, String reason, Parcel parcel) {
        Optional<String> target = queue.deadLetterExchange();
        if (target.isEmpty() || (!target.get().isEmpty() && exchange(target.get()).isEmpty())) {
            return true;
        }
        Copy copy = parcel.copy();
        SortedMap<String, Object> headers = new TreeMap<>(copy.headers());
        headers.putIfAbsent("x-first-death-exchange", copy.exchange());
        headers.putIfAbsent("x-first-death-queue", queue.name());
        headers.putIfAbsent("x-first-death-reason", reason);
        List<String> keys = parcel.keys();
        if (queue.deadLetterKey().isPresent()) {
            keys = List.of(queue.deadLetterKey().get());
            headers.remove("CC");
        }
        var dead =
                new Copy(
                        copy.body(),
                        target.get(),
                        keys.getFirst(),
                        headers,
                        "",
                        deaths(queue, reason, copy));
        boolean all = true;
        for (Queue next : route(target.get(), keys, dead)) {
            if (reason.equals("rejected") || !closesCycle(dead.deaths(), next.name())) {
                all &= arrive(next, new Parcel(dead, keys));
            }
        }
        return all;
    }

    /// Of a death that happened before only the count rises, and it becomes the newest.
    private static List<Death> deaths(Queue queue, String reason, Copy copy) {
        List<Death> deaths = new ArrayList<>();
        List<String> keys = new ArrayList<>(List.of(copy.key()));
        if (copy.headers().get("CC") instanceof List<?> copies) {
            copies.forEach(key -> keys.add(Objects.toString(key)));
        }
        var newest = new Death(queue.name(), reason, copy.exchange(), keys, 1, copy.expiration());
        for (Death before : copy.deaths()) {
            if (before.queue().equals(queue.name()) && before.reason().equals(reason)) {
                newest =
                        new Death(
                                before.queue(),
                                reason,
                                before.exchange(),
                                before.keys(),
                                before.count() + 1,
                                before.expiration());
            } else {
                deaths.add(before);
            }
        }
        deaths.addFirst(newest);
        return deaths;
    }

    /// Whether the message died there before and was not rejected since.
    private static boolean closesCycle(List<Death> deaths, String queue) {
        for (Death death : deaths) {
            if (death.reason().equals("rejected")) {
                return false;
            }
            if (death.queue().equals(queue)) {
                return true;
            }
        }
        return false;
    }

    private Optional<Exchange> exchange(String name) {
        return graph.exchanges().stream().filter(one -> one.name().equals(name)).findFirst();
    }

    private Queue queue(String name) {
        return graph.queues().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
