package dev.parley.node.feed;

import org.jspecify.annotations.Nullable;

/// What becomes of messages for a reader that does not read as fast as they come.
public enum Slow {
    /// New ones are missed.
    DROP_NEW("drop-new"),

    /// The oldest that wait are missed.
    DROP_OLD("drop-old"),

    /// Of each topic the last one waits.
    LATEST("latest"),

    /// The connection ends.
    DISCONNECT("disconnect");

    private final String word;

    Slow(String word) {
        this.word = word;
    }

    /// Its name in a query.
    public String word() {
        return word;
    }

    /// The one of that name, or null.
    public static @Nullable Slow of(String word) {
        for (Slow one : values()) {
            if (one.word.equals(word)) {
                return one;
            }
        }
        return null;
    }
}
