package dev.parley.core.queue;

import dev.parley.api.Awaited;
import dev.parley.core.log.Log;
import dev.parley.core.queue.Groups.Group;
import dev.parley.core.queue.PeekedMessage.Standing;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Reader;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Looks at messages without taking them, one request after the other: highest priority first, in
/// order, then what is scheduled.
final class Peeks {
    private static final int COUNT_MAX = 1000;

    /// Messages that one request looks at, whether they match or not; the next one goes on.
    private static final int SCANNED_MAX = 10_000;

    /// Bytes that one request looks at, so that a look neither fills the heap nor holds others up.
    private static final long BYTES_MAX = 16L << 20;

    private static final int NOWHERE = -1;

    private static final Awaited.Holder UNKNOWN = new Awaited.Holder("", "somebody");

    private final ArrayDeque<QueueCommand.Peek> waiting = new ArrayDeque<>();
    private final Reader reader = new Reader();
    private final List<PeekedMessage> found = new ArrayList<>();
    private final Delivery view = new Delivery();
    private long bytes;
    private int scanned;
    private boolean begun;
    private int level = NOWHERE;
    private long number;

    void add(QueueCommand.Peek peek) {
        waiting.add(peek);
    }

    void onRead(long position, Log.@Nullable Block block) {
        reader.onRead(position, block);
    }

    /// Goes on with the first request; returns whether one was answered.
    boolean run(Queues queues, Decision decision) {
        QueueCommand.Peek peek = waiting.peek();
        if (peek == null) {
            return false;
        }
        QueueState queue = queues.get(peek.queue());
        if (queue != null && !collect(queue, peek, decision)) {
            return false;
        }
        waiting.remove();
        long next = queue == null || level == NOWHERE ? -1 : Entries.entry(level, number);
        QueueReply answer = new QueueReply.Peeked(List.copyOf(found), next);
        decision.promise(() -> peek.client().onReply(peek.token(), answer));
        found.clear();
        bytes = 0;
        scanned = 0;
        begun = false;
        reader.rest();
        return true;
    }

    /// Returns whether all that was asked for is there; false while something is being read. Then
    /// `level` and `number` say where the next request goes on; NOWHERE when there is no more.
    private boolean collect(QueueState queue, QueueCommand.Peek peek, Decision decision) {
        int count = Math.min(peek.count(), COUNT_MAX);
        if (!begun) {
            begun = true;
            begin(queue, peek);
        }
        while (level != NOWHERE) {
            Level here = queue.levelIfUsed(level);
            if (here != null && number == 0 && !peek.all()) {
                number = Math.max(number, here.cursor());
            }
            while (here != null && number < here.end()) {
                if (found.size() >= count || bytes > BYTES_MAX || scanned >= SCANNED_MAX) {
                    return true;
                }
                Page page = here.page(number);
                if (page == null || page.live() == 0 || page.lost()) {
                    number = (number | Page.ENTRIES - 1) + 1;
                } else if (!add(queue, page, peek, decision)) {
                    return false;
                }
            }
            level = following(queue, peek.all());
            number = 0;
        }
        return true;
    }

    private void begin(QueueState queue, QueueCommand.Peek peek) {
        if (peek.from() < 0) {
            level = queue.levels() - 1;
            number = 0;
        } else {
            level = Entries.level(peek.from());
            number = Entries.number(peek.from());
        }
    }

    private int following(QueueState queue, boolean all) {
        if (level == Schedule.LEVEL) {
            return NOWHERE;
        }
        if (level > 0) {
            return level - 1;
        }
        return all && queue.scheduleIfUsed() != null ? Schedule.LEVEL : NOWHERE;
    }

