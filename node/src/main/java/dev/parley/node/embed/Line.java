package dev.parley.node.embed;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What a consumer has on hand and no worker has taken yet, in order.
///
/// In a queue with ordering groups a worker that has taken a message of a group takes that group's
/// next ones too, so that no two workers have messages of one group. The event loop adds without a
/// lock; the workers share one, and only where there are groups.
final class Line {
    private final ConcurrentLinkedQueue<Arrival> arrivals = new ConcurrentLinkedQueue<>();
    private final ReentrantLock lock = new ReentrantLock();

    /// Groups of which a worker has a message, and those of their messages that wait for it.
    private final Map<String, ArrayDeque<Arrival>> taken = new HashMap<>();

    private volatile @Nullable String groupHeader;

    /// Before the first arrival.
    void groupHeader(@Nullable String header) {
        groupHeader = header;
    }

    void add(Arrival arrival) {
        arrivals.add(arrival);
    }

    boolean isEmpty() {
        return arrivals.isEmpty();
    }

    /// The next message that a worker may have, or null.
    @Nullable Arrival take() {
        String header = groupHeader;
        if (header == null) {
            return arrivals.poll();
        }
        lock.lock();
        try {
            Arrival arrival;
            while ((arrival = arrivals.poll()) != null) {
                String group = group(arrival, header);
                ArrayDeque<Arrival> others = group == null ? null : taken.get(group);
                if (others == null) {
                    if (group != null) {
                        taken.put(group, new ArrayDeque<>());
                    }
                    return arrival;
                }
                others.add(arrival);
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /// A worker is done with a message; returns the next of its group, or null.
    @Nullable Arrival after(Arrival done) {
        String header = groupHeader;
        String group = header == null ? null : group(done, header);
        if (group == null) {
            return null;
        }
        lock.lock();
        try {
            ArrayDeque<Arrival> others = taken.get(group);
            Arrival next = others == null ? null : others.poll();
            if (next == null) {
                taken.remove(group);
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    /// Takes everything that waits.
    List<Arrival> drain() {
        List<Arrival> all = new ArrayList<>();
        lock.lock();
        try {
            for (ArrayDeque<Arrival> others : taken.values()) {
                all.addAll(others);
                others.clear();
            }
            Arrival arrival;
            while ((arrival = arrivals.poll()) != null) {
                all.add(arrival);
            }
        } finally {
            lock.unlock();
        }
        return all;
    }

    private static @Nullable String group(Arrival arrival, String header) {
        FieldTable headers = Properties.read(arrival.properties().duplicate()).headers();
        FieldValue value = headers == null ? null : headers.get(header);
        return value == null ? null : value.toString();
    }
}
