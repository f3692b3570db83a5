package dev.parley.core.stream;

import dev.parley.core.message.ShortText;
import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/// One stream: history in blocks, then a tail of single records; cursors; and, for its present
/// owner only, who reads it.
///
/// ```
/// first        ...            tail.base  ...   durable ...  next
///   | blocks, read by the record | records       | not shown  |
/// ```
final class Stream {
    private final long id;
    private final String host;
    private final String name;
    private final long seed;
    private StreamSpec spec;

    private final Blocks blocks = new Blocks();
    private final Tail tail = new Tail();

    /// How far a cursor is.
    ///
    /// @param offset everything below is settled
    /// @param tried everything below may have been handed out
    /// @param exact whether it was, and not only may have been by now
    record Mark(long offset, long tried, boolean exact) {}

    /// Cursors by their names.
    private final TreeMap<String, Mark> cursors = new TreeMap<>();

    /// Of a stream that keeps the last per subject.
    private final @Nullable Subjects subjects;

    private long first;

    // ---- the owner's, gone after a restart

    /// Everything below is durable: what readers may see.
    private long durable;

    /// The end of the stream when its present owner began.
    private long begun;

    private final List<Feed> feeds = new ArrayList<>();
    private final Map<String, Feed> shared = new HashMap<>();
    long published;
    long delivered;
    boolean dirty;

    /// The publish that put something here last.
    long publish;

    /// When it is looked through by age.
    long checkAt = Long.MAX_VALUE;

    /// Whether the machine is folding, or waits to.
    boolean folding;

    /// Whether there may be blocks of which little is alive.
    boolean thin;

