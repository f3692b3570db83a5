package dev.parley.core.log;

import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/// Hands things from one thread to another in order; the only thing besides single volatile or
/// atomic fields through which the log's threads meet.
final class Handover<T> {
    private final ConcurrentLinkedQueue<T> queue = new ConcurrentLinkedQueue<>();

    void offer(T thing) {
        queue.add(thing);
    }

    @Nullable T poll() {
        return queue.poll();
    }

    @Nullable T peek() {
        return queue.peek();
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }
}
