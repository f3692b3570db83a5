package dev.parley.core.catalog;

import org.jspecify.annotations.Nullable;

/// What a user or a virtual host may have only so many of, by RabbitMQ's names. Without a limit
/// there may be any number.
public enum Bound {
    CONNECTIONS("max-connections"),
    CHANNELS("max-channels"),
    QUEUES("max-queues");

    private final String label;

    Bound(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    /// Null if there is none of that name.
    public static @Nullable Bound of(String label) {
        for (Bound bound : values()) {
            if (bound.label.equals(label)) {
                return bound;
            }
        }
        return null;
    }
}
