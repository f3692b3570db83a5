package dev.parley.front.amqp;

import java.util.Arrays;
import java.util.TreeSet;

/// The deliveries of a channel that are not yet settled, by delivery tag. Tags count up from 1.
final class Unsettled {
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
    private final TreeSet<Long> lapsed = new TreeSet<>();

    /// Called for each delivery that is concerned, in the order of their tags.
    interface Visit {
        void onSettled(int shard, long queue, long consumer, long entry);
    }

    int size() {
        return size;
    }

    /// The tag for a delivery that needs no settling.
    long skip() {
        long tag = next;
        if (size == 0) {
            first = ++next;
            return tag;
        }
        return add(-1, 0, 0, 0);
    }

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
        return next++;
    }

    /// Settles one tag, or all up to it (all there are for tag 0). Returns whether the tag was
    /// known.
    boolean settle(long tag, boolean multiple, Visit visit) {
        boolean late = !lapsed.isEmpty() && forgetLapsed(tag, multiple);
        if (multiple && tag == 0) {
            tag = next - 1;
        } else if (late && !multiple) {
            return true;
        } else if (late && (tag < first || shards[slot(tag)] < 0)) {
            // The tag itself has lapsed; what came before it is settled all the same.
            tag = Math.min(tag, next - 1);
        } else if (tag < first || tag >= next || shards[slot(tag)] < 0) {
            return false;
        }
        for (long t = multiple ? first : tag; t <= tag; t++) {
            int slot = slot(t);
            if (shards[slot] >= 0) {
                int shard = shards[slot];
                shards[slot] = -1;
                size--;
                visit.onSettled(shard, queues[slot], consumers[slot], entries[slot]);
            }
        }
        advance();
        return true;
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
    /// let pass.
    void lapse(long queue, long entry) {
        for (long tag = first; tag < next; tag++) {
            int slot = slot(tag);
            if (shards[slot] >= 0 && queues[slot] == queue && entries[slot] == entry) {
                shards[slot] = -1;
                size--;
                lapsed.add(tag);
                if (lapsed.size() > LAPSED_MAX) {
                    lapsed.pollFirst();
                }
                break;
            }
        }
        advance();
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

    private void advance() {
        while (first < next && shards[slot(first)] < 0) {
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
