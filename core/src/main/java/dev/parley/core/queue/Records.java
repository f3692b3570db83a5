package dev.parley.core.queue;

import dev.parley.core.message.Properties;
import dev.parley.core.message.ShortText;
import dev.parley.core.queue.Recall.Mark;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Pattern;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The records of the queue machine: their types and how they are laid out. All numbers big-endian.
///
/// | type | holds |
/// | --- | --- |
/// | CREATE | queue, host, name, spec; of a queue that is there already: its new spec |
/// | DROP | queue |
/// | ENQUEUE | flags, [sending shard, move], [what makes it recognisable], targets (queue, level, number, expiry), message |
/// | REMOVE | queue, entries |
/// | ATTEMPT | queue, level, number below which deliveries may have happened |
/// | FAIL | queue, entry, failed deliveries, when it is tried again |
/// | PURGE | queue, entries that stay |
/// | PAGE | queue, level, page number, the page |
/// | MOVE | queue, entry, moves (shard, move, queues), the new names and property list |
/// | MOVED | shard, move |
/// | RELOCATE | like ENQUEUE with one target: the message of an entry lies here now |
/// | RELEASE | queue, entries of its schedule that are due, each with the place it takes |
/// | PAUSE | queue, whether it is paused |
/// | PURGE_PART | queue, level, numbers from and to, entries between them that stay |
final class Records {
    static final int CREATE = Pattern.QUEUE.firstType();
    static final int DROP = CREATE + 1;
    static final int ENQUEUE = CREATE + 2;
    static final int REMOVE = CREATE + 3;
    static final int ATTEMPT = CREATE + 4;
    static final int FAIL = CREATE + 5;
    static final int PURGE = CREATE + 6;
    static final int PAGE = CREATE + 7;
    static final int MOVE = CREATE + 8;
    static final int MOVED = CREATE + 9;
    static final int RELOCATE = CREATE + 10;

    static final int RELEASE = CREATE + 11;
    static final int PAUSE = CREATE + 12;
    static final int PURGE_PART = CREATE + 13;

    private static final int TARGET = 8 + 2 + 8 + 8;

    /// Entries that one record of a purge names.
    private static final int STAY_MAX = 1 << 15;

    /// Bytes in front of the page in a PAGE record.
    static final int PAGE_HEAD = 8 + 4 + 8;

    /// What a message takes in the log besides its body, about: also an empty one keeps its
    /// segment.
    static final int OVERHEAD = 32;

    private static final int MOVED_HERE = 1;
    private static final int MARKED = 2;

    private Records() {}

    /// The queues that a message goes to, each with the place it takes there; a list without an
    /// object for each.
    static final class Targets {
        private static final int FIELDS = 3;

        private long[] fields = new long[FIELDS];
        private int size;

        void add(long queue, long entry, long expiry) {
            int at = size++ * FIELDS;
            if (at == fields.length) {
                fields = Arrays.copyOf(fields, at * 2);
            }
            fields[at] = queue;
            fields[at + 1] = entry;
            fields[at + 2] = expiry;
        }

        int size() {
            return size;
        }

        long queue(int index) {
            return fields[index * FIELDS];
        }

        long entry(int index) {
            return fields[index * FIELDS + 1];
        }

        long expiry(int index) {
            return fields[index * FIELDS + 2];
        }

        void clear() {
            size = 0;
        }
    }

    /// Where a message moved here came from.
    record Origin(int shard, long move) {}

    /// What stands in front of the targets of an ENQUEUE record.
    record Head(@Nullable Origin origin, @Nullable Mark mark) {
        static final Head PLAIN = new Head(null, null);
    }

    static void create(Decision decision, QueueCommand.Create create) {
        byte[] encoded = encodeCreate(create);
        decision.append(CREATE, encoded.length).put(encoded);
        decision.apply();
    }

    static byte[] encodeCreate(QueueCommand.Create create) {
        byte[] host = utf8(create.host());
        byte[] name = utf8(create.name());
        byte[] spec = SpecCodec.encode(create.spec());
        ByteBuffer out = ByteBuffer.allocate(8 + 4 + host.length + 4 + name.length + spec.length);
        out.putLong(create.queue());
        out.putInt(host.length).put(host).putInt(name.length).put(name).put(spec);
        return out.array();
    }

