package dev.parley.node.admin;

import dev.parley.api.Reason;
import dev.parley.front.mqtt.AmqpProperties;
import dev.parley.front.mqtt.Publication;
import dev.parley.front.mqtt.TopicNames;
import dev.parley.front.mqtt.TopicSpace;
import dev.parley.node.admin.Route.Audience;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// `/v1/topics`: who subscribes to what, what is retained; publishing.
final class TopicResource {
    private static final long EXPIRY_MAX = 315_360_000_000L;
    private static final int LISTED_MAX = 1_000;

    private final Administered node;

    TopicResource(Administered node) {
        this.node = node;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "topics", this::filters),
                new Route("GET", "topics/{filter}/retained", this::retained),
                new Route("POST", "topics/{topic}/messages", this::publish, Audience.BEARERS));
    }

    private void filters(Call call) {
        List<Object> rows = new ArrayList<>();
        node.mqtt()
                .topics()
                .filters(call.host().name())
                .forEach((filter, count) ->
                        rows.add(Map.of("filter", filter, "subscriptions", count)));
        call.ok(rows);
    }

    private void retained(Call call) {
        String filter = call.name(0);
        if (!AmqpProperties.isFilter(filter)) {
            throw new Problem(400, "'" + filter + "' is no filter");
        }
        int most = (int) call.number("count", 100, 1, LISTED_MAX);
        new Look(call, most).begin(call.host().name(), filter);
    }

    /// Somebody goes through retained messages.
    private final class Look {
        private final Call call;
        private final int most;
        private final List<Object> rows = new ArrayList<>();
        private TopicSpace.Cursor cursor;
        private boolean ended;

        @SuppressWarnings("NullAway.Init") // the cursor comes with the beginning
        Look(Call call, int most) {
            this.call = call;
            this.most = most;
        }

        void begin(String host, String filter) {
            cursor = node.mqtt().topics().retained(host, filter, this::goOn);
            goOn();
        }

        private void goOn() {
            if (ended) {
                return;
            }
            Publication message = cursor.next();
            while (message != null && rows.size() < most) {
                rows.add(row(message));
                message = cursor.next();
            }
            if (rows.size() == most || cursor.done()) {
                ended = true;
                call.ok(rows);
            }
        }
    }

    private static Map<String, Object> row(Publication message) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("topic", message.topic());
        row.put("qos", message.qos());
        byte[] bytes = new byte[message.payload().remaining()];
        message.payload().duplicate().get(bytes);
        row.put("bodyBase64", Base64.getEncoder().encodeToString(bytes));
        if (message.expiresAt() != Long.MAX_VALUE) {
            row.put("expiresMillis", message.expiresAt());
        }
        return row;
    }

    private void publish(Call call) {
        String topic = call.name(0);
        if (!AmqpProperties.isTopic(topic)) {
            throw new Problem(400, "'" + topic + "' is no topic");
        }
        if (TopicNames.isReserved(topic)) {
            throw new Problem(403, "only the node itself publishes to '" + topic + "'");
        }
        if (call.limited() && !call.grant(node.mqtt()).mayPublish(topic)) {
            String who = call.caller().name();
            throw new Problem(403, "'%s' may not publish to '%s'".formatted(who, topic));
        }
        Fields body =
                call.body(
                        "body",
                        "bodyBase64",
                        "payload",
                        "encoding",
                        "qos",
                        "retain",
                        "expiry",
                        "contentType",
                        "properties");
        Integer qos = body.small("qos", 0, 2);
        Long expiry = body.number("expiry", 0, EXPIRY_MAX);
        ByteBuffer content = content(body);
        if (content.remaining() > node.mqtt().mqtt().packetBytesMax()) {
            throw new Problem(413, "the message has %d bytes".formatted(content.remaining()));
        }
        if (!node.broker().roomy()) {
            throw new Problem(507, "there is no room for messages on the disk");
        }
        Publication message =
                new Publication(
                        topic,
                        qos == null ? 1 : qos,
                        body.flag("retain", false),
                        expiry == null ? Long.MAX_VALUE : node.mqtt().wallMillis() + expiry,
                        properties(body),
                        content);
        node.broker().localMetrics().countPublished();
        node.mqtt()
                .topics()
                .publish(call.host().name(), message, null, null, new Answered(call, topic), 1);
    }

    /// In the words of queues, or in those of a message that was received.
    private static ByteBuffer content(Fields body) {
        if (!body.has("payload")) {
            if (body.has("encoding")) {
                throw new Problem(400, "an encoding without a payload");
            }
            return MessageResource.content(body);
        }
        if (body.has("body") || body.has("bodyBase64")) {
            throw new Problem(400, "a message has either a payload or a body");
        }
        byte[] payload = body.text("payload", "").getBytes(StandardCharsets.UTF_8);
        String encoding = body.text("encoding", "text");
        return switch (encoding) {
            case "text" -> ByteBuffer.wrap(payload);
            case "base64" -> decoded(payload);
            default -> throw new Problem(400, "an encoding is text or base64");
        };
    }

    private static ByteBuffer decoded(byte[] payload) {
        try {
            return ByteBuffer.wrap(Base64.getDecoder().decode(payload));
        } catch (IllegalArgumentException e) {
            throw new Problem(400, "the payload is no Base64: " + e.getMessage());
        }
    }

    private static ByteBuffer properties(Fields body) {
        Map<String, String> user = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> one : body.object("properties")) {
            if (!one.getValue().isString()) {
                throw new Problem(400, "properties are texts");
            }
            user.put(one.getKey(), one.getValue().asString());
        }
        try {
            return new Publication.Labels(body.text("contentType"), null, null, user).encoded();
        } catch (IllegalArgumentException e) {
            throw new Problem(400, String.valueOf(e.getMessage()));
        }
    }

    /// A publish that waits for its shards.
    private record Answered(Call call, String topic) implements TopicSpace.Receipt {
        @Override
        public void onAccepted(long token, boolean matched) {
            call.created(Map.of("topic", topic, "matched", matched));
        }

        @Override
        public void onRefused(long token, Reason reason) {
            call.refuse(reason);
        }
    }
}
