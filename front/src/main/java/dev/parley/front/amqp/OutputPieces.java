package dev.parley.front.amqp;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/// Large buffers for what connections of one event loop write: each is borrowed for the rest of a
/// round, so a few serve them all, and none is made anew for every round.
///
/// There are at most [#COUNT]; whoever finds none left, or needs more than one holds, gets a buffer
/// of its own that is let go.
final class OutputPieces {
    /// Bytes of one: with the usual bound, all that a connection gathers in a round and a message
    /// of one frame.
    private static final int BYTES = 1 << 20;

    private static final int COUNT = 16;

    private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>(COUNT);
    private int made;

    /// An empty buffer with room for `bytes` at least.
    ByteBuffer take(int bytes) {
        if (bytes <= BYTES) {
            ByteBuffer piece = free.pollLast();
            if (piece != null) {
                return piece;
            }
            if (made < COUNT) {
                made++;
                return ByteBuffer.allocateDirect(BYTES);
            }
        }
        return ByteBuffer.allocate((int) Math.min(2L * bytes, Integer.MAX_VALUE - 8));
    }

    /// Takes a buffer back that nobody uses any more.
    void giveBack(ByteBuffer piece) {
        if (piece.isDirect()) {
            free.addLast(piece.clear());
        }
    }
}