    static QueueCommand.Create readCreate(ByteBuffer in) {
        long queue = in.getLong();
        String host = text(in, in.getInt());
        String name = text(in, in.getInt());
        return new QueueCommand.Create(queue, host, name, SpecCodec.read(in));
    }

    /// A scheduled entry that is due, and the place that it takes.
    record Release(long scheduled, int level, long number, long position, int size, long expiry) {
        private static final int SIZE = 8 + 2 + 8 + 8 + 4 + 8;
    }

    static void release(Decision decision, long queue, List<Release> releases) {
        ByteBuffer out = decision.append(RELEASE, 8 + 4 + releases.size() * Release.SIZE);
        out.putLong(queue).putInt(releases.size());
        for (Release one : releases) {
            out.putLong(one.scheduled())
                    .putShort((short) one.level())
                    .putLong(one.number())
                    .putLong(one.position())
                    .putInt(one.size())
                    .putLong(one.expiry());
        }
        decision.apply();
    }

    static Release readRelease(ByteBuffer in) {
        return new Release(
                in.getLong(),
                Short.toUnsignedInt(in.getShort()),
                in.getLong(),
                in.getLong(),
                in.getInt(),
                in.getLong());
    }

    static void page(Decision decision, long queue, int level, long number, Page page) {
        ByteBuffer out = decision.append(PAGE, PAGE_HEAD + page.encodedSize());
        out.putLong(queue).putInt(level).putLong(number);
        page.encode(out);
        decision.apply();
    }

    static void fail(Decision decision, long queue, long entry, int failures, long rest) {
        ByteBuffer out = decision.append(FAIL, 8 + 8 + 4 + 8);
        out.putLong(queue).putLong(entry).putInt(failures).putLong(rest);
        decision.apply();
    }

    /// The property list of the message that begins at `start`.
    static ByteBuffer properties(ByteBuffer payload, int start) {
        int key = start + 1 + Byte.toUnsignedInt(payload.get(start));
        int length = key + 1 + Byte.toUnsignedInt(payload.get(key));
        return payload.slice(length + 4, payload.getInt(length));
    }

    /// The time to live that the publisher of the message in a record gave, or -1.
    static long ownTtl(ByteBuffer payload) {
        return ttl(properties(payload, messageStart(payload)));
    }

    /// The same, of a message with this property list.
    static long ttl(ByteBuffer list) {
        if (!Properties.hasExpiration(list)) {
            return QueueSpec.NONE;
        }
        String text = Properties.read(list.duplicate()).expiration();
        if (text == null) {
            return QueueSpec.NONE;
        }
        try {
            return Math.max(0, Long.parseLong(text));
        } catch (NumberFormatException e) {
            return QueueSpec.NONE; // nobody who checks lets one in
        }
    }

    /// The bytes that a message takes in a record.
    static int messageSize(String exchange, String key, ByteBuffer properties, ByteBuffer body) {
        int names = 2 + ShortText.size(exchange) + ShortText.size(key);
        return names + 4 + properties.remaining() + body.remaining();
    }

    static void putMessage(
            ByteBuffer out, String exchange, String key, ByteBuffer properties, ByteBuffer body) {
        ShortText.write(out, exchange);
        ShortText.write(out, key);
        out.putInt(properties.remaining());
        copy(properties, out);
        copy(body, out);
    }

    /// Leaves the source as it is.
    private static void copy(ByteBuffer source, ByteBuffer out) {
        int size = source.remaining();
        out.put(out.position(), source, source.position(), size).position(out.position() + size);
    }

    /// Bytes in front of the message in an ENQUEUE record.
    static int headSize(@Nullable Origin origin, @Nullable Mark mark, int targets) {
        return 1
                + (origin == null ? 0 : 10)
                + (mark == null ? 0 : 2 + mark.encodedSize())
                + 2
                + targets * TARGET;
    }

