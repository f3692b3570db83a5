package dev.parley.node.management;

import dev.parley.core.catalog.Catalog;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.User;
import dev.parley.core.catalog.VirtualHost;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// `/api/users`, `/api/permissions`, `/api/topic-permissions`, `/api/whoami`.
///
/// Hashes of passwords never leave the node: where RabbitMQ shows them there is an empty text.
final class UserResource {
    private final Managed node;

    UserResource(Managed node) {
        this.node = node;
    }

    List<Route> routes() {
        Access access = Access.ADMINISTRATOR;
        return List.of(
                Route.of("GET", "whoami", Access.MANAGEMENT, UserResource::whoami),
                Route.of("GET", "users", access, UserResource::list),
                Route.of("GET", "users/without-permissions", access, UserResource::listUseless),
                Route.of("POST", "users/bulk-delete", access, UserResource::removeMany),
                Route.of("GET", "users/*", access, call -> call.ok(row(user(call, 0)))),
                Route.of("PUT", "users/*", access, this::put),
                Route.of("DELETE", "users/*", access, UserResource::remove),
                Route.of("GET", "users/*/permissions", access, UserResource::ofUser),
                Route.of("GET", "users/*/topic-permissions", access, UserResource::topicsOfUser),
                Route.of("GET", "permissions", access, UserResource::permissions),
                Route.of("GET", "permissions/*/*", access, UserResource::show),
                Route.of("PUT", "permissions/*/*", access, UserResource::permit),
                Route.of("DELETE", "permissions/*/*", access, UserResource::forbid),
                Route.of("GET", "topic-permissions", access, UserResource::topics),
                Route.of("GET", "topic-permissions/*/*", access, UserResource::topicsIn),
                Route.of("PUT", "topic-permissions/*/*", access, UserResource::permitTopic),
                Route.of("DELETE", "topic-permissions/*/*", access, UserResource::forbidTopics),
                Route.of("DELETE", "topic-permissions/*/*/*", access, UserResource::forbidTopic));
    }

