package dev.parley.core.queue;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a message carries of its deaths: the `x-death` header, newest first, one row per queue and
/// reason, as RabbitMQ's clients read it.
public final class DeathHistory {
    /// Why a message was put away.
    public enum Cause {
        REJECTED("rejected"),
        EXPIRED("expired"),
        MAXLEN("maxlen"),
        DELIVERY_LIMIT("delivery_limit");

        private final String label;

        Cause(String label) {
            this.label = label;
        }

        /// As it stands in the history that the message carries.
        String label() {
            return label;
        }
    }

    private DeathHistory() {}

    /// One death about to be written down.
    public record Death(
            String queue, Cause reason, String exchange, List<String> routingKeys, long seconds) {}

    /// The properties with `death` in front. Of a death that happened before only the count rises:
    /// time, exchange and keys remain those of the first. A message that expired loses its
    /// expiration, or it would expire again where it goes.
    ///
    /// @param failures deliveries that failed before this death; noted if there were any
    public static Properties add(
            Properties properties, Death death, int failures, boolean keyReplaced) {
        FieldTable headers = properties.headers() == null ? FieldTable.EMPTY : properties.headers();
        List<FieldValue> rows = new ArrayList<>();
        long count = 1;
        FieldTable row = null;
        for (FieldValue before : grouped(rows(headers))) {
            if (before instanceof FieldValue.Table(FieldTable table) && isFor(table, death)) {
                count += times(table);
                row = row == null ? table : row;
            } else {
                rows.add(before);
            }
        }
        if (row == null) {
            row = row(death, properties.expiration());
        }
        row = row.with().put("count", FieldValue.of(count)).build();
        rows.addFirst(new FieldValue.Table(row));
        FieldTable.Builder builder = headers.with();
        builder.put("x-death", new FieldValue.Array(rows));
        if (headers.get("x-first-death-queue") == null) {
            builder.put("x-first-death-exchange", FieldValue.text(death.exchange()));
            builder.put("x-first-death-queue", FieldValue.text(death.queue()));
            builder.put("x-first-death-reason", FieldValue.text(death.reason().label()));
        }
        builder.put("x-last-death-exchange", FieldValue.text(death.exchange()));
        builder.put("x-last-death-queue", FieldValue.text(death.queue()));
        builder.put("x-last-death-reason", FieldValue.text(death.reason().label()));
        if (failures > 0) {
            builder.put("x-delivery-count", FieldValue.of((long) failures));
        }
        if (keyReplaced) {
            builder.remove("CC");
        }
        return properties.withHeaders(builder.build()).withExpiration(null);
    }

    /// The rows with one for each queue and reason, and a count in each. Old versions of RabbitMQ
    /// wrote one for each death, and clients may send what they like.
    private static List<FieldValue> grouped(List<FieldValue> rows) {
        Map<List<@Nullable String>, Integer> places = new LinkedHashMap<>();
        List<FieldValue> grouped = new ArrayList<>();
        for (FieldValue row : rows) {
            if (!(row instanceof FieldValue.Table(FieldTable table))) {
                grouped.add(row);
                continue;
            }
            List<@Nullable String> key = Arrays.asList(text(table, "queue"), text(table, "reason"));
            Integer place = places.putIfAbsent(key, grouped.size());
            if (place == null) {
                grouped.add(counted(table, times(table)));
            } else if (grouped.get(place) instanceof FieldValue.Table(FieldTable first)) {
                grouped.set(place, counted(first, times(first) + times(table)));
            }
        }
        return grouped;
    }

    private static FieldValue counted(FieldTable row, long times) {
        return new FieldValue.Table(row.with().put("count", FieldValue.of(times)).build());
    }

    private static long times(FieldTable row) {
        Long times = longOf(row.get("count"));
        return times == null ? 1 : times;
    }

    private static FieldTable row(Death death, @Nullable String expiration) {
        List<FieldValue> keys = new ArrayList<>();
        death.routingKeys().forEach(key -> keys.add(FieldValue.text(key)));
        FieldTable.Builder row =
                FieldTable.builder()
                        .put("count", FieldValue.of(1L))
                        .put("reason", FieldValue.text(death.reason().label()))
                        .put("queue", FieldValue.text(death.queue()))
                        .put("time", new FieldValue.Timestamp(death.seconds()))
                        .put("exchange", FieldValue.text(death.exchange()))
                        .put("routing-keys", new FieldValue.Array(keys));
        if (expiration != null) {
            row.put("original-expiration", FieldValue.text(expiration));
        }
        return row.build();
    }

    /// Whether sending the message to `queue` closes a cycle in which nobody ever rejected it: such
    /// a message would go round for ever.
    static boolean closesCycle(@Nullable FieldTable headers, String queue) {
        if (headers == null) {
            return false;
        }
        boolean seen = false;
        for (FieldValue row : rows(headers)) {
            if (row instanceof FieldValue.Table(FieldTable table)) {
                String reason = text(table, "reason");
                if (Cause.REJECTED.label().equals(reason)) {
                    return false;
                }
                seen |= queue.equals(text(table, "queue"));
                if (seen) {
                    return true;
                }
            }
        }
        return false;
    }

    /// The queue that the message died in last, or null.
    static @Nullable String lastQueue(@Nullable FieldTable headers) {
        if (headers == null) {
            return null;
        }
        for (FieldValue row : rows(headers)) {
            if (row instanceof FieldValue.Table(FieldTable table)) {
                return text(table, "queue");
            }
        }
        return null;
    }

    /// How often the message has died.
    static long deaths(@Nullable FieldTable headers) {
        long deaths = 0;
        if (headers != null) {
            for (FieldValue row : rows(headers)) {
                if (row instanceof FieldValue.Table(FieldTable table)) {
                    deaths += times(table);
                }
            }
        }
        return deaths;
    }

    private static List<FieldValue> rows(FieldTable headers) {
        return headers.get("x-death") instanceof FieldValue.Array array
                ? array.values()
                : List.of();
    }

    private static boolean isFor(FieldTable row, Death death) {
        return death.queue().equals(text(row, "queue"))
                && death.reason().label().equals(text(row, "reason"));
    }

    private static @Nullable String text(FieldTable table, String name) {
        FieldValue value = table.get(name);
        return value == null ? null : value.asText();
    }

    private static @Nullable Long longOf(@Nullable FieldValue value) {
        return value == null ? null : value.asLong();
    }
}
