package dev.parley.front.pace;

import java.util.Arrays;
import java.util.stream.Collectors;
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

    /// Its name where clients say it.
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

    /// Says which there are to somebody who has named none of them.
    public static String refusal(String word) {
        return Arrays.stream(values())
                .map(Slow::word)
                .collect(Collectors.joining(", ", "'" + word + "' is none of ", ""));
    }
}
