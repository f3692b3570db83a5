package dev.parley.node.management;

import dev.parley.api.Reason;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.message.FieldTable;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import dev.parley.front.amqp.Declaration;
import dev.parley.front.amqp.QueueArguments;
import dev.parley.node.admin.Asker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/// `/api/queues`.
final class QueueResource {
    private final Managed node;
    private final QueueRows rows;

    QueueResource(Managed node, QueueRows rows) {
        this.node = node;
        this.rows = rows;
    }

    List<Route> routes() {
        Access access = Access.MANAGEMENT;
        return List.of(
                Route.of("GET", "queues", access, this::listAll),
                Route.of("GET", "queues/detailed", access, this::listAll),
                Route.of("GET", "queues/*", access, this::list),
                Route.of("GET", "queues/*/*", access, this::show),
                Route.of("PUT", "queues/*/*", access, this::declare),
                Route.of("DELETE", "queues/*/*", access, this::delete),
                Route.of("DELETE", "queues/*/*/contents", access, this::purge),
                Route.of("POST", "queues/*/*/get", access, this::get),
                Route.of("POST", "queues/*/*/actions", access, QueueResource::act));
    }

    static QueueEntry queue(Call call, VirtualHost host) {
        QueueEntry queue = host.queue(call.name(1));
        if (queue == null) {
            throw Fault.notFound();
        }
        return queue;
    }

    private void listAll(Call call) {
        List<QueueEntry> queues = new ArrayList<>();
        for (VirtualHost host : call.catalog().hosts()) {
            if (call.sees(host)) {
                queues.addAll(host.queues());
            }
        }
        list(call, queues);
    }

    private void list(Call call) {
        list(call, List.copyOf(call.visible(call.name(0)).queues()));
    }

    private void list(Call call, List<QueueEntry> queues) {
        rows.statuses(statuses -> {
            List<Map<String, Object>> found = new ArrayList<>();
            queues.forEach(queue -> found.add(rows.row(queue, statuses.get(queue.id()))));
            call.run(() -> Listing.answer(call, found));
        });
    }

    private void show(Call call) {
        QueueEntry queue = queue(call, call.visible(call.name(0)));
        rows.statuses(statuses -> {
            Map<String, Object> row = rows.row(queue, statuses.get(queue.id()));
            row.put("consumer_details", ConnectionRows.consumersOf(node, queue));
            call.run(() -> Listing.answer(call, row));
        });
    }

    private void declare(Call call) {
        VirtualHost host = call.enterable(call.name(0));
        String name = call.name(1);
        call.mayConfigure(host, "queue", name);
        JsonNode body = call.body();
        boolean durable = Call.flag(body, "durable", true);
        boolean autoDelete = Call.flag(body, "auto_delete", false);
        FieldTable arguments =
                body.has("arguments")
                        ? Json.table("arguments", body.path("arguments"))
                        : FieldTable.EMPTY;
        try {
            QueueArguments.spec(name, durable, autoDelete, arguments);
        } catch (IllegalArgumentException e) {
            throw Fault.badRequest(String.valueOf(e.getMessage()));
        }
        Declaration.begin(
                node.broker(),
                (client, token) ->
                        new CatalogCommand.DeclareQueue(
                                client,
                                token,
                                host.name(),
                                name,
                                durable,
                                0,
                                autoDelete,
                                arguments),
                new Declared(call));
    }

    /// Answers a declaration.
    private record Declared(Call call) implements Declaration.Client {
        @Override
        public void onDeclared(QueueEntry queue, boolean created, QueueReply.Done there) {
            if (created) {
                call.created();
            } else {
                call.noContent();
            }
        }

        @Override
        public void onRefused(Reason reason) {
            call.refuse(reason);
        }
    }

    private void delete(Call call) {
        VirtualHost host = call.enterable(call.name(0));
        QueueEntry queue = unlocked(queue(call, host));
        call.mayConfigure(host, "queue", queue.name());
        boolean ifUnused = call.query("if-unused", "").equals("true");
        boolean ifEmpty = call.query("if-empty", "").equals("true");
        ask(
                call,
                queue,
                asker -> new QueueCommand.Delete(asker, 1, queue.id(), ifUnused, ifEmpty),
                done ->
                        call.ask(
                                (client, token) ->
                                        new CatalogCommand.RemoveQueue(client, token, queue.id()),
                                reply -> call.noContent()));
    }

    private static QueueEntry unlocked(QueueEntry queue) {
        if (queue.owner() != 0) {
            throw Fault.badRequest(
                    "cannot obtain exclusive access to locked queue '%s' in vhost '%s'"
                            .formatted(queue.name(), queue.host()));
        }
        return queue;
    }

    private void purge(Call call) {
        VirtualHost host = call.enterable(call.name(0));
        QueueEntry queue = unlocked(queue(call, host));
        call.mayRead(host, "queue", queue.name());
        ask(
                call,
                queue,
                asker -> new QueueCommand.Purge(asker, 1, queue.id()),
                done -> call.noContent());
    }

    private void get(Call call) {
        VirtualHost host = call.enterable(call.name(0));
        QueueEntry queue = unlocked(queue(call, host));
        call.mayRead(host, "queue", queue.name());
        new Getting(node, call, queue).begin();
    }

    /// What an operator of RabbitMQ does to a mirrored queue says nothing here.
    private static void act(Call call) {
        queue(call, call.enterable(call.name(0)));
        String action = Call.text(Call.required(call.body(), "action"), "action");
        if (!action.equals("sync") && !action.equals("cancel_sync")) {
            throw Fault.badRequest("unknown action '" + action + "'");
        }
        call.noContent();
    }

    private void ask(
            Call call,
            QueueEntry queue,
            Function<QueueClient, QueueCommand> question,
            Consumer<QueueReply> then) {
        Asker.ask(
                node,
                queue.shard(),
                question,
                reply -> {
                    if (reply instanceof QueueReply.Refused(Reason reason)) {
                        call.refuse(reason);
                    } else {
                        then.accept(reply);
                    }
                });
    }
}
