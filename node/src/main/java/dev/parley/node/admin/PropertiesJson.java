package dev.parley.node.admin;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.Properties;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A message's properties as JSON holds them: those that are there, under RabbitMQ's names.
public final class PropertiesJson {
    private PropertiesJson() {}

    /// @param list the encoded property list
    /// @param headers how a table of headers is written
    public static Map<String, Object> of(
            ByteBuffer list, Function<FieldTable, Map<String, Object>> headers) {
        Properties read = Properties.read(list.duplicate());
        Map<String, Object> object = new LinkedHashMap<>();
        put(object, "content_type", read.contentType());
        put(object, "content_encoding", read.contentEncoding());
        FieldTable table = read.headers();
        put(object, "headers", table == null ? null : headers.apply(table));
        put(object, "delivery_mode", read.deliveryMode());
        put(object, "priority", read.priority());
        put(object, "correlation_id", read.correlationId());
        put(object, "reply_to", read.replyTo());
        put(object, "expiration", read.expiration());
        put(object, "message_id", read.messageId());
        put(object, "timestamp", read.timestamp());
        put(object, "type", read.type());
        put(object, "user_id", read.userId());
        put(object, "app_id", read.appId());
        return object;
    }

    /// The same under their names in AMQP's Java clients: `contentType`.
    static Map<String, Object> inJava(
            ByteBuffer list, Function<FieldTable, Map<String, Object>> headers) {
        Map<String, Object> object = new LinkedHashMap<>();
        of(list, headers).forEach((name, value) -> object.put(inJava(name), value));
        return object;
    }

    private static String inJava(String name) {
        int line = name.indexOf('_');
        return line < 0
                ? name
                : name.substring(0, line)
                        + Character.toUpperCase(name.charAt(line + 1))
                        + name.substring(line + 2);
    }

    private static void put(Map<String, Object> object, String name, @Nullable Object value) {
        if (value != null) {
            object.put(name, value);
        }
    }
}
