package dev.parley.core.queue;

import dev.parley.core.log.Log;
import dev.parley.core.queue.Groups.Group;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Reader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Hands ready messages to consumers in fair turns, and lets go of what is settled, expired or over
/// the bounds.
///
/// A delivery that a crash may hide must show as redelivered afterwards. So before entries are
/// delivered the log says up to which number deliveries may happen (ATTEMPT), well ahead, and no
/// entry beyond what is durable of that is delivered. In a steady flow nobody waits for it.
final class Dispatch {
    /// Deliveries of one queue in one turn; more follow in the next.
    private static final int BATCH = 1024;

    /// Entries that one announcement covers beyond the next delivery.
    private static final int ANNOUNCED = 4096;

    /// Read at most this much at once; G1 would treat more than half a region as a special case.
    private static final int READ_AHEAD = 448 << 10;

    /// And as much even where many read: it serves others, too, whose messages lie between.
    private static final int READ_MIN = 64 << 10;

    /// Memory for what was read ahead, of all queues here together.
    static final int AHEAD_MAX = 4 << 20;

    /// Entries that one REMOVE record names at most.
    private static final int REMOVED_MAX = 1 << 16;

    private final DeadLetters deadLetters;
    private final QueueHost host;
    private final Delivery delivery = new Delivery();
    private final Set<QueueState> announcing = new LinkedHashSet<>();

    /// Who waits for what is read at a position.
    private final Map<Long, Set<QueueState>> reading = new HashMap<>();

    /// Those that may have something read ahead, the latest last.
    private final LinkedHashSet<QueueState> ahead = new LinkedHashSet<>();

    Dispatch(DeadLetters deadLetters, QueueHost host) {
        this.deadLetters = deadLetters;
        this.host = host;
    }

    /// Delivers what can be delivered; returns whether more could go at once in another turn.
    boolean run(QueueState queue, Decision decision) {
        queue.stalled(false);
        wakeRested(queue, decision.now());
        queue.gets().removeIf(get -> get.client().gone());
        for (int n = 0; n < BATCH; n++) {
            if (!stepHeld(queue, decision) && !step(queue, decision) && !trim(queue, decision)) {
                return false;
            }
        }
        return true;
    }

    /// One delivery or one expiry; false when nothing more can be done now.
    private boolean step(QueueState queue, Decision decision) {
        if (queue.expiring() && putAwayExpired(queue, decision)) {
            return true;
        }
        int priority = topLevel(queue);
        if (priority < 0) {
            queue.messages().rest();
            return answerEmptyGets(queue, decision);
        }
        Level level = queue.level(priority);
        long number = level.nextReady();
        if (number == Level.COLD) {
            return warm(queue, priority, level, decision);
        }
        if (number == Level.NONE) {
            return false;
        }
        Page page = level.warm(number);
        int index = Level.index(number);
        long expiry = page.expiry(index);
        if (expired(queue, expiry, decision.now())) {
            return false; // the dead letters have no room for it yet
        }
        if (queue.paused()) {
            return answerEmptyGets(queue, decision);
        }
        if (queue.gets().isEmpty() && !queue.line().somebodyWaits()) {
            return false;
        }
        warm(queue, priority, level, decision);
        if (!mayDeliver(queue, priority, level, number, page.position(index), decision)) {
            return false;
        }
        ByteBuffer payload = payload(queue, level, number, decision);
        if (payload == null) {
            return page.state(index) == Page.DAMAGED;
        }
        Groups groups = queue.groups();
        Group group = groups == null ? null : groups.groupOf(payload);
        long entry = Entries.entry(priority, number);
        if (groups == null || group == null) {
            // Kept for somebody who waited and turns out to have no room, it goes after all.
            return deliver(queue, entry, payload, null, decision)
                    || expired(queue, expiry, decision.now());
        }
        if (mayGo(queue, group)) {
            return deliver(queue, entry, payload, group, decision);
        }
        if (groups.full()) {
            return answerEmptyGets(queue, decision);
        }
        level.state(number, Page.HELD);
        groups.hold(group, entry);
        return true;
    }

    /// Whether a message found in the queue need not wait for others of its group.
    private static boolean mayGo(QueueState queue, Group group) {
        return group.leads() && (group.free() || ownerWaits(queue, group));
    }

