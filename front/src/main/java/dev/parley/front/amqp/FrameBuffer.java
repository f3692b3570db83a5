package dev.parley.front.amqp;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.ShortText;
import dev.parley.core.queue.Delivery;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// Frames on their way out, gathered until the end of the round.
///
/// Grows as needed; a connection stops taking deliveries when it holds more than its bound, so what
/// it grows to is that bound and one message. What is small stays in a buffer of its own; larger
/// output borrows one of the [OutputPieces] until it is written.
final class FrameBuffer {
    private static final int START = 4096;

    /// The largest buffer of its own.
    private static final int KEEP = 16 << 10;

    private final OutputPieces pieces;
    private ByteBuffer own = ByteBuffer.allocate(START);
    private ByteBuffer out = own;
    private int frameStart;

    FrameBuffer(OutputPieces pieces) {
        this.pieces = pieces;
    }

    int size() {
        return out.position();
    }

    /// Gives away everything gathered, valid during the call; then there is nothing.
    void drain(Consumer<ByteBuffer> taker) {
        taker.accept(out.flip());
        clear();
    }

    void clear() {
        if (out != own) {
            pieces.giveBack(out);
            out = own;
        }
        out.clear();
    }

    private ByteBuffer room(int bytes) {
        if (out.remaining() < bytes) {
            grow(Math.addExact(out.position(), bytes));
        }
        return out;
    }

    private void grow(int wanted) {
        ByteBuffer full = out;
        if (wanted <= KEEP) {
            own = ByteBuffer.allocate(Math.max(wanted, Math.min(KEEP, full.capacity() * 2)));
            out = own.put(full.flip());
            return;
        }
        out = pieces.take(wanted).put(full.flip());
        if (full != own) {
            pieces.giveBack(full);
        }
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
            int piece = Math.min(most, body.limit() - at);
            room(piece + FrameReader.OVERHEAD);
            out.put((byte) 3).putShort((short) channel).putInt(piece);
            bytes(body, at, piece).octet(0xCE);
            at += piece;
        }
    }

    void heartbeat() {
        room(8).put((byte) 8).putShort((short) 0).putInt(0).put((byte) 0xCE);
    }
}
