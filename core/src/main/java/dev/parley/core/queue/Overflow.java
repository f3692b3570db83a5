package dev.parley.core.queue;

/// What happens to a message that would make a queue longer than its bounds.
public enum Overflow {
    /// The oldest messages go (to the dead letters, if there is an exchange for them).
    DROP_HEAD("drop-head"),
    /// The publisher is refused.
    REJECT_PUBLISH("reject-publish"),
    /// The publisher is refused and the message goes to the dead letters.
    REJECT_PUBLISH_DEAD_LETTER("reject-publish-dlx"),
    /// The message is taken, and its publisher is asked to wait until there is room; one who cannot
    /// wait is refused.
    BLOCK("block");

    private final String argument;

    Overflow(String argument) {
        this.argument = argument;
    }

    /// The name as a queue argument.
    public String argument() {
        return argument;
    }
}
