package dev.parley.node.admin;

import dev.parley.api.Reason;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.CatalogReply;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.message.FieldTable;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.queue.QueueStatus;
import dev.parley.front.amqp.Declaration;
import dev.parley.front.amqp.QueueArguments;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `/v1/queues`: which there are, and how they stand.
final class QueueResource {
    private final Administered node;

    QueueResource(Administered node) {
        this.node = node;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "queues", this::list),
                new Route("GET", "queues/{queue}", this::show),
                new Route("PUT", "queues/{queue}", this::declare),
                new Route("DELETE", "queues/{queue}", this::delete));
    }

    private void list(Call call) {
        VirtualHost host = call.host();
        Map<Long, QueueStatus> statuses = new HashMap<>();
        int[] waiting = {1};
        Runnable onOne =
                () -> {
                    waiting[0]--;
                    if (waiting[0] == 0) {
                        call.ok(rows(host, statuses));
                    }
                };
        for (QueueEntry first : onePerShard(host)) {
            waiting[0]++;
            Asker.ask(
                    node,
                    first,
                    asker -> new QueueCommand.Inspect(asker, 1, 0),
                    reply -> {
                        if (reply instanceof QueueReply.Statuses(var found)) {
                            found.forEach(one -> statuses.put(one.id(), one));
                        }
                        onOne.run();
                    });
        }
        onOne.run();
    }

    private static List<QueueEntry> onePerShard(VirtualHost host) {
        Map<Integer, QueueEntry> found = new LinkedHashMap<>();
        host.queues().forEach(queue -> found.putIfAbsent(queue.shard(), queue));
        return List.copyOf(found.values());
    }

    private static List<Map<String, Object>> rows(
            VirtualHost host, Map<Long, QueueStatus> statuses) {
        List<Map<String, Object>> rows = new ArrayList<>();
        host.queues().stream()
                .sorted(Comparator.comparing(QueueEntry::name))
                .forEach(queue -> {
                    QueueStatus status = statuses.get(queue.id());
                    rows.add(status == null ? row(queue, "unavailable") : row(queue, status));
                });
        return rows;
    }

    private static Map<String, Object> row(QueueEntry queue, QueueStatus status) {
        Map<String, Object> row = row(queue, "running");
        row.put("ready", status.ready());
        row.put("unacknowledged", status.unacknowledged());
        row.put("scheduled", status.scheduled());
        row.put("resting", status.resting());
        row.put("paused", status.paused());
        row.put("bytes", status.bytes());
        row.put("consumers", status.consumers());
        row.put("published", status.published());
        row.put("delivered", status.delivered());
        row.put("acknowledged", status.acknowledged());
        row.put("deadLettered", status.deadLettered());
        row.put("dropped", status.dropped());
        return row;
    }

    private static Map<String, Object> row(QueueEntry queue, String state) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", queue.name());
        row.put("vhost", queue.host());
        row.put("type", queue.type());
        row.put("state", state);
        row.put("durable", queue.durable());
        row.put("exclusive", queue.owner() != 0);
        row.put("autoDelete", queue.autoDelete());
        row.put("arguments", FieldJson.plain(queue.arguments()));
        return row;
    }

    private void show(Call call) {
        QueueEntry queue = call.queue();
        Asker.ask(
                node,
                queue,
                asker -> new QueueCommand.Inspect(asker, 1, queue.id()),
                reply -> {
                    if (reply instanceof QueueReply.Statuses(var found) && !found.isEmpty()) {
                        call.ok(row(queue, found.getFirst()));
                    } else {
                        call.ok(row(queue, "unavailable"));
                    }
                });
    }

    private void declare(Call call) {
        VirtualHost host = call.host();
        String name = call.name(0);
        Fields body = call.body("durable", "autoDelete", "arguments");
        boolean durable = body.flag("durable", true);
        boolean autoDelete = body.flag("autoDelete", false);
        FieldTable arguments = FieldJson.table("arguments", body.object("arguments"));
        check(name, durable, autoDelete, arguments);
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

    private static void check(
            String name, boolean durable, boolean autoDelete, FieldTable arguments) {
        try {
            QueueArguments.spec(name, durable, autoDelete, arguments);
        } catch (IllegalArgumentException e) {
            throw new Problem(400, String.valueOf(e.getMessage()));
        }
    }

    /// Answers a declaration.
    private record Declared(Call call) implements Declaration.Client {
        @Override
        public void onDeclared(QueueEntry queue, boolean created, QueueReply.Done there) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("name", queue.name());
            answer.put("created", created);
            answer.put("messages", there.messages());
            answer.put("consumers", there.consumers());
            if (created) {
                call.created(answer);
            } else {
                call.ok(answer);
            }
        }

        @Override
        public void onRefused(Reason reason) {
            call.refuse(reason);
        }
    }

    private void delete(Call call) {
        QueueEntry queue = call.openQueue();
        boolean ifUnused = call.flag("ifUnused");
        boolean ifEmpty = call.flag("ifEmpty");
        Asker.ask(
                node,
                queue,
                asker -> new QueueCommand.Delete(asker, 1, queue.id(), ifUnused, ifEmpty),
                reply -> {
                    switch (reply) {
                        case QueueReply.Done(long messages, int consumers) ->
                                forget(call, queue, messages);
                        // The shard never had it or has it no more: the catalog follows.
                        case QueueReply.Refused(Reason.NotFound missing) -> forget(call, queue, 0);
                        case QueueReply.Refused(Reason reason) -> call.refuse(reason);
                        default -> throw new IllegalStateException("a delete answered " + reply);
                    }
                });
    }

    private void forget(Call call, QueueEntry queue, long messages) {
        node.broker()
                .offer(
                        0,
                        new CatalogCommand.RemoveQueue(
                                (token, reply) -> {
                                    if (reply instanceof CatalogReply.Refused(Reason reason)) {
                                        call.refuse(reason);
                                    } else {
                                        call.ok(Map.of("messages", messages));
                                    }
                                },
                                1,
                                queue.id()));
    }
}
