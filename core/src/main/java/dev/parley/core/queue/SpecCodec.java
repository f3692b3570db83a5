package dev.parley.core.queue;

import java.nio.ByteBuffer;
import java.util.List;

/// How a [QueueSpec] is laid out in records and snapshots. All numbers big-endian, texts behind
/// their length in 4 bytes.
final class SpecCodec {
    private static final int FIXED = 2 + 4 * 8 + 2 + 4 + 2 + 3 * 8 + 4 + 8 + 3 * 4;
    private static final List<Overflow> OVERFLOWS =
            List.of(
                    Overflow.DROP_HEAD,
                    Overflow.REJECT_PUBLISH,
                    Overflow.REJECT_PUBLISH_DEAD_LETTER,
                    Overflow.BLOCK);
    private static final List<Retry.On> RETRIES =
            List.of(Retry.On.NOTHING, Retry.On.FAILED, Retry.On.RETURNED, Retry.On.ALL);

    private static final int DURABLE = 1;
    private static final int AUTO_DELETE = 2;
    private static final int SINGLE_ACTIVE = 4;
    private static final int HAS_DEAD_LETTER_EXCHANGE = 8;
    private static final int HAS_DEAD_LETTER_KEY = 16;
    private static final int HAS_GROUPS = 32;
    private static final int EXPONENTIAL = 64;

    private SpecCodec() {}

    static byte[] encode(QueueSpec spec) {
        byte[] exchange = Records.utf8(spec.deadLetterExchange());
        byte[] key = Records.utf8(spec.deadLetterKey());
        byte[] group = Records.utf8(spec.groupHeader());
        ByteBuffer out = ByteBuffer.allocate(FIXED + exchange.length + key.length + group.length);
        Retry retry = spec.retry();
        int flags =
                flag(spec.durable(), DURABLE)
                        | flag(spec.autoDelete(), AUTO_DELETE)
                        | flag(spec.singleActiveConsumer(), SINGLE_ACTIVE)
                        | flag(spec.deadLetterExchange() != null, HAS_DEAD_LETTER_EXCHANGE)
                        | flag(spec.deadLetterKey() != null, HAS_DEAD_LETTER_KEY)
                        | flag(spec.groupHeader() != null, HAS_GROUPS)
                        | flag(retry.exponential(), EXPONENTIAL);
        out.put((byte) flags)
                .put((byte) OVERFLOWS.indexOf(spec.overflow()))
                .putLong(spec.ttlMillis())
                .putLong(spec.expiresMillis())
                .putLong(spec.lengthMax())
                .putLong(spec.bytesMax())
                .putShort((short) spec.priorityMax())
                .putInt(spec.deliveryLimit())
                .put((byte) RETRIES.indexOf(retry.on()))
                .put((byte) retry.jitterPercent())
                .putLong(retry.minMillis())
                .putLong(retry.maxMillis())
                .putLong(spec.leaseMillis())
                .putInt(spec.deduplication().names())
                .putLong(spec.deduplication().millis());
        out.putInt(exchange.length).put(exchange);
        out.putInt(key.length).put(key);
        out.putInt(group.length).put(group);
        return out.array();
    }

    private static int flag(boolean set, int bit) {
        return set ? bit : 0;
    }

    static QueueSpec read(ByteBuffer in) {
        int flags = in.get();
        Overflow overflow = OVERFLOWS.get(in.get());
        long ttl = in.getLong();
        long expires = in.getLong();
        long length = in.getLong();
        long bytes = in.getLong();
        int priorities = in.getShort();
        int limit = in.getInt();
        Retry.On on = RETRIES.get(in.get());
        int jitter = in.get();
        Retry retry = new Retry(on, in.getLong(), in.getLong(), (flags & EXPONENTIAL) != 0, jitter);
        long lease = in.getLong();
        Deduplication deduplication = new Deduplication(in.getInt(), in.getLong());
        String exchange = Records.text(in, in.getInt());
        String key = Records.text(in, in.getInt());
        String group = Records.text(in, in.getInt());
        return new QueueSpec(
                (flags & DURABLE) != 0,
                (flags & AUTO_DELETE) != 0,
                ttl,
                expires,
                length,
                bytes,
                overflow,
                (flags & HAS_DEAD_LETTER_EXCHANGE) != 0 ? exchange : null,
                (flags & HAS_DEAD_LETTER_KEY) != 0 ? key : null,
                (flags & SINGLE_ACTIVE) != 0,
                priorities,
                limit,
                retry,
                deduplication,
                lease,
                (flags & HAS_GROUPS) != 0 ? group : null);
    }
}
