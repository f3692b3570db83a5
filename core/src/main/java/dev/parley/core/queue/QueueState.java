package dev.parley.core.queue;

import dev.parley.api.Awaited;
import dev.parley.core.shard.Reader;
import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One queue: its levels, its consumers, its counts, and what it waits for.
///
/// Only levels, counts of ready messages and the spec survive a restart; all else belongs to the
/// present owner of the shard.
final class QueueState {
    /// From how many publishers that wait on there is a look at who of them is gone.
    private static final int BLOCKED_LOOK = 64;

    /// The part of a bound that is to be free before blocked publishers go on.
    private static final int ROOM = 8;

    private final long id;
    private final String host;
    private final String name;
    private QueueSpec spec;
    private final @Nullable Level[] levels;
    private final Line line;
    private final ArrayDeque<QueueCommand.Get> gets = new ArrayDeque<>();
    private final Entries leaving = new Entries(16);
    private long taken;
    private long resting;
    private long bytes;
    private long lastUsed;
    private boolean dirty;
    private long judgedSince;
    private boolean stalled;
    private boolean expiring;
    private final Reader messages = new Reader();
    private final Reader pages = new Reader();
    private @Nullable Schedule schedule;
    private final Recall recall = new Recall();
    private final Recall passing = new Recall();
    private final DueHeap rests = new DueHeap();
    private final Leases leases = new Leases();
    private @Nullable Groups groups;
    private final Set<QueueClient> blocked = new LinkedHashSet<>();
    private int blockedLook = BLOCKED_LOOK;
    private long timerAt = Long.MAX_VALUE;
    private boolean paused;

    private long published;
    private long delivered;
    private long acknowledged;
    private long deadLettered;
    private long dropped;

    QueueState(long id, String host, String name, QueueSpec spec) {
        this.id = id;
        this.host = host;
        this.name = name;
        this.spec = spec;
        this.levels = new Level[spec.priorityMax() + 1];
        this.line = new Line(spec.singleActiveConsumer());
        this.groups = spec.groupHeader() == null ? null : new Groups(spec.groupHeader());
    }

    long id() {
        return id;
    }

    String host() {
        return host;
    }

    String name() {
        return name;
    }

    QueueSpec spec() {
        return spec;
    }

    void reshape(QueueSpec now) {
        String header = spec.groupHeader();
        spec = now.onto(spec);
        if (!Objects.equals(header, spec.groupHeader())) {
            // What is out at this moment belongs to no group: its order counts from now on.
            releaseHeld();
            groups = spec.groupHeader() == null ? null : new Groups(spec.groupHeader());
        }
        if (spec.deduplication().names() == 0) {
            recall.forgetNames();
            passing.forgetNames();
        }
    }

    /// What waits for others of its group waits for them no longer.
    void releaseHeld() {
        if (groups != null) {
            Entries held = groups.releaseAll();
            for (int i = 0; i < held.size(); i++) {
                long entry = held.get(i);
                level(Entries.level(entry)).state(Entries.number(entry), Page.READY);
            }
        }
    }

    Line line() {
        return line;
    }

    ArrayDeque<QueueCommand.Get> gets() {
        return gets;
    }

    /// Entries settled in this turn whose record is still to be written.
    Entries leaving() {
        return leaving;
    }

    Level level(int priority) {
        if (priority == Schedule.LEVEL) {
            return schedule().level();
        }
        Level level = levels[priority];
        if (level == null) {
            level = new Level();
            levels[priority] = level;
        }
        return level;
    }

    int levelOf(int priority) {
        return Math.min(priority, spec.priorityMax());
    }

    int levels() {
        return levels.length;
    }

    @Nullable Level levelIfUsed(int priority) {
        if (priority == Schedule.LEVEL) {
            return schedule == null ? null : schedule.level();
        }
        return priority < levels.length ? levels[priority] : null;
    }

    /// The messages that are not due yet.
    Schedule schedule() {
        Schedule present = schedule;
        if (present == null) {
            present = new Schedule();
            schedule = present;
        }
        return present;
    }