    private static boolean ownerWaits(QueueState queue, Group group) {
        QueueConsumer owner = group.owner();
        return owner != null && queue.line().get(owner.id()) == owner && owner.tryTake();
    }

    /// One delivery or expiry of a message that waited for others of its group; false when none can
    /// go now.
    private boolean stepHeld(QueueState queue, Decision decision) {
        Groups groups = queue.groups();
        Group group = groups == null || queue.paused() ? null : groups.candidate();
        if (groups == null || group == null) {
            return false;
        }
        long entry = groups.firstHeld(group);
        Level level = queue.level(Entries.level(entry));
        long number = Entries.number(entry);
        Page page = level.warm(number);
        int index = Level.index(number);
        if (expired(queue, page.expiry(index), decision.now())) {
            if (!deadLetters.takesMore(queue)) {
                return false;
            }
            level.state(number, Page.READY);
            groups.forget(entry, false);
            deadLetters.add(queue, entry, endOf(queue, page.size(index)), decision);
            return true;
        }
        if (!group.free() && !ownerWaits(queue, group)) {
            groups.pass();
            return true;
        }
        if (group.free() && queue.gets().isEmpty() && !queue.line().somebodyWaits()) {
            return false;
        }
        if (!mayDeliver(
                queue, Entries.level(entry), level, number, page.position(index), decision)) {
            return false;
        }
        ByteBuffer payload = payload(queue, level, number, decision);
        if (payload == null) {
            if (page.state(index) != Page.DAMAGED) {
                return false;
            }
            groups.forget(entry, false);
            return true;
        }
        return deliver(queue, entry, payload, group, decision);
    }

    /// What has rested long enough is ready again.
    private static void wakeRested(QueueState queue, long now) {
        DueHeap rests = queue.rests();
        while (rests.nextDue() <= now) {
            long entry = rests.remove();
            Level level = queue.levelIfUsed(Entries.level(entry));
            long number = Entries.number(entry);
            Page page = level == null ? null : level.page(number);
            int index = Level.index(number);
            if (level == null
                    || page == null
                    || page.cold()
                    || page.state(index) != Page.RESTING
                    || page.rest(index) > now) {
                continue; // it went another way
            }
            queue.bytes(page.size(index));
            queue.rested();
            Groups groups = queue.groups();
            boolean grouped = groups != null && groups.rested(entry);
            level.state(number, grouped ? Page.HELD : Page.READY);
        }
    }

    /// Puts away the head of a level that has expired, of whatever priority; returns whether
    /// anything was done.
    private boolean putAwayExpired(QueueState queue, Decision decision) {
        for (int i = queue.levels() - 1; i >= 0; i--) {
            Level level = queue.levelIfUsed(i);
            long number = level == null ? Level.NONE : level.nextReady();
            if (level == null || number == Level.NONE) {
                continue;
            }
            if (number == Level.COLD) {
                if (warm(queue, i, level, decision)) {
                    return true;
                }
                continue;
            }
            long expiry = level.warm(number).expiry(Level.index(number));
            if (expired(queue, expiry, decision.now()) && deadLetters.takesMore(queue)) {
                int size = level.warm(number).size(Level.index(number));
                deadLetters.add(queue, Entries.entry(i, number), endOf(queue, size), decision);
                return true;
            }
        }
        return false;
    }

    /// Why a message goes whose time is over: one for which the queue has no room even when it is
    /// empty would have gone before.
    private static DeathHistory.Cause endOf(QueueState queue, int size) {
        QueueSpec spec = queue.spec();
        boolean tooLarge =
                spec.lengthMax() == 0
                        || (spec.bytesMax() != QueueSpec.NONE && size > spec.bytesMax());
        return tooLarge && spec.overflow() == Overflow.DROP_HEAD
                ? DeathHistory.Cause.MAXLEN
                : DeathHistory.Cause.EXPIRED;
    }

    /// A message whose time ends this very millisecond may still go to somebody who waits for it:
    /// so a time to live of 0 means at once or never. At once is within the turn that it came in.
    private static boolean expired(QueueState queue, long expiry, long now) {
        if (expiry == 0) {
            return false;
        }
        boolean wanted = !queue.gets().isEmpty() || queue.line().somebodyWaits();
        return wanted ? expiry < queue.judgedSince() : expiry <= now;
    }

