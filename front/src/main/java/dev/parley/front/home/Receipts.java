package dev.parley.front.home;

import dev.parley.api.Reason;
import dev.parley.core.queue.Delivery;
import dev.parley.core.queue.QueueClient;
import dev.parley.core.queue.QueueReply;
import dev.parley.core.topic.QuietClient;
import dev.parley.front.mqtt.TopicSpace.Receipt;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The publishes that wait for more than one: each is answered when all shards that it went to have
/// it, with the first refusal if there is one.
final class Receipts extends QuietClient implements QueueClient {
    private static final class Waiting {
        private final Receipt receipt;
        private final long token;
        private final boolean matched;
        private int left;
        private @Nullable Reason refusal;
        private @Nullable Runnable then;

        Waiting(Receipt receipt, long token, boolean matched, int left) {
            this.receipt = receipt;
            this.token = token;
            this.matched = matched;
            this.left = left;
        }
    }

    private final Map<Long, Waiting> waiting = new HashMap<>();
    private long next = 1;

    /// A token for `shards` commands, whose answers make one receipt.
    ///
    /// @param matched whether anybody subscribes to the topic
    long expect(int shards, Receipt receipt, long token, boolean matched) {
        waiting.put(next, new Waiting(receipt, token, matched, shards));
        return next++;
    }

    /// A token for `shards` commands after whose acceptance something goes on; a refusal goes to
    /// the receipt.
    long before(int shards, Receipt receipt, long token, Runnable then) {
        Waiting one = new Waiting(receipt, token, true, shards);
        one.then = then;
        waiting.put(next, one);
        return next++;
    }

    int size() {
        return waiting.size();
    }

    @Override
    public void onAccepted(long from, long to) {
        for (long token = from; token <= to; token++) {
            settle(token, null);
        }
    }

    @Override
    public void onKnown(long token) {
        settle(token, null);
    }

    @Override
    public void onRefused(long token, Reason reason) {
        settle(token, reason);
    }

    private void settle(long token, @Nullable Reason refusal) {
        Waiting one = waiting.get(token);
        if (one == null) {
            return;
        }
        if (one.refusal == null) {
            one.refusal = refusal;
        }
        if (--one.left > 0) {
            return;
        }
        waiting.remove(token);
        Reason why = one.refusal;
        Runnable then = one.then;
        if (why != null) {
            one.receipt.onRefused(one.token, why);
        } else if (then != null) {
            then.run();
        } else {
            one.receipt.onAccepted(one.token, one.matched);
        }
    }

    // Nothing else is asked of queues with these tokens.

    @Override
    public void onReply(long token, QueueReply reply) {}

    @Override
    public void onDelivery(Delivery delivery) {}

    @Override
    public void onCancelled(long consumer) {}
}