    /// Looks at the entry at `number` and goes on to the next; false while something is being read.
    private boolean add(QueueState queue, Page page, QueueCommand.Peek peek, Decision decision) {
        int index = Level.index(number);
        if (page.cold()) {
            ByteBuffer record = reader.get(decision, page.record(), page.recordBytes());
            if (record == null) {
                if (!reader.damaged(page.record())) {
                    return false;
                }
                number = (number | Page.ENTRIES - 1) + 1;
                return true;
            }
            queue.load(level, number >>> Page.BITS, record, decision.now());
        }
        Standing standing = standing(page.state(index), level);
        if (standing == null || (!peek.all() && standing != Standing.READY)) {
            number++;
            return true;
        }
        ByteBuffer payload = reader.get(decision, page.position(index), page.size(index) + 65536);
        if (payload == null && !reader.damaged(page.position(index))) {
            return false;
        }
        scanned++;
        if (payload != null) {
            bytes += page.size(index);
            look(queue, page, standing, payload, peek.filter(), decision.now());
        }
        number++;
        return true;
    }

    private void look(
            QueueState queue,
            Page page,
            Standing standing,
            ByteBuffer payload,
            PeekedMessage.Filter filter,
            long now) {
        int index = Level.index(number);
        view.show(payload, Records.messageStart(payload));
        if (!filter.matches(view)) {
            return;
        }
        boolean scheduled = standing == Standing.SCHEDULED;
        long due = scheduled ? page.expiry(index) : 0;
        found.add(
                new PeekedMessage(
                        Entries.entry(level, number),
                        standing,
                        awaited(queue, page, standing, now),
                        queue.level(level).redelivered(number),
                        scheduled ? 0 : page.failures(index),
                        scheduled ? 0 : page.expiry(index),
                        standing == Standing.RESTING ? page.rest(index) : due,
                        view.exchange(),
                        view.routingKey(),
                        copy(view.properties()),
                        copy(view.body())));
    }

    /// Why the message at `number` is still there.
    private Awaited awaited(QueueState queue, Page page, Standing standing, long now) {
        int index = Level.index(number);
        long expiry = page.expiry(index);
        return switch (standing) {
            case SCHEDULED -> new Awaited.Time(Instant.ofEpochMilli(expiry));
            case TAKEN -> {
                Page.Holding by = page.holding(index);
                yield new Awaited.Answer(by == null ? UNKNOWN : by.who());
            }
            case RESTING, READY, HELD -> {
                if (expiry != 0 && expiry <= now) {
                    yield new Awaited.End(Instant.ofEpochMilli(expiry));
                }
                if (standing == Standing.RESTING) {
                    yield new Awaited.Attempt(Instant.ofEpochMilli(page.rest(index)));
                }
                yield awaited(queue, standing);
            }
        };
    }

    private Awaited awaited(QueueState queue, Standing standing) {
        Awaited any = queue.awaited();
        Groups groups = queue.groups();
        if (groups == null) {
            return any;
        }
        if (standing == Standing.READY) {
            // It was not looked at yet: whether its group can go is not known.
            return any instanceof Awaited.Turn && groups.full()
                    ? new Awaited.Groups(groups.held())
                    : any;
        }
        Group group = groups.groupOf(Entries.entry(level, number));
        Awaited others = group == null ? null : group.awaited();
        if (group == null || others == null) {
            return any;
        }
        boolean ownerIsReady = queue.paused() && ownerHasRoom(queue, group);
        return others instanceof Awaited.Group && ownerIsReady ? any : others;
    }

    private static boolean ownerHasRoom(QueueState queue, Group group) {
        QueueConsumer owner = group.owner();
        return owner != null
                && queue.line().get(owner.id()) == owner
                && owner.mayTake()
                && !owner.passedOver();
    }

    /// Where an entry in this state stands; null if there is nothing to see.
    private static @Nullable Standing standing(int state, int level) {
        if (level == Schedule.LEVEL) {
            return state == Page.READY || state == Page.TAKEN ? Standing.SCHEDULED : null;
        }
        return switch (state) {
            case Page.READY -> Standing.READY;
            case Page.HELD -> Standing.HELD;
            case Page.RESTING -> Standing.RESTING;
            case Page.TAKEN -> Standing.TAKEN;
            default -> null;
        };
    }

    private static ByteBuffer copy(ByteBuffer source) {
        return ByteBuffer.allocate(source.remaining()).put(source).flip();
    }
}
