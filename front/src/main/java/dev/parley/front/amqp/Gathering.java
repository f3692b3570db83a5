package dev.parley.front.amqp;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A body that comes in parts, until it is whole.
///
/// What it takes grows with what arrives, so that a promised size alone takes no memory; and it
/// counts as [Unfinished].
final class Gathering {
    /// What is smaller is not worth a large buffer.
    private static final int SMALL = 16 << 10;

    /// How many times larger it gets when it is full.
    private static final int GROWTH = 4;

    private final Pieces pieces;
    private final Unfinished unfinished;
    private @Nullable ByteBuffer gathered;

    /// How much of the body there is room for.
    private int room;

    Gathering(Pieces pieces, Unfinished unfinished) {
        this.pieces = pieces;
        this.unfinished = unfinished;
    }

    /// Takes the next part of a body of `size` bytes; returns the body once it is whole, which is
    /// valid until [#clear].
    ///
    /// @throws AmqpException if all clients together have more of such bodies than they may
    @Nullable ByteBuffer add(ByteBuffer part, int size) {
        ByteBuffer into = gathered;
        int wanted = part.remaining() + (into == null ? 0 : into.position());
        if (into == null || wanted > room) {
            long larger = Math.max(Math.max(wanted, Pieces.BYTES), (long) room * GROWTH);
            into = enlarge((int) Math.min(size, larger));
        }
        into.put(part);
        return wanted == size ? into.flip() : null;
    }

    /// Makes room for the first `bytes` of the body.
    private ByteBuffer enlarge(int bytes) {
        unfinished.take(bytes - room);
        room = bytes;
        ByteBuffer before = gathered;
        if (before != null && before.capacity() >= bytes) {
            return before;
        }
        ByteBuffer after = bytes < SMALL ? ByteBuffer.allocate(bytes) : pieces.take(bytes);
        if (before != null) {
            after.put(before.flip());
            pieces.giveBack(before);
        }
        gathered = after;
        return after;
    }

    /// How much of it has come.
    int bytes() {
        ByteBuffer there = gathered;
        return there == null ? 0 : there.position();
    }

    /// Forgets what has come.
    void clear() {
        ByteBuffer before = gathered;
        if (before != null) {
            gathered = null;
            pieces.giveBack(before);
            unfinished.give(room);
            room = 0;
        }
    }
}
