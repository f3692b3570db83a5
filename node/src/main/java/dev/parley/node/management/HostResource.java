package dev.parley.node.management;

import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogReply;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `/api/vhosts`.
final class HostResource {
    private final Managed node;
    private final QueueRows rows;

    HostResource(Managed node, QueueRows rows) {
        this.node = node;
        this.rows = rows;
    }

    List<Route> routes() {
        return List.of(
                Route.of("GET", "vhosts", Access.MANAGEMENT, this::list),
                Route.of("GET", "vhosts/*", Access.MANAGEMENT, this::show),
                Route.of("PUT", "vhosts/*", Access.ADMINISTRATOR, HostResource::add),
                Route.of("DELETE", "vhosts/*", Access.ADMINISTRATOR, this::remove),
                Route.of(
                        "GET",
                        "vhosts/*/permissions",
                        Access.ADMINISTRATOR,
                        HostResource::permissions),
                Route.of(
                        "GET",
                        "vhosts/*/topic-permissions",
                        Access.ADMINISTRATOR,
                        HostResource::topicPermissions));
    }

    private void list(Call call) {
        rows.statuses(statuses -> {
            List<Map<String, Object>> found = new ArrayList<>();
            for (VirtualHost host : call.catalog().hosts()) {
                if (call.sees(host)) {
                    found.add(row(host, statuses));
                }
            }
            call.run(() -> Listing.answer(call, found));
        });
    }

    private void show(Call call) {
        VirtualHost host = call.visible(call.name(0));
        rows.statuses(statuses -> call.run(() -> Listing.answer(call, row(host, statuses))));
    }

    private Map<String, Object> row(VirtualHost host, Map<Long, QueueStatus> statuses) {
        long ready = 0;
        long unacknowledged = 0;
        for (QueueEntry queue : host.queues()) {
            QueueStatus status = statuses.get(queue.id());
            ready += status == null ? 0 : status.ready();
            unacknowledged += status == null ? 0 : status.unacknowledged();
        }
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", host.name());
        row.put("description", "");
        row.put("tags", List.of());
        row.put("metadata", Map.of("description", "", "tags", List.of()));
        row.put("default_queue_type", "classic");
        row.put("tracing", false);
        row.put("cluster_state", Map.of(node.nodeName(), "running"));
        row.put("messages", ready + unacknowledged);
        row.put("messages_ready", ready);
        row.put("messages_unacknowledged", unacknowledged);
        return row;
    }

    /// Whoever makes a virtual host may do everything in it.
    private static void add(Call call) {
        String name = call.name(0);
        boolean known = call.catalog().host(name) != null;
        call.ask(
                (client, token) -> new CatalogCommand.AddHost(client, token, name),
                made -> {
                    if (known) {
                        call.noContent();
                        return;
                    }
                    call.ask(
                            (client, token) ->
                                    new CatalogCommand.Permit(
                                            client,
                                            token,
                                            call.user().name(),
                                            name,
                                            ".*",
                                            ".*",
                                            ".*"),
                            permitted -> call.created());
                });
    }

    private void remove(Call call) {
        call.ask(
                (client, token) -> new CatalogCommand.RemoveHost(client, token, call.name(0)),
                reply -> {
                    if (reply instanceof CatalogReply.Removed(List<QueueEntry> queues)) {
                        for (QueueEntry queue : queues) {
                            node.broker()
                                    .offer(
                                            queue.shard(),
                                            new QueueCommand.Delete(
                                                    null, 0, queue.id(), false, false));
                        }
                    }
                    call.noContent();
                });
    }

    private static void permissions(Call call) {
        VirtualHost host = call.visible(call.name(0));
        List<Map<String, Object>> found = new ArrayList<>();
        for (User user : call.catalog().users()) {
            User.Permission permission = user.in(host.name());
            if (permission != null) {
                found.add(UserResource.row(user, host.name(), permission));
            }
        }
        call.ok(found);
    }

    private static void topicPermissions(Call call) {
        VirtualHost host = call.visible(call.name(0));
        List<Map<String, Object>> found = new ArrayList<>();
        for (User user : call.catalog().users()) {
            user.topicPermissions(host.name())
                    .forEach(topic -> found.add(UserResource.row(user, host.name(), topic)));
        }
        call.ok(found);
    }
}
