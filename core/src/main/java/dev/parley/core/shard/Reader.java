package dev.parley.core.shard;

import dev.parley.core.log.Log;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Brings payloads from wherever they are: memory, the stretches read last, what others have read,
/// or the disk, one read at a time.
///
/// Who reads on and on has two stretches: one in use, and the next, which is read meanwhile. They
/// grow while reads follow one another.
public final class Reader {
    /// The first stretch; it doubles while reads follow one another.
    private static final int STRETCH = 128 << 10;

    /// More of a record than a message's size tells: names, properties.
    private static final int HEAD = 4096;

    private record Stretch(long from, Log.Block block) {
        long end() {
            return from + block.bytes();
        }
    }

    private @Nullable Stretch used;
    private @Nullable Stretch next;
    private long reading;
    private long damaged;
    private int size = STRETCH;

    /// Where the read that was asked for last ends.
    private long end;

    /// Whether there may be more to read behind the stretch in use.
    private boolean more;

    /// The payload at `position`, or null: then it is being read, and the caller comes back when
    /// its turn comes after [#onRead].
    ///
    /// @param bytes what it takes
    public @Nullable ByteBuffer get(Decision decision, long position, int bytes) {
        return get(decision, position, bytes, 0);
    }

    /// The same for who goes on with what lies behind.
    ///
    /// @param most bytes to read at once, unless one payload takes more
    public @Nullable ByteBuffer get(Decision decision, long position, int bytes, int most) {
        ByteBuffer payload = decision.cached(position);
        if (payload != null) {
            return payload;
        }
        payload = payload(used, position);
        if (payload == null) {
            payload = payload(next, position);
            if (payload != null) {
                used = next;
                next = null;
                more = true;
            }
        }
        if (payload == null && damaged != position) {
            payload = decision.readBack(position);
        }
        if (payload == null && reading == 0 && damaged != position) {
            used = null;
            next = null;
            read(decision, position, bytes, most);
        }
        return payload;
    }

    private static @Nullable ByteBuffer payload(@Nullable Stretch stretch, long position) {
        return stretch == null ? null : stretch.block().payload(position);
    }

    private void read(Decision decision, long position, int bytes, int most) {
        // Records of other queues may lie between.
        boolean follows = end > 0 && Math.abs(position - end) < 4L * size;
        size = Math.min(follows ? 2 * size : STRETCH, Math.max(most, STRETCH));
        int whole = Math.max(bytes, Math.min(size, most));
        end = position + whole;
        reading = position;
        decision.read(position, whole);
    }

    /// Whether what lies behind the stretch in use should be read now.
    public boolean wantsMore() {
        return more && used != null && next == null && reading == 0;
    }

    /// Whether the stretch in use holds a message of `bytes` at `position` for certain.
    public boolean covers(long position, int bytes) {
        Stretch here = used;
        return here != null && position >= here.from() && position + bytes + HEAD <= here.end();
    }

    /// Whether the payload at `position` lies in a stretch that was read for this reader.
    public boolean holds(long position) {
        return lies(used, position) || lies(next, position);
    }

    private static boolean lies(@Nullable Stretch stretch, long position) {
        return stretch != null && position >= stretch.from() && position < stretch.end();
    }

    /// Reads on at `position`, which lies behind the stretch in use; 0: there is nothing.
    public void readOn(Decision decision, long position, int bytes, int most) {
        more = false;
        if (position > 0
                && damaged != position
                && decision.cached(position) == null
                && decision.readBack(position) == null) {
            read(decision, position, bytes, most);
        }
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
        if (block == null || block.payload(position) == null) {
            damaged = position;
            return true;
        }
        if (used == null) {
            used = new Stretch(position, block);
            more = true;
        } else {
            next = new Stretch(position, block);
        }
        return true;
    }

    /// Bytes of memory that what was read ahead takes.
    public int bytes() {
        return bytes(used) + bytes(next);
    }

    private static int bytes(@Nullable Stretch stretch) {
        return stretch == null ? 0 : stretch.block().bytes();
    }

    public boolean reading() {
        return reading != 0;
    }

    /// Where what is being read begins, 0 for nothing.
    public long awaited() {
        return reading;
    }

    /// Lets go of the memory.
    public void rest() {
        used = null;
        next = null;
        end = 0;
    }
}
