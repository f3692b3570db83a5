package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a queue should do, told with lists and no thought of speed.
final class QueueModel {
    /// One message in one queue.
    static final class Item {
        final String body;
        final boolean persistent;
        final int priority;
        final long expiry;
        int failures;
        boolean wasDelivered;
        boolean mayShowRedelivered;
        @Nullable Long holder;

        Item(String body, boolean persistent, int priority, long expiry) {
            this.body = body;
            this.persistent = persistent;
            this.priority = priority;
            this.expiry = expiry;
        }

        boolean ready() {
            return holder == null;
        }
    }

    record Taker(long id, boolean automatic, int prefetch) {}

    final long id;
    final QueueSpec spec;
    private final @Nullable QueueModel deadLetters;
    final List<Item> items = new ArrayList<>();

    /// Dead letters of this turn: of several queues and kinds, so in an order that is left open.
    private final List<Item> arrivals = new ArrayList<>();

    final Map<Long, Taker> takers = new LinkedHashMap<>();

    QueueModel(long id, QueueSpec spec, @Nullable QueueModel deadLetters) {
        this.id = id;
        this.spec = spec;
        this.deadLetters = deadLetters;
    }

    long ready() {
        return items.stream().filter(Item::ready).count();
    }

    long bytes() {
        return items.stream().filter(Item::ready).mapToLong(item -> item.body.length()).sum();
    }

    List<Item> heldBy(long taker) {
        return items.stream().filter(item -> Objects.equals(item.holder, taker)).toList();
    }

    /// Returns whether the message was taken in.
    boolean publish(String body, boolean persistent, int priority, long ttl, long now) {
        if (spec.overflow() != Overflow.DROP_HEAD
                && (over(spec.lengthMax(), ready() + 1)
                        || over(spec.bytesMax(), bytes() + body.length()))) {
            return false;
        }
        long wait = spec.ttlMillis();
        if (ttl >= 0) {
            wait = wait < 0 ? ttl : Math.min(wait, ttl);
        }
        int level = Math.min(priority, spec.priorityMax());
        boolean survives = persistent && spec.durable();
        items.add(new Item(body, survives, level, wait < 0 ? Long.MAX_VALUE : now + wait));
        return true;
    }

    private static boolean over(long most, long count) {
        return most >= 0 && count > most;
    }

    private @Nullable Item head(int priority) {
        return items.stream()
                .filter(item -> item.ready() && item.priority == priority)
                .findFirst()
                .orElse(null);
    }

    private @Nullable Item top() {
        Item best = null;
        for (Item item : items) {
            if (item.ready() && (best == null || item.priority > best.priority)) {
                best = item;
            }
        }
        return best;
    }

    private void expire(long before, long now) {
        for (int i = 0; i <= spec.priorityMax(); i++) {
            for (Item head; (head = head(i)) != null && head.expiry < before; ) {
                bury(head, now);
            }
        }
    }

    /// The message leaves for the dead letters, if there are any.
    void bury(Item item, long now) {
        items.remove(item);
        if (deadLetters != null) {
            deadLetters.publish(item.body, item.persistent, 0, -1, now);
            deadLetters.arrivals.add(deadLetters.items.getLast());
        }
    }

    /// Compares a delivery with what was due, and notes it; returns what it was.
    Item onDelivery(TestClient.Got got, long now) {
        expire(now, now);
        Item due = Objects.requireNonNull(top(), () -> "nothing is due but " + got);
        if (arrivals.contains(due)) {
            due =
                    arrivals.stream()
                            .filter(item -> item.ready() && item.body.equals(got.body()))
                            .findFirst()
                            .orElse(due);
        }
        assertThat(got.body()).isEqualTo(due.body);
        assertThat(got.failures()).as("failures of %s", due.body).isEqualTo(due.failures);
        if (due.wasDelivered) {
            assertThat(got.redelivered()).as("%s is redelivered", due.body).isTrue();
        } else if (!due.mayShowRedelivered) {
            assertThat(got.redelivered()).as("%s is not redelivered", due.body).isFalse();
        }
        due.wasDelivered = true;
        if (got.consumer() == 0) {
            due.holder = 0L;
            return due;
        }
        Taker taker = Objects.requireNonNull(takers.get(got.consumer()), "consumer");
        assertThat(hasRoom(taker)).as("room of consumer %d", taker.id()).isTrue();
        if (taker.automatic()) {
            items.remove(due);
        } else {
            due.holder = taker.id();
        }
        return due;
    }

    private boolean hasRoom(Taker taker) {
        boolean active =
                !spec.singleActiveConsumer()
                        || takers.values().iterator().next().id() == taker.id();
        return active
                && (taker.automatic()
                        || taker.prefetch() == 0
                        || heldBy(taker.id()).size() < taker.prefetch());
    }

    /// Dead letters of this turn lie in this order.
    void arrived(List<String> order) {
        List<Item> sorted = new ArrayList<>(arrivals);
        sorted.retainAll(items);
        items.removeAll(sorted);
        sorted.sort(Comparator.comparingInt(item -> order.lastIndexOf(item.body)));
        items.addAll(sorted);
        arrivals.clear();
    }

    boolean awaitsOrder() {
        return !arrivals.isEmpty();
    }

    /// All deliveries of a turn are told: what is left stays for a reason, or goes.
    void rest(long now) {
        expire(now, now);
        if (ready() > 0) {
            assertThat(takers.values()).noneMatch(this::hasRoom);
        }
        expire(now + 1, now);
        while (spec.overflow() == Overflow.DROP_HEAD
                && (over(spec.lengthMax(), ready())
                        || (over(spec.bytesMax(), bytes()) && ready() > 0))) {
            bury(lowest(), now);
            expire(now + 1, now);
        }
    }

    private Item lowest() {
        for (int i = 0; i <= spec.priorityMax(); i++) {
            Item head = head(i);
            if (head != null) {
                return head;
            }
        }
        throw new IllegalStateException("nothing is ready");
    }

    /// A crash: transient messages, consumers, and who had what are forgotten.
    void crash() {
        items.removeIf(item -> !item.persistent);
        takers.clear();
        for (Item item : items) {
            item.holder = null;
            item.mayShowRedelivered = true;
        }
    }
}
