package dev.parley.node.admin;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.Message;
import dev.parley.core.queue.PeekedMessage;
import dev.parley.core.queue.PeekedMessage.Standing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// What an operator wants to be another in a message: what he names is new, null takes a property
/// or a header away, and all else stays as it was, byte for byte.
///
/// He may name it as somebody does who publishes a message, or as a look shows it: a message that
/// was looked at and comes back as it is stays as it is.
final class Revision {
    private static final List<String> PROPERTIES =
            List.of(
                    "contentType",
                    "contentEncoding",
                    "headers",
                    "deliveryMode",
                    "priority",
                    "correlationId",
                    "replyTo",
                    "expiration",
                    "messageId",
                    "timestamp",
                    "type",
                    "userId",
                    "appId");

    /// Those of them that a publisher names outside of `properties`.
    private static final List<String> PUBLISHED =
            List.of(
                    "contentType",
                    "headers",
                    "priority",
                    "correlationId",
                    "replyTo",
                    "messageId",
                    "type");

    /// All names that may stand in what is asked. The first ones are what a look says of a message
    /// and nobody can change.
    static final Set<String> ALLOWED =
            Set.of(
                    "entry",
                    "waitsFor",
                    "why",
                    "failures",
                    "expires",
                    "redelivered",
                    "exchange",
                    "routingKey",
                    "properties",
                    "body",
                    "bodyBase64",
                    "persistent",
                    "ttl",
                    "contentType",
                    "headers",
                    "priority",
                    "correlationId",
                    "replyTo",
                    "messageId",
                    "type");

    private static final int TEXT_BYTES_MAX = 255;
    private static final int LIST_BYTES_MAX = 64 << 10;

    private final Fields asked;

    /// Properties that are named, under their names in `properties`.
    private final Map<String, JsonNode> named = new LinkedHashMap<>();

    /// @param asked with none but the names in [#ALLOWED]
    Revision(Fields asked) {
        this.asked = asked;
        for (Map.Entry<String, JsonNode> one : asked.object("properties")) {
            if (!PROPERTIES.contains(one.getKey())) {
                throw new Problem(400, "unknown property '" + one.getKey() + "'");
            }
            named.put(one.getKey(), one.getValue());
        }
        for (String name : PUBLISHED) {
            if (asked.has(name)) {
                named.put(name, asked.node(name));
            }
        }
        if (asked.has("persistent")) {
            int mode = asked.flag("persistent", true) ? 2 : 1;
            named.put("deliveryMode", JsonNodeFactory.instance.numberNode(mode));
        }
        if (asked.has("ttl")) {
            JsonNode ttl = asked.node("ttl");
            named.put(
                    "expiration",
                    ttl.isNull() ? ttl : JsonNodeFactory.instance.stringNode(ttl.toString()));
        }
    }

    /// The message as it is to be.
    Message of(PeekedMessage found, long now) {
        Properties old = Properties.read(found.properties().duplicate());
        Properties properties =
                new Properties(
                        text("contentType", old.contentType()),
                        text("contentEncoding", old.contentEncoding()),
                        headers(old.headers()),
                        small("deliveryMode", old.deliveryMode(), 1, 2),
                        small("priority", old.priority(), 0, 255),
                        text("correlationId", old.correlationId()),
                        text("replyTo", old.replyTo()),
                        text("expiration", old.expiration()),
                        text("messageId", old.messageId()),
                        number("timestamp", old.timestamp(), 0, Long.MAX_VALUE),
                        text("type", old.type()),
                        text("userId", old.userId()),
                        text("appId", old.appId()),
                        old.clusterId());
        Integer mode = properties.deliveryMode();
        Integer priority = properties.priority();
        return new Message(
                name("exchange", found.exchange()),
                name("routingKey", found.routingKey()),
                mode != null && mode == 2,
                priority == null ? 0 : priority,
                ttl(found, old, properties, now),
                due(found, old, properties, now),
                null,
                named.isEmpty() ? found.properties() : bounded(properties.encoded()),
                asked.has("body") || asked.has("bodyBase64")
                        ? MessageResource.content(asked)
                        : found.body());
    }

    private static ByteBuffer bounded(ByteBuffer list) {
        if (list.remaining() > LIST_BYTES_MAX) {
            throw new Problem(400, "properties and headers are larger than 64 KiB");
        }
        return list;
    }

