package dev.parley.core.catalog;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One thing that a policy can set, how it is checked, and how it goes together with the argument
/// of the same name.
///
/// A policy's `message-ttl` is to a queue what its argument `x-message-ttl` is. Where both are
/// there the lower bound counts; of what is no bound the argument counts, since who declared the
/// queue relies on it. Names, rules and texts are RabbitMQ's.
///
/// @param name as a policy spells it; the argument's is the same with `x-`
/// @param meaning what a wrong value is not
/// @param rule how policy and argument go together
/// @param least the least whole number, if the setting is one
/// @param most the greatest
record PolicySetting(String name, String meaning, Rule rule, long least, long most) {
    enum Rule {
        /// A whole number; of two the lower one counts.
        LOWER,
        /// A whole number, where a negative one stands for no bound.
        LOWER_OR_UNBOUNDED,
        /// A length of time, see [MaxAge]; of two the shorter one counts.
        AGE,
        /// A whole number that bounds nothing; the argument counts.
        NUMBER,
        /// True or false; the argument counts.
        FLAG,
        /// Text; the argument counts.
        TEXT,
        /// One of [#CHOICES]; the argument counts.
        CHOICE
    }

    private static final long MILLIS_MAX = 315_360_000_000L;

    private static final Map<String, Set<String>> CHOICES =
            Map.of(
                    "overflow",
                    Set.of("drop-head", "reject-publish", "reject-publish-dlx", "block"),
                    "delayed-retry-type",
                    Set.of("disabled", "failed", "returned", "all"),
                    "delayed-retry-growth",
                    Set.of("linear", "exponential"));

    private static final String DEAD_LETTER_EXCHANGE = "dead-letter-exchange";

    private static final String DEAD_LETTER_KEY = "dead-letter-routing-key";

    private static final Map<String, PolicySetting> KNOWN =
            named(
                    number("message-ttl", "message TTL", Rule.LOWER, 0, MILLIS_MAX),
                    number("expires", "queue expiry", Rule.LOWER, 1, MILLIS_MAX),
                    number("max-length", "maximum length", Rule.LOWER, 0, Long.MAX_VALUE),
                    number(
                            "max-length-bytes",
                            "maximum length in bytes",
                            Rule.LOWER,
                            0,
                            Long.MAX_VALUE),
                    number(
                            "delivery-limit",
                            "delivery limit",
                            Rule.LOWER_OR_UNBOUNDED,
                            Integer.MIN_VALUE,
                            Integer.MAX_VALUE),
                    number("consumer-timeout", "consumer timeout", Rule.LOWER, 1, MILLIS_MAX),
                    number("delayed-retry-min", "retry delay", Rule.NUMBER, 1, MILLIS_MAX),
                    number("delayed-retry-max", "retry delay", Rule.NUMBER, 1, MILLIS_MAX),
                    number("delayed-retry-jitter", "retry jitter", Rule.NUMBER, 0, 100),
                    number("cache-size", "cache size", Rule.NUMBER, 1, 10_000_000),
                    number("cache-ttl", "cache TTL", Rule.NUMBER, 1, MILLIS_MAX),
                    other("max-age", "max age", Rule.AGE),
                    other("message-deduplication", "boolean", Rule.FLAG),
                    other("group-header", "group header", Rule.TEXT),
                    other("delayed-retry-type", "retry type", Rule.CHOICE),
                    other("delayed-retry-growth", "retry growth", Rule.CHOICE),
                    other("overflow", "overflow value", Rule.CHOICE),
                    other(DEAD_LETTER_EXCHANGE, "dead letter exchange name", Rule.TEXT),
                    other(DEAD_LETTER_KEY, "dead letter routing key", Rule.TEXT));

    private static PolicySetting number(
            String name, String meaning, Rule rule, long least, long most) {
        return new PolicySetting(name, meaning, rule, least, most);
    }

    private static PolicySetting other(String name, String meaning, Rule rule) {
        return new PolicySetting(name, meaning, rule, 0, 0);
    }

    static final String ALTERNATE_EXCHANGE = "alternate-exchange";

    /// Settings of RabbitMQ's that mean nothing here: they are kept, shown and ignored.
    private static final Set<String> IGNORED =
            Set.of(
                    "ha-mode",
                    "ha-params",
                    "ha-sync-mode",
                    "ha-sync-batch-size",
                    "ha-promote-on-shutdown",
                    "ha-promote-on-failure",
                    "queue-mode",
                    "queue-version",
                    "queue-master-locator",
                    "queue-leader-locator",
                    "initial-cluster-size",
                    "target-group-size",
                    "max-in-memory-length",
                    "max-in-memory-bytes",
                    "dead-letter-strategy",
                    "stream-max-segment-size-bytes",
                    "stream-filter-size-bytes",
                    "federation-upstream",
                    "federation-upstream-set",
                    "federation-upstream-pattern");

