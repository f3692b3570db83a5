package dev.parley.node.embed;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Headers and arguments as Java's values, and as AMQP's field tables.
final class Headers {
    private Headers() {}

    /// @throws IllegalArgumentException if a value is of a kind that cannot be sent
    static FieldTable table(Map<String, Object> headers) {
        if (headers.isEmpty()) {
            return FieldTable.EMPTY;
        }
        FieldTable.Builder table = FieldTable.builder();
        headers.forEach((name, value) -> table.put(name, field(name, value)));
        return table.build();
    }

    private static FieldValue field(String name, Object value) {
        return switch (value) {
            case String text -> FieldValue.text(text);
            case Boolean bool -> FieldValue.of(bool);
            case Integer number -> FieldValue.of(number.intValue());
            case Long number -> FieldValue.of(number.longValue());
            case Double number -> new FieldValue.Float64(number);
            case byte[] bytes -> FieldValue.binary(bytes);
            case Instant time -> new FieldValue.Timestamp(time.getEpochSecond());
            case List<?> list -> {
                List<FieldValue> values = new ArrayList<>(list.size());
                list.forEach(one -> values.add(field(name, one)));
                yield new FieldValue.Array(values);
            }
            case Map<?, ?> map -> {
                FieldTable.Builder nested = FieldTable.builder();
                map.forEach((key, one) -> nested.put(String.valueOf(key), field(name, one)));
                yield new FieldValue.Table(nested.build());
            }
            default ->
                    throw new IllegalArgumentException(
                            "header '%s' cannot hold a %s"
                                    .formatted(name, value.getClass().getName()));
        };
    }

    /// Fields without a value are left out.
    static Map<String, Object> map(FieldTable table) {
        Map<String, Object> headers = new LinkedHashMap<>();
        for (String name : table.names()) {
            FieldValue value = table.get(name);
            if (value != null && !(value instanceof FieldValue.Absent)) {
                headers.put(name, value(value));
            }
        }
        return headers;
    }

    private static Object value(FieldValue value) {
        return switch (value) {
            case FieldValue.Bool(boolean bool) -> bool;
            case FieldValue.Whole whole -> number(whole);
            case FieldValue.Float32(float number) -> (double) number;
            case FieldValue.Float64(double number) -> number;
            case FieldValue.Decimal(int scale, int unscaled) ->
                    new BigDecimal(BigInteger.valueOf(unscaled), scale).doubleValue();
            case FieldValue.Bytes bytes -> {
                String text = bytes.asText();
                yield text == null ? bytes.copy() : text;
            }
            case FieldValue.Array(List<FieldValue> values) -> {
                List<Object> list = new ArrayList<>(values.size());
                for (FieldValue one : values) {
                    if (!(one instanceof FieldValue.Absent)) {
                        list.add(value(one));
                    }
                }
                yield Collections.unmodifiableList(list);
            }
            case FieldValue.Timestamp(long seconds) -> Instant.ofEpochSecond(seconds);
            case FieldValue.Table(FieldTable table) -> Collections.unmodifiableMap(map(table));
            case FieldValue.Absent _ -> throw new IllegalStateException("an absent value");
        };
    }

    /// An `Integer` where it fits into AMQP's types of that width, else a `Long`.
    private static Object number(FieldValue.Whole whole) {
        return switch (whole.tag()) {
            case 'b', 'B', 's', 'u', 'I' -> (int) whole.value();
            default -> whole.value();
        };
    }
}
