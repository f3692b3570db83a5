package dev.parley.core.shard;

import dev.parley.core.log.Log;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The deterministic state machine of one pattern on one shard.
///
/// What survives a restart is changed by [#apply] and nothing else, live and at replay alike:
/// `decide` reads it, appends records through the [Decision], and each is applied as soon as it is
/// complete. What does not survive (consumers, deliveries in flight) belongs to the present owner
/// and may be changed anywhere. No threads, no I/O, no clock but `now`.
public interface Machine {
    void decide(Command command, Decision decision);

    /// Changes the state by one record. Never looks at the clock or at chance: what depends on them
    /// stands in the record.
    ///
    /// @param payload from its position to its limit, during the call only: the buffer is the log's
    void apply(int type, long position, ByteBuffer payload);

    /// Called once when replay has ended and the machine begins to serve.
    void onServing(Decision decision);

    /// A timer set with [Decision#timer] is due.
    void onTimer(long timer, Decision decision);

    /// Called at the end of each turn in which the machine or another one of its shard was called:
    /// deliver what became deliverable. Returns whether there is more to do at once, in another
    /// turn.
    boolean onTurnEnd(Decision decision);

    /// A record asked for with [Decision#read] has come (null: it is damaged).
    void onRead(long position, Log.@Nullable Block block, Decision decision);

    void onDurable(long position, Decision decision);

    /// Few bytes live in `segment`: append again what is alive in it.
    void onSparse(long segment, Decision decision);

    /// Writes the state that survives a restart.
    void save(SnapshotWriter out);

    void restore(ByteBuffer in);
}
