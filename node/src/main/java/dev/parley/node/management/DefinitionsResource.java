package dev.parley.node.management;

import dev.parley.core.catalog.Binding;
import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.CatalogCommand.Link;
import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `/api/definitions`: all that was declared, to be kept or to be moved to another node.
final class DefinitionsResource {
    private final Managed node;

    DefinitionsResource(Managed node) {
        this.node = node;
    }

    List<Route> routes() {
        Access access = Access.ADMINISTRATOR;
        return List.of(
                Route.of("GET", "definitions", access, this::export),
                Route.of("GET", "all-configuration", access, this::export),
                Route.of("POST", "definitions", access, call -> take(call, "")),
                Route.of("GET", "definitions/*", access, this::exportHost),
                Route.of(
                        "POST",
                        "definitions/*",
                        access,
                        call -> take(call, call.visible(call.name(0)).name())));
    }

    // ---- export

    private void export(Call call) {
        Catalog catalog = call.catalog();
        Map<String, Object> all = head();
        all.put("users", catalog.users().stream().map(DefinitionsResource::user).toList());
        all.put(
                "vhosts",
                catalog.hosts().stream().map(host -> Map.of("name", host.name())).toList());
        List<Map<String, Object>> permissions = new ArrayList<>();
        List<Map<String, Object>> topics = new ArrayList<>();
        for (User user : catalog.users()) {
            permissions.addAll(UserResource.permissions(user));
            topics.addAll(UserResource.topics(catalog, user));
        }
        all.put("permissions", permissions);
        all.put("topic_permissions", topics);
        all.put("global_parameters", List.of());
        hosts(all, catalog.hosts(), true);
        call.ok(all);
    }

    private void exportHost(Call call) {
        Map<String, Object> one = head();
        hosts(one, List.of(call.visible(call.name(0))), false);
        call.ok(one);
    }

    private Map<String, Object> head() {
        String version = node.broker().config().version();
        Map<String, Object> head = new LinkedHashMap<>();
        head.put("rabbit_version", version);
        head.put("rabbitmq_version", version);
        head.put("product_name", "Parley");
        head.put("product_version", node.version());
        return head;
    }

    private static Map<String, Object> user(User user) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", user.name());
        RabbitHash.export(row, user.passwordHash());
        row.put("tags", user.tags());
        row.put("limits", LimitResource.named(user.limits()));
        return row;
    }

    private static void hosts(
            Map<String, Object> out, Collection<VirtualHost> hosts, boolean named) {
        List<Map<String, Object>> parameters = new ArrayList<>();
        List<Map<String, Object>> policies = new ArrayList<>();
        List<Map<String, Object>> queues = new ArrayList<>();
        List<Map<String, Object>> exchanges = new ArrayList<>();
        List<Map<String, Object>> bindings = new ArrayList<>();
        for (VirtualHost host : hosts) {
            host.policies(false).forEach(one -> policies.add(PolicyResource.describe(one)));
            host.policies(true)
                    .forEach(one -> {
                        Map<String, Object> value = PolicyResource.describe(one);
                        value.remove("vhost");
                        value.remove("name");
                        Map<String, Object> row = new LinkedHashMap<>();
                        row.put("value", value);
                        row.put("vhost", host.name());
                        row.put("component", "operator_policy");
                        row.put("name", one.name());
                        parameters.add(row);
                    });
            if (!host.limits().isEmpty()) {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("value", LimitResource.named(host.limits()));
                row.put("vhost", host.name());
                row.put("component", "vhost-limits");
                row.put("name", "limits");
                parameters.add(row);
            }
            host.queues().stream()
                    .filter(queue -> queue.owner() == 0)
                    .forEach(queue -> queues.add(queue(queue)));
            for (Exchange exchange : host.exchanges()) {
                if (!exchange.name().isEmpty() && !exchange.name().startsWith("amq.")) {
                    exchanges.add(exchange(host, exchange));
                }
                for (Binding binding : exchange.bindings()) {
                    QueueEntry queue = binding.queue();
                    if (queue == null || queue.owner() == 0) {
                        bindings.add(binding(host, BindingResource.link(binding)));
                    }
                }
            }
        }
        out.put("parameters", parameters);
        out.put("policies", policies);
        out.put("queues", queues);
        out.put("exchanges", exchanges);
        out.put("bindings", bindings);
        if (!named) {
            List.of(parameters, policies, queues, exchanges, bindings)
                    .forEach(rows -> rows.forEach(row -> row.remove("vhost")));
        }
    }

    private static Map<String, Object> queue(QueueEntry queue) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", queue.name());
        row.put("vhost", queue.host());
        row.put("durable", queue.durable());
        row.put("auto_delete", queue.autoDelete());
        row.put("arguments", Json.of(queue.arguments()));
        return row;
    }

    private static Map<String, Object> exchange(VirtualHost host, Exchange exchange) {
        Map<String, Object> row = ExchangeResource.row(host, exchange);
        row.remove("policy");
        return row;
    }

    private static Map<String, Object> binding(VirtualHost host, Link link) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("source", link.source());
        row.put("vhost", host.name());
        row.put("destination", link.destination());
        row.put("destination_type", link.toQueue() ? "queue" : "exchange");
        row.put("routing_key", link.routingKey());
        row.put("arguments", Json.of(link.arguments()));
        return row;
    }

    // ---- import

    /// With `report=true` the answer says what was done and what was left out; otherwise it is
    /// RabbitMQ's: nothing, or what is wrong.
    private void take(Call call, String host) {
        boolean report = call.query("report", "").equals("true");
        new Moving(node, host)
                .begin(
                        call.definitions(),
                        (done, leftOut) -> {
                            if (report) {
                                call.ok(Map.of("imported", done, "left_out", leftOut));
                            } else if (leftOut.isEmpty()) {
                                call.noContent();
                            } else {
                                call.fail(Fault.badRequest(reason(leftOut)));
                            }
                        });
    }

    private static String reason(List<Moving.LeftOut> leftOut) {
        StringBuilder reason = new StringBuilder("imported, but not:");
        leftOut.stream()
                .limit(20)
                .forEach(one ->
                        reason.append("\n").append(one.what()).append(": ").append(one.why()));
        return reason.toString();
    }
}
