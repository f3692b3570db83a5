package dev.parley.core.queue;

import dev.parley.core.message.Properties;
import dev.parley.core.queue.Recall.Mark;
import dev.parley.core.queue.Records.Head;
import dev.parley.core.queue.Records.Origin;
import dev.parley.core.queue.Records.Release;
import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The part of the queue machine that survives a restart. Only [#apply] changes it.
final class Queues {
    private final Map<Long, QueueState> queues = new LinkedHashMap<>();

    /// The queue that was asked for last, and mostly is again.
    private @Nullable QueueState recent;

    /// The newest move accepted from each other shard.
    private final TreeMap<Integer, Long> acceptedFrom = new TreeMap<>();

    private final Outbox outbox = new Outbox();
    private long shapedAt;
    private final Page.SegmentOf segmentOf;

    Queues(Page.SegmentOf segmentOf) {
        this.segmentOf = segmentOf;
    }

    @Nullable QueueState get(long id) {
        QueueState found = recent;
        if (found == null || found.id() != id) {
            found = queues.get(id);
            recent = found;
        }
        return found;
    }

    Collection<QueueState> all() {
        return queues.values();
    }

    Outbox outbox() {
        return outbox;
    }

    long acceptedFrom(int shard) {
        return acceptedFrom.getOrDefault(shard, 0L);
    }

    void apply(int type, long position, ByteBuffer in) {
        if (type == Records.ENQUEUE) {
            applyEnqueue(position, in);
        } else if (type == Records.REMOVE) {
            applyRemove(in);
        } else if (type == Records.ATTEMPT) {
            QueueState queue = get(in.getLong());
            int level = in.getInt();
            if (queue != null) {
                queue.level(level).attempted(in.getLong(), position);
            }
        } else if (type == Records.FAIL) {
            applyFail(in);
        } else if (type == Records.PAGE) {
            applyPage(position, in);
        } else if (type == Records.RELOCATE) {
            applyRelocate(position, in);
        } else if (type == Records.MOVE) {
            applyMove(in);
        } else if (type == Records.MOVED) {
            outbox.moved(Short.toUnsignedInt(in.getShort()), in.getLong());
        } else if (type == Records.PURGE) {
            applyPurge(in);
        } else if (type == Records.PURGE_PART) {
            applyPurgePart(in);
        } else if (type == Records.RELEASE) {
            applyRelease(position, in);
        } else if (type == Records.PAUSE) {
            QueueState queue = get(in.getLong());
            if (queue != null) {
                queue.paused(in.get() != 0);
            }
        } else if (type == Records.CREATE) {
            applyCreate(Records.readCreate(in));
            shapedAt = position;
        } else if (type == Records.DROP) {
            remove(in.getLong());
            shapedAt = position;
        } else {
            throw new IllegalStateException("unknown queue record " + type + " at " + position);
        }
    }

    /// The record of the newest queue, or of the newest end of one; 0: there has been none.
    long shapedAt() {
        return shapedAt;
    }

    private void applyCreate(QueueCommand.Create create) {
        QueueState known = queues.get(create.queue());
        if (known == null) {
            add(create);
        } else {
            known.reshape(create.spec());
        }
    }

    /// Also called directly for queues that no record tells of.
    QueueState add(QueueCommand.Create create) {
        QueueState queue =
                new QueueState(create.queue(), create.host(), create.name(), create.spec());
        queues.put(create.queue(), queue);
        return queue;
    }

    void removeTransient(long queue) {
        remove(queue);
    }

    private void remove(long queue) {
        recent = null;
        queues.remove(queue);
    }

    private void applyEnqueue(long position, ByteBuffer in) {
        int message = Records.messageStart(in);
        int size = Records.bodySize(in, message);
        int overhead = Records.OVERHEAD + in.remaining() - size;
        Head head = Records.readHead(in);
        Origin origin = head.origin();
        if (origin != null) {
            acceptedFrom.put(origin.shard(), origin.move());
        }
        for (int n = Short.toUnsignedInt(in.getShort()); n > 0; n--) {
            QueueState queue = get(in.getLong());
            int level = Short.toUnsignedInt(in.getShort());
            long number = in.getLong();
            long expiry = in.getLong();
            if (queue == null) {
                continue;
            }
            Mark mark = head.mark();
            if (mark != null) {
                queue.recall().add(mark, queue.spec().deduplication());
            }
            if (level == Schedule.LEVEL) {
                ByteBuffer list = Records.properties(in, message);
                int priority = Math.max(0, Properties.priority(list));
                schedule(
                        queue,
                        number,
                        expiry,
                        position,
                        size,
                        overhead,
                        priority,
                        Properties.hasExpiration(list));
            } else {
                enqueue(queue, level, number, expiry, position, size, overhead);
            }
        }
    }

    /// Puts a message that lies at `position` into a queue.
    void enqueue(
            QueueState queue,
            int level,
            long number,
            long expiry,
            long position,
            int size,
            int overhead) {
        queue.level(level).add(number, position, size, expiry, overhead);
        queue.bytes(size);
        queue.countPublished();
        if (expiry != 0) {
            queue.expires();
        }
    }

    /// Puts a message that lies at `position` into a queue's schedule.
    void schedule(
            QueueState queue,
            long number,
            long due,
            long position,
            int size,
            int overhead,
            int priority,
            boolean ownExpiry) {
        Level level = queue.schedule().level();
        level.add(number, position, size, due, overhead);
        Page page = level.warm(number);
        // A schedule counts no failures: it keeps the priority there.
        page.failures(Level.index(number), priority);
        if (ownExpiry) {
            page.markOwnExpiry(Level.index(number));
        }
        queue.countPublished();
    }

    private void applyRelease(long position, ByteBuffer in) {
        QueueState queue = get(in.getLong());
        for (int n = in.getInt(); n > 0 && queue != null; n--) {
            Release one = Records.readRelease(in);
            release(queue, one);
            queue.level(one.level()).renumbered(one.number(), position);
        }
    }

    /// Lets a scheduled message take its place in the queue.
    void release(QueueState queue, Release one) {
        Level scheduled = queue.schedule().level();
        Page page = scheduled.page(one.scheduled());
        int overhead = page == null ? Records.OVERHEAD : page.overhead();
        scheduled.remove(one.scheduled());
        queue.level(one.level())
                .add(one.number(), one.position(), one.size(), one.expiry(), overhead);
        queue.bytes(one.size());
        if (one.expiry() != 0) {
            queue.expires();
        }
    }

    private void applyRemove(ByteBuffer in) {
        QueueState queue = get(in.getLong());
        if (queue == null) {
            return;
        }
        for (int n = in.getInt(); n > 0; n--) {
            remove(queue, in.getLong());
        }
    }

    static void remove(QueueState queue, long entry) {
        Level level = queue.level(Entries.level(entry));
        long before = level.ready();
        int size = level.remove(Entries.number(entry));
        if (level.ready() < before && Entries.level(entry) != Schedule.LEVEL) {
            queue.bytes(-size);
        }
    }

    private void applyFail(ByteBuffer in) {
        QueueState queue = get(in.getLong());
        long entry = in.getLong();
        int failures = in.getInt();
        long rest = in.getLong();
        if (queue != null) {
            long number = Entries.number(entry);
            Page page = queue.level(Entries.level(entry)).page(number);
            if (page != null && page.present(Level.index(number))) {
                page.failures(Level.index(number), failures);
                page.rest(Level.index(number), rest);
            }
        }
    }

    private void applyPage(long position, ByteBuffer in) {
        int size = in.remaining();
        QueueState queue = get(in.getLong());
        if (queue != null) {
            int level = in.getInt();
            Page page = queue.level(level).at(in.getLong());
            long wrong = page.cool(position, size, in, segmentOf);
            queue.bytes(level == Schedule.LEVEL ? 0 : wrong);
        }
    }

    private void applyRelocate(long position, ByteBuffer in) {
        Records.readHead(in);
        in.getShort();
        QueueState queue = get(in.getLong());
        int level = Short.toUnsignedInt(in.getShort());
        long number = in.getLong();
        if (queue != null) {
            Page page = queue.level(level).page(number);
            int index = Level.index(number);
            if (page != null && page.present(index)) {
                page.move(index, position);
            }
        }
    }

    private void applyMove(ByteBuffer in) {
        long id = in.getLong();
        long entry = in.getLong();
        outbox.add(in);
        QueueState queue = queues.get(id);
        if (queue != null) {
            remove(queue, entry);
        }
    }

    private void applyPurge(ByteBuffer in) {
        QueueState queue = get(in.getLong());
        Map<Integer, Set<Long>> stay = new LinkedHashMap<>();
        for (int n = in.getInt(); n > 0; n--) {
            long entry = in.getLong();
            stay.computeIfAbsent(Entries.level(entry), level -> new HashSet<>())
                    .add(Entries.number(entry));
        }
        if (queue == null) {
            return;
        }
        for (int i = 0; i < queue.levels(); i++) {
            Level level = queue.levelIfUsed(i);
            if (level != null) {
                Set<Long> here = stay.getOrDefault(i, Set.of());
                queue.bytes(-level.purge(0, Long.MAX_VALUE, here));
            }
        }
    }

    private void applyPurgePart(ByteBuffer in) {
        QueueState queue = queues.get(in.getLong());
        int number = Short.toUnsignedInt(in.getShort());
        Level level = queue == null ? null : queue.levelIfUsed(number);
        long from = in.getLong();
        long to = in.getLong();
        Set<Long> stay = new HashSet<>();
        for (int n = in.getInt(); n > 0; n--) {
            stay.add(Entries.number(in.getLong()));
        }
        if (queue != null && level != null) {
            queue.bytes(-level.purge(from, to, stay));
        }
    }

    void save(SnapshotWriter out) {
        int durable = 0;
        for (QueueState queue : queues.values()) {
            durable += queue.spec().durable() ? 1 : 0;
        }
        out.putInt(durable);
        for (QueueState queue : queues.values()) {
            if (queue.spec().durable()) {
                byte[] create =
                        Records.encodeCreate(
                                new QueueCommand.Create(
                                        queue.id(), queue.host(), queue.name(), queue.spec()));
                out.room(create.length).put(create);
                queue.save(out);
                keepAlive(queue, out);
            }
        }
        out.putInt(acceptedFrom.size());
        acceptedFrom.forEach((shard, move) -> out.putInt(shard).putLong(move));
        outbox.save(out, segmentOf);
    }

    private void keepAlive(QueueState queue, SnapshotWriter out) {
        for (int i = 0; i < queue.levels(); i++) {
            Level level = queue.levelIfUsed(i);
            if (level != null) {
                level.eachPage((number, page) -> page.eachSegment(segmentOf, out::keep));
            }
        }
        Schedule schedule = queue.scheduleIfUsed();
        if (schedule != null) {
            schedule.level().eachPage((number, page) -> page.eachSegment(segmentOf, out::keep));
        }
    }

    void restore(ByteBuffer in) {
        for (int n = in.getInt(); n > 0; n--) {
            add(Records.readCreate(in)).restore(in);
        }
        for (int n = in.getInt(); n > 0; n--) {
            acceptedFrom.put(in.getInt(), in.getLong());
        }
        outbox.restore(in);
    }
}
