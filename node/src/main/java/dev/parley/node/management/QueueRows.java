package dev.parley.node.management;

import dev.parley.core.catalog.Policy;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.queue.QueueStatus;
import dev.parley.node.admin.Asker;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.NullNode;

/// Asks the shards how queues stand, and describes them.
final class QueueRows {
    private final Managed node;
    private final Rates rates;

    QueueRows(Managed node, Rates rates) {
        this.node = node;
        this.rates = rates;
    }

    /// How all queues stand, by id; those of a closed shard are missing.
    void statuses(Consumer<Map<Long, QueueStatus>> then) {
        Map<Long, QueueStatus> found = new HashMap<>();
        int[] waiting = {node.shards()};
        for (int shard = 0; shard < node.shards(); shard++) {
            Asker.ask(
                    node,
                    shard,
                    asker -> new QueueCommand.Inspect(asker, 1, 0),
                    reply -> {
                        if (reply instanceof QueueReply.Statuses(var statuses)) {
                            statuses.forEach(one -> found.put(one.id(), one));
                        }
                        waiting[0]--;
                        if (waiting[0] == 0) {
                            then.accept(found);
                        }
                    });
        }
    }

    Map<String, Object> row(QueueEntry queue, @Nullable QueueStatus status) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", queue.name());
        row.put("vhost", queue.host());
        row.put("type", queue.type());
        row.put("durable", queue.durable());
        row.put("auto_delete", queue.autoDelete());
        row.put("exclusive", queue.owner() != 0);
        row.put("arguments", Json.of(queue.arguments()));
        row.put("node", node.nodeName());
        row.put("state", status == null ? "down" : "running");
        Policy policy = queue.policies().policy();
        Policy operator = queue.policies().operator();
        row.put("policy", policy == null ? NullNode.getInstance() : policy.name());
        row.put("operator_policy", operator == null ? NullNode.getInstance() : operator.name());
        row.put("effective_policy_definition", Json.of(queue.policies().definition()));
        if (status != null) {
            counts(row, queue, status);
        }
        return row;
    }

    private void counts(Map<String, Object> row, QueueEntry queue, QueueStatus status) {
        String key = queue.id() + ".";
        long all = status.ready() + status.unacknowledged();
        rates.put(row, "messages", key + "messages", all);
        rates.put(row, "messages_ready", key + "ready", status.ready());
        rates.put(row, "messages_unacknowledged", key + "unacked", status.unacknowledged());
        row.put("messages_persistent", queue.survives() ? all : 0);
        row.put("messages_ram", 0);
        row.put("message_bytes", status.bytes());
        row.put("message_bytes_ready", status.bytes());
        row.put("memory", 0);
        row.put("consumers", status.consumers());
        row.put("consumer_utilisation", status.ready() == 0 && status.consumers() > 0 ? 1 : 0);
        Map<String, Object> stats = new LinkedHashMap<>();
        rates.put(stats, "publish", key + "publish", status.published());
        rates.put(stats, "deliver_get", key + "deliver", status.delivered());
        rates.put(stats, "ack", key + "ack", status.acknowledged());
        row.put("message_stats", stats);
        row.put("dead_lettered", status.deadLettered());
        row.put("dropped", status.dropped());
    }
}
