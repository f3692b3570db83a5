package dev.parley.node.management;

import dev.parley.api.Reason;
import dev.parley.core.catalog.CatalogCommand;
import dev.parley.core.catalog.Exchange;
import dev.parley.core.catalog.Policy;
import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.catalog.Routes;
import dev.parley.core.catalog.VirtualHost;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueReply;
import dev.parley.front.amqp.PublishOptions;
import dev.parley.node.admin.Asker;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// `/api/exchanges`, and publishing over HTTP.
final class ExchangeResource {
    /// Ten years, in milliseconds.
    private static final long TTL_MAX = 315_360_000_000L;

    private final Managed node;
    private final Routes routes = new Routes();

    ExchangeResource(Managed node) {
        this.node = node;
    }

    List<Route> routes() {
        Access access = Access.MANAGEMENT;
        return List.of(
                Route.of("GET", "exchanges", access, ExchangeResource::listAll),
                Route.of("GET", "exchanges/*", access, ExchangeResource::list),
                Route.of("GET", "exchanges/*/*", access, ExchangeResource::show),
                Route.of("PUT", "exchanges/*/*", access, ExchangeResource::declare),
                Route.of("DELETE", "exchanges/*/*", access, ExchangeResource::delete),
                Route.of("POST", "exchanges/*/*/publish", access, this::publish));
    }

    /// The default exchange has no name that fits into a path.
    static String name(String asked) {
        return asked.equals("amq.default") ? "" : asked;
    }

    static Exchange exchange(VirtualHost host, String asked) {
        Exchange exchange = host.exchange(name(asked));
        if (exchange == null) {
            throw Fault.notFound();
        }
        return exchange;
    }

