package dev.parley.core.log;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Where messages live that promise nothing across a restart: in memory, spilling to a file that is
/// thrown away at start instead of filling the heap.
///
/// Positions are negative and rise in magnitude, so that a queue can keep them beside [Log]
/// positions. One per shard; used on the shard's event loop only.
public interface VolatileStore {
    /// Makes room for `size` bytes and returns the buffer to fill, from its position to its limit,
    /// before the next call.
    ByteBuffer append(int size);

    /// The position of what was appended last.
    long position();

    /// The bytes at `position`, or null if they were spilled: see [#read].
    @Nullable ByteBuffer cached(long position);

    /// The same as [Log#glance].
    default @Nullable ByteBuffer glance(long position) {
        return cached(position);
    }

    /// Asks for spilled bytes; answered by [Log.Owner#onRead] with the same position.
    void read(long position, int size);

    /// The bytes at `position` are needed no more; called once for each append.
    void release(long position, int size);
}
