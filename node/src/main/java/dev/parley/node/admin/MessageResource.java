package dev.parley.node.admin;

import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import dev.parley.front.amqp.PublishOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/v1/queues/{queue}/messages`: puts messages in, looks at them, removes them all.
final class MessageResource {
    private static final long PEEKED_MAX = 1_000;
    static final long TTL_MAX = 315_360_000_000L;

    private final Administered node;

    MessageResource(Administered node) {
        this.node = node;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "queues/{queue}/messages", this::peek),
                new Route("POST", "queues/{queue}/messages", this::publish),
                new Route("DELETE", "queues/{queue}/messages", this::purge));
    }

    private void peek(Call call) {
        QueueEntry queue = call.queue();
        int count = (int) call.number("count", 10, 1, PEEKED_MAX);
        Asker.ask(
                node,
                call,
                queue,
                asker -> new QueueCommand.Peek(asker, 1, queue.id(), count),
                reply ->
                        call.ok(
                                ((QueueReply.Peeked) reply)
                                        .messages().stream()
                                                .map(one ->
                                                        FieldJson.message(
                                                                one.exchange(),
                                                                one.routingKey(),
                                                                one.redelivered(),
                                                                one.properties(),
                                                                one.body()))
                                                .toList()));
    }

    private void purge(Call call) {
        QueueEntry queue = call.openQueue();
        Asker.ask(
                node,
                call,
                queue,
                asker -> new QueueCommand.Purge(asker, 1, queue.id()),
                reply -> call.ok(Map.of("messages", ((QueueReply.Done) reply).messages())));
    }

    private void publish(Call call) {
        QueueEntry queue = call.queue();
        Message message = message(queue, call, node.broker().wallMillis());
        check(node, message);
        node.broker().localMetrics().countPublished();
        Asker.ask(
                node,
                call,
                queue,
                asker -> new QueueCommand.Publish(asker, 1, List.of(queue.id()), message),
                reply -> call.created(Map.of("queue", queue.name())));
    }

    /// Whether there is room for it.
    static void check(Administered node, Message message) {
        if (message.body().remaining() > node.broker().config().messageBytesMax()) {
            throw new Problem(
                    413,
                    "the message has %d bytes, more than %d"
                            .formatted(
                                    message.body().remaining(),
                                    node.broker().config().messageBytesMax()));
        }
        if (!node.broker().roomy()) {
            throw new Problem(507, "there is no room for messages on the disk");
        }
    }

    static Message message(QueueEntry queue, Call call, long now) {
        Fields body =
                call.body(
                        "body",
                        "bodyBase64",
                        "persistent",
                        "priority",
                        "ttl",
                        "contentType",
                        "correlationId",
                        "replyTo",
                        "messageId",
                        "type",
                        "headers");
        boolean persistent = body.flag("persistent", true);
        Integer priority = body.small("priority", 0, 255);
        Long ttl = body.number("ttl", 0, TTL_MAX);
        FieldTable headers = FieldJson.table("headers", body.object("headers"));
        Properties properties =
                new Properties(
                        shortText(body, "contentType"),
                        null,
                        headers.isEmpty() ? null : headers,
                        persistent ? 2 : 1,
                        priority,
                        shortText(body, "correlationId"),
                        shortText(body, "replyTo"),
                        ttl == null ? null : ttl.toString(),
                        shortText(body, "messageId"),
                        null,
                        shortText(body, "type"),
                        null,
                        null,
                        null);
        PublishOptions options = options(properties, now);
        return new Message(
                "",
                queue.name(),
                persistent,
                priority == null ? 0 : priority,
                ttl == null ? -1 : ttl,
                options.dueMillis(),
                options.once(),
                properties.encoded(),
                content(body));
    }

    /// What the headers ask for, as an AMQP client's do.
    static PublishOptions options(Properties properties, long now) {
        try {
            return PublishOptions.read(properties, now);
        } catch (IllegalArgumentException e) {
            throw new Problem(400, String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable String shortText(Fields body, String name) {
        String text = body.text(name);
        if (text != null && text.getBytes(StandardCharsets.UTF_8).length > 255) {
            throw new Problem(400, name + " is longer than 255 bytes");
        }
        return text;
    }

    static ByteBuffer content(Fields body) {
        String text = body.text("body");
        String encoded = body.text("bodyBase64");
        if ((text == null) == (encoded == null)) {
            throw new Problem(400, "a message has either a body or a bodyBase64");
        }
        if (text != null) {
            return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        }
        try {
            return ByteBuffer.wrap(Base64.getDecoder().decode(encoded));
        } catch (IllegalArgumentException e) {
            throw new Problem(400, "bodyBase64 is no Base64: " + e.getMessage());
        }
    }
}
