package dev.parley.front.amqp;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A body that comes in parts, until it is whole.
///
/// What it takes grows with what arrives, so that a promised size alone takes no memory; and it
/// counts as [Unfinished], but for a body that comes in one frame: of those a connection has one at
/// a time, whose end is near.
final class Gathering {
    /// What is smaller is not worth a large buffer.
    private static final int SMALL = 16 << 10;

    /// How many times larger it gets when it is full, while there is plenty for all.
    private static final int GROWTH = 4;

    /// By which part of itself it grows at least, so that it is not copied for every frame.
    private static final int LEAST = 8;

    private final Pieces pieces;
    private final Unfinished unfinished;
    private @Nullable ByteBuffer gathered;

    /// How much of the body there is room for.
    private int room;

    private boolean counts;

    /// What it counts for.
    private long counted;

    Gathering(Pieces pieces, Unfinished unfinished) {
        this.pieces = pieces;
        this.unfinished = unfinished;
    }

    /// Takes the next part of a body of `size` bytes; returns the body once it is whole, which is
    /// valid until [#clear].
    ///
    /// @param more bytes of the same frame that are still to come
    /// @throws AmqpException if all clients together have more of such bodies than they may
    @Nullable ByteBuffer add(ByteBuffer part, int more, int size) {
        ByteBuffer into = gathered;
        if (into == null) {
            counts = part.remaining() + more < size;
        }
        int wanted = part.remaining() + (into == null ? 0 : into.position());
        if (into == null || wanted > room) {
            into = enlarge((int) Math.min(size, Math.max(wanted, larger())));
        }
        into.put(part);
        return wanted == size ? into.flip() : null;
    }

    /// How much it should have room for when it is full. What it counts for before that has come,
    /// nobody else can have: that much is taken from what is plenty only.
    private long larger() {
        long most = (long) room * GROWTH;
        if (counts) {
            most = Math.min(most, counted + unfinished.plenty());
        }
        return Math.max(Math.max(most, room + (long) room / LEAST), Pieces.BYTES);
    }

    /// Makes room for the first `bytes` of the body.
    private ByteBuffer enlarge(int bytes) {
        if (counts) {
            unfinished.take(bytes - counted);
            counted = bytes;
        }
        ByteBuffer before = gathered;
        if (before != null && before.capacity() >= bytes) {
            room = bytes;
            return before;
        }
        ByteBuffer after = bytes < SMALL ? ByteBuffer.allocate(bytes) : pieces.take(bytes);
        if (before != null) {
            after.put(before.flip());
            pieces.giveBack(before);
        }
        gathered = after;
        room = bytes;
        return after;
    }

    /// How much of it has come.
    int bytes() {
        ByteBuffer there = gathered;
        return there == null ? 0 : there.position();
    }

    /// Forgets what has come.
    void clear() {
        unfinished.give(counted);
        counted = 0;
        room = 0;
        ByteBuffer before = gathered;
        if (before != null) {
            gathered = null;
            pieces.giveBack(before);
        }
    }
}
