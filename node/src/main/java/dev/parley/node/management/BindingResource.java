package dev.parley.node.management;

import dev.parley.core.catalog.Binding;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogCommand.Link;
import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.message.FieldTable;
import dev.parley.front.http.HttpService.Response;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/// `/api/bindings`, and the bindings of one queue or exchange.
final class BindingResource {
    private static final int HASH_BYTES = 12;

    List<Route> routes() {
        Access access = Access.MANAGEMENT;
        return List.of(
                Route.of("GET", "bindings", access, BindingResource::listAll),
                Route.of("GET", "bindings/*", access, call -> list(call, row -> true)),
                Route.of("GET", "bindings/*/e/*/*/*", access, BindingResource::between),
                Route.of("POST", "bindings/*/e/*/*/*", access, BindingResource::bind),
                Route.of("GET", "bindings/*/e/*/*/*/*", access, BindingResource::show),
                Route.of("DELETE", "bindings/*/e/*/*/*/*", access, BindingResource::unbind),
                Route.of("GET", "queues/*/*/bindings", access, BindingResource::ofQueue),
                Route.of(
                        "GET", "exchanges/*/*/bindings/source", access, call -> of(call, "source")),
                Route.of(
                        "GET",
                        "exchanges/*/*/bindings/destination",
                        access,
                        call -> of(call, "destination")));
    }

    private static void listAll(Call call) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (VirtualHost host : call.catalog().hosts()) {
            if (call.sees(host)) {
                rows.addAll(rows(host));
            }
        }
        Listing.answer(call, rows);
    }

    private static void list(Call call, Predicate<Map<String, Object>> wanted) {
        VirtualHost host = call.visible(call.name(0));
        Listing.answer(call, rows(host).stream().filter(wanted).toList());
    }

    private static void ofQueue(Call call) {
        QueueEntry queue = QueueResource.queue(call, call.visible(call.name(0)));
        list(
                call,
                row ->
                        "queue".equals(row.get("destination_type"))
                                && queue.name().equals(row.get("destination")));
    }

    private static void of(Call call, String end) {
        Exchange exchange = ExchangeResource.exchange(call.visible(call.name(0)), call.name(1));
        list(
                call,
                row ->
                        exchange.name().equals(row.get(end))
                                && (end.equals("source")
                                        || "exchange".equals(row.get("destination_type"))));
    }

    private static void between(Call call) {
        Ends ends = ends(call, call.visible(call.name(0)));
        list(call, ends::match);
    }

    /// What a path names.
    private record Ends(String source, boolean toQueue, String destination) {
        boolean match(Map<String, Object> row) {
            return Objects.equals(row.get("source"), source)
                    && Objects.equals(row.get("destination"), destination)
                    && Objects.equals(row.get("destination_type"), toQueue ? "queue" : "exchange");
        }
    }

    private static Ends ends(Call call, VirtualHost host) {
        Exchange source = ExchangeResource.exchange(host, call.name(1));
        boolean toQueue =
                switch (call.name(2)) {
                    case "q" -> true;
                    case "e" -> false;
                    default -> throw Fault.notFound();
                };
        String destination =
                toQueue ? call.name(3) : ExchangeResource.exchange(host, call.name(3)).name();
        if (toQueue && host.queue(destination) == null) {
            throw Fault.notFound();
        }
        return new Ends(source.name(), toQueue, destination);
    }

    /// All bindings, those of the default exchange included, which nobody made.
    private static List<Map<String, Object>> rows(VirtualHost host) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (QueueEntry queue : host.queues()) {
            rows.add(row(host, new Link("", queue.name(), true, queue.name(), FieldTable.EMPTY)));
        }
        for (Exchange exchange : host.exchanges()) {
            exchange.bindings().forEach(binding -> rows.add(row(host, link(binding))));
        }
        return rows;
    }

    static Link link(Binding binding) {
        QueueEntry queue = binding.queue();
        Exchange exchange = binding.exchange();
        String name = queue != null ? queue.name() : exchange == null ? "" : exchange.name();
        return new Link(
                binding.source().name(),
                name,
                queue != null,
                binding.routingKey(),
                binding.arguments());
    }

    private static Map<String, Object> row(VirtualHost host, Link link) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("source", link.source());
        row.put("vhost", host.name());
        row.put("destination", link.destination());
        row.put("destination_type", link.toQueue() ? "queue" : "exchange");
        row.put("routing_key", link.routingKey());
        row.put("arguments", Json.of(link.arguments()));
        row.put("properties_key", key(link));
        return row;
    }

    /// What tells the bindings between the same two ends apart in a path.
    private static String key(Link link) {
        String key = segment(link.routingKey()).replace("~", "%7E");
        if (link.arguments().isEmpty()) {
            return key.isEmpty() ? "~" : key;
        }
        ByteBuffer encoded = ByteBuffer.allocate(link.arguments().encodedSize());
        link.arguments().write(encoded);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(encoded.array());
            return key
                    + "~"
                    + Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(Arrays.copyOf(hash, HASH_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK lacks SHA-256", e);
        }
    }

    private static String segment(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static void bind(Call call) {
        VirtualHost host = call.enterable(call.name(0));
        Ends ends = ends(call, host);
        JsonNode body = call.body();
        FieldTable arguments =
                body.has("arguments")
                        ? Json.table("arguments", body.path("arguments"))
                        : FieldTable.EMPTY;
        Link link =
                new Link(
                        ends.source(),
                        ends.destination(),
                        ends.toQueue(),
                        body.path("routing_key").asString(""),
                        arguments);
        mayLink(call, host, link);
        call.ask(
                (client, token) -> new CatalogCommand.Bind(client, token, host.name(), link),
                reply ->
                        call.send(
                                Response.empty(201)
                                        .with(
                                                "Location",
                                                "%s/%s"
                                                        .formatted(
                                                                segment(call.name(3)),
                                                                segment(key(link))))));
    }

    private static void mayLink(Call call, VirtualHost host, Link link) {
        call.mayWrite(host, link.toQueue() ? "queue" : "exchange", link.destination());
        call.mayRead(host, "exchange", link.source());
        Exchange source = host.exchange(link.source());
        if (source != null) {
            call.mayReadTopic(host, source, link.routingKey());
        }
    }

    private static Link named(Call call, VirtualHost host) {
        Ends ends = ends(call, host);
        Exchange source = ExchangeResource.exchange(host, call.name(1));
        for (Binding binding : source.bindings()) {
            Link link = link(binding);
            if (ends.match(row(host, link))
                    && (key(link).equals(call.name(4))
                            || (link.arguments().isEmpty()
                                    && link.routingKey().equals(call.name(4))))) {
                return link;
            }
        }
        throw Fault.notFound();
    }

    private static void show(Call call) {
        VirtualHost host = call.visible(call.name(0));
        call.ok(row(host, named(call, host)));
    }

    private static void unbind(Call call) {
        VirtualHost host = call.enterable(call.name(0));
        Link link = named(call, host);
        mayLink(call, host, link);
        call.ask(
                (client, token) -> new CatalogCommand.Unbind(client, token, host.name(), link),
                reply -> call.noContent());
    }
}
