package dev.parley.node.admin;

import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.User;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `/v1/users`: who may connect, and what he may do where.
final class UserResource {
    private static final String ADMINISTRATOR = "administrator";

    private final Administered node;

    UserResource(Administered node) {
        this.node = node;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "users", this::list),
                new Route("GET", "users/{user}", this::show),
                new Route("PUT", "users/{user}", this::put),
                new Route("PATCH", "users/{user}", this::change),
                new Route("DELETE", "users/{user}", this::remove),
                new Route("PUT", "users/{user}/permissions/{vhost}", this::permit),
                new Route("DELETE", "users/{user}/permissions/{vhost}", this::forbid));
    }

    private void list(Call call) {
        List<Object> rows = new ArrayList<>();
        call.catalog().users().forEach(user -> rows.add(row(user)));
        call.ok(rows);
    }

    private void show(Call call) {
        call.ok(row(call.user()));
    }

    private static Map<String, Object> row(User user) {
        Map<String, Object> permissions = new LinkedHashMap<>();
        user.permissions()
                .forEach((host, may) -> {
                    Map<String, String> one = new LinkedHashMap<>();
                    one.put("configure", may.configure());
                    one.put("write", may.write());
                    one.put("read", may.read());
                    permissions.put(host, one);
                });
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", user.name());
        row.put("tags", user.tags());
        row.put("permissions", permissions);
        return row;
    }

    private void put(Call call) {
        Fields body = call.body("password", "tags");
        String password = body.secret("password");
        List<String> tags = tags(body);
        if (call.name(0).indexOf(':') >= 0) {
            throw new Problem(400, "a user's name holds no colon: HTTP could not carry it");
        }
        if (password == null || password.isEmpty()) {
            throw new Problem(400, "a user has a password");
        }
        keepOneAdministrator(call, tags.contains(ADMINISTRATOR));
        hashAndStore(call, password, tags);
    }

    private void change(Call call) {
        User user = call.user();
        Fields body = call.body("password", "tags");
        List<String> tags = body.has("tags") ? tags(body) : user.tags();
        keepOneAdministrator(call, tags.contains(ADMINISTRATOR));
        String password = body.secret("password");
        if (password == null) {
            store(call, user.passwordHash(), tags);
        } else if (password.isEmpty()) {
            throw new Problem(400, "a password is not empty");
        } else {
            hashAndStore(call, password, tags);
        }
    }

    private static List<String> tags(Fields body) {
        List<String> tags = body.texts("tags");
        for (String tag : tags) {
            if (!tag.matches("[A-Za-z0-9_.-]{1,64}")) {
                throw new Problem(400, "a tag has 1 to 64 letters, digits, dots or dashes");
            }
        }
        return tags;
    }

    private void hashAndStore(Call call, String password, List<String> tags) {
        node.hash(password, hash -> store(call, hash, tags));
    }

    private void store(Call call, String hash, List<String> tags) {
        node.broker()
                .offer(
                        0,
                        new CatalogCommand.PutUser(
                                (token, reply) -> call.done(reply), 1, call.name(0), hash, tags));
    }

    private void remove(Call call) {
        User user = call.user();
        keepOneAdministrator(call, false);
        node.broker()
                .offer(
                        0,
                        new CatalogCommand.RemoveUser(
                                (token, reply) -> call.done(reply), 1, user.name()));
    }

    /// Without an administrator nobody could make one.
    private static void keepOneAdministrator(Call call, boolean stays) {
        boolean others =
                call.catalog().users().stream()
                        .filter(user -> !user.name().equals(call.name(0)))
                        .anyMatch(user -> user.tags().contains(ADMINISTRATOR));
        if (!stays && !others) {
            throw new Problem(409, "'" + call.name(0) + "' is the last administrator");
        }
    }

    private void permit(Call call) {
        Fields body = call.body("configure", "write", "read");
        node.broker()
                .offer(
                        0,
                        new CatalogCommand.Permit(
                                (token, reply) -> call.done(reply),
                                1,
                                call.user().name(),
                                call.name(1),
                                body.text("configure", ""),
                                body.text("write", ""),
                                body.text("read", "")));
    }

    private void forbid(Call call) {
        node.broker()
                .offer(
                        0,
                        new CatalogCommand.Forbid(
                                (token, reply) -> call.done(reply),
                                1,
                                call.user().name(),
                                call.name(1)));
    }
}
