package dev.parley.it.mqtt.devices;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// What has been sent and acknowledged, what has come, and what must not have happened.
///
/// Every device sends numbers from 0 on to one other device, the next when the one before is
/// acknowledged. So each must come in order, and again only if its sender has repeated it or the
/// node says so. Used on the fleet's event loop; the counts may be read from anywhere.
final class Crossings {
    private static final int FAULTS_MAX = 20;

    private record Sent(int sender, int number) {}

    private final int messages;
    private final int[] received;

    /// How often a sender has repeated what may come again without a word for it. One message may
    /// be repeated more than once: after each kill that took its acknowledgement away.
    private final Map<Sent, Integer> repeated = new HashMap<>();

    private final List<String> faults = new ArrayList<>();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicInteger arrived = new AtomicInteger();
    private final AtomicInteger again = new AtomicInteger();

    /// @param messages how many each device sends
    Crossings(int devices, int messages) {
        this.messages = messages;
        this.received = new int[devices];
    }

    void onRepeat(int sender, int number) {
        repeated.merge(new Sent(sender, number), 1, Integer::sum);
    }

    void onAcknowledged() {
        acknowledged.incrementAndGet();
    }

    void onArrival(int sender, int number, boolean saysAgain) {
        int expected = received[sender];
        if (number == expected && number < messages) {
            received[sender] = expected + 1;
            arrived.incrementAndGet();
        } else if (number > expected) {
            fault("device %d: %d came where %d was to come".formatted(sender, number, expected));
        } else if (saysAgain || takeRepeat(new Sent(sender, number))) {
            again.incrementAndGet();
        } else {
            fault("device %d: %d came again without a word".formatted(sender, number));
        }
    }

    private boolean takeRepeat(Sent message) {
        int left = repeated.getOrDefault(message, 0);
        repeated.computeIfPresent(message, (_, one) -> one == 1 ? null : one - 1);
        return left > 0;
    }

    void fault(String what) {
        if (faults.size() < FAULTS_MAX) {
            faults.add(what);
        }
    }

    int acknowledged() {
        return acknowledged.get();
    }

    int arrived() {
        return arrived.get();
    }

    int again() {
        return again.get();
    }

    @Override
    public String toString() {
        List<Integer> behind = new ArrayList<>();
        for (int sender = 0; sender < received.length && behind.size() < 10; sender++) {
            if (received[sender] < messages) {
                behind.add(sender);
            }
        }
        return "%d acknowledged, %d arrived, %d again, not all from %s"
                .formatted(acknowledged(), arrived(), again(), behind);
    }

    List<String> faults() {
        return List.copyOf(faults);
    }
}
