package dev.parley.core.stream;

import dev.parley.core.message.ShortText;
import java.nio.ByteBuffer;

/// A view of one message on its way to a reader, reused for the next one.
///
/// Layout of the stored message: time (8 bytes), key (4); exchange and subject, each with one
/// length byte; the length of the property list (4 bytes) and the list; the body to the end.
public final class StreamDelivery {
    static final int NAMES = 8 + 4;

    private ByteBuffer stored = ByteBuffer.allocate(0);
    private int start;
    private int properties;
    private int body;
    private int end;
    private long stream;
    private long reader;
    private long offset;
    private long missed;
    private boolean repeated;

    StreamDelivery() {}

    /// Points to the message from `start` to `end` of `payload`.
    StreamDelivery show(ByteBuffer payload, int start, int end) {
        this.stored = payload;
        this.start = start;
        this.end = end;
        int names = start + NAMES;
        int subject = names + 1 + Byte.toUnsignedInt(payload.get(names));
        int length = subject + 1 + Byte.toUnsignedInt(payload.get(subject));
        properties = length + 4;
        body = properties + payload.getInt(length);
        return this;
    }

    StreamDelivery to(long stream, long reader, long offset, long missed, boolean repeated) {
        this.stream = stream;
        this.reader = reader;
        this.offset = offset;
        this.missed = missed;
        this.repeated = repeated;
        return this;
    }

    public long stream() {
        return stream;
    }

    public long reader() {
        return reader;
    }

    public long offset() {
        return offset;
    }

    /// Messages between the one before and this one that this reader should have had: they were
    /// dropped before it came to them. What last values made go does not count.
    public long missed() {
        return missed;
    }

    /// Whether this was delivered before, to this reader or another of its cursor, as far as is
    /// known: after a restart nothing is.
    public boolean repeated() {
        return repeated;
    }

    /// When the message came, milliseconds since 1970.
    public long timeMillis() {
        return stored.getLong(start);
    }

    public int key() {
        return stored.getInt(start + 8);
    }

    /// Exchange and subject, each led by its length in one byte, one behind the other.
    public ByteBuffer names() {
        return stored.slice(start + NAMES, properties - 4 - start - NAMES);
    }

    public String exchange() {
        return text(start + NAMES);
    }

    public String subject() {
        int names = start + NAMES;
        return text(names + 1 + Byte.toUnsignedInt(stored.get(names)));
    }

    public ByteBuffer properties() {
        return stored.slice(properties, body - properties);
    }

    public ByteBuffer body() {
        return stored.slice(body, end - body);
    }

    private String text(int at) {
        byte[] bytes = new byte[Byte.toUnsignedInt(stored.get(at))];
        stored.get(at + 1, bytes);
        return ShortText.decoded(bytes);
    }
}
