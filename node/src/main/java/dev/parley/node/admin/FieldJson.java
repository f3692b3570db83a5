package dev.parley.node.admin;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Turns fields, properties and bodies into what JSON can hold, and simple ones back.
final class FieldJson {
    /// Encoded bytes of one table that comes in over HTTP.
    private static final int TABLE_BYTES_MAX = 64 << 10;

    private static final int NAME_BYTES_MAX = 128;

    private FieldJson() {}

    static Map<String, Object> plain(FieldTable table) {
        Map<String, Object> plain = new LinkedHashMap<>();
        for (String name : table.names()) {
            FieldValue value = table.get(name);
            Object one = value == null ? null : plain(value);
            plain.put(name, one == null ? "" : one);
        }
        return plain;
    }

    private static @Nullable Object plain(FieldValue value) {
        return switch (value) {
            case FieldValue.Bool(boolean on) -> on;
            case FieldValue.Whole whole -> whole.asLong();
            case FieldValue.Float32(float real) -> real;
            case FieldValue.Float64(double real) -> real;
            case FieldValue.Decimal(int scale, int unscaled) ->
                    java.math.BigDecimal.valueOf(unscaled, scale);
            case FieldValue.Bytes bytes -> bytes.toString();
            case FieldValue.Array(List<FieldValue> values) ->
                    values.stream().map(FieldJson::orEmpty).toList();
            case FieldValue.Timestamp(long seconds) -> seconds;
            case FieldValue.Table(FieldTable table) -> plain(table);
            case FieldValue.Absent absent -> null;
        };
    }

    private static Object orEmpty(FieldValue value) {
        Object plain = plain(value);
        return plain == null ? "" : plain;
    }

    static FieldTable table(String what, Iterable<Map.Entry<String, JsonNode>> fields) {
        FieldTable.Builder table = FieldTable.builder();
        for (Map.Entry<String, JsonNode> field : fields) {
            String name = field.getKey();
            if (name.getBytes(StandardCharsets.UTF_8).length > NAME_BYTES_MAX) {
                throw new Problem(400, "a name in " + what + " is longer than 128 bytes");
            }
            table.put(name, value(what + "." + name, field.getValue()));
        }
        FieldTable built = table.build();
        if (built.encodedSize() > TABLE_BYTES_MAX) {
            throw new Problem(400, what + " are larger than 64 KiB");
        }
        return built;
    }

    private static FieldValue value(String name, JsonNode node) {
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
        throw new Problem(400, name + " is neither text nor a number nor true or false");
    }

    /// A message as `body` where it is UTF-8, otherwise as `bodyBase64`.
    static Map<String, Object> message(
            String exchange,
            String routingKey,
            boolean redelivered,
            ByteBuffer properties,
            ByteBuffer body) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("exchange", exchange);
        row.put("routingKey", routingKey);
        row.put("redelivered", redelivered);
        row.put("properties", PropertiesJson.inJava(properties, FieldJson::plain));
        try {
            row.put(
                    "body",
                    StandardCharsets.UTF_8.newDecoder().decode(body.duplicate()).toString());
        } catch (CharacterCodingException e) {
            byte[] bytes = new byte[body.remaining()];
            body.duplicate().get(bytes);
            row.put("bodyBase64", Base64.getEncoder().encodeToString(bytes));
        }
        return row;
    }
}
