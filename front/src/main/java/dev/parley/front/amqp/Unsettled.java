package dev.parley.front.amqp;

import java.util.Arrays;
import java.util.TreeSet;

/// The deliveries of a channel that are not yet settled, by delivery tag. Tags count up from 1.
///
/// Inside a transaction a settlement is first held: the tag is then no longer known to the client,
/// but the delivery still counts, and a rollback makes it known again.
final class Unsettled {
    /// In place of a shard: the delivery is settled.
    private static final int GONE = -1;

    /// A held delivery's shard is this less the shard.
    private static final int HELD = -2;

    /// Deliveries that lapsed and whose settlement is still expected; of more, the oldest are
    /// forgotten, and settling them is an error like any other.
    private static final int LAPSED_MAX = 10_000;

    private int[] shards = new int[64];
    private long[] queues = new long[64];
    private long[] consumers = new long[64];
    private long[] entries = new long[64];
    private long first = 1;
    private long next = 1;
    private int size;
    private int delivered;
    private final TreeSet<Long> lapsed = new TreeSet<>();

    /// Called for each delivery that is concerned, in the order of their tags.
    interface Visit {
        void onSettled(int shard, long queue, long consumer, long entry);
    }

    /// How many there are, with those whose settlement is held.
    int size() {
        return size;
    }

    /// How many of them consumers have, as opposed to what was asked for one by one.
    int delivered() {
        return delivered;
    }

    /// The tag for a delivery that needs no settling.
    long skip() {
        long tag = next;
        if (first == next) {
            first = ++next;
            return tag;
        }
        return add(GONE, 0, 0, 0);
    }

    /// @param consumer 0 for what was asked for one by one
    long add(int shard, long queue, long consumer, long entry) {
        if (next - first == shards.length) {
            grow();
        }
        int slot = slot(next);
        shards[slot] = shard;
        queues[slot] = queue;
        consumers[slot] = consumer;
        entries[slot] = entry;
        if (shard >= 0) {
            size++;
        }
        if (consumer != 0) {
            delivered++;
        }
        return next++;
    }

    /// Settles one tag, or all up to it (all there are for tag 0). Returns whether the tag was
    /// known.
    boolean settle(long tag, boolean multiple, Visit visit) {
        long last = last(tag, multiple);
        for (long t = from(tag, multiple); t <= last; t++) {
            int slot = slot(t);
            if (shards[slot] >= 0) {
                leave(slot, shards[slot], visit);
            }
        }
        forgetGone();
        return last >= 0;
    }

    /// Holds one tag, or all up to it that are not held yet. Returns whether the tag was known.
    boolean hold(long tag, boolean multiple) {
        long last = last(tag, multiple);
        for (long t = from(tag, multiple); t <= last; t++) {
            int slot = slot(t);
            if (shards[slot] >= 0) {
                shards[slot] = HELD - shards[slot];
            }
        }
        return last >= 0;
    }

    /// The last tag that a settlement concerns: 0 if none, since its own has lapsed; -1 if its own
    /// is not known.
    private long last(long tag, boolean multiple) {
        boolean late = !lapsed.isEmpty() && forgetLapsed(tag, multiple);
        if (multiple && tag == 0) {
            return next - 1;
        }
        if (tag >= first && tag < next && shards[slot(tag)] >= 0) {
            return tag;
        }
        // What came before a tag that has lapsed is settled all the same.
        return late ? multiple ? Math.min(tag, next - 1) : 0 : -1;
    }

    /// The first tag that a settlement concerns; one that is not known may be any number.
    private long from(long tag, boolean multiple) {
        return multiple ? first : Math.max(tag, first);
    }

    private boolean forgetLapsed(long tag, boolean multiple) {
        if (!multiple) {
            return lapsed.remove(tag);
        }
        boolean was = lapsed.contains(tag);
        lapsed.headSet(tag == 0 ? Long.MAX_VALUE : tag, true).clear();
        return was;
    }

    /// The delivery of this entry has ended without its consumer; a settlement that still comes is
    /// let pass, and one that is held comes to nothing.
    void lapse(long queue, long entry) {
        for (long tag = first; tag < next; tag++) {
            int slot = slot(tag);
            if (shards[slot] != GONE && queues[slot] == queue && entries[slot] == entry) {
                leave(slot, 0, (shard, of, consumer, which) -> {});
                lapsed.add(tag);
                if (lapsed.size() > LAPSED_MAX) {
                    lapsed.pollFirst();
                }
                break;
            }
        }
        forgetGone();
    }

    /// Visits the delivery with this tag, or all of them for tag 0, without settling them.
    void look(long tag, Visit visit) {
        long from = tag == 0 ? first : tag;
        long to = tag == 0 ? next - 1 : tag;
        for (long t = Math.max(from, first); t <= Math.min(to, next - 1); t++) {
            int slot = slot(t);
            if (shards[slot] >= 0) {
                visit.onSettled(shards[slot], queues[slot], consumers[slot], entries[slot]);
            }
        }
    }

    /// Settles what was held; in the order in which it was.
    void settleHeld(long tag, boolean multiple, Visit visit) {
        long last = multiple && tag == 0 ? next - 1 : tag;
        for (long t = from(tag, multiple); t <= last; t++) {
            int slot = slot(t);
            if (shards[slot] <= HELD) {
                leave(slot, HELD - shards[slot], visit);
            }
        }
        forgetGone();
    }

    /// What was held is unsettled again.
    void release() {
        for (long t = first; t < next; t++) {
            int slot = slot(t);
            if (shards[slot] <= HELD) {
                shards[slot] = HELD - shards[slot];
            }
        }
    }

    private void leave(int slot, int shard, Visit visit) {
        shards[slot] = GONE;
        size--;
        if (consumers[slot] != 0) {
            delivered--;
        }
        visit.onSettled(shard, queues[slot], consumers[slot], entries[slot]);
    }

    private void forgetGone() {
        while (first < next && shards[slot(first)] == GONE) {
            first++;
        }
    }

    private int slot(long tag) {
        return (int) tag & shards.length - 1;
    }

    private void grow() {
        int length = shards.length;
        int[] oldShards = shards;
        long[] oldQueues = queues;
        long[] oldConsumers = consumers;
        long[] oldEntries = entries;
        shards = Arrays.copyOf(oldShards, length * 2);
        queues = Arrays.copyOf(oldQueues, length * 2);
        consumers = Arrays.copyOf(oldConsumers, length * 2);
        entries = Arrays.copyOf(oldEntries, length * 2);
        for (long t = first; t < next; t++) {
            int from = (int) t & length - 1;
            int to = slot(t);
            shards[to] = oldShards[from];
            queues[to] = oldQueues[from];
            consumers[to] = oldConsumers[from];
            entries[to] = oldEntries[from];
        }
    }
}