    private String name(String name, String old) {
        String text = asked.text(name);
        return text == null ? old : shortText(name, text);
    }

    private static String shortText(String name, String text) {
        if (text.getBytes(StandardCharsets.UTF_8).length > TEXT_BYTES_MAX) {
            throw new Problem(400, name + " is longer than 255 bytes");
        }
        return text;
    }

    private @Nullable String text(String name, @Nullable String old) {
        JsonNode value = named.get(name);
        if (value == null) {
            return old;
        }
        if (!value.isNull() && !value.isString()) {
            throw new Problem(400, name + " is no text");
        }
        return value.isNull() ? null : shortText(name, value.asString());
    }

    private @Nullable Integer small(String name, @Nullable Integer old, int least, int most) {
        Long number = number(name, old == null ? null : old.longValue(), least, most);
        return number == null ? null : number.intValue();
    }

    private @Nullable Long number(String name, @Nullable Long old, long least, long most) {
        JsonNode value = named.get(name);
        if (value == null) {
            return old;
        }
        if (value.isNull()) {
            return null;
        }
        boolean whole = value.isIntegralNumber() && value.canConvertToLong();
        // What was there and is no sensible number may stay.
        boolean same = whole && old != null && old == value.asLong();
        if (!same && (!whole || value.asLong() < least || value.asLong() > most)) {
            throw new Problem(
                    400, "%s is to be a number from %d to %d".formatted(name, least, most));
        }
        return value.asLong();
    }

    private @Nullable FieldTable headers(@Nullable FieldTable old) {
        JsonNode value = named.get("headers");
        if (value == null || value.isNull()) {
            return value == null ? old : null;
        }
        if (!value.isObject()) {
            throw new Problem(400, "headers are no object");
        }
        Map<String, JsonNode> set = new LinkedHashMap<>();
        FieldTable.Builder table = (old == null ? FieldTable.EMPTY : old).with();
        for (Map.Entry<String, JsonNode> one : value.properties()) {
            FieldValue before = old == null ? null : old.get(one.getKey());
            if (one.getValue().isNull()) {
                table.remove(one.getKey());
            } else if (before == null || !one.getValue().equals(shown(before))) {
                set.put(one.getKey(), one.getValue());
            }
        }
        FieldTable added = FieldJson.table("headers", set.entrySet());
        for (String name : added.names()) {
            table.put(name, Objects.requireNonNull(added.get(name)));
        }
        FieldTable revised = table.build();
        return revised.isEmpty() ? null : revised;
    }

    /// A header as a look shows it and JSON brings it back: then it stays what it is, also where
    /// JSON has no such type.
    private static JsonNode shown(FieldValue value) {
        FieldTable alone = FieldTable.builder().put("", value).build();
        JsonMapper json = JsonMapper.shared();
        return json.readTree(json.writeValueAsString(FieldJson.plain(alone))).path("");
    }

    /// How long it may wait from now on. Its time goes on unless he gave it another one.
    private static long ttl(PeekedMessage found, Properties old, Properties revised, long now) {
        String expiration = revised.expiration();
        if (Objects.equals(old.expiration(), expiration) && found.expiryMillis() > 0) {
            return Math.max(0, found.expiryMillis() - now);
        }
        if (expiration == null) {
            return -1;
        }
        try {
            long millis = Long.parseLong(expiration);
            if (millis >= 0 && millis <= MessageResource.TTL_MAX) {
                return millis;
            }
        } catch (NumberFormatException e) {
            // Answered below, as a number out of bounds is.
        }
        throw new Problem(
                400,
                "the expiration is '%s', not 0 to %d milliseconds"
                        .formatted(expiration, MessageResource.TTL_MAX));
    }

    /// When it may reach consumers, 0: at once.
    private static long due(PeekedMessage found, Properties old, Properties revised, long now) {
        if (sameHeader(old, revised, "x-delay") && sameHeader(old, revised, "x-deliver-at")) {
            return found.standing() == Standing.SCHEDULED ? found.dueMillis() : 0;
        }
        return MessageResource.options(revised, now).dueMillis();
    }

    private static boolean sameHeader(Properties one, Properties other, String name) {
        FieldTable a = one.headers();
        FieldTable b = other.headers();
        return Objects.equals(a == null ? null : a.get(name), b == null ? null : b.get(name));
    }
}
