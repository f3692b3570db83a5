package dev.parley.front.amqp;

import java.util.TreeSet;

/// The deliveries of a channel that are not yet settled, by delivery tag. Tags count up from 1.
///
/// They stand in a ring in the order of their tags. What was settled in its middle stays until the
/// ring is full and is then taken out: so the memory is bounded by what is unsettled, however old
/// the oldest of it is.
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

    private long[] tags = new long[64];
    private int[] shards = new int[64];
    private long[] queues = new long[64];
    private long[] consumers = new long[64];
    private long[] entries = new long[64];

    // Places in the ring, which count up as tags do, but without gaps.
    private long head;
    private long tail;
    private long nextTag = 1;
    private int size;
    private int held;
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

    /// The tag of the newest delivery, 0 before the first.
    long newest() {
        return nextTag - 1;
    }

    /// The places that are taken in memory.
    int capacity() {
        return tags.length;
    }

    /// The tag for a delivery that needs no settling.
    long skip() {
        return nextTag++;
    }

    /// @param consumer 0 for what was asked for one by one
    long add(int shard, long queue, long consumer, long entry) {
        if (tail - head == tags.length) {
            makeRoom();
        }
        int slot = slot(tail++);
        tags[slot] = nextTag;
        shards[slot] = shard;
        queues[slot] = queue;
        consumers[slot] = consumer;
        entries[slot] = entry;
        size++;
        if (consumer != 0) {
            delivered++;
        }
        return nextTag++;
    }

    /// Settles one tag, or all up to it (all there are for tag 0). Returns whether the tag was
    /// known.
    boolean settle(long tag, boolean multiple, Visit visit) {
        long end = end(tag, multiple);
        for (long place = start(tag, multiple); place < end; place++) {
            int slot = slot(place);
            if (shards[slot] >= 0) {
                leave(slot, shards[slot], visit);
            }
        }
        forgetGone();
        return end >= 0;
    }

    /// Holds one tag, or all up to it that are not held yet. Returns how many that were; -1 if the
    /// tag was not known.
    int hold(long tag, boolean multiple) {
        long end = end(tag, multiple);
        int before = held;
        if (end >= 0 && held == size) {
            return 0; // however often somebody says so
        }
        for (long place = start(tag, multiple); place < end; place++) {
            int slot = slot(place);
            if (shards[slot] >= 0) {
                shards[slot] = HELD - shards[slot];
                held++;
            }
        }
        return end < 0 ? -1 : held - before;
    }

    /// The place behind the last that a settlement concerns; one in front of all if none, since its
    /// own has lapsed; -1 if its own is not known.
    private long end(long tag, boolean multiple) {
        boolean late = !lapsed.isEmpty() && forgetLapsed(tag, multiple);
        if (multiple && tag == 0) {
            return tail;
        }
        long place = place(tag);
        if (place < tail && tags[slot(place)] == tag && shards[slot(place)] >= 0) {
            return place + 1;
        }
        // What came before a tag that has lapsed is settled all the same.
        return late ? multiple ? place : 0 : -1;
    }

    private long start(long tag, boolean multiple) {
        return multiple ? head : place(tag);
    }

    /// The first place with this tag or a later one; a tag that is not known may be any number.
    private long place(long tag) {
        if (head == tail || tag <= tags[slot(head)]) {
            return head;
        }
        // Where it is if nothing is missing in between; it cannot be further back.
        long ahead = tag - tags[slot(head)];
        long high = ahead < tail - head ? head + ahead : tail;
        if (high < tail && tags[slot(high)] == tag) {
            return high;
        }
        long low = head;
        while (low < high) {
            long middle = low + high >>> 1;
            if (tags[slot(middle)] < tag) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
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
        for (long place = head; place < tail; place++) {
            int slot = slot(place);
            if (shards[slot] != GONE && queues[slot] == queue && entries[slot] == entry) {
                leave(slot, 0, (shard, of, consumer, which) -> {});
                lapsed.add(tags[slot]);
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
        for (long place = tag == 0 ? head : place(tag); place < tail; place++) {
            int slot = slot(place);
            if (tag != 0 && tags[slot] != tag) {
                return;
            }
            if (shards[slot] >= 0) {
                visit.onSettled(shards[slot], queues[slot], consumers[slot], entries[slot]);
            }
        }
    }

    /// Settles what was held; in the order in which it was. Tag 0 is none.
    void settleHeld(long tag, boolean multiple, Visit visit) {
        for (long place = start(tag, multiple); place < tail; place++) {
            int slot = slot(place);
            if (tags[slot] > tag) {
                break;
            }
            if (shards[slot] <= HELD) {
                leave(slot, HELD - shards[slot], visit);
            }
        }
        forgetGone();
    }

    /// What was held is unsettled again.
    void release() {
        for (long place = head; place < tail; place++) {
            int slot = slot(place);
            if (shards[slot] <= HELD) {
                shards[slot] = HELD - shards[slot];
            }
        }
        held = 0;
    }

    private void leave(int slot, int shard, Visit visit) {
        held -= shards[slot] <= HELD ? 1 : 0;
        shards[slot] = GONE;
        size--;
        if (consumers[slot] != 0) {
            delivered--;
        }
        visit.onSettled(shard, queues[slot], consumers[slot], entries[slot]);
    }

    private void forgetGone() {
        while (head < tail && shards[slot(head)] == GONE) {
            head++;
        }
    }

    private int slot(long place) {
        return (int) place & tags.length - 1;
    }

    /// Takes out what is settled, and doubles the ring unless that has freed half of it.
    private void makeRoom() {
        int length = size > tags.length / 2 ? tags.length * 2 : tags.length;
        long[] newTags = new long[length];
        int[] newShards = new int[length];
        long[] newQueues = new long[length];
        long[] newConsumers = new long[length];
        long[] newEntries = new long[length];
        int to = 0;
        for (long place = head; place < tail; place++) {
            int from = slot(place);
            if (shards[from] != GONE) {
                newTags[to] = tags[from];
                newShards[to] = shards[from];
                newQueues[to] = queues[from];
                newConsumers[to] = consumers[from];
                newEntries[to] = entries[from];
                to++;
            }
        }
        tags = newTags;
        shards = newShards;
        queues = newQueues;
        consumers = newConsumers;
        entries = newEntries;
        head = 0;
        tail = to;
    }
}
