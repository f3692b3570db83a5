package dev.parley.core.stream;

/// What the streams of a shard need from the node around them; on the shard's event loop.
public interface StreamHost {
    /// Messages of a stream cannot be read back from the log: readers go on behind them.
    void onDamaged(String host, String stream, long position);
}
