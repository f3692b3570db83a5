package dev.parley.core.stream;

import dev.parley.core.message.ShortText;
import dev.parley.core.shard.Decision;
import dev.parley.core.shard.Pattern;
import java.nio.ByteBuffer;
import java.util.List;

/// The records of the stream machine: their types and how they are laid out. All numbers
/// big-endian; a text is its length (2 bytes) and its UTF-8 bytes.
///
/// | type | holds |
/// | --- | --- |
/// | CREATE | stream, seed, age, bytes, count, last per subject, host, name |
/// | DELETE | stream |
/// | PUBLISH | where the message begins, sending shard, move, places (stream, offset), message |
/// | BLOCK | where the messages begin, stream, offsets from and to, count, times of the first and last, for each its distance and its size, messages |
/// | SINGLE | stream, offset: a message of the tail is a block where it lies |
/// | TRIM | stream, offset: what lies below is gone |
/// | CURSOR | for each: stream, offset (-1: forgotten), name |
/// | RELOCATE | where the message begins, places (stream, offset), message |
/// | ATTEMPT | for each: stream, offset below which messages may be handed out for the cursor, whether that
///   has happened, name |
final class Records {
    static final int CREATE = Pattern.STREAM.firstType();
    static final int DELETE = CREATE + 1;
    static final int PUBLISH = CREATE + 2;
    static final int BLOCK = CREATE + 3;
    static final int SINGLE = CREATE + 4;
    static final int TRIM = CREATE + 5;
    static final int CURSOR = CREATE + 6;
    static final int RELOCATE = CREATE + 7;
    static final int ATTEMPT = CREATE + 8;

    /// What a record takes in the log besides its payload, about.
    static final int OVERHEAD = 16;

    /// The parts of a message in front of its exchange: time and key.
    static final int MESSAGE_HEAD = StreamDelivery.NAMES;

    /// The least that a message takes: no exchange, no subject, no properties, no body.
    static final int MESSAGE_MIN = MESSAGE_HEAD + 1 + 1 + 4;

    /// A PUBLISH record's parts in front of its places.
    static final int PUBLISH_HEAD = 4 + 4 + 8 + 4;

    private static final int BLOCK_HEAD = 4 + 8 + 8 + 8 + 4 + 8 + 8;

    private Records() {}

    // ---- messages

    static int messageSize(byte[] exchange, byte[] subject, StreamMessage message) {
        return MESSAGE_MIN
                + exchange.length
                + subject.length
                + message.properties().remaining()
                + message.body().remaining();
    }

    static void putMessage(
            ByteBuffer out, long millis, byte[] exchange, byte[] subject, StreamMessage message) {
        out.putLong(millis).putInt(message.key());
        out.put((byte) exchange.length).put(exchange);
        out.put((byte) subject.length).put(subject);
        out.putInt(message.properties().remaining()).put(message.properties().duplicate());
        out.put(message.body().duplicate());
    }

    /// Where the message, or the first of them, begins in the payload of a PUBLISH, RELOCATE or
    /// BLOCK record.
    static int messageStart(ByteBuffer payload) {
        int start = payload.position() + payload.getInt(payload.position());
        if (start < payload.position() + 4 || start > payload.limit() - MESSAGE_MIN) {
            throw new IllegalStateException("no message at " + start + " of a stream record");
        }
        return start;
    }

    // ---- streams

    static void create(
            Decision decision, long stream, long seed, String host, String name, StreamSpec spec) {
        byte[] encoded = encodeCreate(stream, seed, host, name, spec);
        decision.append(CREATE, encoded.length).put(encoded);
        decision.apply();
    }

