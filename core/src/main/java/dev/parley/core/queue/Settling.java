package dev.parley.core.queue;

import dev.parley.core.queue.Groups.Group;
import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.shard.Decision;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Ends deliveries: acknowledged, given back, failed, rejected, or lapsed with their lease.
final class Settling {
    private final Queues queues;
    private final Dispatch dispatch;
    private final DeadLetters deadLetters;
    private final Consumer<QueueState> touched;

    Settling(
            Queues queues,
            Dispatch dispatch,
            DeadLetters deadLetters,
            Consumer<QueueState> touched) {
        this.queues = queues;
        this.dispatch = dispatch;
        this.deadLetters = deadLetters;
        this.touched = touched;
    }

    void settle(QueueCommand.Settle settle, Decision decision) {
        QueueState queue = queues.get(settle.queue());
        if (queue == null) {
            return;
        }
        Entries entries = settle.entries();
        QueueConsumer consumer = queue.line().get(settle.consumer());
        int settled = 0;
        for (int i = 0; i < entries.size(); i++) {
            if (has(queue, settle.consumer(), consumer, entries.get(i))
                    && settleOne(queue, entries.get(i), settle.outcome(), decision)) {
                settled++;
            }
        }
        if (consumer != null) {
            consumer.gaveBack(settled);
            hasRoom(queue, consumer);
        }
        touched.accept(queue);
    }

    /// Whether the delivery is still the consumer's, and not lapsed and perhaps another's.
    ///
    /// @param consumer null: it has been cancelled
    private static boolean has(
            QueueState queue, long id, @Nullable QueueConsumer consumer, long entry) {
        QueueConsumer holder = queue.leases().consumer(entry);
        if (holder != null) {
            return holder.id() == id;
        }
        return consumer == null || consumer.leaseMillis() == QueueSpec.NONE;
    }

    /// Returns whether it was there to be settled.
    private boolean settleOne(QueueState queue, long entry, Outcome outcome, Decision decision) {
        Level level = queue.level(Entries.level(entry));
        long number = Entries.number(entry);
        if (!level.present(number) || level.warm(number).state(Level.index(number)) != Page.TAKEN) {
            return false;
        }
        queue.taken(-1);
        queue.leases().end(entry);
        Groups groups = queue.groups();
        Group group = groups == null ? null : groups.ended(entry);
        switch (outcome) {
            case ACKNOWLEDGED -> {
                queue.countAcknowledged(1);
                dispatch.leave(queue, entry, decision);
            }
            case RETURNED -> giveBack(queue, entry, group, decision);
            case FAILED -> fail(queue, entry, group, decision);
            case REJECTED -> deadLetters.add(queue, entry, DeathHistory.Cause.REJECTED, decision);
        }
        return true;
    }

    private void giveBack(QueueState queue, long entry, @Nullable Group group, Decision decision) {
        if (queue.spec().retry().afterReturn()) {
            Page page = queue.level(Entries.level(entry)).warm(Entries.number(entry));
            int failures = page.failures(Level.index(Entries.number(entry)));
            rest(queue, entry, group, failures, decision);
        } else {
            dispatch.giveBack(queue, entry, group);
        }
    }

    private void fail(QueueState queue, long entry, @Nullable Group group, Decision decision) {
        Level level = queue.level(Entries.level(entry));
        long number = Entries.number(entry);
        int failures = level.warm(number).failures(Level.index(number)) + 1;
        int limit = Math.min(queue.spec().deliveryLimit(), Page.FAILURES_MAX - 1);
        if (limit != QueueSpec.NONE && failures > limit) {
            deadLetters.add(queue, entry, DeathHistory.Cause.DELIVERY_LIMIT, decision);
        } else if (queue.spec().retry().afterFailure()) {
            rest(queue, entry, group, failures, decision);
        } else {
            logFailures(queue, entry, failures, 0, decision);
            dispatch.giveBack(queue, entry, group);
        }
    }

    private void rest(
            QueueState queue, long entry, @Nullable Group group, int failures, Decision decision) {
        Retry retry = queue.spec().retry();
        long due = decision.now() + retry.waitMillis(failures, decision.chance().next());
        logFailures(queue, entry, failures, due, decision);
        dispatch.rest(queue, entry, group, due);
    }

    private static void logFailures(
            QueueState queue, long entry, int failures, long rest, Decision decision) {
        long number = Entries.number(entry);
        Page page = queue.level(Entries.level(entry)).warm(number);
        if (page.position(Level.index(number)) > 0) {
            Records.fail(decision, queue.id(), entry, failures, rest);
        } else {
            page.failures(Level.index(number), failures);
            page.rest(Level.index(number), rest);
        }
    }

    void renew(QueueCommand.Renew renew, Decision decision) {
        QueueState queue = queues.get(renew.queue());
        QueueConsumer consumer = queue == null ? null : queue.leases().consumer(renew.entry());
        if (queue == null || consumer == null) {
            return;
        }
        long millis = renew.millis() == QueueSpec.NONE ? consumer.leaseMillis() : renew.millis();
        queue.leases().renew(renew.entry(), decision.now() + millis);
        touched.accept(queue);
    }

    /// Deliveries whose lease is over have failed; their consumers live on.
    void endLeases(QueueState queue, Decision decision) {
        long entry;
        while ((entry = queue.leases().expired(decision.now())) != -1) {
            QueueConsumer consumer = queue.leases().consumer(entry);
            settleOne(queue, entry, Outcome.FAILED, decision);
            queue.leases().end(entry);
            if (consumer != null) {
                consumer.gaveBack(1);
                consumer.client().onLapsed(queue.id(), entry);
                if (queue.line().get(consumer.id()) == consumer) {
                    hasRoom(queue, consumer);
                }
            }
        }
    }

    /// Takes a message that nobody has out of the line, wherever it stands: it is READY but counts
    /// no bytes any more. False if there is none (any more).
    boolean withdraw(QueueState queue, long entry) {
        Level level = queue.levelIfUsed(Entries.level(entry));
        long number = Entries.number(entry);
        Page page = level == null ? null : level.page(number);
        int index = Level.index(number);
        if (level == null || page == null || page.cold() || !page.present(index)) {
            return false;
        }
        int state = page.state(index);
        if (Entries.level(entry) == Schedule.LEVEL) {
            queue.schedule().forget(number);
            return page.state(index) == Page.READY;
        }
        if (state != Page.READY && state != Page.HELD && state != Page.RESTING) {
            return false;
        }
        Groups groups = queue.groups();
        if (groups != null) {
            groups.forget(entry, state == Page.RESTING);
        }
        if (state == Page.RESTING) {
            queue.rested();
        } else {
            queue.bytes(-page.size(index));
        }
        level.state(number, Page.READY);
        return true;
    }

    /// What may be delivered now, or when what is due, may have changed.
    void hasChanged(QueueState queue) {
        touched.accept(queue);
    }

    /// The consumer can take more, as far as the queue knows.
    void hasRoom(QueueState queue, QueueConsumer consumer) {
        if (consumer.passedOver()) {
            return;
        }
        queue.line().join(consumer);
        Groups groups = queue.groups();
        if (groups != null) {
            groups.roomAt(consumer);
        }
        touched.accept(queue);
    }
}