    /// Announces deliveries before there is anything to deliver, for a queue that gets a consumer.
    void announceAhead(QueueState queue, Decision decision) {
        if (queue.spec().durable()) {
            for (int i = 0; i < queue.levels(); i++) {
                Level level = i == 0 ? queue.level(0) : queue.levelIfUsed(i);
                if (level != null) {
                    announce(queue, i, level, level.cursor(), decision);
                }
            }
            decision.hurry();
        }
    }

    private void announce(
            QueueState queue, int priority, Level level, long number, Decision decision) {
        if (level.announcementDue(number, ANNOUNCED / 2)) {
            ByteBuffer out = decision.append(Records.ATTEMPT, 20);
            out.putLong(queue.id()).putInt(priority).putLong(number + ANNOUNCED);
            decision.apply();
            announcing.add(queue);
        }
    }

    /// What was due is released: deliveries wait for the record that says so.
    void awaitReleased(QueueState queue, Decision decision) {
        for (int i = 0; i < queue.levels(); i++) {
            Level level = queue.levelIfUsed(i);
            if (level != null && level.announcing()) {
                announcing.add(queue);
                decision.hurry();
            }
        }
    }

    private static int topLevel(QueueState queue) {
        for (int i = queue.levels() - 1; i >= 0; i--) {
            Level level = queue.levelIfUsed(i);
            if (level != null && level.ready() > 0) {
                return i;
            }
        }
        return -1;
    }

    private static boolean answerEmptyGets(QueueState queue, Decision decision) {
        QueueCommand.Get get;
        while ((get = queue.gets().poll()) != null) {
            QueueCommand.Get empty = get;
            decision.promise(() -> empty.client().onReply(empty.token(), new QueueReply.Empty()));
        }
        return false;
    }

    private boolean mayDeliver(
            QueueState queue,
            int priority,
            Level level,
            long number,
            long position,
            Decision decision) {
        if (position < 0) {
            return true;
        }
        announce(queue, priority, level, number, decision);
        if (level.announced(number)) {
            return true;
        }
        queue.stalled(true);
        decision.hurry();
        return false;
    }

    /// Queues that may go on now that the log is durable up to `position`.
    List<QueueState> takeAnnounced(long position) {
        if (announcing.isEmpty()) {
            return List.of();
        }
        List<QueueState> ready = new ArrayList<>();
        for (QueueState queue : new ArrayList<>(announcing)) {
            boolean waits = false;
            for (int i = 0; i < queue.levels(); i++) {
                Level level = queue.levelIfUsed(i);
                if (level != null) {
                    if (level.onDurable(position)) {
                        ready.add(queue);
                    }
                    waits |= level.announcing();
                }
            }
            if (!waits) {
                announcing.remove(queue);
            }
        }
        return ready;
    }

    private @Nullable ByteBuffer payload(
            QueueState queue, Level level, long number, Decision decision) {
        Page page = level.warm(number);
        int index = Level.index(number);
        long position = page.position(index);
        ByteBuffer glanced = decision.glance(position);
        if (glanced != null) {
            return glanced;
        }
        int size = page.size(index) + 4096;
        int share =
                Math.clamp(
                        AHEAD_MAX / 2 / (1 + ahead.size() + reading.size()), READ_MIN, READ_AHEAD);
        Reader reader = queue.messages();
        ByteBuffer payload = reader.get(decision, position, size, share);
        if (payload != null) {
            if (reader.wantsMore()) {
                reader.readOn(decision, behind(level, number, reader), size, share);
                awaitRead(queue, reader);
            }
            return payload;
        }
        if (queue.messages().damaged(position)) {
            level.state(number, Page.DAMAGED);
            queue.bytes(-page.size(index));
            host.onDamaged(queue.name(), position);
            return null;
        }
        awaitRead(queue, reader);
        return null;
    }

    private void awaitRead(QueueState queue, Reader reader) {
        if (reader.reading()) {
            reading.computeIfAbsent(reader.awaited(), at -> new LinkedHashSet<>()).add(queue);
        }
    }

    private static boolean isReading(QueueState queue) {
        return queue.messages().reading() || queue.pages().reading();
    }

    /// Where the first message stands that comes after this one and not out of the same stretch; 0
    /// where none is known.
    private static long behind(Level level, long number, Reader reader) {
        for (long n = number + 1; ; n++) {
            Page page = level.page(n);
            if (page == null || page.cold()) {
                return 0;
            }
            int index = Level.index(n);
            if (page.state(index) == Page.READY) {
                long position = page.position(index);
                if (!reader.covers(position, page.size(index))) {
                    return position;
                }
            }
        }
    }

