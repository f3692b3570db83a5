package dev.parley.node.admin;

import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `/v1/users/…/topic-permissions`: the routing keys that a user may use with a topic exchange.
final class TopicPermissionResource {
    private final Administered node;

    TopicPermissionResource(Administered node) {
        this.node = node;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "users/{user}/topic-permissions", this::list),
                new Route("PUT", "users/{user}/topic-permissions/{vhost}/{exchange}", this::permit),
                new Route(
                        "DELETE",
                        "users/{user}/topic-permissions/{vhost}/{exchange}",
                        this::forbid));
    }

    private void list(Call call) {
        User user = call.user();
        List<Object> rows = new ArrayList<>();
        for (VirtualHost host : call.catalog().hosts()) {
            for (User.TopicPermission may : user.topicPermissions(host.name())) {
                Map<String, String> row = new LinkedHashMap<>();
                row.put("vhost", host.name());
                row.put("exchange", may.exchange());
                row.put("write", may.write());
                row.put("read", may.read());
                rows.add(row);
            }
        }
        call.ok(rows);
    }

    private void permit(Call call) {
        Fields body = call.body("write", "read");
        node.broker()
                .offer(
                        0,
                        new CatalogCommand.PermitTopic(
                                (token, reply) -> call.done(reply),
                                1,
                                call.user().name(),
                                call.name(1),
                                call.name(2),
                                body.text("write", ""),
                                body.text("read", "")));
    }

    private void forbid(Call call) {
        node.broker()
                .offer(
                        0,
                        new CatalogCommand.ForbidTopic(
                                (token, reply) -> call.done(reply),
                                1,
                                call.user().name(),
                                call.name(1),
                                call.name(2)));
    }
}