    private static void whoami(Call call) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", call.user().name());
        row.put("tags", call.user().tags());
        row.put("is_internal_user", true);
        call.ok(row);
    }

    // ---- users

    static User user(Call call, int index) {
        User user = call.catalog().user(call.name(index));
        if (user == null) {
            throw Fault.notFound();
        }
        return user;
    }

    private static void list(Call call) {
        Listing.answer(call, call.catalog().users().stream().map(UserResource::row).toList());
    }

    private static void listUseless(Call call) {
        Listing.answer(
                call,
                call.catalog().users().stream()
                        .filter(user -> user.permissions().isEmpty())
                        .map(UserResource::row)
                        .toList());
    }

    private static Map<String, Object> row(User user) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", user.name());
        row.put("password_hash", "");
        row.put("hashing_algorithm", "");
        row.put("tags", user.tags());
        row.put("limits", LimitResource.named(user.limits()));
        return row;
    }

    private void put(Call call) {
        JsonNode body = call.body();
        String name = call.name(0);
        List<String> tags = tags(Call.required(body, "tags"));
        boolean known = call.catalog().user(name) != null;
        keepOneAdministrator(call, name, tags.contains("administrator"));
        if (body.has("password")) {
            String password = Call.text(body.path("password"), "password");
            node.hash(password, hash -> store(call, name, hash, tags, known));
        } else if (body.has("password_hash")) {
            String hash = Call.text(body.path("password_hash"), "password_hash");
            store(call, name, RabbitHash.stored(body, hash), tags, known);
        } else {
            throw Fault.badRequest("Please specify either password or password_hash.");
        }
    }

    private static void store(
            Call call, String name, String hash, List<String> tags, boolean known) {
        call.ask(
                (client, token) -> new CatalogCommand.PutUser(client, token, name, hash, tags),
                reply -> {
                    if (known) {
                        call.noContent();
                    } else {
                        call.created();
                    }
                });
    }

    /// Tags are a list, or one text with commas in between.
    static List<String> tags(JsonNode node) {
        List<String> tags = new ArrayList<>();
        if (node.isArray()) {
            node.forEach(one -> tags.add(one.asString()));
        } else {
            Arrays.stream(node.asString().split(",", -1)).map(String::strip).forEach(tags::add);
        }
        tags.removeIf(String::isEmpty);
        return tags;
    }

    private static void remove(Call call) {
        User user = user(call, 0);
        keepOneAdministrator(call, user.name(), false);
        call.ask(
                (client, token) -> new CatalogCommand.RemoveUser(client, token, user.name()),
                reply -> call.noContent());
    }

    private static void removeMany(Call call) {
        List<String> names = new ArrayList<>();
        Call.required(call.body(), "users").forEach(name -> names.add(name.asString()));
        names.removeIf(name -> call.catalog().user(name) == null);
        boolean anyLeft =
                call.catalog().users().stream()
                        .filter(user -> !names.contains(user.name()))
                        .anyMatch(Access.ADMINISTRATOR::has);
        if (!anyLeft) {
            throw Fault.badRequest("no administrator would be left");
        }
        if (names.isEmpty()) {
            call.noContent();
            return;
        }
        int[] waiting = {names.size()};
        for (String name : names) {
            call.ask(
                    (client, token) -> new CatalogCommand.RemoveUser(client, token, name),
                    reply -> {
                        waiting[0]--;
                        if (waiting[0] == 0) {
                            call.noContent();
                        }
                    });
        }
    }

    /// Without an administrator nobody could make one.
    private static void keepOneAdministrator(Call call, String name, boolean stays) {
        boolean others =
                call.catalog().users().stream()
                        .filter(user -> !user.name().equals(name))
                        .anyMatch(Access.ADMINISTRATOR::has);
        if (!stays && !others) {
            throw Fault.badRequest("'" + name + "' is the last administrator");
        }
    }

    // ---- permissions

    static Map<String, Object> row(User user, String host, User.Permission permission) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("user", user.name());
        row.put("vhost", host);
        row.put("configure", permission.configure());
        row.put("write", permission.write());
        row.put("read", permission.read());
        return row;
    }

    static Map<String, Object> row(User user, String host, User.TopicPermission topic) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("user", user.name());
        row.put("vhost", host);
        row.put("exchange", topic.exchange());
        row.put("write", topic.write());
        row.put("read", topic.read());
        return row;
    }

    static List<Map<String, Object>> permissions(User user) {
        List<Map<String, Object>> rows = new ArrayList<>();
        user.permissions().forEach((host, may) -> rows.add(row(user, host, may)));
        return rows;
    }

    static List<Map<String, Object>> topics(Catalog catalog, User user) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (VirtualHost host : catalog.hosts()) {
            user.topicPermissions(host.name())
                    .forEach(topic -> rows.add(row(user, host.name(), topic)));
        }
        return rows;
    }

    private static void permissions(Call call) {
        List<Map<String, Object>> rows = new ArrayList<>();
        call.catalog().users().forEach(user -> rows.addAll(permissions(user)));
        Listing.answer(call, rows);
    }

    private static void ofUser(Call call) {
        call.ok(permissions(user(call, 0)));
    }

    private static void show(Call call) {
        VirtualHost host = call.visible(call.name(0));
        User user = user(call, 1);
        User.Permission permission = user.in(host.name());
        if (permission == null) {
            throw Fault.notFound();
        }
        call.ok(row(user, host.name(), permission));
    }

    private static void permit(Call call) {
        VirtualHost host = existing(call);
        User user = user(call, 1);
        JsonNode body = call.body();
        boolean known = user.in(host.name()) != null;
        String configure = expression(body, "configure");
        String write = expression(body, "write");
        String read = expression(body, "read");
        call.ask(
                (client, token) ->
                        new CatalogCommand.Permit(
                                client, token, user.name(), host.name(), configure, write, read),
                reply -> {
                    if (known) {
                        call.noContent();
                    } else {
                        call.created();
                    }
                });
    }

    private static String expression(JsonNode body, String field) {
        return Call.text(Call.required(body, field), field);
    }

    static VirtualHost existing(Call call) {
        VirtualHost host = call.catalog().host(call.name(0));
        if (host == null) {
            throw Fault.notFound();
        }
        return host;
    }

    private static void forbid(Call call) {
        VirtualHost host = existing(call);
        User user = user(call, 1);
        if (user.in(host.name()) == null) {
            throw Fault.notFound();
        }
        call.ask(
                (client, token) ->
                        new CatalogCommand.Forbid(client, token, user.name(), host.name()),
                reply -> call.noContent());
    }

    // ---- topic permissions

    private static void topics(Call call) {
        List<Map<String, Object>> rows = new ArrayList<>();
        call.catalog().users().forEach(user -> rows.addAll(topics(call.catalog(), user)));
        Listing.answer(call, rows);
    }

    private static void topicsOfUser(Call call) {
        call.ok(topics(call.catalog(), user(call, 0)));
    }

    private static void topicsIn(Call call) {
        VirtualHost host = existing(call);
        User user = user(call, 1);
        List<Map<String, Object>> rows =
                user.topicPermissions(host.name()).stream()
                        .map(topic -> row(user, host.name(), topic))
                        .toList();
        if (rows.isEmpty()) {
            throw Fault.notFound();
        }
        call.ok(rows);
    }

    private static void permitTopic(Call call) {
        VirtualHost host = existing(call);
        User user = user(call, 1);
        JsonNode body = call.body();
        String exchange = Call.text(Call.required(body, "exchange"), "exchange");
        String write = expression(body, "write");
        String read = expression(body, "read");
        boolean known = topic(user, host, exchange) != null;
        call.ask(
                (client, token) ->
                        new CatalogCommand.PermitTopic(
                                client, token, user.name(), host.name(), exchange, write, read),
                reply -> {
                    if (known) {
                        call.noContent();
                    } else {
                        call.created();
                    }
                });
    }

    private static User.@Nullable TopicPermission topic(
            User user, VirtualHost host, String exchange) {
        for (User.TopicPermission topic : user.topicPermissions(host.name())) {
            if (topic.exchange().equals(exchange)) {
                return topic;
            }
        }
        return null;
    }

    private static void forbidTopics(Call call) {
        VirtualHost host = existing(call);
        User user = user(call, 1);
        List<String> exchanges =
                user.topicPermissions(host.name()).stream()
                        .map(User.TopicPermission::exchange)
                        .toList();
        if (exchanges.isEmpty()) {
            throw Fault.notFound();
        }
        int[] waiting = {exchanges.size()};
        for (String exchange : exchanges) {
            call.ask(
                    (client, token) ->
                            new CatalogCommand.ForbidTopic(
                                    client, token, user.name(), host.name(), exchange),
                    reply -> {
                        waiting[0]--;
                        if (waiting[0] == 0) {
                            call.noContent();
                        }
                    });
        }
    }

    private static void forbidTopic(Call call) {
        VirtualHost host = existing(call);
        User user = user(call, 1);
        if (topic(user, host, call.name(2)) == null) {
            throw Fault.notFound();
        }
        call.ask(
                (client, token) ->
                        new CatalogCommand.ForbidTopic(
                                client, token, user.name(), host.name(), call.name(2)),
                reply -> call.noContent());
    }
}
