package dev.parley.core.catalog;

import java.util.ArrayList;
import java.util.List;

/// The queues that a message reaches, each once, in the order in which they were found; reused from
/// message to message.
public final class Routes {
    private final List<QueueEntry> queues = new ArrayList<>();
    private long route;

    /// Starts another message.
    void begin(long number) {
        route = number;
        queues.clear();
    }

    void add(QueueEntry queue) {
        if (queue.foundFirstBy(route)) {
            queues.add(queue);
        }
    }

    public int size() {
        return queues.size();
    }

    public QueueEntry get(int index) {
        return queues.get(index);
    }
}
