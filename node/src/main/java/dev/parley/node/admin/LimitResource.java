package dev.parley.node.admin;

import dev.parley.core.catalog.Bound;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `/v1/users/…/limits`, `/v1/vhosts/…/limits`: how many connections, channels and queues there may
/// be.
final class LimitResource {
    private final Administered node;

    LimitResource(Administered node) {
        this.node = node;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "users/{user}/limits", call -> show(call, call.user().limits())),
                new Route("PUT", "users/{user}/limits/{limit}", this::limitUser),
                new Route("DELETE", "users/{user}/limits/{limit}", this::freeUser),
                new Route("GET", "vhosts/{vhost}/limits", call -> show(call, host(call).limits())),
                new Route("PUT", "vhosts/{vhost}/limits/{limit}", this::limitHost),
                new Route("DELETE", "vhosts/{vhost}/limits/{limit}", this::freeHost));
    }

    private static void show(Call call, Map<Bound, Long> limits) {
        Map<String, Long> row = new LinkedHashMap<>();
        limits.forEach((bound, most) -> row.put(bound.label(), most));
        call.ok(row);
    }

    private static VirtualHost host(Call call) {
        VirtualHost host = call.catalog().host(call.name(0));
        if (host == null) {
            throw new Problem(404, "no vhost '" + call.name(0) + "'");
        }
        return host;
    }

    private static Bound bound(Call call) {
        Bound bound = Bound.of(call.name(1));
        if (bound == null) {
            throw new Problem(404, "no limit '" + call.name(1) + "'");
        }
        return bound;
    }

    private static long most(Call call) {
        Long most = call.body("value").number("value", 0, Integer.MAX_VALUE);
        if (most == null) {
            throw new Problem(400, "a limit has a value");
        }
        return most;
    }

    private void limitUser(Call call) {
        set(call, call.user(), most(call));
    }

    private void freeUser(Call call) {
        set(call, call.user(), -1);
    }

    private void limitHost(Call call) {
        set(call, host(call), most(call));
    }

    private void freeHost(Call call) {
        set(call, host(call), -1);
    }

    private void set(Call call, User user, long most) {
        node.broker()
                .offer(
                        0,
                        new CatalogCommand.LimitUser(
                                (token, reply) -> call.done(reply),
                                1,
                                user.name(),
                                bound(call),
                                most));
    }

    private void set(Call call, VirtualHost host, long most) {
        node.broker()
                .offer(
                        0,
                        new CatalogCommand.LimitHost(
                                (token, reply) -> call.done(reply),
                                1,
                                host.name(),
                                bound(call),
                                most));
    }
}
