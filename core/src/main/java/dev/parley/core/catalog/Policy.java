package dev.parley.core.catalog;

import dev.parley.core.message.FieldTable;
import java.util.Comparator;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// A rule of a virtual host: the queues and exchanges whose names match its pattern get its
/// settings, now and as long as it stands.
///
/// Of all that match, the one with the highest priority counts, alone; of equals the one whose name
/// comes first. Operator policies are chosen among themselves and then bound what the other policy
/// and the arguments of a declaration ask for.
public final class Policy {
    /// What a policy is for.
    public enum Target {
        ALL("all"),
        QUEUES("queues"),
        CLASSIC_QUEUES("classic_queues"),
        QUORUM_QUEUES("quorum_queues"),
        STREAMS("streams"),
        EXCHANGES("exchanges");

        private final String label;

        Target(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }

        public static @Nullable Target of(String label) {
            for (Target target : values()) {
                if (target.label.equals(label)) {
                    return target;
                }
            }
            return null;
        }
    }

    /// The one that counts comes first.
    static final Comparator<Policy> PRECEDENCE =
            Comparator.comparingLong(Policy::priority).reversed().thenComparing(Policy::name);

    private final String host;
    private final String name;
    private final boolean operator;
    private final String text;
    private final NamePattern pattern;
    private final Target target;
    private final long priority;
    private final FieldTable definition;

    /// @throws PatternSyntaxException if the pattern is no regular expression
    Policy(
            String host,
            String name,
            boolean operator,
            String pattern,
            Target target,
            long priority,
            FieldTable definition) {
        this.host = host;
        this.name = name;
        this.operator = operator;
        this.text = pattern;
        // Unlike in a permission, an empty expression matches every name here.
        this.pattern = NamePattern.of(pattern.isEmpty() ? ".*" : pattern);
        this.target = target;
        this.priority = priority;
        this.definition = definition;
    }

    public String host() {
        return host;
    }

    public String name() {
        return name;
    }

    /// Whether it bounds other policies, as an operator sets it.
    public boolean operator() {
        return operator;
    }

    public String pattern() {
        return text;
    }

    public Target target() {
        return target;
    }

    public long priority() {
        return priority;
    }

    /// The settings by their names, such as `message-ttl`.
    public FieldTable definition() {
        return definition;
    }

    boolean matches(QueueEntry queue) {
        boolean kind =
                switch (target) {
                    case ALL, QUEUES -> true;
                    case CLASSIC_QUEUES -> queue.type().equals("classic");
                    case QUORUM_QUEUES -> queue.type().equals("quorum");
                    case STREAMS -> queue.type().equals("stream");
                    case EXCHANGES -> false;
                };
        return kind && pattern.matches(queue.name());
    }

    boolean matches(Exchange exchange) {
        return (target == Target.ALL || target == Target.EXCHANGES)
                && pattern.matches(exchange.name());
    }
}
