package dev.parley.core.queue;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Until when consumers may keep the deliveries that they have, for those consumers that have
/// leases. Belongs to the present owner of the shard; bounded by what is in flight.
final class Leases {
    /// @param due when the delivery counts as failed
    record Lease(QueueConsumer consumer, long due) {}

    private final Map<Long, Lease> leases = new LinkedHashMap<>();
    private final DueHeap dues = new DueHeap();

    long nextDue() {
        return dues.nextDue();
    }

    void grant(long entry, QueueConsumer consumer, long due) {
        leases.put(entry, new Lease(consumer, due));
        dues.add(due, entry);
        tidy();
    }

    /// Ended and renewed leases leave their old times behind: at the latest when they are in the
    /// majority they go.
    private void tidy() {
        if (dues.size() > 2 * leases.size() + 64) {
            dues.clear();
            leases.forEach((entry, lease) -> dues.add(lease.due(), entry));
        }
    }

    /// The delivery gets more time, or less.
    void renew(long entry, long due) {
        Lease lease = leases.get(entry);
        if (lease != null) {
            grant(entry, lease.consumer(), due);
        }
    }

    /// The delivery has ended.
    void end(long entry) {
        if (!leases.isEmpty()) {
            leases.remove(entry);
        }
        tidy();
    }

    /// An entry whose lease is over, which has ended with this call; -1 when there is none.
    long expired(long now) {
        while (dues.nextDue() <= now) {
            long entry = dues.remove();
            Lease lease = leases.get(entry);
            // A renewed or ended lease leaves its old time behind.
            if (lease != null && lease.due() <= now) {
                return entry;
            }
        }
        return -1;
    }

    @Nullable QueueConsumer consumer(long entry) {
        Lease lease = leases.isEmpty() ? null : leases.get(entry);
        return lease == null ? null : lease.consumer();
    }
}