    static byte[] encodeCreate(long stream, long seed, String host, String name, StreamSpec spec) {
        byte[] hostBytes = ShortText.bytes(host);
        byte[] nameBytes = ShortText.bytes(name);
        ByteBuffer out =
                ByteBuffer.allocate(8 + 8 + 25 + 2 + hostBytes.length + 2 + nameBytes.length);
        out.putLong(stream).putLong(seed);
        out.putLong(spec.ageMillis()).putLong(spec.bytes()).putLong(spec.count());
        out.put((byte) (spec.lastPerSubject() ? 1 : 0));
        putText(out, hostBytes);
        putText(out, nameBytes);
        return out.array();
    }

    /// What makes a stream.
    record Creation(long stream, long seed, StreamSpec spec, String host, String name) {}

    static Creation readCreate(ByteBuffer in) {
        return new Creation(
                in.getLong(),
                in.getLong(),
                new StreamSpec(in.getLong(), in.getLong(), in.getLong(), in.get() != 0),
                text(in),
                text(in));
    }

    static void delete(Decision decision, long stream) {
        decision.append(DELETE, 8).putLong(stream);
        decision.apply();
    }

    static void trim(Decision decision, long stream, long first) {
        decision.append(TRIM, 16).putLong(stream).putLong(first);
        decision.apply();
    }

    static void single(Decision decision, long stream, long offset) {
        decision.append(SINGLE, 16).putLong(stream).putLong(offset);
        decision.apply();
    }

    // ---- places

    /// Where a message stands in one stream.
    record Place(long stream, long offset) {}

    static int placesSize(List<Place> places) {
        return 4 + places.size() * 16;
    }

    static void putPlaces(ByteBuffer out, List<Place> places) {
        out.putInt(places.size());
        for (Place place : places) {
            out.putLong(place.stream()).putLong(place.offset());
        }
    }

    // ---- blocks

    /// What a BLOCK record says of its messages.
    record BlockHead(
            long stream, long from, long to, int count, long firstMillis, long lastMillis) {
        /// The same block from `offset` on.
        BlockHead from(long offset) {
            return new BlockHead(stream, offset, to, count, firstMillis, lastMillis);
        }
    }

    static BlockHead readBlockHead(ByteBuffer in) {
        in.getInt();
        BlockHead head =
                new BlockHead(
                        in.getLong(),
                        in.getLong(),
                        in.getLong(),
                        in.getInt(),
                        in.getLong(),
                        in.getLong());
        if (head.count < 0 || head.count > in.remaining() / 8 || head.from >= head.to) {
            throw new IllegalStateException("a block of nonsense: " + head);
        }
        return head;
    }

    static int blockSize(int count, int bytes) {
        return BLOCK_HEAD + count * 8 + bytes;
    }

    static void putBlockHead(ByteBuffer out, BlockHead head) {
        out.putInt(BLOCK_HEAD + head.count() * 8);
        out.putLong(head.stream()).putLong(head.from()).putLong(head.to()).putInt(head.count());
        out.putLong(head.firstMillis()).putLong(head.lastMillis());
    }

    /// The number of messages in a block's payload.
    static int blockCount(ByteBuffer payload) {
        int count = payload.getInt(payload.position() + 28);
        if (count < 0 || count > (payload.remaining() - BLOCK_HEAD) / 8) {
            throw new IllegalStateException(count + " messages in a block that is too small");
        }
        return count;
    }

    /// How far the `index`-th message of a block is from the block's first offset.
    static int blockDistance(ByteBuffer payload, int index) {
        return payload.getInt(payload.position() + BLOCK_HEAD + index * 8);
    }

    static int blockMessageSize(ByteBuffer payload, int index) {
        return payload.getInt(payload.position() + BLOCK_HEAD + index * 8 + 4);
    }

    // ---- texts

    static void putText(ByteBuffer out, byte[] text) {
        out.putShort((short) text.length).put(text);
    }

    static String text(ByteBuffer in) {
        int length = Short.toUnsignedInt(in.getShort());
        if (length > in.remaining()) {
            throw new IllegalStateException(length + " bytes in a stream record that has fewer");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return ShortText.decoded(bytes);
    }
}
