package dev.parley.sim;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a queue of the simulation is declared with, always the same for its name.
///
/// @param deadTo the queue that its dead letters go to
/// @param fanned whether the fanout exchange leads to it
record QueuePlan(
        String name,
        boolean durable,
        boolean autoDelete,
        int lengthMax,
        boolean rejects,
        int ttl,
        int expires,
        int priorities,
        int deliveryLimit,
        boolean singleActive,
        @Nullable String deadTo,
        boolean fanned) {
    static final String FAN = "fan";
    static final String DEAD = "dead";

    static List<QueuePlan> all() {
        return List.of(
                plain("plain", false),
                plain("second", true),
                plain(DEAD, false),
                new QueuePlan("put-away", true, false, 0, false, 0, 0, 0, 0, false, DEAD, false),
                new QueuePlan("short", true, false, 6, false, 0, 0, 0, 0, false, null, false),
                new QueuePlan("shorter", true, false, 4, false, 0, 0, 0, 0, false, DEAD, false),
                new QueuePlan("strict", true, false, 5, true, 0, 0, 0, 0, false, null, false),
                new QueuePlan("strict-dead", true, false, 5, true, 0, 0, 0, 0, false, DEAD, false),
                new QueuePlan("ranked", true, false, 0, false, 0, 0, 3, 0, false, null, false),
                new QueuePlan("fading", true, false, 0, false, 150, 0, 0, 0, false, DEAD, false),
                new QueuePlan("patient", true, false, 0, false, 0, 0, 0, 2, false, DEAD, false),
                new QueuePlan("single", true, false, 0, false, 0, 0, 0, 0, true, null, true),
                new QueuePlan("passing", false, false, 0, false, 0, 0, 0, 0, false, null, true),
                new QueuePlan("leaving", true, true, 0, false, 0, 0, 0, 0, false, null, false),
                new QueuePlan("unused", true, false, 0, false, 0, 300, 0, 0, false, null, false));
    }

    private static QueuePlan plain(String name, boolean fanned) {
        return new QueuePlan(name, true, false, 0, false, 0, 0, 0, 0, false, null, fanned);
    }

    Map<String, Object> arguments() {
        Map<String, Object> arguments = new LinkedHashMap<>();
        if (lengthMax > 0) {
            arguments.put("x-max-length", lengthMax);
            if (rejects) {
                arguments.put(
                        "x-overflow", deadTo == null ? "reject-publish" : "reject-publish-dlx");
            }
        }
        if (ttl > 0) {
            arguments.put("x-message-ttl", ttl);
        }
        if (expires > 0) {
            arguments.put("x-expires", expires);
        }
        if (priorities > 0) {
            arguments.put("x-max-priority", priorities);
        }
        if (deliveryLimit > 0) {
            arguments.put("x-delivery-limit", deliveryLimit);
        }
        if (singleActive) {
            arguments.put("x-single-active-consumer", true);
        }
        if (deadTo != null) {
            arguments.put("x-dead-letter-exchange", "");
            arguments.put("x-dead-letter-routing-key", deadTo);
        }
        return arguments;
    }

    /// Whether it may go away by itself, with everything in it.
    boolean vanishes() {
        return autoDelete || expires > 0;
    }

    /// Whether the head is dropped at the length limit.
    boolean dropsHead() {
        return lengthMax > 0 && !rejects;
    }
}
