package dev.parley.core.queue;

import dev.parley.core.log.Log;
import dev.parley.core.queue.Records.Release;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Reader;
import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The messages of a queue that are not due yet.
///
/// They lie in pages of a [Level] of their own, in which an entry's expiry is the time when it is
/// due. What is due within [#NEAR_MILLIS] is **near**: its entry is TAKEN and its time stands in a
/// heap. All else costs nothing but its page, and complete pages with nothing near go to the log; a
/// page is looked at again when its earliest entry comes near. So millions may wait for years.
///
/// An entry that is due leaves by a RELEASE record, which puts it at the end of its priority's
/// level. A crash that loses the record releases it again.
final class Schedule {
    /// The level that entries of a schedule name.
    static final int LEVEL = 256;

    private static final long NEAR_MILLIS = 10 * 60_000;

    /// How long before its earliest entry is due a page is looked at: well after that entry has
    /// come near, so that one look serves all that are due about the same time.
    private static final long LOOK_MILLIS = NEAR_MILLIS / 2;

    /// Messages released in one turn.
    private static final int BATCH = 512;

    private final Level level = new Level();
    private final DueHeap near = new DueHeap();

    /// When pages are looked at again: each page at most once, however many messages are in it.
    private final TreeSet<Look> looks = new TreeSet<>();

    private final Map<Long, Look> lookOf = new HashMap<>();
    private final Reader pages = new Reader();
    private final Reader messages = new Reader();
    private int nearCount;

    private record Look(long time, long page) implements Comparable<Look> {
        @Override
        public int compareTo(Look other) {
            int order = Long.compare(time, other.time);
            return order != 0 ? order : Long.compare(page, other.page);
        }
    }

    Level level() {
        return level;
    }

    /// Messages that wait.
    long size() {
        return level.ready() + nearCount;
    }

    /// Pages that wait to be looked at.
    int watched() {
        return looks.size();
    }

    /// When [#run] has something to do, or `Long.MAX_VALUE`.
    long nextDue() {
        return Math.min(near.nextDue(), nextLook());
    }

    private long nextLook() {
        return looks.isEmpty() ? Long.MAX_VALUE : looks.first().time();
    }

    /// The page has an entry that is due then; what is known of an earlier one stays.
    private void watch(long page, long due) {
        Look look = new Look(due - LOOK_MILLIS, page);
        Look known = lookOf.get(page);
        if (known == null || look.time() < known.time()) {
            forgetLook(known);
            looks.add(look);
            lookOf.put(page, look);
        }
    }

    private void forgetLook(@Nullable Look look) {
        if (look != null) {
            looks.remove(look);
            lookOf.remove(look.page());
        }
    }

    /// A message has come; on the live path only, since at replay there is no time.
    void added(long number, long due, long now) {
        if (due <= now + NEAR_MILLIS) {
            draw(number, due);
        } else {
            watch(number >>> Page.BITS, due);
        }
    }

    private void draw(long number, long due) {
        level.state(number, Page.TAKEN);
        near.add(due, number);
        nearCount++;
    }

    /// Replay has ended.
    void onServing() {
        level.eachPage((number, page) -> {
            if (page.live() > 0) {
                long earliest = page.cold() ? page.earliest() : page.findEarliest();
                watch(number, earliest);
            }
        });
    }

    /// An entry is about to be taken out for another reason than being due.
    void forget(long number) {
        Page page = level.page(number);
        int index = Level.index(number);
        if (page != null
                && !page.cold()
                && page.present(index)
                && page.state(index) == Page.TAKEN) {
            level.state(number, Page.READY);
            nearCount--;
        }
    }

    /// Releases what is due; returns whether there is more to do at once.
    boolean run(QueueState queue, Queues queues, QueueHost host, Decision decision) {
        boolean more = lookAhead(queue, host, decision);
        more |= release(queue, queues, decision);
        return more;
    }