    Stream(Records.Creation made) {
        this.id = made.stream();
        this.seed = made.seed();
        this.host = made.host();
        this.name = made.name();
        this.spec = made.spec();
        this.subjects = spec.lastPerSubject() ? new Subjects(seed) : null;
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

    StreamSpec spec() {
        return spec;
    }

    void reshape(StreamSpec other) {
        spec = shape(other);
    }

    boolean isShaped(StreamSpec other) {
        return spec.equals(shape(other));
    }

    /// Whether superseded messages go is settled when a stream is made.
    private StreamSpec shape(StreamSpec other) {
        return new StreamSpec(
                other.ageMillis(), other.bytes(), other.count(), spec.lastPerSubject());
    }

    Blocks blocks() {
        return blocks;
    }

    Tail tail() {
        return tail;
    }

    Map<String, Mark> cursors() {
        return cursors;
    }

    /// Everything below may have been handed out for a cursor of which nobody knows more than the
    /// log.
    long tried(Mark mark) {
        return mark.exact() ? mark.tried() : Math.min(mark.tried(), begun);
    }

    /// The offset of the oldest message that may be kept.
    long first() {
        return first;
    }

    long next() {
        return tail.end();
    }

    long durable() {
        return durable;
    }

    /// Its present owner begins: all that is there is durable.
    void begin() {
        durable = next();
        begun = next();
    }

    void durable(long offset) {
        durable = Math.max(durable, offset);
    }

    /// All who read, each cursor once.
    List<Feed> feeds() {
        return feeds;
    }

    /// What a cursor's readers share, if there are any or something is under way.
    @Nullable Feed feed(String cursor) {
        return shared.get(cursor);
    }

    void add(Feed feed) {
        feeds.add(feed);
        String cursor = feed.cursor();
        if (cursor != null) {
            shared.put(cursor, feed);
        }
    }

    void remove(Feed feed) {
        feed.gone = true;
        feeds.remove(feed);
        String cursor = feed.cursor();
        if (cursor != null) {
            shared.remove(cursor);
        }
    }

    int readers() {
        int count = 0;
        for (Feed feed : feeds) {
            count += feed.members().size();
        }
        return count;
    }

    long messages() {
        return blocks.messages() + tail.alive();
    }

    long bytes() {
        return blocks.bytes() + tail.bytes();
    }

    long firstMillis() {
        if (blocks.size() > 0) {
            return blocks.firstMillis(0);
        }
        return tail.size() == 0 ? 0 : tail.millis(tail.base());
    }

    /// Where the block at `index` ends.
    long blockEnd(int index) {
        return index + 1 < blocks.size() ? blocks.first(index + 1) : tail.base();
    }

    /// Where the message at `offset` lies, if it has a record for itself; else 0.
    long positionOf(long offset) {
        if (tail.has(offset)) {
            return tail.bytes(offset) > 0 ? tail.position(offset) : 0;
        }
        int index = blocks.find(offset);
        boolean alone =
                index >= 0
                        && blocks.first(index) == offset
                        && blocks.count(index) == 1
                        && blocks.alive(index) == 1;
        return alone ? blocks.position(index) : 0;
    }

    /// How many messages that are kept lie from one offset to below another: exact unless one of
    /// them is within a block that has gaps.
    long between(long from, long to) {
        long count = 0;
        for (int i = Math.max(blocks.find(from), 0); i < blocks.size(); i++) {
            if (blocks.first(i) >= to) {
                return count;
            }
            long begins = Math.max(blocks.first(i), first);
            long overlap = Math.min(blockEnd(i), to) - Math.max(begins, from);
            count += Math.clamp(overlap, 0, blocks.alive(i));
        }
        for (long offset = Math.max(from, tail.base()); offset < Math.min(to, next()); offset++) {
            count += tail.bytes(offset) > 0 ? 1 : 0;
        }
        return count;
    }

    // ---- changes by records

    void add(long offset, long position, int size, int share, long millis) {
        if (offset != next()) {
            throw new IllegalStateException(
                    "message " + offset + " of stream " + id + " where " + next() + " was due");
        }
        tail.add(position, size, share, millis);
    }

    /// @param first where the block begins: at its message if there is only one
    void block(Records.BlockHead head, long first, long position, int bytes) {
        if (head.from() == tail.base()) {
            check(head.to() <= next(), head);
            tail.drop(head.to());
            tail.shrink();
            blocks.add(head.from(first), position, bytes);
        } else {
            int last = blocks.find(head.to() - 1);
            check(last >= 0 && blockEnd(last) == head.to(), head);
            blocks.replace(head, first, position, bytes);
        }
    }

    private void check(boolean holds, Object what) {
        if (!holds) {
            throw new IllegalStateException(what + " does not fit into stream " + id);
        }
    }

    void single(long offset) {
        check(tail.size() > 0 && offset == tail.base(), offset);
        Records.BlockHead head =
                new Records.BlockHead(
                        id, offset, offset + 1, 1, tail.millis(offset), tail.millis(offset));
        int bytes = tail.bytes(offset) + Records.OVERHEAD;
        long position = tail.position(offset);
        boolean alive = tail.bytes(offset) > 0;
        tail.drop(offset + 1);
        if (alive) {
            blocks.add(head, position, bytes);
        }
    }

    /// What lies below `offset` is gone.
    void trim(long offset) {
        if (offset <= first || offset > next()) {
            return;
        }
        int gone = 0;
        while (gone < blocks.size() && blockEnd(gone) <= offset) {
            gone++;
        }
        long before = first;
        blocks.drop(gone);
        if (blocks.size() > 0) {
            blocks.trim(offset - Math.max(before, blocks.first(0)));
        } else {
            tail.drop(offset);
        }
        first = offset;
    }

    /// Whether a block still has a message for each of its offsets, so that it can be trimmed
    /// anywhere.
    boolean isDense(int index) {
        return blocks.alive(index) == blockEnd(index) - Math.max(first, blocks.first(index));
    }

    /// Lets the message at `offset`, which was just added, supersede the one before it with the
    /// same subject. One without a body has none: it removes the subject's value.
    void supersede(long offset, ByteBuffer record, int start) {
        Subjects last = subjects;
        if (last == null) {
            return;
        }
        long hash = hash(last, record, start);
        long before = last.get(hash);
        if (tail.has(before)) {
            tail.kill(before);
        } else if (before >= first) {
            int index = blocks.find(before);
            if (index >= 0) {
                blocks.kill(index);
                thin |= isThin(index);
            }
        }
        if (isEmpty(record, start, record.limit())) {
            last.remove(hash);
        } else {
            last.put(hash, offset, first);
        }
    }

    private static long hash(Subjects subjects, ByteBuffer record, int start) {
        int names = start + Records.MESSAGE_HEAD;
        int subject = names + 1 + Byte.toUnsignedInt(record.get(names));
        return subjects.hash(record, subject + 1, Byte.toUnsignedInt(record.get(subject)));
    }

    /// Whether a message of a record has no body.
    static boolean isEmpty(ByteBuffer record, int start, int end) {
        int names = start + Records.MESSAGE_HEAD;
        int subject = names + 1 + Byte.toUnsignedInt(record.get(names));
        int properties = subject + 1 + Byte.toUnsignedInt(record.get(subject));
        return properties + 4 + record.getInt(properties) >= end;
    }

    /// Whether superseded messages go.
    boolean keepsLast() {
        return subjects != null;
    }

    /// Whether the message of a block's record was not superseded.
    boolean isLast(ByteBuffer record, int start, long offset) {
        Subjects last = subjects;
        return last == null || last.get(hash(last, record, start)) == offset;
    }

    /// Whether so little of a block is alive that it is worth being written anew.
    boolean isThin(int index) {
        int alive = blocks.alive(index);
        return subjects != null && (alive == 0 || alive < blocks.count(index) / 4);
    }

    /// A message lies elsewhere from now on.
    void move(long offset, long position, int bytes, int share) {
        if (tail.has(offset)) {
            tail.move(offset, position, share);
            return;
        }
        int index = blocks.find(offset);
        if (index >= 0 && blocks.first(index) == offset && blocks.count(index) == 1) {
            blocks.move(index, position, bytes);
        }
    }

    // ---- snapshots

    void save(SnapshotWriter out, LongUnaryOperator segmentOf) {
        byte[] made = Records.encodeCreate(id, seed, host, name, spec);
        out.room(made.length).put(made);
        out.putLong(first);
        blocks.save(out, segmentOf);
        tail.save(out, segmentOf);
        out.putInt(cursors.size());
        cursors.forEach((cursor, mark) -> {
            byte[] text = ShortText.bytes(cursor);
            Records.putText(out.room(2 + text.length), text);
            out.putLong(mark.offset());
        });
        if (subjects != null) {
            subjects.save(out, first);
        }
    }

    static Stream restore(ByteBuffer in) {
        Stream stream = new Stream(Records.readCreate(in));
        stream.first = in.getLong();
        stream.blocks.restore(in);
        stream.tail.restore(in);
        for (int n = in.getInt(); n > 0; n--) {
            String name = Records.text(in);
            long offset = in.getLong();
            stream.cursors.put(name, new Mark(offset, offset, true));
        }
        if (stream.subjects != null) {
            stream.subjects.restore(in, stream.first);
        }
        for (int i = 0; i < stream.blocks.size(); i++) {
            stream.thin |= stream.isThin(i);
        }
        return stream;
    }
}
