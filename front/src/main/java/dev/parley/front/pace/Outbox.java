package dev.parley.front.pace;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// What waits for one reader, within bounds, and how many messages it has missed between those that
/// wait.
///
/// @param <M> the messages
public final class Outbox<M extends Outbox.Message> {
    /// A message as far as its waiting goes.
    public interface Message {
        String topic();

        /// Bytes that it takes in memory, about.
        int weight();
    }

    /// A message that waits.
    ///
    /// @param missed messages before it that the reader does not get
    public record Entry<M>(M message, long missed) {}

    /// Memory that all readers share.
    public static final class Pool {
        private final long most;
        private long used;

        public Pool(long most) {
            this.most = most;
        }

        /// Bytes that they take now.
        public long used() {
            return used;
        }
    }

    private final Slow slow;
    private final int messagesMax;
    private final int bytesMax;
    private final Pool pool;
    private final Misses misses;

    /// By topic where only the last of each waits; otherwise by a number.
    private final SequencedMap<Object, Entry<M>> entries = new LinkedHashMap<>();

    private long bytes;
    private long last;
    private long missed;

    /// @param misses where is counted what is missed
    public Outbox(Slow slow, int messagesMax, int bytesMax, Pool pool, Misses misses) {
        this.slow = slow;
        this.messagesMax = messagesMax;
        this.bytesMax = bytesMax;
        this.pool = pool;
        this.misses = misses;
    }

    public boolean isEmpty() {
        return entries.isEmpty();
    }

    public int size() {
        return entries.size();
    }

    /// Whether a message can ever be taken.
    public boolean fits(M message) {
        return message.weight() <= bytesMax;
    }

    /// Takes a message, or one is missed; false: the reader is one that rather goes.
    public boolean offer(M message) {
        long before = 0;
        if (slow == Slow.LATEST) {
            Entry<M> old = entries.remove(message.topic());
            if (old != null) {
                before = lost(old);
            }
        }
        if (!fits(message)) {
            miss(message, before);
            return true;
        }
        while (!takes(message)) {
            if (slow == Slow.DISCONNECT) {
                return false;
            }
            if (slow == Slow.DROP_NEW || entries.isEmpty()) {
                miss(message, before);
                return true;
            }
            carry(lost(entries.pollFirstEntry().getValue()));
        }
        Object key = slow == Slow.LATEST ? message.topic() : ++last;
        entries.put(key, new Entry<>(message, missed + before));
        missed = 0;
        bytes += message.weight();
        pool.used += message.weight();
        return true;
    }

    /// The message itself is missed.
    ///
    /// @param before how many that stood before it are missed with it
    private void miss(M message, long before) {
        missed += before + 1;
        misses.count(message.topic());
    }

    private boolean takes(M message) {
        return entries.size() < messagesMax
                && bytes + message.weight() <= bytesMax
                && pool.used + message.weight() <= pool.most;
    }

    /// Counts an entry out that is missed; returns how many are missed with it.
    private long lost(Entry<M> entry) {
        release(entry);
        misses.count(entry.message().topic());
        return entry.missed() + 1;
    }

    private void release(Entry<M> entry) {
        bytes -= entry.message().weight();
        pool.used -= entry.message().weight();
    }

    /// What was missed in front is told with what comes first now.
    private void carry(long count) {
        Map.Entry<Object, Entry<M>> first = entries.firstEntry();
        if (first == null) {
            missed += count;
        } else {
            Entry<M> old = first.getValue();
            entries.replace(first.getKey(), new Entry<>(old.message(), old.missed() + count));
        }
    }

    public @Nullable Entry<M> poll() {
        Map.Entry<Object, Entry<M>> first = entries.pollFirstEntry();
        if (first == null) {
            return null;
        }
        release(first.getValue());
        return first.getValue();
    }

    /// How many were missed behind the last that waits, for once.
    public long takeMissed() {
        long count = missed;
        missed = 0;
        return count;
    }

    public void clear() {
        entries.values().forEach(this::release);
        entries.clear();
    }
}
