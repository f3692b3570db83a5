package dev.parley.node.management;

import dev.parley.api.Reason;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogCommand.Link;
import dev.parley.core.catalog.CatalogReply;
import dev.parley.core.message.FieldTable;
import dev.parley.front.amqp.Declaration;
import dev.parley.front.amqp.QueueArguments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Declares all that stands in an export of RabbitMQ's, or of ours.
///
/// What is there already stays as it is, so that it may be done again. What cannot be had is left
/// out, and it is said why; everything else is done.
final class Moving {
    /// Commands under way at a time: many share one sync of the disk.
    private static final int WINDOW = 256;

    /// Parts of RabbitMQ's exports that say nothing to anybody else.
    private static final Set<String> INTERNAL = Set.of("cluster_name", "internal_cluster_id");

    /// Something that was not done, and why.
    record LeftOut(String what, String why) {}

    @FunctionalInterface
    interface Result {
        void onDone(Map<String, Integer> imported, List<LeftOut> leftOut);
    }

    private record Step(String kind, String what, Call.Ask command) {}

    private final Managed node;
    private final String onlyHost;
    private final List<Step> steps = new ArrayList<>();
    private final Map<String, Integer> imported = new LinkedHashMap<>();
    private final List<LeftOut> leftOut = new ArrayList<>();
    private int next;
    private int waiting;

    /// @param onlyHost the virtual host of an export without names of hosts, otherwise empty
    Moving(Managed node, String onlyHost) {
        this.node = node;
        this.onlyHost = onlyHost;
    }

    void begin(JsonNode definitions, Result result) {
        if (onlyHost.isEmpty()) {
            each(definitions, "vhosts", this::host);
            each(definitions, "users", this::user);
            each(definitions, "permissions", this::permission);
            each(definitions, "topic_permissions", this::topicPermission);
            each(definitions, "global_parameters", this::globalParameter);
        }
        each(definitions, "parameters", this::parameter);
        each(definitions, "policies", one -> policy(one, false, one, text(one, "name")));
        each(definitions, "exchanges", this::exchange);
        each(definitions, "queues", this::queue);
        each(definitions, "bindings", this::binding);
        pump(result);
    }

    private interface Reading {
        void read(JsonNode one);
    }

    /// Reads each of a kind; one that is malformed is left out.
    private void each(JsonNode definitions, String kind, Reading reading) {
        for (JsonNode one : definitions.path(kind)) {
            try {
                reading.read(one);
            } catch (Fault e) {
                leaveOut(kind, one, e.reason());
            } catch (IllegalArgumentException e) {
                leaveOut(kind, one, String.valueOf(e.getMessage()));
            }
        }
    }

    private void leaveOut(String kind, JsonNode one, String why) {
        String name = one.path("name").asString(one.path("user").asString(""));
        leftOut.add(new LeftOut((kind + " " + name).strip(), why));
    }

    private void pump(Result result) {
        while (waiting < WINDOW && next < steps.size()) {
            Step step = steps.get(next++);
            waiting++;
            node.broker()
                    .offer(
                            0,
                            step.command.by(
                                    (token, reply) -> {
                                        waiting--;
                                        onReply(step, reply);
                                        pump(result);
                                    },
                                    1));
        }
        if (waiting == 0 && next == steps.size()) {
            next++; // once only
            result.onDone(imported, leftOut);
        }
    }

    private void onReply(Step step, CatalogReply reply) {
        if (reply instanceof CatalogReply.Refused(Reason reason)) {
            leftOut.add(new LeftOut(step.what, reason.detail().strip()));
        } else {
            Declaration.create(node.broker(), reply);
            imported.merge(step.kind, 1, Integer::sum);
        }
    }

    private void add(String kind, String what, Call.Ask command) {
        steps.add(new Step(kind, what, command));
    }

    private static String text(JsonNode one, String field) {
        return Call.text(Call.required(one, field), field);
    }

    private String hostOf(JsonNode one) {
        return onlyHost.isEmpty() ? text(one, "vhost") : onlyHost;
    }

    private static FieldTable arguments(JsonNode one) {
        return one.has("arguments")
                ? Json.table("arguments", one.path("arguments"))
                : FieldTable.EMPTY;
    }

    // ---- kinds

    private void host(JsonNode one) {
        String name = text(one, "name");
        add(
                "vhosts",
                "vhost '" + name + "'",
                (client, token) -> new CatalogCommand.AddHost(client, token, name));
    }

