package dev.parley.core.log;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;

/// Memory that chunks leave behind for later ones, up to a bound; beyond it the oldest is let go.
///
/// Memory outside the heap is cleared when it is made and given back by the collector: a log of
/// large records would spend more on that than on copying them.
final class Spares {
    private final long most;
    private final ArrayDeque<ByteBuffer> kept = new ArrayDeque<>();
    private long bytes;

    /// @param most bytes that are kept in all
    Spares(long most) {
        this.most = most;
    }

    /// A buffer of at least `wanted` bytes, and at most half as many more.
    ByteBuffer take(int wanted) {
        for (Iterator<ByteBuffer> all = kept.iterator(); all.hasNext(); ) {
            ByteBuffer one = all.next();
            if (one.capacity() >= wanted && one.capacity() - wanted <= wanted / 2) {
                all.remove();
                bytes -= one.capacity();
                return one;
            }
        }
        return ByteBuffer.allocateDirect(wanted);
    }

    /// Keeps a buffer that nobody uses any more.
    void add(ByteBuffer buffer) {
        if (buffer.capacity() > most) {
            return;
        }
        kept.add(buffer);
        bytes += buffer.capacity();
        while (bytes > most) {
            bytes -= kept.remove().capacity();
        }
    }
}
