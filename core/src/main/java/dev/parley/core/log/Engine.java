package dev.parley.core.log;

/// Where shards' logs come from: local files, Kafka, or the simulator.
///
/// Opening a shard replays it into its owner before it returns, so a node opens all its shards
/// before it serves.
public interface Engine {
    /// The number of shards, fixed when the storage was created.
    int shards();

    /// Makes the caller the owner of `shard` under a new epoch, on event loop `lane`, and replays
    /// snapshot and records into `owner`.
    ///
    /// @throws CorruptLogException if what was durable for this shard is damaged; other shards are
    ///   not concerned
    Log open(int shard, int lane, Log.Owner owner);

    /// The place for messages of `shard` that need no disk; emptied by a restart.
    VolatileStore volatileStore(int shard, int lane, Log.Owner owner);

    /// The storage unit that a position lies in; snapshots name those in which something is alive.
    long segment(long position);

    /// Hands everything sealed on event loop `lane` to the writer; called on that loop at the end
    /// of every round.
    void flush(int lane);

    /// Delivers the log's news to the owners on event loop `lane`; called on that loop in every
    /// round. Returns the number of things delivered.
    int poll(int lane);
}
