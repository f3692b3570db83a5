package dev.parley.node.management;

import dev.parley.core.catalog.User;
import java.util.List;

/// What a user's tags have to allow, as RabbitMQ nests them.
enum Access {
    MANAGEMENT("Not management user"),
    POLICYMAKER("Not policymaker"),
    MONITORING("Not monitoring user"),
    ADMINISTRATOR("Not administrator user");

    private final String refusal;

    Access(String refusal) {
        this.refusal = refusal;
    }

    boolean has(User user) {
        List<String> tags = user.tags();
        if (tags.contains("administrator")) {
            return true;
        }
        return switch (this) {
            case ADMINISTRATOR -> false;
            case MONITORING -> tags.contains("monitoring");
            case POLICYMAKER -> tags.contains("policymaker");
            case MANAGEMENT ->
                    tags.contains("management")
                            || tags.contains("policymaker")
                            || tags.contains("monitoring");
        };
    }

    void check(User user) {
        if (!has(user)) {
            throw Fault.notAuthorised(refusal);
        }
    }
}