    /// Looks at the pages of which something comes near. False also while one is being read.
    private boolean lookAhead(QueueState queue, QueueHost host, Decision decision) {
        for (int n = 0; n < BATCH && nextLook() <= decision.now(); n++) {
            Look look = looks.first();
            Page page = level.pageNumbered(look.page());
            if (page == null || page.live() == 0) {
                forgetLook(look);
                continue;
            }
            if (page.cold() && !load(queue, look.page(), page, decision)) {
                return false;
            }
            forgetLook(look);
            if (page.cold()) {
                host.onDamaged(queue.name(), page.record());
            } else {
                drawNear(look.page(), page, decision.now());
            }
        }
        return nextLook() <= decision.now();
    }

    /// Returns false while the page is being read; one that cannot be read stays cold.
    private boolean load(QueueState queue, long number, Page page, Decision decision) {
        ByteBuffer record = pages.get(decision, page.record(), page.recordBytes());
        if (record == null) {
            return pages.damaged(page.record());
        }
        queue.load(LEVEL, number, record, decision.now());
        return true;
    }

    private void drawNear(long number, Page page, long now) {
        long later = Long.MAX_VALUE;
        for (int i = 0; i < Page.ENTRIES; i++) {
            if (page.present(i) && page.state(i) == Page.READY) {
                if (page.expiry(i) <= now + NEAR_MILLIS) {
                    draw((number << Page.BITS) + i, page.expiry(i));
                } else {
                    later = Math.min(later, page.expiry(i));
                }
            }
        }
        if (later != Long.MAX_VALUE) {
            watch(number, later);
        }
    }

    private boolean release(QueueState queue, Queues queues, Decision decision) {
        if (near.nextDue() > decision.now()) {
            return false;
        }
        List<Release> logged = new ArrayList<>();
        long[] ends = new long[queue.levels()];
        for (int n = 0; n < BATCH && near.nextDue() <= decision.now(); n++) {
            long number = near.first();
            Page page = level.page(number);
            int index = Level.index(number);
            if (page == null
                    || page.cold()
                    || !page.present(index)
                    || page.state(index) != Page.TAKEN) {
                near.remove(); // it went another way
                continue;
            }
            long ttl = ownTtl(page, index, decision);
            if (ttl == UNREAD) {
                break;
            }
            near.remove();
            // Whoever took it out and put it back has left its time here twice: it goes once.
            level.state(number, Page.READY);
            Release one = releaseOf(queue, page, number, ttl, ends, decision.now());
            nearCount--;
            if (one.position() > 0) {
                logged.add(one);
            } else {
                queues.release(queue, one);
            }
        }
        if (!logged.isEmpty()) {
            Records.release(decision, queue.id(), logged);
        }
        return near.nextDue() <= decision.now() && !messages.reading();
    }

    private static final long UNREAD = -2;

    /// The time to live that the publisher gave, -1 for none, [#UNREAD] while it is being read.
    private long ownTtl(Page page, int index, Decision decision) {
        if (!page.ownExpiry(index)) {
            return QueueSpec.NONE;
        }
        long position = page.position(index);
        ByteBuffer payload = messages.get(decision, position, page.size(index) + 4096);
        if (payload == null) {
            return messages.damaged(position) ? QueueSpec.NONE : UNREAD;
        }
        return Records.ownTtl(payload);
    }

    private static Release releaseOf(
            QueueState queue, Page page, long number, long ttl, long[] ends, long now) {
        int index = Level.index(number);
        // A schedule counts no failures: it keeps the priority there.
        int priority = queue.levelOf(page.failures(index));
        // Those that are logged take their places later than others behind them do.
        queue.level(priority).open();
        long end = Math.max(ends[priority], queue.level(priority).end());
        ends[priority] = end + 1;
        return new Release(
                number,
                priority,
                end,
                page.position(index),
                page.size(index),
                queue.expiry(ttl, now));
    }

    boolean reading() {
        return pages.reading() || messages.reading();
    }

    /// Returns whether this was waited for.
    boolean onRead(long position, Log.@Nullable Block block) {
        boolean message = messages.onRead(position, block);
        return pages.onRead(position, block) || message;
    }

    void save(SnapshotWriter out) {
        level.save(out);
    }

    void restore(ByteBuffer in) {
        level.restore(in);
    }
}
