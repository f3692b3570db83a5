package dev.parley.node.management;

import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.Policy;
import dev.parley.core.catalog.Policy.Target;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.message.FieldTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// `/api/policies` and `/api/operator-policies`.
final class PolicyResource {
    List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        add(routes, "policies", false, Access.POLICYMAKER);
        add(routes, "operator-policies", true, Access.ADMINISTRATOR);
        return routes;
    }

    private static void add(List<Route> routes, String path, boolean operator, Access writing) {
        Access reading = Access.MANAGEMENT;
        routes.add(Route.of("GET", path, reading, call -> listAll(call, operator)));
        routes.add(Route.of("GET", path + "/*", reading, call -> list(call, operator)));
        routes.add(Route.of("GET", path + "/*/*", reading, call -> get(call, operator)));
        routes.add(Route.of("PUT", path + "/*/*", writing, call -> put(call, operator)));
        routes.add(Route.of("DELETE", path + "/*/*", writing, call -> remove(call, operator)));
    }

    private static void listAll(Call call, boolean operator) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (VirtualHost host : call.catalog().hosts()) {
            if (call.sees(host)) {
                host.policies(operator).forEach(policy -> rows.add(describe(policy)));
            }
        }
        call.ok(rows);
    }

    private static void list(Call call, boolean operator) {
        List<Policy> policies = call.visible(call.name(0)).policies(operator);
        call.ok(policies.stream().map(PolicyResource::describe).toList());
    }

    private static void get(Call call, boolean operator) {
        Policy policy = call.visible(call.name(0)).policy(operator, call.name(1));
        if (policy == null) {
            throw Fault.notFound();
        }
        call.ok(describe(policy));
    }

    static Map<String, Object> describe(Policy policy) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("vhost", policy.host());
        row.put("name", policy.name());
        row.put("pattern", policy.pattern());
        row.put("apply-to", policy.target().label());
        row.put("definition", Json.of(policy.definition()));
        row.put("priority", policy.priority());
        return row;
    }

    private static void put(Call call, boolean operator) {
        VirtualHost host = call.enterable(call.name(0));
        boolean known = host.policy(operator, call.name(1)) != null;
        Call.Ask command = command(host.name(), operator, call.name(1), call.body());
        call.ask(
                command,
                reply -> {
                    if (known) {
                        call.noContent();
                    } else {
                        call.created();
                    }
                });
    }

    /// The command that makes a policy of what RabbitMQ's tools send or exported.
    static Call.Ask command(String host, boolean operator, String name, JsonNode body) {
        String pattern = Call.text(Call.required(body, "pattern"), "pattern");
        FieldTable definition = Json.table("definition", Call.required(body, "definition"));
        String applyTo = body.path("apply-to").asString("all");
        JsonNode priority = body.path("priority");
        if (!priority.isMissingNode() && !priority.canConvertToLong()) {
            throw Fault.badRequest(
                    "Validation failed\n\npriority should be a number, actually was "
                            + priority
                            + "\n");
        }
        Target target = Target.of(applyTo);
        if (target == null) {
            throw Fault.badRequest(
                    ("Validation failed\n\napply-to '%s' unrecognised; should be one of: 'queues',"
                                    + " 'classic_queues',  'quorum_queues', 'streams', 'exchanges',"
                                    + " or 'all'\n")
                            .formatted(applyTo));
        }
        long rank = priority.asLong(0);
        return (client, token) ->
                new CatalogCommand.PutPolicy(
                        client, token, host, operator, name, pattern, target, rank, definition);
    }

    private static void remove(Call call, boolean operator) {
        VirtualHost host = call.enterable(call.name(0));
        call.ask(
                (client, token) ->
                        new CatalogCommand.RemovePolicy(
                                client, token, host.name(), operator, call.name(1)),
                reply -> call.noContent());
    }
}
