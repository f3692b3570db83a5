package dev.parley.node.management;

import dev.parley.core.catalog.Bound;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `/api/vhost-limits`, `/api/user-limits`: how many connections, channels and queues there may be.
///
/// As with RabbitMQ a negative value sets no limit, and who has none is not listed.
final class LimitResource {
    private LimitResource() {}

    static List<Route> routes() {
        Access admin = Access.ADMINISTRATOR;
        return List.of(
                Route.of("GET", "vhost-limits", Access.MANAGEMENT, LimitResource::hosts),
                Route.of("GET", "vhost-limits/*", Access.MANAGEMENT, LimitResource::host),
                Route.of("PUT", "vhost-limits/*/*", admin, call -> limitHost(call, most(call))),
                Route.of("DELETE", "vhost-limits/*/*", admin, call -> limitHost(call, -1)),
                Route.of("GET", "user-limits", admin, LimitResource::users),
                Route.of("GET", "user-limits/*", admin, LimitResource::user),
                Route.of("PUT", "user-limits/*/*", admin, call -> limitUser(call, most(call))),
                Route.of("DELETE", "user-limits/*/*", admin, call -> limitUser(call, -1)));
    }

    /// Limits by their names, as RabbitMQ writes them.
    static Map<String, Long> named(Map<Bound, Long> limits) {
        Map<String, Long> named = new LinkedHashMap<>();
        limits.forEach((bound, most) -> named.put(bound.label(), most));
        return named;
    }

    private static void add(
            List<Map<String, Object>> rows, String kind, String name, Map<Bound, Long> limits) {
        if (!limits.isEmpty()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put(kind, name);
            row.put("value", named(limits));
            rows.add(row);
        }
    }

    private static void hosts(Call call) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (VirtualHost host : call.catalog().hosts()) {
            if (call.sees(host)) {
                add(rows, "vhost", host.name(), host.limits());
            }
        }
        Listing.answer(call, rows);
    }

    private static void host(Call call) {
        VirtualHost host = call.visible(call.name(0));
        List<Map<String, Object>> rows = new ArrayList<>();
        add(rows, "vhost", host.name(), host.limits());
        Listing.answer(call, rows);
    }

    private static void users(Call call) {
        List<Map<String, Object>> rows = new ArrayList<>();
        call.catalog().users().forEach(user -> add(rows, "user", user.name(), user.limits()));
        Listing.answer(call, rows);
    }

    private static void user(Call call) {
        User user = UserResource.user(call, 0);
        List<Map<String, Object>> rows = new ArrayList<>();
        add(rows, "user", user.name(), user.limits());
        Listing.answer(call, rows);
    }

    private static Bound bound(String name) {
        Bound bound = Bound.of(name);
        if (bound == null) {
            throw Fault.badRequest("Unsupported limit: " + name);
        }
        return bound;
    }

    private static long most(Call call) {
        long most = Call.number(Call.required(call.body(), "value"), "value");
        return Math.clamp(most, -1, Integer.MAX_VALUE);
    }

    private static void limitHost(Call call, long most) {
        String host = UserResource.existing(call).name();
        call.ask(ofHost(host, call.name(1), most), reply -> call.noContent());
    }

    private static void limitUser(Call call, long most) {
        String user = UserResource.user(call, 0).name();
        call.ask(ofUser(user, call.name(1), most), reply -> call.noContent());
    }

    static Call.Ask ofHost(String host, String name, long most) {
        Bound bound = bound(name);
        return (client, token) -> new CatalogCommand.LimitHost(client, token, host, bound, most);
    }

    static Call.Ask ofUser(String user, String name, long most) {
        Bound bound = bound(name);
        return (client, token) -> new CatalogCommand.LimitUser(client, token, user, bound, most);
    }
}