    @Nullable Schedule scheduleIfUsed() {
        return schedule;
    }

    /// Publishes that were taken and survive a restart.
    Recall recall() {
        return recall;
    }

    /// Publishes that were taken and do not.
    Recall passing() {
        return passing;
    }

    /// When entries that rest are tried again, and some that rest no longer.
    DueHeap rests() {
        return rests;
    }

    /// The entry has come to rest until `due`.
    void rests(long due, long entry) {
        rests.add(due, entry);
        resting++;
    }

    /// One entry rests no longer.
    void rested() {
        resting--;
    }

    /// How long consumers may keep what they have.
    Leases leases() {
        return leases;
    }

    /// Keeps the order of groups; null if the queue knows none.
    @Nullable Groups groups() {
        return groups;
    }

    /// Makes a publisher wait for room; false if it does already. Those who are gone are forgotten
    /// whenever their number may have doubled.
    boolean hold(QueueClient client) {
        if (blocked.size() >= blockedLook) {
            blocked.removeIf(QueueClient::gone);
            blockedLook = Math.max(BLOCKED_LOOK, 2 * blocked.size());
        }
        return blocked.add(client);
    }

    /// Lets them go on where there is room again, and enough of it that they do not stop and go on
    /// for each message: an eighth of the bound, at least one message or byte.
    void unblockIfRoomy() {
        if (spec.overflow() != Overflow.BLOCK || roomy()) {
            unblock();
        }
    }

    private boolean roomy() {
        return leavesRoom(ready(), spec.lengthMax()) && leavesRoom(bytes, spec.bytesMax());
    }

    private static boolean leavesRoom(long taken, long most) {
        return most == QueueSpec.NONE || taken <= most - Math.max(1, most / ROOM);
    }

    /// Lets them go on, room or not.
    void unblock() {
        if (!blocked.isEmpty()) {
            List<QueueClient> waiting = List.copyOf(blocked);
            blocked.clear();
            waiting.forEach(client -> client.onRoomIn(id));
        }
    }

    /// Whether there is no room for one more.
    boolean full() {
        return (spec.lengthMax() != QueueSpec.NONE && ready() >= spec.lengthMax())
                || (spec.bytesMax() != QueueSpec.NONE && bytes >= spec.bytesMax());
    }

    /// What a message waits for that may go to any consumer as far as it is concerned.
    Awaited awaited() {
        if (paused) {
            return new Awaited.Resumption();
        }
        if (gets.isEmpty() && line.size() == 0) {
            return new Awaited.Consumer();
        }
        return gets.isEmpty() && !line.somebodyWaits()
                ? new Awaited.Room(line.takers())
                : new Awaited.Turn();
    }

    /// Whether deliveries are stopped for the time being.
    boolean paused() {
        return paused;
    }

    void paused(boolean now) {
        paused = now;
    }

    /// When something here has to be looked at, apart from expiry, or `Long.MAX_VALUE`.
    long nextDue() {
        long due = Math.min(rests.nextDue(), leases.nextDue());
        return schedule == null ? due : Math.min(due, schedule.nextDue());
    }

    /// The time that [#nextDue] was when a timer was set for it; `Long.MAX_VALUE`: none is set.
    long timerAt() {
        return timerAt;
    }

    void timerAt(long due) {
        timerAt = due;
    }

    /// When a message that comes now with this time to live (or [QueueSpec#NONE]) expires; 0:
    /// never.
    long expiry(long messageTtl, long now) {
        long ttl = spec.ttlMillis();
        if (messageTtl >= 0) {
            ttl = ttl == QueueSpec.NONE ? messageTtl : Math.min(ttl, messageTtl);
        }
        return ttl == QueueSpec.NONE ? 0 : Math.max(1, now + ttl);
    }

    /// Takes the arrays of a cold page back from its record.
    void load(int priority, long number, ByteBuffer record, long now) {
        Level level = level(priority);
        long wrong = level.load(number, record);
        if (priority != Schedule.LEVEL) {
            bytes += wrong;
            markResting(priority, number, level.at(number), now);
        }
    }

