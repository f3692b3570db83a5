package dev.parley.core.queue;

import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One queue: its levels, its consumers, its counts, and what it waits for.
///
/// Only levels, counts of ready messages and the spec survive a restart; all else belongs to the
/// present owner of the shard.
final class QueueState {
    private final long id;
    private final String host;
    private final String name;
    private final QueueSpec spec;
    private final @Nullable Level[] levels;
    private final Line line;
    private final ArrayDeque<QueueCommand.Get> gets = new ArrayDeque<>();
    private final Entries leaving = new Entries(16);
    private long taken;
    private long bytes;
    private long lastUsed;
    private final Map<Long, QueueConsumer> joining = new LinkedHashMap<>();
    private boolean dirty;
    private long dirtySince;
    private boolean expiring;
    private final Reader messages = new Reader();
    private final Reader pages = new Reader();

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
        return priority < levels.length ? levels[priority] : null;
    }

    long ready() {
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

    /// Something has happened here in this turn, for the first time at `now`.
    void dirtySince(long now) {
        dirty = true;
        dirtySince = now;
    }

    /// When the queue became dirty, in milliseconds: a turn judges by this clock what may still be
    /// delivered, since it must not come too late for what came in time.
    long dirtySince() {
        return dirtySince;
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

    /// Consumers whose subscription is on its way to being answered.
    Map<Long, QueueConsumer> joining() {
        return joining;
    }

    /// Reads messages ahead of their delivery.
    Reader messages() {
        return messages;
    }

    /// Reads cold pages.
    Reader pages() {
        return pages;
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
    }

    void restore(ByteBuffer in) {
        for (int n = in.getInt(); n > 0; n--) {
            bytes += level(in.getInt()).restore(in);
        }
        // Cold pages do not say whether anything in them expires.
        expiring = true;
    }
}
