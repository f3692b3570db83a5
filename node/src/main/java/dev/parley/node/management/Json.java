package dev.parley.node.management;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import dev.parley.core.message.ShortText;
import dev.parley.node.admin.PropertiesJson;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Tables of AMQP as JSON, and back.
final class Json {
    private Json() {}

    static Map<String, Object> of(FieldTable table) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (String name : table.names()) {
            FieldValue value = table.get(name);
            if (value != null) {
                object.put(name, of(value));
            }
        }
        return object;
    }

    private static Object of(FieldValue value) {
        return switch (value) {
            case FieldValue.Bool(boolean bool) -> bool;
            case FieldValue.Whole whole -> whole.value();
            case FieldValue.Float32(float single) -> single;
            case FieldValue.Float64(double real) -> real;
            case FieldValue.Decimal(int scale, int unscaled) -> BigDecimal.valueOf(unscaled, scale);
            case FieldValue.Bytes bytes -> bytes.toString();
            case FieldValue.Array(List<FieldValue> values) ->
                    values.stream().map(Json::of).toList();
            case FieldValue.Timestamp(long seconds) -> seconds;
            case FieldValue.Table(FieldTable table) -> of(table);
            case FieldValue.Absent absent -> "undefined";
        };
    }

    /// An encoded property list under RabbitMQ's names.
    static Map<String, Object> properties(ByteBuffer list) {
        return PropertiesJson.of(list, Json::of);
    }

    static Properties properties(JsonNode object) {
        if (object.isArray() && object.isEmpty()) {
            return Properties.NONE;
        }
        if (!object.isObject()) {
            throw Fault.badRequest("properties should be a dictionary");
        }
        return new Properties(
                text(object, "content_type"),
                text(object, "content_encoding"),
                object.has("headers") ? table("headers", object.path("headers")) : null,
                small(object, "delivery_mode"),
                small(object, "priority"),
                text(object, "correlation_id"),
                text(object, "reply_to"),
                text(object, "expiration"),
                text(object, "message_id"),
                object.has("timestamp") ? Call.number(object.path("timestamp"), "timestamp") : null,
                text(object, "type"),
                text(object, "user_id"),
                text(object, "app_id"),
                null);
    }

    private static @Nullable String text(JsonNode object, String name) {
        return object.has(name) ? shortText(name, Call.text(object.path(name), name)) : null;
    }

    private static String shortText(String what, String text) {
        if (ShortText.size(text) > ShortText.BYTES_MAX) {
            throw Fault.badRequest(what + " is longer than 255 bytes");
        }
        return text;
    }

    private static @Nullable Integer small(JsonNode object, String name) {
        if (!object.has(name)) {
            return null;
        }
        long number = Call.number(object.path(name), name);
        if (number < 0 || number > 255) {
            throw Fault.badRequest(name + " is 0 to 255");
        }
        return (int) number;
    }

    /// @param what names the object in a refusal
    static FieldTable table(String what, JsonNode object) {
        if (!object.isObject() && !(object.isArray() && object.isEmpty())) {
            throw Fault.badRequest(what + " should be a dictionary");
        }
        FieldTable.Builder table = FieldTable.builder();
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            String name = shortText("a name in " + what, field.getKey());
            table.put(name, value(what + "." + name, field.getValue()));
        }
        return table.build();
    }

    private static FieldValue value(String what, JsonNode node) {
        if (node.isBoolean()) {
            return FieldValue.of(node.asBoolean());
        }
        if (node.isIntegralNumber() && node.canConvertToLong()) {
            return FieldValue.of(node.asLong());
        }
        if (node.isNumber()) {
            return new FieldValue.Float64(node.asDouble());
        }
        if (node.isString()) {
            return FieldValue.text(node.asString());
        }
        if (node.isObject()) {
            return new FieldValue.Table(table(what, node));
        }
        if (node.isArray()) {
            List<FieldValue> values = new ArrayList<>();
            node.forEach(one -> values.add(value(what, one)));
            return new FieldValue.Array(values);
        }
        throw Fault.badRequest(what + " is null");
    }
}
