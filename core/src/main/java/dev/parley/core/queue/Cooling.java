package dev.parley.core.queue;

import dev.parley.core.log.Log;
import dev.parley.core.queue.Records.Targets;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Reader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Keeps memory and disk small: pages of deep queues go to the log, and messages that are nearly
/// alone in an old segment are appended again so that the segment can go.
final class Cooling {
    /// Survivors moved in one turn.
    private static final int BATCH = 256;

    /// Pages of one level written out in one turn.
    private static final int PAGES = 16;

    private record Survivor(long queue, long entry, long segment) {}

    private final Queues queues;
    private final QueueHost host;
    private final Reader pages = new Reader();
    private final Reader messages = new Reader();
    private final ArrayDeque<Survivor> survivors = new ArrayDeque<>();
    private final Set<Long> segments = new LinkedHashSet<>();

    Cooling(Queues queues, QueueHost host) {
        this.queues = queues;
        this.host = host;
    }

    /// Writes out complete pages that nobody reads now; returns whether there are more.
    boolean run(QueueState queue, Decision decision) {
        if (!segments.isEmpty() || !survivors.isEmpty()) {
            return false; // what was taken in to be moved stays until it is
        }
        boolean more = false;
        for (int i = 0; i < queue.levels(); i++) {
            Level level = queue.levelIfUsed(i);
            if (level != null) {
                more |= run(queue, i, level, decision);
            }
        }
        Schedule schedule = queue.scheduleIfUsed();
        if (schedule != null) {
            more |= run(queue, Schedule.LEVEL, schedule.level(), decision);
        }
        return more;
    }

    private static boolean run(QueueState queue, int priority, Level level, Decision decision) {
        for (int n = 0; n < PAGES; n++) {
            long number = level.pageToCool();
            if (number == Level.NONE) {
                return false;
            }
            Page page = level.at(number);
            if (page.recorded()) {
                page.coolAgain(decision::segment);
                continue;
            }
            Records.page(decision, queue.id(), priority, number, page);
        }
        return true;
    }

    void relocateFrom(long segment) {
        segments.add(segment);
    }

    /// Appends again what is alive in segments that are nearly empty; returns whether it did
    /// anything.
    boolean relocate(Decision decision) {
        if (segments.isEmpty() && survivors.isEmpty()) {
            return false;
        }
        if (survivors.isEmpty()) {
            long segment = segments.iterator().next();
            if (collect(segment, decision)) {
                segments.remove(segment);
            }
        }
        for (int n = 0; n < BATCH && !survivors.isEmpty(); n++) {
            if (!relocate(survivors.peek(), decision)) {
                return false;
            }
            survivors.remove();
        }
        return true;
    }

    /// Finds what lives in the segment; false when a cold page must be read first.
    private boolean collect(long segment, Decision decision) {
        for (QueueState queue : queues.all()) {
            for (int i = 0; i < queue.levels(); i++) {
                Level level = queue.levelIfUsed(i);
                if (level != null && !collect(queue, i, level, segment, decision)) {
                    return false;
                }
            }
            Schedule schedule = queue.scheduleIfUsed();
            if (schedule != null
                    && !collect(queue, Schedule.LEVEL, schedule.level(), segment, decision)) {
                return false;
            }
        }
        return true;
    }

    private boolean collect(
            QueueState queue, int priority, Level level, long segment, Decision decision) {
        List<Long> cold = new ArrayList<>();
        level.eachPage((number, page) -> {
            if (page.cold() && !page.lost() && page.touches(segment, decision::segment)) {
                cold.add(number);
            }
        });
        for (long number : cold) {
            if (!load(queue, priority, level, number, decision)) {
                return false;
            }
        }
        level.eachPage((number, page) -> {
            if (page.cold()) {
                return;
            }
            for (int i = 0; i < Page.ENTRIES; i++) {
                if (page.present(i)
                        && page.position(i) > 0
                        && decision.segment(page.position(i)) == segment) {
                    long entry = Entries.entry(priority, (number << Page.BITS) + i);
                    survivors.add(new Survivor(queue.id(), entry, segment));
                }
            }
            if (page.recorded() && decision.segment(page.record()) == segment) {
                page.forgetRecord();
            }
        });
        return true;
    }

    /// Takes a cold page in; false when it must be read first.
    private boolean load(
            QueueState queue, int priority, Level level, long number, Decision decision) {
        Page page = level.at(number);
        ByteBuffer payload = pages.get(decision, page.record(), page.recordBytes());
        if (payload != null) {
            queue.load(priority, number, payload, decision.now());
            return true;
        }
        if (pages.damaged(page.record())) {
            host.onDamaged(queue.name(), page.record());
            queue.bytes(-level.lose(page));
            return true;
        }
        return false;
    }

    /// Returns false when the message must be read first.
    private boolean relocate(Survivor survivor, Decision decision) {
        QueueState queue = queues.get(survivor.queue());
        int priority = Entries.level(survivor.entry());
        long number = Entries.number(survivor.entry());
        Level level = queue == null ? null : queue.levelIfUsed(priority);
        Page page = level == null ? null : level.page(number);
        int index = Level.index(number);
        if (queue == null || page == null || page.cold() || !page.present(index)) {
            return true;
        }
        if (decision.segment(page.position(index)) != survivor.segment()) {
            return true; // it went already
        }
        ByteBuffer payload = messages.get(decision, page.position(index), page.size(index) + 4096);
        if (payload == null) {
            return messages.damaged(page.position(index));
        }
        ByteBuffer message = payload.duplicate();
        message.position(Records.messageStart(payload));
        Targets target = new Targets();
        target.add(queue.id(), survivor.entry(), page.expiry(index));
        int head = Records.headSize(null, null, 1);
        byte[] copy = new byte[message.remaining()];
        message.get(copy);
        ByteBuffer out = decision.append(Records.RELOCATE, head + copy.length);
        Records.putHead(out, null, null, target, 0, 1);
        out.put(copy);
        decision.apply();
        return true;
    }

    void onRead(long position, Log.@Nullable Block block) {
        pages.onRead(position, block);
        messages.onRead(position, block);
    }
}
