package dev.parley.core.log;

/// How the local log uses memory and disk.
///
/// @param shards written into a new directory; an existing one keeps its own
/// @param segmentBytes size of a segment file, and the bound of one record
/// @param chunkBytes memory that is written to and cached as one piece
/// @param cacheBytes recent chunks kept in memory after they are durable
/// @param snapshotEveryBytes log written after which a shard is asked for a snapshot
/// @param reserveBytes free disk at which messages are refused; acknowledgements go on
/// @param volatileBytes memory for messages that need no disk, before they spill
public record LogConfig(
        int shards,
        int segmentBytes,
        int chunkBytes,
        long cacheBytes,
        long snapshotEveryBytes,
        long reserveBytes,
        long volatileBytes) {
    /// Room in a segment beside a body: headers, names, properties, and queues that it goes to.
    private static final int MESSAGE_HEAD = 2 << 20;

    public static final LogConfig DEFAULT =
            new LogConfig(16, 64 << 20, 1 << 20, 64L << 20, 128L << 20, 256L << 20, 64L << 20);

    public LogConfig {
        if (!allows(shards, segmentBytes) || chunkBytes < 4 << 10) {
            throw new IllegalArgumentException("log configuration out of bounds");
        }
    }

    /// The same with segments that hold records of messages with bodies of up to `bytes`.
    public LogConfig holding(long bytes) {
        long needed = bytes + MESSAGE_HEAD + 7 & ~7;
        if (needed <= segmentBytes) {
            return this;
        }
        return new LogConfig(
                shards,
                Math.toIntExact(needed),
                chunkBytes,
                cacheBytes,
                snapshotEveryBytes,
                reserveBytes,
                volatileBytes);
    }

    /// The largest body of a message that one record, and so one segment, has room for.
    long bodyBytesMax() {
        return (long) segmentBytes - MESSAGE_HEAD;
    }

    /// Whether a directory may be divided like this.
    static boolean allows(int shards, int segmentBytes) {
        return shards >= 1
                && shards <= 4096
                && segmentBytes >= 16 << 10
                && segmentBytes <= 1 << 30
                && segmentBytes % 8 == 0;
    }
}
