package dev.parley.core.shard;

import dev.parley.core.log.Log;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Brings payloads from wherever they are: memory, the stretch read last, or the disk, one read at
/// a time.
public final class Reader {
    private Log.@Nullable Block ahead;
    private long reading;
    private long damaged;

    /// The payload at `position`, or null: then it is being read, and the caller comes back when
    /// its turn comes after [#onRead].
    public @Nullable ByteBuffer get(Decision decision, long position, int size) {
        ByteBuffer payload = decision.cached(position);
        if (payload != null) {
            return payload;
        }
        Log.Block block = ahead;
        if (block != null) {
            payload = block.payload(position);
            if (payload != null) {
                return payload;
            }
        }
        if (reading == 0 && damaged != position) {
            reading = position;
            ahead = null;
            decision.read(position, size);
        }
        return null;
    }

    /// Whether what stands at `position` cannot be read back.
    public boolean damaged(long position) {
        return damaged == position;
    }

    /// Returns whether this was waited for.
    public boolean onRead(long position, Log.@Nullable Block block) {
        if (reading != position) {
            return false;
        }
        reading = 0;
        ahead = block;
        if (block == null || block.payload(position) == null) {
            damaged = position;
        }
        return true;
    }

    public boolean reading() {
        return reading != 0;
    }

    /// Lets go of the memory.
    public void rest() {
        ahead = null;
    }
}
