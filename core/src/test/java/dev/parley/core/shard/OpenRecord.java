package dev.parley.core.shard;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The record that a machine is filling, which has to be whole before the next one begins.
final class OpenRecord {
    private @Nullable ByteBuffer buffer;
    private int type;

    ByteBuffer begin(int ofType, int size) {
        if (buffer != null) {
            throw new IllegalStateException("record " + type + " was not applied");
        }
        ByteBuffer fresh = ByteBuffer.allocate(size);
        buffer = fresh;
        type = ofType;
        return fresh;
    }

    /// The type of the record that began last.
    int type() {
        return type;
    }

    /// The record's payload, read-only.
    ByteBuffer end() {
        ByteBuffer filled = buffer;
        if (filled == null || filled.hasRemaining()) {
            throw new IllegalStateException("record " + type + " is not complete");
        }
        buffer = null;
        return filled.flip().asReadOnlyBuffer();
    }
}
