package dev.parley.core.queue;

/// Why a message was put away.
public enum DeathReason {
    REJECTED("rejected"),
    EXPIRED("expired"),
    MAXLEN("maxlen"),
    DELIVERY_LIMIT("delivery_limit");

    private final String label;

    DeathReason(String label) {
        this.label = label;
    }

    /// As it stands in the history that the message carries.
    String label() {
        return label;
    }
}
