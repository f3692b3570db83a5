package dev.parley.core.catalog;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The policies of one virtual host, in the order in which they are asked.
final class Policies {
    private final List<Policy> plain = new ArrayList<>();
    private final List<Policy> operators = new ArrayList<>();

    List<Policy> all(boolean operator) {
        return Collections.unmodifiableList(operator ? operators : plain);
    }

    @Nullable Policy get(boolean operator, String name) {
        return first(operator, policy -> policy.name().equals(name));
    }

    void put(Policy policy) {
        List<Policy> kind = policy.operator() ? operators : plain;
        kind.removeIf(old -> old.name().equals(policy.name()));
        kind.add(policy);
        kind.sort(Policy.PRECEDENCE);
    }

    void remove(boolean operator, String name) {
        (operator ? operators : plain).removeIf(old -> old.name().equals(name));
    }

    Applied of(QueueEntry queue) {
        return Applied.of(
                first(false, policy -> policy.matches(queue)),
                first(true, policy -> policy.matches(queue)));
    }

    Applied of(Exchange exchange) {
        return Applied.of(
                first(false, policy -> policy.matches(exchange)),
                first(true, policy -> policy.matches(exchange)));
    }

    private @Nullable Policy first(boolean operator, Predicate<Policy> condition) {
        for (Policy policy : operator ? operators : plain) {
            if (condition.test(policy)) {
                return policy;
            }
        }
        return null;
    }
}
