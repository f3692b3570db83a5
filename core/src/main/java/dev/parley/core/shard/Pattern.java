package dev.parley.core.shard;

/// The machines that a shard can carry, each with its own range of record types.
public enum Pattern {
    CATALOG(1),
    QUEUE(32),
    TOPIC(64),
    STREAM(96);

    private final int firstType;

    Pattern(int firstType) {
        this.firstType = firstType;
    }

    /// The lowest record type of this machine; the range ends before the next machine's.
    public int firstType() {
        return firstType;
    }

    static Pattern ofType(int type) {
        if (type < TOPIC.firstType) {
            return type < QUEUE.firstType ? CATALOG : QUEUE;
        }
        return type < STREAM.firstType ? TOPIC : STREAM;
    }
}