    /// @param from the first of the targets
    /// @param to behind the last
    static void putHead(
            ByteBuffer out,
            @Nullable Origin origin,
            @Nullable Mark mark,
            Targets targets,
            int from,
            int to) {
        out.put((byte) ((origin == null ? 0 : MOVED_HERE) | (mark == null ? 0 : MARKED)));
        if (origin != null) {
            out.putShort((short) origin.shard()).putLong(origin.move());
        }
        if (mark != null) {
            out.putShort((short) mark.encodedSize());
            mark.encode(out);
        }
        out.putShort((short) (to - from));
        for (int i = from; i < to; i++) {
            long entry = targets.entry(i);
            out.putLong(targets.queue(i))
                    .putShort((short) Entries.level(entry))
                    .putLong(Entries.number(entry))
                    .putLong(targets.expiry(i));
        }
    }

    /// Reads what stands in front of the targets of an ENQUEUE or RELOCATE record.
    static Head readHead(ByteBuffer in) {
        int flags = in.get();
        Origin origin =
                (flags & MOVED_HERE) == 0
                        ? null
                        : new Origin(Short.toUnsignedInt(in.getShort()), in.getLong());
        Mark mark = null;
        if ((flags & MARKED) != 0) {
            in.getShort();
            mark = Mark.read(in);
        }
        return origin == null && mark == null ? Head.PLAIN : new Head(origin, mark);
    }

    /// Where the message begins in an ENQUEUE or RELOCATE record's payload.
    static int messageStart(ByteBuffer payload) {
        int at = payload.position();
        int flags = payload.get(at++);
        if ((flags & MOVED_HERE) != 0) {
            at += 10;
        }
        if ((flags & MARKED) != 0) {
            at += 2 + Short.toUnsignedInt(payload.getShort(at));
        }
        return at + 2 + Short.toUnsignedInt(payload.getShort(at)) * TARGET;
    }

    /// The bytes of the body of the message that begins at `start`.
    static int bodySize(ByteBuffer payload, int start) {
        int key = start + 1 + Byte.toUnsignedInt(payload.get(start));
        int length = key + 1 + Byte.toUnsignedInt(payload.get(key));
        return payload.limit() - length - 4 - payload.getInt(length);
    }

    static void entries(Decision decision, int type, long queue, Entries entries) {
        entries(decision, type, queue, entries, 0, entries.size());
    }

    static void entries(
            Decision decision, int type, long queue, Entries entries, int from, int to) {
        ByteBuffer out = decision.append(type, 8 + 4 + (to - from) * 8);
        out.putLong(queue).putInt(to - from);
        for (int i = from; i < to; i++) {
            out.putLong(entries.get(i));
        }
        decision.apply();
    }

    /// Empties the queue but for some entries, which stand in their order level by level. Where
    /// those are too many for one record, each of several tells of a stretch of a level.
    static void purge(Decision decision, QueueState queue, Entries stay) {
        if (stay.size() <= STAY_MAX) {
            entries(decision, PURGE, queue.id(), stay);
            return;
        }
        int at = 0;
        for (int level = 0; level < queue.levels(); level++) {
            long from = 0;
            while (from < Long.MAX_VALUE) {
                int first = at;
                while (isAt(stay, at, level) && at - first < STAY_MAX) {
                    at++;
                }
                long to = isAt(stay, at, level) ? Entries.number(stay.get(at)) : Long.MAX_VALUE;
                ByteBuffer out = decision.append(PURGE_PART, 8 + 2 + 8 + 8 + 4 + (at - first) * 8);
                out.putLong(queue.id()).putShort((short) level).putLong(from).putLong(to);
                out.putInt(at - first);
                for (int i = first; i < at; i++) {
                    out.putLong(stay.get(i));
                }
                decision.apply();
                from = to;
            }
        }
    }

    private static boolean isAt(Entries entries, int at, int level) {
        return at < entries.size() && Entries.level(entries.get(at)) == level;
    }

    static byte[] utf8(@Nullable String text) {
        return text == null ? new byte[0] : ShortText.bytes(text);
    }

    static String text(ByteBuffer in, int length) {
        if (length < 0 || length > in.remaining()) {
            throw new IllegalStateException("a text of " + length + " bytes in a queue record");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return ShortText.decoded(bytes);
    }

    static List<Long> readQueues(ByteBuffer in) {
        int count = Short.toUnsignedInt(in.getShort());
        List<Long> queues = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            queues.add(in.getLong());
        }
        return queues;
    }
}
