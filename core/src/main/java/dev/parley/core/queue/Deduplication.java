package dev.parley.core.queue;

/// Whether a queue takes a message only once, and how long it remembers those that it took.
///
/// Publishers that number their messages are recognised in every queue; this is about messages that
/// carry a name of their own.
///
/// @param names most names remembered, the oldest are forgotten first; 0: names are not looked at
/// @param millis how long a name is remembered
public record Deduplication(int names, long millis) {
    public static final Deduplication NONE = new Deduplication(0, 0);

    /// Most names that one queue can be told to remember.
    public static final int NAMES_MAX = 10_000_000;

    public Deduplication {
        if (names < 0 || names > NAMES_MAX || millis < 0) {
            throw new IllegalArgumentException(names + " names for " + millis + " ms");
        }
    }
}