    private void user(JsonNode one) {
        String name = text(one, "name");
        String hash = RabbitHash.stored(one, text(one, "password_hash"));
        List<String> tags = UserResource.tags(one.path("tags"));
        add(
                "users",
                "user '" + name + "'",
                (client, token) -> new CatalogCommand.PutUser(client, token, name, hash, tags));
        one.path("limits")
                .properties()
                .forEach(limit ->
                        add(
                                "limits",
                                "limit '" + limit.getKey() + "' of user '" + name + "'",
                                LimitResource.ofUser(
                                        name,
                                        limit.getKey(),
                                        Call.number(limit.getValue(), limit.getKey()))));
    }

    private void permission(JsonNode one) {
        String user = text(one, "user");
        String host = text(one, "vhost");
        String configure = text(one, "configure");
        String write = text(one, "write");
        String read = text(one, "read");
        add(
                "permissions",
                "permission of '" + user + "' in '" + host + "'",
                (client, token) ->
                        new CatalogCommand.Permit(
                                client, token, user, host, configure, write, read));
    }

    private void topicPermission(JsonNode one) {
        String user = text(one, "user");
        String host = text(one, "vhost");
        String exchange = text(one, "exchange");
        String write = text(one, "write");
        String read = text(one, "read");
        add(
                "topic permissions",
                "topic permission of '" + user + "' in '" + host + "'",
                (client, token) ->
                        new CatalogCommand.PermitTopic(
                                client, token, user, host, exchange, write, read));
    }

    private void globalParameter(JsonNode one) {
        if (!INTERNAL.contains(text(one, "name"))) {
            leaveOut("global parameter", one, "no such thing here");
        }
    }

    private void parameter(JsonNode one) {
        String component = text(one, "component");
        if (component.equals("operator_policy")) {
            policy(one, true, one.path("value"), text(one, "name"));
        } else if (component.equals("vhost-limits")) {
            String host = hostOf(one);
            one.path("value")
                    .properties()
                    .forEach(limit ->
                            add(
                                    "limits",
                                    "limit '" + limit.getKey() + "' in '" + host + "'",
                                    LimitResource.ofHost(
                                            host,
                                            limit.getKey(),
                                            Call.number(limit.getValue(), limit.getKey()))));
        } else {
            leaveOut("parameter of " + component, one, "no such thing here");
        }
    }

    private void policy(JsonNode one, boolean operator, JsonNode value, String name) {
        String host = hostOf(one);
        add(
                operator ? "operator policies" : "policies",
                "policy '" + name + "' in '" + host + "'",
                PolicyResource.command(host, operator, name, value));
    }

    private void exchange(JsonNode one) {
        String host = hostOf(one);
        String name = text(one, "name");
        String type = text(one, "type");
        FieldTable arguments = arguments(one);
        boolean durable = Call.flag(one, "durable", true);
        boolean autoDelete = Call.flag(one, "auto_delete", false);
        boolean internal = Call.flag(one, "internal", false);
        add(
                "exchanges",
                "exchange '" + name + "' in '" + host + "'",
                (client, token) ->
                        new CatalogCommand.DeclareExchange(
                                client,
                                token,
                                host,
                                name,
                                type,
                                durable,
                                autoDelete,
                                internal,
                                arguments));
    }

    private void queue(JsonNode one) {
        String host = hostOf(one);
        String name = text(one, "name");
        FieldTable arguments = arguments(one);
        String what = "queue '" + name + "' in '" + host + "'";
        boolean durable = Call.flag(one, "durable", true);
        boolean autoDelete = Call.flag(one, "auto_delete", false);
        QueueArguments.spec(name, durable, autoDelete, arguments);
        add(
                "queues",
                what,
                (client, token) ->
                        new CatalogCommand.DeclareQueue(
                                client, token, host, name, durable, 0, autoDelete, arguments));
    }

    private void binding(JsonNode one) {
        String host = hostOf(one);
        Link link =
                new Link(
                        text(one, "source"),
                        text(one, "destination"),
                        !text(one, "destination_type").equals("exchange"),
                        text(one, "routing_key"),
                        arguments(one));
        if (link.source().isEmpty()) {
            return; // the default exchange binds by itself
        }
        add(
                "bindings",
                "binding of '%s' to '%s' in '%s'"
                        .formatted(link.source(), link.destination(), host),
                (client, token) -> new CatalogCommand.Bind(client, token, host, link));
    }
}
