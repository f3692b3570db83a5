package dev.parley.front.amqp;

import java.nio.ByteBuffer;

/// Who writes bytes to a client, and may do so from where they are.
public interface Borrower {
    /// Writes bytes outside the heap as they are, after what was written before; `done` runs when
    /// they may change again. Returns false if they are to be written otherwise.
    default boolean borrow(ByteBuffer bytes, Runnable done) {
        return false;
    }
}
