package dev.parley.front.amqp;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/// Large buffers that the connections of one event loop share, for bodies that come in parts and
/// for output: each is borrowed for a while, so a few serve them all, and none is made anew for
/// every message.
///
/// There is a bound to what they take in all; whoever finds no room left gets a buffer of the heap
/// that is let go. One that goes to make room for another size is memory outside the heap until the
/// collector comes, so for a while there may be more.
class Pieces {
    /// The smallest; larger ones are multiples of it.
    static final int BYTES = 256 << 10;

    private final long most;
    private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
    private long made;
    private long lent;

    /// @param most bytes of all that are lent or kept at a time
    Pieces(long most) {
        this.most = most;
    }

    /// An empty buffer with room for `wanted` bytes at least.
    ByteBuffer take(int wanted) {
        long size = (wanted + BYTES - 1L) / BYTES * BYTES;
        if (lent + size > most) {
            return ByteBuffer.allocate(wanted);
        }
        ByteBuffer found = find(size);
        if (found == null) {
            makeRoom(size);
            found = ByteBuffer.allocateDirect((int) size);
            made += size;
        }
        lent += found.capacity();
        return found;
    }

    private @Nullable ByteBuffer find(long size) {
        for (Iterator<ByteBuffer> all = free.descendingIterator(); all.hasNext(); ) {
            ByteBuffer one = all.next();
            if (one.capacity() >= size && one.capacity() - size <= size / 2) {
                all.remove();
                return one;
            }
        }
        return null;
    }

    /// Lets go of what nobody has borrowed for longest.
    private void makeRoom(long size) {
        while (made + size > most && !free.isEmpty()) {
            made -= free.remove().capacity();
        }
    }

    /// Bytes of those that are borrowed.
    long lent() {
        return lent;
    }

    /// Whether some may be kept for longer than a round.
    boolean plenty() {
        return lent <= most / 2;
    }

    /// Takes a buffer back that nobody uses any more.
    void giveBack(ByteBuffer piece) {
        if (piece.isDirect()) {
            lent -= piece.capacity();
            free.add(piece.clear());
        }
    }
}