    /// What rests until later than `now` is not ready.
    void markResting(int priority, long number, Page page, long now) {
        // After a restart nobody knows which group one that rests belongs to: there it is tried at
        // once, and the order is kept.
        if (!page.rests() || groups != null) {
            return;
        }
        for (int i = 0; i < Page.ENTRIES; i++) {
            if (page.present(i) && page.rest(i) > now && page.state(i) == Page.READY) {
                long entry = (number << Page.BITS) + i;
                level(priority).state(entry, Page.RESTING);
                bytes -= page.size(i);
                rests(page.rest(i), Entries.entry(priority, entry));
            }
        }
    }

    /// Messages that wait for a consumer.
    long ready() {
        return deliverable() + (groups == null ? 0 : groups.held());
    }

    /// Whether no message waits here for anything.
    boolean empty() {
        return ready() == 0 && resting == 0 && (schedule == null || schedule.size() == 0);
    }

    /// Those of them that wait for nothing else.
    long deliverable() {
        long ready = 0;
        for (Level level : levels) {
            ready += level == null ? 0 : level.ready();
        }
        return ready;
    }

    long taken() {
        return taken;
    }

    void taken(int change) {
        taken += change;
    }

    /// Bytes of the bodies that are ready.
    long bytes() {
        return bytes;
    }

    void bytes(long change) {
        bytes += change;
    }

    boolean dirty() {
        return dirty;
    }

    void clean() {
        dirty = false;
    }

    /// Something has happened here that the end of the turn has to look at.
    void soil() {
        dirty = true;
    }

    void judgeSince(long now) {
        judgedSince = now;
    }

    /// By this clock a turn judges what may still be delivered: when the queue became dirty, in
    /// milliseconds, since it must not come too late for what came in time.
    long judgedSince() {
        return judgedSince;
    }

    /// Whether a delivery waits for the log to announce it. A message whose time ends meanwhile
    /// still goes to who waits, so the queue is judged by the clock of before.
    boolean stalled() {
        return stalled;
    }

    void stalled(boolean now) {
        stalled = now;
    }

    /// Whether any message here may expire.
    boolean expiring() {
        return expiring;
    }

    void expires() {
        expiring = true;
    }

    long lastUsed() {
        return lastUsed;
    }

    void usedAt(long now) {
        lastUsed = now;
    }

    /// Reads messages ahead of their delivery.
    Reader messages() {
        return messages;
    }

    /// Reads cold pages.
    Reader pages() {
        return pages;
    }

    /// Counts begin with the present owner: what replay has brought was counted before.
    void countAnew() {
        published = 0;
    }

    void countPublished() {
        published++;
    }

    void countDelivered() {
        delivered++;
    }

    void countAcknowledged(int messages) {
        acknowledged += messages;
    }

    void countDeadLettered() {
        deadLettered++;
    }

    void countDropped() {
        dropped++;
    }

    QueueStatus status() {
        return new QueueStatus(
                id,
                host,
                name,
                ready(),
                taken,
                schedule == null ? 0 : schedule.size(),
                resting,
                paused,
                bytes,
                line.size(),
                published,
                delivered,
                acknowledged,
                deadLettered,
                dropped);
    }

    void save(SnapshotWriter out) {
        int used = 0;
        for (Level level : levels) {
            used += level == null ? 0 : 1;
        }
        out.putInt(used);
        for (int i = 0; i < levels.length; i++) {
            Level level = levels[i];
            if (level != null) {
                out.putInt(i);
                level.save(out);
            }
        }
        Schedule waiting = schedule;
        out.putByte((paused ? 1 : 0) | (waiting == null ? 0 : 2));
        if (waiting != null) {
            waiting.save(out);
        }
        recall.save(out);
    }

    void restore(ByteBuffer in) {
        for (int n = in.getInt(); n > 0; n--) {
            bytes += level(in.getInt()).restore(in);
        }
        int flags = in.get();
        paused = (flags & 1) != 0;
        if ((flags & 2) != 0) {
            schedule().restore(in);
        }
        recall.restore(in);
        // Cold pages do not say whether anything in them expires.
        expiring = true;
    }
}