    private boolean deliver(
            QueueState queue,
            long entry,
            ByteBuffer payload,
            @Nullable Group group,
            Decision decision) {
        QueueCommand.Get get = queue.gets().peek();
        if (get != null && (group == null || group.free())) {
            queue.gets().remove();
            show(queue, 0, entry, payload);
            QueueClient getter = get.client();
            take(queue, entry, get.automatic(), group, () -> getter.holder(0), decision);
            get.client().onReply(get.token(), new QueueReply.Got(delivery, queue.ready()));
            return true;
        }
        QueueConsumer owner = group == null ? null : group.owner();
        QueueConsumer consumer = owner == null ? queue.line().next() : owner;
        if (consumer == null) {
            return false;
        }
        show(queue, consumer.id(), entry, payload);
        consumer.took();
        take(queue, entry, consumer.automatic(), group, consumer, decision);
        consumer.client().onDelivery(delivery);
        return true;
    }

    private void show(QueueState queue, long consumer, long entry, ByteBuffer payload) {
        Level level = queue.level(Entries.level(entry));
        long number = Entries.number(entry);
        int failures = level.warm(number).failures(Level.index(number));
        delivery.show(payload, Records.messageStart(payload));
        delivery.to(queue.id(), consumer, entry, level.redelivered(number), failures);
    }

    private void take(
            QueueState queue,
            long entry,
            boolean automatic,
            @Nullable Group group,
            Page.Holding taker,
            Decision decision) {
        QueueConsumer consumer = taker instanceof QueueConsumer one ? one : null;
        Level level = queue.level(Entries.level(entry));
        long number = Entries.number(entry);
        queue.bytes(-level.warm(number).size(Level.index(number)));
        queue.countDelivered();
        level.state(number, Page.TAKEN);
        Groups groups = queue.groups();
        if (groups != null && group != null) {
            groups.taken(group, entry, automatic ? null : consumer, taker);
        }
        if (automatic) {
            queue.countAcknowledged(1);
            if (groups != null) {
                groups.ended(entry);
            }
            leave(queue, entry, decision);
        } else {
            queue.taken(1);
            level.warm(number).holding(Level.index(number), taker);
            if (consumer != null && consumer.leaseMillis() != QueueSpec.NONE) {
                queue.leases().grant(entry, consumer, decision.now() + consumer.leaseMillis());
            }
        }
    }

    /// A taken or dying entry is settled for good: its record goes with this turn.
    void leave(QueueState queue, long entry, Decision decision) {
        Level level = queue.level(Entries.level(entry));
        long number = Entries.number(entry);
        Page page = level.warm(number);
        int index = Level.index(number);
        long position = page.position(index);
        if (position < 0) {
            decision.volatileStore().release(position, page.size(index));
            level.remove(number);
            return;
        }
        level.state(number, Page.LEAVING);
        queue.leaving().add(entry);
    }

    /// A taken entry goes back to its place.
    void giveBack(QueueState queue, long entry, @Nullable Group group) {
        Level level = queue.level(Entries.level(entry));
        long number = Entries.number(entry);
        Page page = level.warm(number);
        page.markRedelivered(Level.index(number));
        queue.bytes(page.size(Level.index(number)));
        Groups groups = queue.groups();
        if (groups == null || group == null) {
            level.state(number, Page.READY);
        } else {
            level.state(number, Page.HELD);
            groups.back(group, entry);
        }
    }

    /// A taken entry is tried again at `due`, at its place.
    void rest(QueueState queue, long entry, @Nullable Group group, long due) {
        Level level = queue.level(Entries.level(entry));
        long number = Entries.number(entry);
        level.warm(number).markRedelivered(Level.index(number));
        level.state(number, Page.RESTING);
        queue.rests(due, entry);
        Groups groups = queue.groups();
        if (groups != null && group != null) {
            groups.rests(group, entry);
        }
    }

    /// Writes the record of what was settled in this turn.
    void flush(QueueState queue, Decision decision) {
        Entries leaving = queue.leaving();
        for (int from = 0; from < leaving.size(); from += REMOVED_MAX) {
            int to = Math.min(leaving.size(), from + REMOVED_MAX);
            Records.entries(decision, Records.REMOVE, queue.id(), leaving, from, to);
        }
        leaving.clear();
    }

