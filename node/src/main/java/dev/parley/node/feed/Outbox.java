package dev.parley.node.feed;

import dev.parley.front.mqtt.Publication.Ids;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// What waits for one reader, within bounds, and how many messages it has missed between those that
/// wait.
final class Outbox {
    /// A message that waits.
    ///
    /// @param missed messages before it that the reader does not get
    record Entry(Shown shown, Ids ids, long missed) {}

    /// Memory that all readers share.
    static final class Pool {
        private final long most;
        private long used;

        Pool(long most) {
            this.most = most;
        }

        long used() {
            return used;
        }
    }

    private final Slow slow;
    private final int messagesMax;
    private final int bytesMax;
    private final Pool pool;

    /// By topic where only the last of each waits; otherwise by a number.
    private final SequencedMap<Object, Entry> entries = new LinkedHashMap<>();

    private long bytes;
    private long last;
    private long missed;
    private long missedInAll;

    Outbox(Slow slow, int messagesMax, int bytesMax, Pool pool) {
        this.slow = slow;
        this.messagesMax = messagesMax;
        this.bytesMax = bytesMax;
        this.pool = pool;
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    int size() {
        return entries.size();
    }

    /// Messages that the reader has missed so far.
    long missedInAll() {
        return missedInAll;
    }

    /// Whether a message can ever be taken.
    boolean fits(Shown shown) {
        return shown.weight() <= bytesMax;
    }

    /// Takes a message, or one is missed; false: the reader is one that rather goes.
    boolean offer(Shown shown, Ids ids) {
        long before = 0;
        if (slow == Slow.LATEST) {
            Entry old = entries.remove(shown.topic());
            if (old != null) {
                before = lost(old);
            }
        }
        if (!fits(shown)) {
            missed += before + 1;
            missedInAll++;
            return true;
        }
        while (!takes(shown)) {
            if (slow == Slow.DISCONNECT) {
                return false;
            }
            if (slow == Slow.DROP_NEW || entries.isEmpty()) {
                missed += before + 1;
                missedInAll++;
                return true;
            }
            carry(lost(entries.pollFirstEntry().getValue()));
        }
        Object key = slow == Slow.LATEST ? shown.topic() : ++last;
        entries.put(key, new Entry(shown, ids, missed + before));
        missed = 0;
        bytes += shown.weight();
        pool.used += shown.weight();
        return true;
    }

    private boolean takes(Shown shown) {
        return entries.size() < messagesMax
                && bytes + shown.weight() <= bytesMax
                && pool.used + shown.weight() <= pool.most;
    }

    /// Counts an entry out that is missed; returns how many are missed with it.
    private long lost(Entry entry) {
        release(entry);
        missedInAll++;
        return entry.missed() + 1;
    }

    private void release(Entry entry) {
        bytes -= entry.shown().weight();
        pool.used -= entry.shown().weight();
    }

    /// What was missed in front is told with what comes first now.
    private void carry(long count) {
        Map.Entry<Object, Entry> first = entries.firstEntry();
        if (first == null) {
            missed += count;
        } else {
            Entry old = first.getValue();
            entries.replace(
                    first.getKey(), new Entry(old.shown(), old.ids(), old.missed() + count));
        }
    }

    @Nullable Entry poll() {
        Map.Entry<Object, Entry> first = entries.pollFirstEntry();
        if (first == null) {
            return null;
        }
        release(first.getValue());
        return first.getValue();
    }

    /// How many were missed behind the last that waits, for once.
    long takeMissed() {
        long count = missed;
        missed = 0;
        return count;
    }

    void clear() {
        entries.values().forEach(this::release);
        entries.clear();
    }
}
