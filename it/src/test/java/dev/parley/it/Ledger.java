package dev.parley.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/// What publishers sent and consumers saw of every message, and which promises that breaks.
///
/// A message is one publisher's sequence number; its body is `publisher:number`. All methods may be
/// called from any thread.
final class Ledger {

    private static final int EXAMPLES = 10;

    private final Map<String, Entry> entries = new ConcurrentHashMap<>();
    private final AtomicLong confirmed = new AtomicLong();
    private final AtomicLong deliveries = new AtomicLong();
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();

    private static final class Entry {
        private int published;
        private boolean confirmed;
        private int seen;
        private int fresh;
    }

    /// One consumer channel's view: within it, first deliveries of a publisher ascend.
    final class View {
        private final Map<String, Long> last = new ConcurrentHashMap<>();

        void delivered(String body, boolean redelivered) {
            deliveries.incrementAndGet();
            Entry entry = entries.get(body);
            if (entry == null) {
                violations.add("invented: " + body);
                return;
            }
            boolean once;
            synchronized (entry) {
                entry.seen++;
                once = entry.published == 1;
                // Counted, not looked at in turn: a dead consumer may record its delivery late.
                entry.fresh += redelivered ? 0 : 1;
                if (entry.fresh > entry.published) {
                    violations.add("delivered again and not marked redelivered: " + body);
                }
            }
            if (once && !redelivered) {
                inOrder(body);
            }
        }

        private void inOrder(String body) {
            int colon = body.indexOf(':');
            long number = Long.parseLong(body.substring(colon + 1));
            Long before = last.put(body.substring(0, colon), number);
            if (before != null && before >= number) {
                violations.add("out of order: " + body + " after " + before);
            }
        }
    }

    void publishing(String body) {
        Entry entry = entries.computeIfAbsent(body, _ -> new Entry());
        synchronized (entry) {
            entry.published++;
        }
    }

    void confirmed(String body) {
        Entry entry = entries.get(body);
        if (entry == null) {
            violations.add("confirmed but never published: " + body);
            return;
        }
        synchronized (entry) {
            entry.confirmed = true;
        }
        confirmed.incrementAndGet();
    }

    long confirmed() {
        return confirmed.get();
    }

    /// Confirmed messages that no consumer has seen.
    List<String> unseen() {
        var unseen = new ArrayList<String>();
        entries.forEach((body, entry) -> {
            synchronized (entry) {
                if (entry.confirmed && entry.seen == 0) {
                    unseen.add(body);
                }
            }
        });
        return unseen;
    }

    List<String> violations() {
        return violations.stream().limit(EXAMPLES).toList();
    }

    @Override
    public String toString() {
        long again = deliveries.get() - entries.values().stream().filter(e -> e.seen > 0).count();
        return "%d published, %d confirmed, %d deliveries (%d again), %d violations"
                .formatted(
                        entries.size(),
                        confirmed.get(),
                        deliveries.get(),
                        again,
                        violations.size());
    }
}