    /// Brings the queue a step nearer to its bounds, from the head; returns whether anything has
    /// changed. A queue that refuses what is too much may be over them: by what comes back to it,
    /// or because they were other ones before.
    private boolean trim(QueueState queue, Decision decision) {
        if (queue.spec().overflow() != Overflow.DROP_HEAD
                || queue.deliverable() == 0
                || !isTooLong(queue)) {
            return false;
        }
        boolean wanted = !queue.gets().isEmpty() || queue.line().somebodyWaits();
        if (wanted && (announcing.contains(queue) || isReading(queue))) {
            return false; // it goes to who waits, as soon as the log has written or read
        }
        int priority = bottomLevel(queue);
        Level level = queue.level(priority);
        long number = level.nextReady();
        if (number < 0) {
            return warm(queue, priority, level, decision);
        }
        if (!deadLetters.takesMore(queue)) {
            return false;
        }
        deadLetters.add(
                queue, Entries.entry(priority, number), DeathHistory.Cause.MAXLEN, decision);
        return true;
    }

    private static boolean isTooLong(QueueState queue) {
        QueueSpec spec = queue.spec();
        return (spec.lengthMax() != QueueSpec.NONE && queue.ready() > spec.lengthMax())
                || (spec.bytesMax() != QueueSpec.NONE && queue.bytes() > spec.bytesMax());
    }

    private static int bottomLevel(QueueState queue) {
        for (int i = 0; i < queue.levels(); i++) {
            Level level = queue.levelIfUsed(i);
            if (level != null && level.ready() > 0) {
                return i;
            }
        }
        throw new IllegalStateException("queue " + queue.name() + " has no ready message");
    }

    /// Asks for the cold page at or just ahead of the cursor, and takes it in when it is there.
    /// Returns whether anything has changed.
    private boolean warm(QueueState queue, int priority, Level level, Decision decision) {
        long number = level.pageToWarm();
        if (number == Level.NONE) {
            return false;
        }
        Page page = level.at(number);
        ByteBuffer payload = queue.pages().get(decision, page.record(), page.recordBytes());
        if (payload != null) {
            queue.load(priority, number, payload, decision.now());
            queue.pages().rest();
            return true;
        }
        if (queue.pages().damaged(page.record())) {
            host.onDamaged(queue.name(), page.record());
            queue.bytes(-level.lose(page));
            return true;
        }
        awaitRead(queue, queue.pages());
        return false;
    }

    /// Returns the queues that waited for what was read.
    Set<QueueState> onRead(long position, Log.@Nullable Block block) {
        Set<QueueState> served = reading.remove(position);
        if (served == null) {
            return Set.of();
        }
        for (QueueState queue : served) {
            if (queue.messages().onRead(position, block)) {
                ahead.addLast(queue);
            }
            queue.pages().onRead(position, block);
        }
        return served;
    }

    /// Lets go of what was read ahead first where all of it takes too much; the queue reads again
    /// when it goes on, and less at once. Called when those that waited have been served.
    void boundAhead() {
        if (ahead.isEmpty()) {
            return;
        }
        ahead.removeIf(queue -> queue.messages().bytes() == 0);
        long bytes = ahead.stream().mapToLong(queue -> queue.messages().bytes()).sum();
        while (bytes > AHEAD_MAX && ahead.size() > 1) {
            Reader first = ahead.removeFirst().messages();
            bytes -= first.bytes();
            first.rest();
        }
    }

    /// The queue is gone.
    void forget(QueueState queue) {
        announcing.remove(queue);
        ahead.remove(queue);
        for (Reader reader : List.of(queue.messages(), queue.pages())) {
            Set<QueueState> waiting = reading.get(reader.awaited());
            if (waiting != null) {
                waiting.remove(queue);
            }
        }
    }

    /// When the next head of any level expires, or `Long.MAX_VALUE`.
    long headExpiry(QueueState queue) {
        long earliest = Long.MAX_VALUE;
        for (int i = 0; i < queue.levels(); i++) {
            Level level = queue.levelIfUsed(i);
            long number = level == null ? Level.NONE : level.nextReady();
            if (level != null && number >= 0) {
                long expiry = level.warm(number).expiry(Level.index(number));
                earliest = expiry == 0 ? earliest : Math.min(earliest, expiry);
            }
        }
        return earliest;
    }
}
