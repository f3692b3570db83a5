package dev.parley.core.topic;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Messages that several sessions get, with what a client has made of each, so that the next
/// session's client need not make it again.
///
/// They are views of the log: they live until something is logged, or the round of deliveries is
/// over.
final class Forms {
    private static final int SLOTS = 1024;

    /// A record and what was made of the message in it.
    record Form(ByteBuffer record, Object made) {}

    private final @Nullable Form[] forms = new Form[SLOTS];
    private final int[] bodies = new int[SLOTS];
    private final int[] used = new int[SLOTS];
    private int size;

    @Nullable Form get(int body) {
        int slot = body & SLOTS - 1;
        return bodies[slot] == body ? forms[slot] : null;
    }

    void put(int body, Form form) {
        int slot = body & SLOTS - 1;
        if (forms[slot] == null) {
            used[size++] = slot;
        }
        forms[slot] = form;
        bodies[slot] = body;
    }

    void clear() {
        for (int i = 0; i < size; i++) {
            forms[used[i]] = null;
        }
        size = 0;
    }
}
