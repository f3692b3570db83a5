package dev.parley.sim;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import org.jspecify.annotations.Nullable;

/// What a dead letter must tell of itself: where it died last, and of what.
final class Deaths {
    private Deaths() {}

    /// The properties of a dead letter that was `copy` before.
    static void check(Copy copy, byte[] properties) {
        QueuePlan plan = copy.queue().plan();
        FieldTable row = newest(properties);
        String queue = row == null ? null : text(row, "queue");
        String reason = row == null ? null : text(row, "reason");
        if (queue == null || reason == null || !queue.equals(plan.name())) {
            throw new Violation("%s says that it died in %s".formatted(copy, queue));
        }
        boolean plausible =
                plan.reshaped()
                        || switch (reason) {
                            case "rejected" -> true;
                            case "expired" -> plan.ttl() > 0 || copy.letter().expires();
                            case "maxlen" -> plan.lengthMax() > 0;
                            case "delivery_limit" ->
                                    plan.deliveryLimit() > 0
                                            && Handed.failures(properties)
                                                    == plan.deliveryLimit() + 1;
                            default -> false;
                        };
        if (!plausible) {
            throw new Violation(
                    "%s says that it died of %s after %d failures"
                            .formatted(copy, reason, Handed.failures(properties)));
        }
    }

    /// The queue that it died in last; null if it never died.
    static @Nullable String home(byte[] properties) {
        FieldTable row = newest(properties);
        return row == null ? null : text(row, "queue");
    }

    private static @Nullable FieldTable newest(byte[] properties) {
        FieldTable headers = Handed.headers(properties);
        if (headers != null
                && headers.get("x-death") instanceof FieldValue.Array deaths
                && !deaths.values().isEmpty()
                && deaths.values().getFirst() instanceof FieldValue.Table(FieldTable row)) {
            return row;
        }
        return null;
    }

    private static @Nullable String text(FieldTable row, String name) {
        FieldValue value = row.get(name);
        return value == null ? null : value.asText();
    }
}
