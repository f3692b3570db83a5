package dev.parley.core.queue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The consumers of a queue, and who is next: highest priority first, fair turns among equals.
///
/// Who can take nothing leaves the line until something changes, so that finding the next consumer
/// costs the same however many are busy. With a single active consumer only one stands in line at
/// all.
final class Line {
    private final boolean singleActive;
    private final Map<Long, QueueConsumer> consumers = new LinkedHashMap<>();
    private final TreeMap<Integer, ArrayDeque<QueueConsumer>> waiting =
            new TreeMap<>(Comparator.reverseOrder());
    private @Nullable QueueConsumer active;

    /// Who was asked for last, and mostly is again.
    private @Nullable QueueConsumer recent;

    Line(boolean singleActive) {
        this.singleActive = singleActive;
    }

    /// Those that get messages now.
    int takers() {
        return singleActive ? Math.min(1, consumers.size()) : consumers.size();
    }

    int size() {
        return consumers.size();
    }

    boolean exclusive() {
        return consumers.values().stream().anyMatch(QueueConsumer::exclusive);
    }

    List<QueueConsumer> all() {
        return new ArrayList<>(consumers.values());
    }

    @Nullable QueueConsumer get(long id) {
        QueueConsumer found = recent;
        if (found == null || found.id() != id) {
            found = consumers.get(id);
            recent = found;
        }
        return found;
    }

    void add(QueueConsumer consumer) {
        consumers.put(consumer.id(), consumer);
        chooseActive();
        join(consumer);
    }

    /// Returns whether it was there.
    boolean remove(long id) {
        QueueConsumer consumer = consumers.remove(id);
        if (consumer == null) {
            return false;
        }
        recent = null;
        leave(consumer);
        if (active == consumer) {
            active = null;
            chooseActive();
        }
        return true;
    }

    private void chooseActive() {
        if (!singleActive || active != null) {
            return;
        }
        for (QueueConsumer candidate : consumers.values()) {
            if (active == null || candidate.priority() > active.priority()) {
                active = candidate;
            }
        }
        if (active != null) {
            join(active);
        }
    }

    /// The consumer can take more again, as far as the queue knows.
    void join(QueueConsumer consumer) {
        if (consumer.waiting() || consumer.passedOver() || (singleActive && consumer != active)) {
            return;
        }
        consumer.waiting(true);
        waiting.computeIfAbsent(consumer.priority(), priority -> new ArrayDeque<>()).add(consumer);
    }

    private void leave(QueueConsumer consumer) {
        if (consumer.waiting()) {
            consumer.waiting(false);
            ArrayDeque<QueueConsumer> equals = waiting.get(consumer.priority());
            if (equals != null) {
                equals.remove(consumer);
                if (equals.isEmpty()) {
                    waiting.remove(consumer.priority());
                }
            }
        }
    }

    boolean somebodyWaits() {
        return !waiting.isEmpty();
    }

    /// The next consumer with room, which has then taken a place; null when nobody has any.
    @Nullable QueueConsumer next() {
        while (!waiting.isEmpty()) {
            ArrayDeque<QueueConsumer> equals = waiting.firstEntry().getValue();
            QueueConsumer first = equals.getFirst();
            if (first.tryTake()) {
                if (equals.size() > 1) {
                    equals.removeFirst();
                    equals.addLast(first);
                }
                return first;
            }
            leave(first);
        }
        return null;
    }
}
