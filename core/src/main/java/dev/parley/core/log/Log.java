package dev.parley.core.log;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One shard's end of the log: append the records of a turn, seal the turn, learn when it is
/// durable.
///
/// Positions are opaque, positive, rise within a shard and are never handed out twice, not even
/// after a crash that lost them. They are compared only inside a shard. A record's position is
/// known when it is appended, long before it is durable.
///
/// Used only on the event loop that owns the shard. News (durable, read, failure, space) reaches
/// the [Owner] on that loop, never from inside a call of this interface.
public interface Log {
    /// The number of this ownership; rises with every [Engine#open].
    long epoch();

    /// Starts a record of exactly `size` bytes in the current turn and returns the buffer to fill,
    /// from its position to its limit, before the next call. `type` is 1 to 255 and is the
    /// machine's.
    ByteBuffer append(int type, int size);

    /// The position of the record that was appended last under this epoch, 0 when there is none. It
    /// is durable once [#durable()] is larger.
    long position();

    /// Somebody waits until everything appended so far is durable. What nobody waits for may be
    /// synced a few milliseconds later.
    void hurry();

    /// Ends the turn: the records appended since the last seal become one atomic unit and go to the
    /// writer. Does nothing when there are none.
    void seal();

    /// The position behind everything sealed; a promise made now must wait until [#durable()] has
    /// reached it.
    long head();

    /// Everything sealed below this position is durable.
    long durable();

    /// Bytes sealed and not yet durable; the shard takes no more publishers' work past its limit.
    long undurableBytes();

    /// Whether there is room for more messages. When false, acknowledgements and deletions still
    /// have a reserve to go to.
    boolean roomy();

    /// The payload of the record at `position` as a read-only view if it is still in memory, else
    /// null. The view is valid until the next call of [#append] or the end of the loop's round.
    @Nullable ByteBuffer cached(long position);

    /// The same for who looks at one record after another: the view may be the same object each
    /// time, and is not valid beyond the next call of either.
    default @Nullable ByteBuffer glance(long position) {
        return cached(position);
    }

    /// The payload of the record at `position` if it was read not long ago, for whomever, else
    /// null. The view is valid for as long as somebody holds it; it is of memory that others see,
    /// too, and nobody may write to.
    @Nullable ByteBuffer readBack(long position);

    /// Asks for the `size` bytes of records from `position` on (a hint: at least the whole record
    /// at `position` arrives). Answered by [Owner#onRead] once.
    void read(long position, int size);

    /// Whether the log asks for a snapshot, so that replay stays short and old segments can go.
    boolean snapshotDue();

    /// Writes a snapshot of the shard's state as it stands behind the last sealed turn. `live`
    /// names the segments (ascending by id) that `state` still refers to with the bytes alive in
    /// each; any other segment below may be freed once the snapshot is durable. Takes ownership of
    /// `state`. Answered by [Owner#onSnapshot]; at most one at a time.
    void snapshot(ByteBuffer state, List<LiveSegment> live);

    /// A segment that a snapshot still refers to, and how many bytes of it.
    record LiveSegment(long segment, long bytes) {}

    /// Stretches of the log, read back from disk and checked.
    interface Block {
        /// The payload of the record at `position` as a read-only view, or null if this block does
        /// not hold it whole.
        @Nullable ByteBuffer payload(long position);

        /// Bytes of memory that this block holds.
        int bytes();
    }

    /// Who owns a shard's log: the shard.
    interface Owner {
        /// The state of the newest snapshot; called at most once, before any [#replay].
        void restore(ByteBuffer state);

        /// One record of a turn, in order; during [Engine#open] only. The view is valid during the
        /// call.
        void replay(int type, long position, ByteBuffer payload);

        /// Everything sealed below `position` is durable.
        void onDurable(long position);

        /// The answer to [Log#read]; null when the bytes are damaged or cannot be read.
        void onRead(long position, @Nullable Block block);

        void onSnapshot();

        /// Few bytes are alive in this segment and it pins storage: append what is alive in it
        /// again.
        void onSparse(long segment);

        /// [Log#roomy()] changed.
        void onRoom(boolean roomy);

        /// The log is lost for this owner: append nothing, answer nothing, keep what is parked
        /// unanswered.
        void onFailure(LogFailure failure);
    }
}
