package dev.parley.api;

import java.time.Instant;

/// Where a reader of a stream begins.
public sealed interface From {
    /// At the oldest message that is kept.
    From FIRST = new First();

    /// At the newest message that is kept; at the next one if there is none.
    From LAST = new Last();

    /// At the next message that comes.
    From NEXT = new Next();

    /// At a message. If it is kept no more, at the oldest that is, and the reader is told how many
    /// it misses; if it has not come yet, at the next that comes.
    ///
    /// @param offset 0 or more
    static From offset(long offset) {
        return new Offset(offset);
    }

    /// At the first message that came at this time or later, to the millisecond.
    static From time(Instant time) {
        return new Time(time);
    }

    record First() implements From {}

    record Last() implements From {}

    record Next() implements From {}

    record Offset(long offset) implements From {
        public Offset {
            if (offset < 0) {
                throw new IllegalArgumentException("an offset is 0 or more, not " + offset);
            }
        }
    }

    record Time(Instant time) implements From {}
}
