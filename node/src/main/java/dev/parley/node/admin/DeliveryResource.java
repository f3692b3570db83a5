package dev.parley.node.admin;

import dev.parley.core.catalog.QueueEntry;
import dev.parley.core.queue.Entries;
import dev.parley.core.queue.QueueCommand;
import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.queue.QueueSpec;
import dev.parley.front.amqp.QueueArguments;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Deliveries over HTTP: taken, shown, and settled by a later request.
///
/// HTTP has no connection that a delivery could hang on, so it is lent: whoever does not settle it
/// in time loses it, and it goes back as if a consumer had died. Nobody keeps one for longer than
/// the queue's own lease.
final class DeliveryResource {
    private static final long COUNT_MAX = 100;

    /// Below the time after which an idle connection is closed.
    private static final long WAIT_MILLIS_MAX = 30_000;

    private static final long LEASE_MILLIS_MAX = 600_000;

    /// Deliveries lent at a time; at the bound nothing more is taken.
    private static final int LENT_MAX = 10_000;

    private final Administered node;
    private final Map<String, Loan> lent = new HashMap<>();

    DeliveryResource(Administered node) {
        this.node = node;
    }

    private record Loan(QueueEntry queue, long consumer, long entry, Runnable cancelExpiry) {}

    List<Route> routes() {
        return List.of(
                new Route("POST", "queues/{queue}/deliveries", this::take),
                new Route("POST", "deliveries/{delivery}", this::settle));
    }

    private void take(Call call) {
        QueueEntry queue = call.openQueue();
        int count = (int) call.number("count", 1, 1, COUNT_MAX);
        long wait = call.number("wait", 0, 0, WAIT_MILLIS_MAX);
        long asked = call.number("lease", 30_000, 100, LEASE_MILLIS_MAX);
        long own = QueueArguments.spec(queue).leaseMillis();
        long lease = own == QueueSpec.NONE ? asked : Math.min(asked, own);
        if (lent.size() + count > LENT_MAX) {
            throw new Problem(507, "there are %d deliveries lent already".formatted(lent.size()));
        }
        if (!node.serves(queue.shard())) {
            call.refuse(Asker.damaged(queue));
            return;
        }
        new Taking(
                        node,
                        call,
                        queue,
                        count,
                        wait,
                        (consumer, entry) -> lend(queue, consumer, entry, lease))
                .start();
    }

    /// Remembers who has to give what back; returns the name under which it is settled.
    private String lend(QueueEntry queue, long consumer, long entry, long leaseMillis) {
        String name = node.broker().randomName();
        Runnable cancel =
                node.after(
                        leaseMillis,
                        () -> {
                            Loan late = lent.remove(name);
                            if (late != null) {
                                end(late, Outcome.FAILED);
                            }
                        });
        lent.put(name, new Loan(queue, consumer, entry, cancel));
        return name;
    }

    private void settle(Call call) {
        String wanted = call.body("outcome").text("outcome", "acknowledged");
        Outcome outcome =
                switch (wanted) {
                    case "acknowledged" -> Outcome.ACKNOWLEDGED;
                    case "returned" -> Outcome.RETURNED;
                    case "rejected" -> Outcome.REJECTED;
                    default ->
                            throw new Problem(
                                    400,
                                    "outcome is '%s', not acknowledged, returned or rejected"
                                            .formatted(wanted));
                };
        Loan loan = lent.remove(call.name(0));
        if (loan == null) {
            throw new Problem(404, "no such delivery: settled, or its time is over");
        }
        loan.cancelExpiry().run();
        end(loan, outcome);
        call.done();
    }

    private void end(Loan loan, Outcome outcome) {
        node.broker()
                .offer(
                        loan.queue().shard(),
                        new QueueCommand.Settle(
                                loan.queue().id(),
                                loan.consumer(),
                                Entries.of(loan.entry()),
                                outcome));
    }
}
