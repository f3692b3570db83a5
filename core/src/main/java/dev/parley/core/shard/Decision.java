package dev.parley.core.shard;

import dev.parley.core.log.Log;
import dev.parley.core.log.VolatileStore;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// What a machine may do with the world while it decides: append records, park promises, set
/// timers, ask for reads.
///
/// One per machine and shard, used only during a call of the machine.
public interface Decision {
    /// The time of this turn, milliseconds since 1970: the same for every command of a turn.
    long now();

    /// Starts a logged record of exactly `size` bytes; fill the buffer, then call [#apply].
    ByteBuffer append(int type, int size);

    /// Hands the record just filled to [Machine#apply]; returns its position.
    long apply();

    /// Keeps a promise as soon as everything appended so far is durable: at once if it is already.
    /// Promises are kept in the order in which they were made.
    void promise(Promise promise);

    /// The same for one that rests on the record at `position` and on older ones, not on what came
    /// after it; 0: on none. It may still wait for those that were made before it.
    default void promise(long position, Promise promise) {
        promise(promise);
    }

    /// [Machine#onDurable] is waited for with what was appended so far, without a promise.
    void hurry();

    /// Sets timer `timer` (an id of the machine's own) to `dueMillis`, replacing an earlier
    /// setting.
    void timer(long timer, long dueMillis);

    void cancelTimer(long timer);

    Log log();

    VolatileStore volatileStore();

    /// The storage unit that a position of the log lies in; also known during replay.
    long segment(long position);

    /// The payload at a position of either store if it is in memory.
    default @Nullable ByteBuffer cached(long position) {
        return position < 0 ? volatileStore().cached(position) : log().cached(position);
    }

    /// The same as [Log#glance].
    default @Nullable ByteBuffer glance(long position) {
        return cached(position);
    }

    /// The payload at a position of the log if it was read not long ago, by whomever; good for as
    /// long as it is held.
    default @Nullable ByteBuffer readBack(long position) {
        return position < 0 ? null : log().readBack(position);
    }

    default void read(long position, int size) {
        if (position < 0) {
            volatileStore().read(position, size);
        } else {
            log().read(position, size);
        }
    }

    /// Sends a command to another shard of this node or another, in order per sender; only what is
    /// durable here may be sent.
    void send(int shard, Command command);

    Chance chance();
}
