package dev.parley.front.amqp;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.ShortText;
import dev.parley.core.queue.Delivery;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/// Frames on their way out, gathered until the end of the round.
///
/// Grows as needed; a connection stops taking deliveries when it holds more than its bound, so what
/// it grows to is that bound and one message. What is small stays in a buffer of its own; larger
/// output borrows [Pieces] until it is written, each filled to its end before the next.
final class FrameBuffer {
    private static final int START = 4096;

    /// The largest buffer of its own.
    private static final int KEEP = 16 << 10;

    /// A piece with at least so many bytes is written as it is; the bytes of others are copied.
    private static final int LENT = 64 << 10;

    private final Pieces pieces;
    private ByteBuffer own = ByteBuffer.allocate(START);
    private ByteBuffer out = own;

    /// Pieces before that one, ready to be read.
    private final ArrayDeque<ByteBuffer> full = new ArrayDeque<>(1);

    private int fullBytes;

    /// Where the method frame begins that is being written; negative: none is.
    private int frameStart = -1;

    FrameBuffer(Pieces pieces) {
        this.pieces = pieces;
    }

    int size() {
        return fullBytes + out.position();
    }

    /// Gives away everything gathered; then there is nothing.
    ///
    /// @param wire may take pieces as they are
    /// @param taker gets the rest, valid during the call
    void drain(Borrower wire, Consumer<ByteBuffer> taker) {
        ByteBuffer piece;
        while ((piece = full.poll()) != null) {
            fullBytes -= piece.remaining();
            give(piece, wire, taker);
        }
        ByteBuffer last = out.flip();
        out = own;
        give(last, wire, taker);
        own.clear();
    }

    private void give(ByteBuffer piece, Borrower wire, Consumer<ByteBuffer> taker) {
        boolean borrowed = false;
        try {
            boolean large = piece.isDirect() && piece.remaining() >= LENT && pieces.plenty();
            borrowed = large && wire.borrow(piece, () -> pieces.giveBack(piece));
            if (!borrowed) {
                taker.accept(piece);
            }
        } finally {
            if (!borrowed) {
                pieces.giveBack(piece);
            }
        }
    }

    void clear() {
        ByteBuffer piece;
        while ((piece = full.poll()) != null) {
            pieces.giveBack(piece);
        }
        fullBytes = 0;
        if (out != own) {
            pieces.giveBack(out);
            out = own;
        }
        out.clear();
        frameStart = -1;
    }

    private ByteBuffer room(int bytes) {
        if (out.remaining() < bytes) {
            grow(bytes);
        }
        return out;
    }

    private void grow(int bytes) {
        ByteBuffer last = out;
        if (last == own) {
            int wanted = last.position() + bytes;
            if (wanted <= KEEP) {
                own = ByteBuffer.allocate(Math.max(wanted, Math.min(KEEP, last.capacity() * 2)));
                out = own.put(last.flip());
            } else {
                out = pieces.take(Math.max(Pieces.BYTES, wanted)).put(last.flip());
            }
            return;
        }
        // A method frame gets its length at its end, so it must not be torn apart.
        int end = frameStart < 0 ? last.position() : frameStart;
        int begun = last.position() - end;
        out = pieces.take(Math.max(Pieces.BYTES, begun + bytes));
        out.put(0, last, end, begun).position(begun);
        frameStart = Math.min(frameStart, 0);
        full.add(last.limit(end).position(0));
        fullBytes += end;
    }

    void raw(byte[] bytes) {
        room(bytes.length).put(bytes);
    }

    /// Begins a method frame; ends with [#end].
    FrameBuffer method(int channel, int classId, int methodId) {
        room(11);
        frameStart = out.position();
        out.put((byte) 1).putShort((short) channel).putInt(0);
        out.putShort((short) classId).putShort((short) methodId);
        return this;
    }

    FrameBuffer octet(int value) {
        room(1).put((byte) value);
        return this;
    }

    FrameBuffer shortInt(int value) {
        room(2).putShort((short) value);
        return this;
    }

    FrameBuffer longInt(long value) {
        room(4).putInt((int) value);
        return this;
    }

    FrameBuffer longLong(long value) {
        room(8).putLong(value);
        return this;
    }

    FrameBuffer shortText(String text) {
        ShortText.write(room(1 + ShortText.size(text)), text);
        return this;
    }

    FrameBuffer longText(String text) {
        byte[] bytes = ShortText.bytes(text);
        room(4 + bytes.length).putInt(bytes.length).put(bytes);
        return this;
    }

    FrameBuffer table(FieldTable table) {
        table.write(room(table.encodedSize()));
        return this;
    }

    FrameBuffer bytes(ByteBuffer bytes) {
        return bytes(bytes, bytes.position(), bytes.remaining());
    }

    FrameBuffer bytes(ByteBuffer source, int at, int size) {
        room(size).put(out.position(), source, at, size).position(out.position() + size);
        return this;
    }

    FrameBuffer bytes(byte[] bytes) {
        room(bytes.length).put(bytes);
        return this;
    }

    void end() {
        room(1).put((byte) 0xCE);
        out.putInt(frameStart + 3, out.position() - frameStart - FrameReader.OVERHEAD);
        frameStart = -1;
    }

    /// The header and body frames of a message.
    void content(int channel, ByteBuffer properties, ByteBuffer body, int frameMax) {
        header(channel, properties, properties.position(), properties.limit(), body.remaining());
        body(channel, body, body.position(), frameMax);
    }

    /// The same of a message on its way to a consumer.
    void content(int channel, Delivery delivery, int frameMax) {
        ByteBuffer stored = delivery.stored();
        int body = delivery.bodyAt();
        header(channel, stored, delivery.propertiesAt(), body, stored.limit() - body);
        body(channel, stored, body, frameMax);
    }

    /// The header frame, with the property list that stands between two places.
    private void header(int channel, ByteBuffer list, int from, int to, int bodySize) {
        int size = to - from + 12;
        room(size + FrameReader.OVERHEAD);
        out.put((byte) 2).putShort((short) channel).putInt(size);
        out.putShort((short) 60).putShort((short) 0).putLong(bodySize);
        bytes(list, from, to - from).octet(0xCE);
    }

    /// The body frames, of what stands from a place on.
    private void body(int channel, ByteBuffer body, int from, int frameMax) {
        int most = frameMax == 0 ? body.limit() - from : frameMax - FrameReader.OVERHEAD;
        int at = from;
        while (at < body.limit()) {
            int size = Math.min(most, body.limit() - at);
            room(7).put((byte) 3).putShort((short) channel).putInt(size);
            copy(body, at, size);
            room(1).put((byte) 0xCE);
            at += size;
        }
    }

    /// Adds bytes that may be torn apart.
    private void copy(ByteBuffer source, int from, int size) {
        int at = from;
        int end = from + size;
        while (at < end) {
            int left = end - at;
            if (out == own ? out.remaining() < left : !out.hasRemaining()) {
                grow(Math.min(left, Pieces.BYTES - KEEP));
            }
            int some = Math.min(left, out.remaining());
            bytes(source, at, some);
            at += some;
        }
    }

    void heartbeat() {
        room(8).put((byte) 8).putShort((short) 0).putInt(0).put((byte) 0xCE);
    }
}
