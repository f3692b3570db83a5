package dev.parley.core.queue;

import dev.parley.core.log.Log;
import dev.parley.core.shard.Decision;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Looks at messages without taking them, one request after the other.
final class Peeks {
    private static final int COUNT_MAX = 1000;

    /// Bytes that one answer holds at most, so that a look cannot fill the heap.
    private static final long BYTES_MAX = 16L << 20;

    private final ArrayDeque<QueueCommand.Peek> waiting = new ArrayDeque<>();
    private final Reader reader = new Reader();
    private final List<PeekedMessage> found = new ArrayList<>();
    private final Delivery view = new Delivery();
    private long bytes;
    private int priority = -1;
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
        if (queue != null && !collect(queue, Math.min(peek.count(), COUNT_MAX), decision)) {
            return false;
        }
        waiting.remove();
        QueueReply answer = new QueueReply.Peeked(List.copyOf(found));
        decision.promise(() -> peek.client().onReply(peek.token(), answer));
        found.clear();
        bytes = 0;
        priority = -1;
        reader.rest();
        return true;
    }

    /// Returns whether all that was asked for is there; false while something is being read.
    private boolean collect(QueueState queue, int count, Decision decision) {
        if (priority < 0) {
            priority = queue.levels() - 1;
            number = 0;
        }
        for (; priority >= 0; priority--, number = 0) {
            Level level = queue.levelIfUsed(priority);
            if (level == null || level.ready() == 0) {
                continue;
            }
            number = Math.max(number, level.cursor());
            for (; number < level.end(); number++) {
                if (found.size() >= count || bytes > BYTES_MAX) {
                    return true;
                }
                Page page = level.page(number);
                if (page == null || page.live() == 0) {
                    number |= Page.ENTRIES - 1;
                } else if (!add(queue, level, page, decision)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean add(QueueState queue, Level level, Page page, Decision decision) {
        int index = Level.index(number);
        if (page.lost()) {
            number |= Page.ENTRIES - 1;
            return true;
        }
        if (page.cold()) {
            ByteBuffer record = reader.get(decision, page.record(), page.recordBytes());
            if (record == null) {
                number = reader.damaged(page.record()) ? number | Page.ENTRIES - 1 : number;
                return reader.damaged(page.record());
            }
            queue.load(priority, number >>> Page.BITS, record, decision.now());
        }
        if (page.state(index) != Page.READY) {
            return true;
        }
        ByteBuffer payload = reader.get(decision, page.position(index), page.size(index) + 65536);
        if (payload == null) {
            return reader.damaged(page.position(index));
        }
        view.show(payload, Records.messageStart(payload));
        found.add(
                new PeekedMessage(
                        Entries.entry(priority, number),
                        level.redelivered(number),
                        view.exchange(),
                        view.routingKey(),
                        copy(view.properties()),
                        copy(view.body())));
        bytes += page.size(index);
        return true;
    }

    private static ByteBuffer copy(ByteBuffer source) {
        return ByteBuffer.allocate(source.remaining()).put(source).flip();
    }
}