    /// What an operator policy may hold: bounds.
    private static final Set<String> OPERATORS =
            Set.of(
                    "expires",
                    "message-ttl",
                    "max-length",
                    "max-length-bytes",
                    "max-in-memory-length",
                    "max-in-memory-bytes",
                    "delivery-limit",
                    "queue-version",
                    "overflow",
                    "ha-mode",
                    "ha-params",
                    "ha-sync-mode");

    private static Map<String, PolicySetting> named(PolicySetting... settings) {
        Map<String, PolicySetting> byName = new LinkedHashMap<>();
        for (PolicySetting setting : settings) {
            byName.put(setting.name, setting);
        }
        return byName;
    }

    /// What is wrong with a definition, in RabbitMQ's words, or null.
    static @Nullable String fault(boolean operator, FieldTable definition) {
        if (definition.isEmpty()) {
            return "no policy provided";
        }
        List<String> unknown = new ArrayList<>();
        for (String name : definition.names()) {
            PolicySetting setting = KNOWN.get(name);
            FieldValue value = definition.get(name);
            if (setting != null && value != null && !setting.allows(value)) {
                return Equivalence.plain(value) + " is not a valid " + setting.meaning;
            }
            if (name.equals(ALTERNATE_EXCHANGE) && value != null && value.asText() == null) {
                return Equivalence.plain(value) + " is not a valid alternate exchange name";
            }
            boolean known =
                    setting != null || name.equals(ALTERNATE_EXCHANGE) || IGNORED.contains(name);
            if (!known || (operator && !OPERATORS.contains(name))) {
                unknown.add(name);
            }
        }
        return unknown.isEmpty() ? null : unknown + " are not recognised policy settings";
    }

    private boolean allows(FieldValue value) {
        Long number = value.asLong();
        String text = value.asText();
        return switch (rule) {
            case LOWER, LOWER_OR_UNBOUNDED, NUMBER ->
                    number != null && number >= least && number <= most;
            case FLAG -> value instanceof FieldValue.Bool;
            case TEXT -> text != null;
            case AGE -> text != null && MaxAge.millis(text) != null;
            case CHOICE -> text != null && CHOICES.getOrDefault(name, Set.of()).contains(text);
        };
    }

    /// A policy's settings with an operator's put over them: the lower bound counts, and what is no
    /// bound is the operator's.
    static FieldTable bounded(FieldTable settings, FieldTable operator) {
        FieldTable.Builder both = settings.with();
        for (String name : operator.names()) {
            FieldValue cap = operator.get(name);
            if (cap != null) {
                PolicySetting setting = KNOWN.get(name);
                FieldValue asked = settings.get(name);
                both.put(
                        name,
                        setting == null || asked == null ? cap : setting.together(asked, cap, cap));
            }
        }
        return both.build();
    }

    /// The arguments that a queue lives by: those of its declaration together with the settings of
    /// its policies.
    static FieldTable arguments(FieldTable declared, FieldTable settings) {
        FieldTable.Builder both = declared.with();
        for (PolicySetting setting : KNOWN.values()) {
            FieldValue value = settings.get(setting.name);
            if (value != null) {
                String argument = "x-" + setting.name;
                FieldValue asked = declared.get(argument);
                both.put(argument, asked == null ? value : setting.together(value, asked, asked));
            }
        }
        FieldTable result = both.build();
        // Alone it leads nowhere; as an argument it would be refused.
        return result.get("x-" + DEAD_LETTER_EXCHANGE) == null
                ? result.with().remove("x-" + DEAD_LETTER_KEY).build()
                : result;
    }

    private FieldValue together(FieldValue a, FieldValue b, FieldValue otherwise) {
        Long one = number(a);
        Long other = number(b);
        boolean bounds = rule == Rule.LOWER || rule == Rule.LOWER_OR_UNBOUNDED || rule == Rule.AGE;
        if (!bounds || one == null || other == null) {
            return otherwise;
        }
        boolean unbounded = rule == Rule.LOWER_OR_UNBOUNDED && (one < 0 || other < 0);
        return (one < other) == unbounded ? b : a;
    }

    private @Nullable Long number(FieldValue value) {
        String text = rule == Rule.AGE ? value.asText() : null;
        return text == null ? value.asLong() : MaxAge.millis(text);
    }
}
