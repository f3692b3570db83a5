package dev.parley.core.stream;

/// Where a reader begins.
public sealed interface Start {
    /// At the oldest message that is kept.
    record First() implements Start {}

    /// At the newest message that is kept; at the next one if there is none.
    record Last() implements Start {}

    /// At the next message that comes.
    record Next() implements Start {}

    /// At a message. One that is kept no more: at the oldest, and the reader is told what it
    /// misses. One that has not come yet: at the next that comes.
    record At(long offset) implements Start {}

    /// At the first message that came at this time or later, milliseconds since 1970.
    record Since(long millis) implements Start {}
}
