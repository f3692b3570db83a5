package dev.parley.core.queue;

import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Pattern;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The records of the queue machine: their types and how they are laid out. All numbers big-endian.
///
/// | type | holds |
/// | --- | --- |
/// | CREATE | queue, host, name, spec |
/// | DROP | queue |
/// | ENQUEUE | flags, [sending shard, move], targets (queue, level, number, expiry), message |
/// | REMOVE | queue, entries |
/// | ATTEMPT | queue, level, number below which deliveries may have happened |
/// | FAIL | queue, entry, failed deliveries |
/// | PURGE | queue, entries that stay |
/// | PAGE | queue, level, page number, the page |
/// | MOVE | queue, entry, moves (shard, move, queues), the new names and property list |
/// | MOVED | shard, move |
/// | RELOCATE | like ENQUEUE with one target: the message of an entry lies here now |
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

    private static final int TARGET = 8 + 1 + 8 + 8;

    /// Bytes in front of the page in a PAGE record.
    static final int PAGE_HEAD = 8 + 4 + 8;

    /// What a message takes in the log besides its body, about: also an empty one keeps its
    /// segment.
    private static final int OVERHEAD = 64;

    private static final int MOVED_HERE = 1;
    private static final int CREATE_FIXED = 64;

    private Records() {}

    /// A queue that a message goes to, with the place it takes there.
    record Target(long queue, int level, long number, long expiry) {}

    /// Where a message moved here came from.
    record Origin(int shard, long move) {}

    static void create(Decision decision, QueueCommand.Create create) {
        byte[] encoded = encodeCreate(create);
        decision.append(CREATE, encoded.length).put(encoded);
        decision.apply();
    }

    static byte[] encodeCreate(QueueCommand.Create create) {
        byte[] host = utf8(create.host());
        byte[] name = utf8(create.name());
        QueueSpec spec = create.spec();
        byte[] exchange = utf8(spec.deadLetterExchange());
        byte[] key = utf8(spec.deadLetterKey());
        int texts = host.length + name.length + exchange.length + key.length;
        ByteBuffer out = ByteBuffer.allocate(CREATE_FIXED + texts);
        out.putLong(create.queue());
        putSpecAndNames(out, host, name, spec, exchange, key);
        return out.array();
    }

    private static void putSpecAndNames(
            ByteBuffer out, byte[] host, byte[] name, QueueSpec spec, byte[] exchange, byte[] key) {
        out.putInt(host.length).put(host).putInt(name.length).put(name);
        int flags =
                (spec.durable() ? 1 : 0)
                        | (spec.autoDelete() ? 2 : 0)
                        | (spec.singleActiveConsumer() ? 4 : 0)
                        | (spec.deadLetterExchange() != null ? 8 : 0)
                        | (spec.deadLetterKey() != null ? 16 : 0);
        out.put((byte) flags)
                .put((byte) overflowCode(spec.overflow()))
                .putLong(spec.ttlMillis())
                .putLong(spec.expiresMillis())
                .putLong(spec.lengthMax())
                .putLong(spec.bytesMax())
                .put((byte) spec.priorityMax())
                .put((byte) 0)
                .putInt(spec.deliveryLimit());
        out.putInt(exchange.length).put(exchange).putInt(key.length).put(key);
    }

    static QueueCommand.Create readCreate(ByteBuffer in) {
        long queue = in.getLong();
        String host = text(in, in.getInt());
        String name = text(in, in.getInt());
        int flags = in.get();
        Overflow overflow = overflow(in.get());
        long ttl = in.getLong();
        long expires = in.getLong();
        long length = in.getLong();
        long bytes = in.getLong();
        int priorities = Byte.toUnsignedInt(in.get());
        in.get();
        int limit = in.getInt();
        String exchange = text(in, in.getInt());
        String key = text(in, in.getInt());
        return new QueueCommand.Create(
                queue,
                host,
                name,
                new QueueSpec(
                        (flags & 1) != 0,
                        (flags & 2) != 0,
                        ttl,
                        expires,
                        length,
                        bytes,
                        overflow,
                        (flags & 8) != 0 ? exchange : null,
                        (flags & 16) != 0 ? key : null,
                        (flags & 4) != 0,
                        priorities,
                        limit));
    }

    private static int overflowCode(Overflow overflow) {
        return switch (overflow) {
            case DROP_HEAD -> 0;
            case REJECT_PUBLISH -> 1;
            case REJECT_PUBLISH_DEAD_LETTER -> 2;
        };
    }

    private static Overflow overflow(int code) {
        return switch (code) {
            case 0 -> Overflow.DROP_HEAD;
            case 1 -> Overflow.REJECT_PUBLISH;
            case 2 -> Overflow.REJECT_PUBLISH_DEAD_LETTER;
            default -> throw new IllegalStateException("unknown overflow code " + code);
        };
    }

    /// The bytes that a message takes in a record.
    static int messageSize(byte[] exchange, byte[] key, ByteBuffer properties, ByteBuffer body) {
        return 2 + exchange.length + key.length + 4 + properties.remaining() + body.remaining();
    }

    static void putMessage(
            ByteBuffer out, byte[] exchange, byte[] key, ByteBuffer properties, ByteBuffer body) {
        out.put((byte) exchange.length).put(exchange).put((byte) key.length).put(key);
        out.putInt(properties.remaining()).put(properties.duplicate()).put(body.duplicate());
    }

    /// About what a message with a body of `size` bytes takes in the log.
    static long footprint(long size) {
        return OVERHEAD + size;
    }

    /// Bytes in front of the message in an ENQUEUE record.
    static int headSize(@Nullable Origin origin, int targets) {
        return 1 + (origin == null ? 0 : 10) + 2 + targets * TARGET;
    }

    static void putHead(ByteBuffer out, @Nullable Origin origin, List<Target> targets) {
        out.put((byte) (origin == null ? 0 : MOVED_HERE));
        if (origin != null) {
            out.putShort((short) origin.shard()).putLong(origin.move());
        }
        out.putShort((short) targets.size());
        for (Target target : targets) {
            out.putLong(target.queue())
                    .put((byte) target.level())
                    .putLong(target.number())
                    .putLong(target.expiry());
        }
    }

    static @Nullable Origin readOrigin(ByteBuffer in) {
        if (in.get() != MOVED_HERE) {
            return null;
        }
        return new Origin(Short.toUnsignedInt(in.getShort()), in.getLong());
    }

    static Target readTarget(ByteBuffer in) {
        return new Target(in.getLong(), Byte.toUnsignedInt(in.get()), in.getLong(), in.getLong());
    }

    /// Where the message begins in an ENQUEUE or RELOCATE record's payload.
    static int messageStart(ByteBuffer payload) {
        int start = payload.position();
        int at = start + 1 + (payload.get(start) == MOVED_HERE ? 10 : 0);
        return at + 2 + Short.toUnsignedInt(payload.getShort(at)) * TARGET;
    }

    /// The bytes of the body of the message that begins at `start`.
    static int bodySize(ByteBuffer payload, int start) {
        int key = start + 1 + Byte.toUnsignedInt(payload.get(start));
        int length = key + 1 + Byte.toUnsignedInt(payload.get(key));
        return payload.limit() - length - 4 - payload.getInt(length);
    }

    static void entries(Decision decision, int type, long queue, Entries entries) {
        ByteBuffer out = decision.append(type, 8 + 4 + entries.size() * 8);
        out.putLong(queue).putInt(entries.size());
        for (int i = 0; i < entries.size(); i++) {
            out.putLong(entries.get(i));
        }
        decision.apply();
    }

    static byte[] utf8(@Nullable String text) {
        return text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static List<Long> readQueues(ByteBuffer in) {
        int count = Short.toUnsignedInt(in.getShort());
        List<Long> queues = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            queues.add(in.getLong());
        }
        return queues;
    }
}
