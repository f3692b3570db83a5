package dev.parley.sim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a queue of the simulation is declared with, always the same for its name.
///
/// @param arguments as a client gives them; what the ledger asks of the queue is read from them
/// @param fanned whether the exchanges for all lead to it
record QueuePlan(
        String name,
        boolean durable,
        boolean autoDelete,
        boolean fanned,
        Map<String, Object> arguments) {
    static final String FAN = "fan";

    /// Leads where the other does, and is of the type for messages that wait.
    static final String LATER_FAN = "later-fan";

    static final String DEAD = "dead";

    /// The queue that policies come and go for.
    static final String RESHAPED = "reshaped";

    /// The header that names ordering groups.
    static final String GROUP = "g";

    private static final List<QueuePlan> ALL =
            List.of(
                    durable("plain"),
                    durable("second").fannedTo(),
                    durable(DEAD),
                    durable("put-away").dying(),
                    durable("short").with("x-max-length", 6),
                    durable("shorter").with("x-max-length", 4).dying(),
                    durable("strict").with("x-max-length", 5).with("x-overflow", "reject-publish"),
                    durable("strict-dead")
                            .with("x-max-length", 5)
                            .with("x-overflow", "reject-publish-dlx")
                            .dying(),
                    durable("ranked").with("x-max-priority", 3),
                    durable("fading").with("x-message-ttl", 150).dying(),
                    durable("patient").with("x-delivery-limit", 2).dying(),
                    durable("single").with("x-single-active-consumer", true).fannedTo(),
                    new QueuePlan("passing", false, false, true, Map.of()),
                    new QueuePlan("leaving", true, true, false, Map.of()),
                    durable("unused").with("x-expires", 300),
                    durable("later").fannedTo(),
                    durable("again")
                            .with("x-delivery-limit", 3)
                            .retrying("failed", 40, 200)
                            .dying(),
                    durable("again-always").retrying("all", 30, 100),
                    durable("once"),
                    durable("named").with("x-message-deduplication", true),
                    durable("grouped").with("x-group-header", GROUP),
                    durable("grouped-again")
                            .with("x-group-header", GROUP)
                            .with("x-delivery-limit", 3)
                            .retrying("failed", 40, 200)
                            .dying(),
                    durable("leased")
                            .with("x-consumer-timeout", 150)
                            .with("x-delivery-limit", 3)
                            .dying(),
                    durable("blocking").with("x-max-length", 5).with("x-overflow", "block"),
                    durable(RESHAPED).dying());

    /// A choice of queues, never without the one for dead letters: few enough for each to be busy.
    static List<QueuePlan> some(Dice dice) {
        List<QueuePlan> some = new ArrayList<>();
        int all = dice.between(1, 3);
        for (QueuePlan plan : ALL) {
            if (plan.name.equals(DEAD) || dice.below(4) < all) {
                some.add(plan);
            }
        }
        return List.copyOf(some);
    }

    private static QueuePlan durable(String name) {
        return new QueuePlan(name, true, false, false, Map.of());
    }

    private QueuePlan with(String argument, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(arguments);
        more.put(argument, value);
        return new QueuePlan(name, durable, autoDelete, fanned, more);
    }

    private QueuePlan fannedTo() {
        return new QueuePlan(name, durable, autoDelete, true, arguments);
    }

    private QueuePlan dying() {
        return with("x-dead-letter-exchange", "").with("x-dead-letter-routing-key", DEAD);
    }

    private QueuePlan retrying(String type, int min, int max) {
        return with("x-delayed-retry-type", type)
                .with("x-delayed-retry-min", min)
                .with("x-delayed-retry-max", max)
                .with("x-delayed-retry-growth", "exponential")
                .with("x-delayed-retry-jitter", JITTER);
    }

    private static final int JITTER = 20;

    /// An argument that is a number; 0 without it.
    private int number(String argument) {
        return arguments.get(argument) instanceof Integer number ? number : 0;
    }

    int lengthMax() {
        return number("x-max-length");
    }

    int ttl() {
        return number("x-message-ttl");
    }

    int priorities() {
        return number("x-max-priority");
    }

    int deliveryLimit() {
        return number("x-delivery-limit");
    }

    int leaseMillis() {
        return number("x-consumer-timeout");
    }

    boolean rejects() {
        return reshaped()
                || (arguments.get("x-overflow") instanceof String text
                        && text.startsWith("reject"));
    }

    boolean grouped() {
        return arguments.containsKey("x-group-header");
    }

    boolean single() {
        return arguments.containsKey("x-single-active-consumer");
    }

    /// Whether it takes messages with the same name once.
    boolean named() {
        return arguments.containsKey("x-message-deduplication");
    }

    /// Whether what came back waits before it is tried again.
    ///
    /// @param failed whether it came back as a failure
    boolean rests(boolean failed) {
        return arguments.get("x-delayed-retry-type") instanceof String type
                && (failed || type.equals("all"));
    }

    /// The least wait after so many failures.
    long restMillis(int failures) {
        long first = number("x-delayed-retry-min");
        long wait = Math.min(first << Math.max(0, failures - 1), number("x-delayed-retry-max"));
        return wait - wait * JITTER / 100;
    }

    /// The queue that its dead letters go to.
    @Nullable String deadTo() {
        return arguments.get("x-dead-letter-routing-key") instanceof String name ? name : null;
    }

    /// Whether publishers wait at its length limit.
    boolean blocks() {
        return "block".equals(arguments.get("x-overflow"));
    }

    boolean reshaped() {
        return name.equals(RESHAPED);
    }

    /// Whether it keeps what comes to it until a client takes it.
    boolean keeps() {
        return durable && !vanishes() && !dropsHead() && !rejects() && ttl() == 0;
    }

    /// Whether it may go away by itself, with everything in it.
    boolean vanishes() {
        return autoDelete || arguments.containsKey("x-expires");
    }

    /// Whether the head is dropped at the length limit.
    boolean dropsHead() {
        return lengthMax() > 0 && !arguments.containsKey("x-overflow");
    }

    /// Whether a message may leave for another reason than a client, or come back out of order.
    boolean loosens() {
        return ttl() > 0
                || dropsHead()
                || (!grouped() && (deliveryLimit() > 0 || rests(true)))
                || leaseMillis() > 0
                || reshaped();
    }
}
