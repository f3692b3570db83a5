package dev.parley.core.catalog;

import java.util.ArrayList;
import java.util.List;

/// The queues that a message reaches, each once, in the order in which they were found; reused from
/// message to message.
public final class Routes {
    private final List<QueueEntry> queues = new ArrayList<>();
    private long route;
    private boolean topics;

    /// Starts another message.
    void begin(long number) {
        route = number;
        queues.clear();
        topics = false;
    }

    void add(QueueEntry queue) {
        if (queue.foundFirstBy(route)) {
            queues.add(queue);
        }
    }

    void reachTopics() {
        topics = true;
    }

    /// Whether it came by the exchange that the virtual host's topics are, straight or over others:
    /// who subscribes to them gets it too.
    public boolean topics() {
        return topics;
    }

    public int size() {
        return queues.size();
    }

    public QueueEntry get(int index) {
        return queues.get(index);
    }
}
