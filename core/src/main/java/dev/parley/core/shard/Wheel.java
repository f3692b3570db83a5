package dev.parley.core.shard;

import java.util.Arrays;

/// A hierarchical timing wheel with a resolution of one millisecond.
///
/// Timers are numbers, not objects: six levels of 64 slots reach 2.1 years ahead and what is due
/// later waits in the last level and is placed again when its slot turns. Setting, replacing and
/// cancelling cost a few array writes; turning costs the timers that are due plus the slots that
/// passed. Timers fire in the order of their due time; ties in no particular order.
///
/// Time goes forward only (see [SteadyClock]); when it jumps, everything between is due at once.
public final class Wheel {
    /// Called for each timer that is due.
    @FunctionalInterface
    public interface Due {
        void onDue(long timer);
    }

    private static final int BITS = 6;
    private static final int SLOTS = 1 << BITS;
    private static final int LEVELS = 6;
    private static final int NONE = -1;

    // One node per set timer, in parallel arrays; `next`/`previous` chain the nodes of a slot.
    private long[] timers = new long[64];
    private long[] dues = new long[64];
    private int[] next = new int[64];
    private int[] previous = new int[64];
    private int[] slots = new int[64];
    private int free = NONE;
    private int used;
    private int size;

    private final int[] heads = new int[LEVELS * SLOTS];
    private final int[] tails = new int[LEVELS * SLOTS];
    private final long[] occupied = new long[LEVELS];
    private final LongIntMap nodes = new LongIntMap();
    private long now;

    public Wheel(long now) {
        this.now = now;
        Arrays.fill(heads, NONE);
        Arrays.fill(tails, NONE);
    }

    public int size() {
        return size;
    }

    /// Sets `timer`, replacing an earlier setting. What is already due fires at the next
    /// [#advance].
    public void set(long timer, long due) {
        cancel(timer);
        int node = allocate();
        timers[node] = timer;
        dues[node] = due;
        nodes.put(timer, node);
        place(node);
        size++;
    }

    public boolean cancel(long timer) {
        int node = nodes.remove(timer);
        if (node == LongIntMap.ABSENT) {
            return false;
        }
        unlink(node);
        release(node);
        size--;
        return true;
    }

    /// The earliest time at which a timer may be due (a lower bound), or `Long.MAX_VALUE`.
    public long nextDue() {
        long earliest = Long.MAX_VALUE;
        for (int level = 0; level < LEVELS; level++) {
            if (occupied[level] != 0) {
                earliest = Math.min(earliest, slotStart(level));
            }
        }
        return earliest;
    }

    /// When the next occupied slot of `level` begins. Above the lowest level the hand's own slot
    /// holds what lies a whole turn ahead.
    private long slotStart(int level) {
        int shift = level * BITS;
        long turn = now >>> shift;
        int index = (int) turn & (SLOTS - 1);
        long ahead = Long.rotateRight(occupied[level], index);
        if (level == 0) {
            return now + Long.numberOfTrailingZeros(ahead);
        }
        long others = ahead & ~1L;
        int distance = others == 0 ? SLOTS : Long.numberOfTrailingZeros(others);
        return turn + distance << shift;
    }

    /// Moves to `time` and reports every timer due until then. `due` may set and cancel timers;
    /// what it sets for a time already passed fires in this call too.
    public void advance(long time, Due due) {
        while (true) {
            fireSlot(due);
            if (now >= time) {
                return;
            }
            long target = Math.min(time, Math.max(nextDue(), now + 1));
            moveTo(target);
        }
    }

    private void fireSlot(Due due) {
        int slot = (int) now & (SLOTS - 1);
        while (heads[slot] != NONE) {
            int node = heads[slot];
            unlink(node);
            if (dues[node] > now) {
                place(node);
                continue;
            }
            long timer = timers[node];
            nodes.remove(timer);
            release(node);
            size--;
            due.onDue(timer);
        }
    }

    /// Moves the hand; every slot of a higher level that begins on the way is spread over the lower
    /// ones. `nextDue` never skips an occupied slot, so nothing lies between.
    private void moveTo(long time) {
        long before = now;
        now = time;
        for (int level = LEVELS - 1; level > 0; level--) {
            int shift = level * BITS;
            if (time >>> shift != before >>> shift) {
                spread(level, (int) (time >>> shift) & (SLOTS - 1));
            }
        }
    }

    private void spread(int level, int index) {
        int slot = level * SLOTS + index;
        int node = heads[slot];
        heads[slot] = NONE;
        tails[slot] = NONE;
        occupied[level] &= ~(1L << index);
        while (node != NONE) {
            int following = next[node];
            place(node);
            node = following;
        }
    }

    private void place(int node) {
        long due = Math.max(dues[node], now);
        long distance = due - now;
        int level = 0;
        while (level < LEVELS - 1 && distance >= 1L << ((level + 1) * BITS)) {
            level++;
        }
        long reach = 1L << (LEVELS * BITS);
        if (distance >= reach) {
            due = now + reach - 1;
        }
        int index = (int) (due >>> (level * BITS)) & (SLOTS - 1);
        int slot = level * SLOTS + index;
        slots[node] = slot;
        previous[node] = tails[slot];
        next[node] = NONE;
        if (tails[slot] == NONE) {
            heads[slot] = node;
        } else {
            next[tails[slot]] = node;
        }
        tails[slot] = node;
        occupied[level] |= 1L << index;
    }

    private void unlink(int node) {
        int slot = slots[node];
        if (previous[node] == NONE) {
            heads[slot] = next[node];
        } else {
            next[previous[node]] = next[node];
        }
        if (next[node] == NONE) {
            tails[slot] = previous[node];
        } else {
            previous[next[node]] = previous[node];
        }
        if (heads[slot] == NONE) {
            occupied[slot / SLOTS] &= ~(1L << (slot % SLOTS));
        }
    }

    private int allocate() {
        if (free != NONE) {
            int node = free;
            free = next[node];
            return node;
        }
        if (used == timers.length) {
            int larger = used * 2;
            timers = Arrays.copyOf(timers, larger);
            dues = Arrays.copyOf(dues, larger);
            next = Arrays.copyOf(next, larger);
            previous = Arrays.copyOf(previous, larger);
            slots = Arrays.copyOf(slots, larger);
        }
        return used++;
    }

    private void release(int node) {
        next[node] = free;
        free = node;
    }
}
