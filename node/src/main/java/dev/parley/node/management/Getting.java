package dev.parley.node.management;

import dev.parley.api.Reason;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.Entries;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.queue.QueueReply;
import dev.parley.node.admin.Asker;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Messages that somebody gets from a queue over HTTP: taken one after the other, shown, and then
/// given back or not.
final class Getting {
    private static final int COUNT_MAX = 10_000;

    /// Bodies gathered for one answer; at the bound it ends early.
    private static final long BYTES_MAX = 64L << 20;

    private static final Set<String> MODES =
            Set.of(
                    "ack_requeue_true",
                    "ack_requeue_false",
                    "reject_requeue_true",
                    "reject_requeue_false");

    private final Managed node;
    private final Call call;
    private final QueueEntry queue;
    private final String mode;
    private final boolean base64;
    private final long truncate;
    private final List<Map<String, Object>> found = new ArrayList<>();
    private final Entries taken = new Entries(16);
    private long left;
    private long bytes;

    Getting(Managed node, Call call, QueueEntry queue) {
        this.node = node;
        this.call = call;
        this.queue = queue;
        JsonNode body = call.body();
        mode = Call.text(Call.required(body, "ackmode"), "ackmode");
        if (!MODES.contains(mode)) {
            throw Fault.badRequest(
                    "Invalid ackmode value: "
                            + mode
                            + ". Valid values are: ack_requeue_true, ack_requeue_false,"
                            + " reject_requeue_true, reject_requeue_false");
        }
        String encoding = Call.text(Call.required(body, "encoding"), "encoding");
        if (!encoding.equals("auto") && !encoding.equals("base64")) {
            throw Fault.badRequest("Unsupported encoding. Please use auto or base64.");
        }
        base64 = encoding.equals("base64");
        left = Call.number(Call.required(body, "count"), "count");
        truncate =
                body.has("truncate")
                        ? Call.number(body.path("truncate"), "truncate")
                        : Long.MAX_VALUE;
        if (left < 0 || left > COUNT_MAX || truncate < 0) {
            throw Fault.badRequest("count is 0 to " + COUNT_MAX);
        }
    }

    void begin() {
        if (left == 0 || bytes > BYTES_MAX) {
            end();
            return;
        }
        left--;
        boolean automatic = mode.equals("ack_requeue_false");
        Asker.ask(
                node,
                queue.shard(),
                asker -> new QueueCommand.Get(asker, 1, queue.id(), automatic),
                reply -> {
                    if (reply instanceof QueueReply.Got(Delivery delivery, long after)) {
                        found.add(row(delivery, after));
                        node.broker().localMetrics().countDelivered();
                        if (!automatic) {
                            taken.add(delivery.entry());
                        }
                        begin();
                    } else if (reply instanceof QueueReply.Refused(Reason reason)
                            && found.isEmpty()) {
                        call.refuse(reason);
                    } else {
                        end();
                    }
                });
    }

    private void end() {
        if (taken.size() > 0) {
            Outcome outcome =
                    mode.equals("reject_requeue_false") ? Outcome.REJECTED : Outcome.RETURNED;
            node.broker()
                    .offer(queue.shard(), new QueueCommand.Settle(queue.id(), 0, taken, outcome));
        }
        call.ok(found);
    }

    private Map<String, Object> row(Delivery delivery, long after) {
        ByteBuffer body = delivery.body();
        int size = body.remaining();
        bytes += size;
        if (size > truncate) {
            body.limit(body.position() + (int) truncate);
        }
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("payload_bytes", size);
        row.put("redelivered", delivery.redelivered());
        row.put("exchange", delivery.exchange());
        row.put("routing_key", delivery.routingKey());
        row.put("message_count", after);
        row.put("properties", Json.properties(delivery.properties()));
        payload(row, body);
        return row;
    }

    private void payload(Map<String, Object> row, ByteBuffer body) {
        if (!base64) {
            try {
                row.put(
                        "payload",
                        StandardCharsets.UTF_8.newDecoder().decode(body.duplicate()).toString());
                row.put("payload_encoding", "string");
                return;
            } catch (CharacterCodingException e) {
                // No text: as Base64 below.
            }
        }
        byte[] plain = new byte[body.remaining()];
        body.duplicate().get(plain);
        row.put("payload", Base64.getEncoder().encodeToString(plain));
        row.put("payload_encoding", "base64");
    }
}