    private static void listAll(Call call) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (VirtualHost host : call.catalog().hosts()) {
            if (call.sees(host)) {
                host.exchanges().forEach(exchange -> rows.add(row(host, exchange)));
            }
        }
        Listing.answer(call, rows);
    }

    private static void list(Call call) {
        VirtualHost host = call.visible(call.name(0));
        Listing.answer(call, host.exchanges().stream().map(one -> row(host, one)).toList());
    }

    private static void show(Call call) {
        VirtualHost host = call.visible(call.name(0));
        Listing.answer(call, row(host, exchange(host, call.name(1))));
    }

    static Map<String, Object> row(VirtualHost host, Exchange exchange) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", exchange.name());
        row.put("vhost", host.name());
        row.put("type", exchange.type().label());
        row.put("durable", exchange.durable());
        row.put("auto_delete", exchange.autoDelete());
        row.put("internal", exchange.internal());
        row.put("arguments", Json.of(exchange.arguments()));
        Policy policy = exchange.policies().policy();
        if (policy != null) {
            row.put("policy", policy.name());
        }
        return row;
    }

    private static void declare(Call call) {
        VirtualHost host = call.enterable(call.name(0));
        String name = name(call.name(1));
        call.mayConfigure(host, "exchange", name);
        JsonNode body = call.body();
        String type = Call.text(Call.required(body, "type"), "type");
        boolean known = host.exchange(name) != null;
        FieldTable arguments =
                body.has("arguments")
                        ? Json.table("arguments", body.path("arguments"))
                        : FieldTable.EMPTY;
        call.ask(
                (client, token) ->
                        new CatalogCommand.DeclareExchange(
                                client,
                                token,
                                host.name(),
                                name,
                                type,
                                Call.flag(body, "durable", true),
                                Call.flag(body, "auto_delete", false),
                                Call.flag(body, "internal", false),
                                arguments),
                reply -> {
                    if (known) {
                        call.noContent();
                    } else {
                        call.created();
                    }
                });
    }

    private static void delete(Call call) {
        VirtualHost host = call.enterable(call.name(0));
        Exchange exchange = exchange(host, call.name(1));
        call.mayConfigure(host, "exchange", exchange.name());
        boolean ifUnused = call.query("if-unused", "").equals("true");
        call.ask(
                (client, token) ->
                        new CatalogCommand.DeleteExchange(
                                client, token, host.name(), exchange.name(), ifUnused),
                reply -> call.noContent());
    }

    // ---- publishing

    private void publish(Call call) {
        VirtualHost host = call.enterable(call.name(0));
        Exchange exchange = exchange(host, call.name(1));
        JsonNode body = call.body();
        String key = Call.text(Call.required(body, "routing_key"), "routing_key");
        JsonNode asked = Call.required(body, "properties");
        String payload = Call.text(Call.required(body, "payload"), "payload");
        byte[] content =
                content(
                        payload,
                        Call.text(Call.required(body, "payload_encoding"), "payload_encoding"));
        checkSize(content.length);
        call.mayWrite(host, "exchange", exchange.name());
        call.mayWriteTopic(host, exchange, key);
        if (exchange.internal() || key.getBytes(StandardCharsets.UTF_8).length > 255) {
            throw Fault.badRequest("exchange is internal, or the routing key too long");
        }
        Properties properties = Json.properties(asked);
        String claimed = properties.userId();
        if (claimed != null && !claimed.equals(call.user().name())) {
            throw Fault.badRequest(
                    "user_id property set to '%s' but authenticated user was '%s'"
                            .formatted(claimed, call.user().name()));
        }
        host.route(exchange, List.of(key), properties.headers(), routes);
        boolean toTopics = routes.topics() && node.broker().topicBridge().reaches(host.name(), key);
        if (routes.size() == 0 && !toTopics) {
            call.ok(Map.of("routed", false));
            return;
        }
        if (!node.broker().roomy()) {
            throw Fault.unavailable("there is no room for messages on the disk");
        }
        Integer mode = properties.deliveryMode();
        Integer priority = properties.priority();
        PublishOptions options = options(properties, node.broker().wallMillis());
        send(
                call,
                new Message(
                        exchange.name(),
                        key,
                        mode != null && mode == 2,
                        priority == null ? 0 : priority,
                        ttl(properties.expiration()),
                        options.dueMillis(),
                        options.once(),
                        properties.encoded(),
                        ByteBuffer.wrap(content)),
                toTopics ? host.name() : null);
    }

    /// What the headers ask for, as an AMQP client's do.
    private static PublishOptions options(Properties properties, long now) {
        try {
            return PublishOptions.read(properties, now);
        } catch (IllegalArgumentException e) {
            throw Fault.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static byte[] content(String payload, String encoding) {
        return switch (encoding) {
            case "string" -> payload.getBytes(StandardCharsets.UTF_8);
            case "base64" -> {
                try {
                    yield Base64.getDecoder().decode(payload);
                } catch (IllegalArgumentException e) {
                    throw Fault.badRequest("payload is no Base64");
                }
            }
            default -> throw Fault.badRequest("{unsupported_encoding," + encoding + "}");
        };
    }

    private void checkSize(int bytes) {
        long most = node.broker().config().messageBytesMax();
        if (bytes > most) {
            throw Fault.badRequest(
                    "message size %d is larger than configured max size %d".formatted(bytes, most));
        }
    }

    private static long ttl(@Nullable String expiration) {
        if (expiration == null) {
            return -1;
        }
        try {
            long millis = Long.parseLong(expiration);
            if (millis >= 0 && millis <= TTL_MAX) {
                return millis;
            }
        } catch (NumberFormatException e) {
            // Refused below, as a number out of bounds is.
        }
        throw Fault.badRequest("invalid expiration '" + expiration + "'");
    }

    /// Answers when every queue has the message, or one refused it.
    ///
    /// @param topics the virtual host whose topics get it too, or null
    private void send(Call call, Message message, @Nullable String topics) {
        Map<Integer, List<Long>> byShard = new LinkedHashMap<>();
        for (int i = 0; i < routes.size(); i++) {
            QueueEntry queue = routes.get(i);
            byShard.computeIfAbsent(queue.shard(), shard -> new ArrayList<>()).add(queue.id());
        }
        node.broker().localMetrics().countPublished();
        int[] waiting = {byShard.size() + (topics == null ? 0 : 1)};
        boolean[] refused = {false};
        Consumer<QueueReply> then =
                reply -> {
                    refused[0] |= reply instanceof QueueReply.Refused(Reason reason);
                    waiting[0]--;
                    if (waiting[0] == 0 && refused[0]) {
                        call.fail(
                                Fault.badRequest(
                                        "rejected Unable to publish message. Check queue"
                                                + " limits."));
                    } else if (waiting[0] == 0) {
                        call.ok(Map.of("routed", true));
                    }
                };
        byShard.forEach((shard, ids) ->
                Asker.ask(
                        node,
                        shard,
                        asker -> new QueueCommand.Publish(asker, 1, ids, message),
                        then));
        if (topics != null) {
            node.broker()
                    .topicBridge()
                    .publish(
                            topics,
                            message.routingKey(),
                            message.properties(),
                            message.body(),
                            Asker.answering(then),
                            1);
        }
    }
}
