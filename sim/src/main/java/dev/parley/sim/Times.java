package dev.parley.sim;

import java.util.ArrayList;
import java.util.List;

/// What is promised about time: nothing is delivered before its delay or its rest is over, and
/// nobody loses a delivery before its lease is.
final class Times {
    private Times() {}

    /// A delivery at `now` on the node's clock must not be early.
    static void check(Copy copy, Handed handed, long now) {
        // What is sent on, or refused and put away, goes at once.
        boolean elsewhere =
                copy.letter().moved
                        || (copy.queue().plan().name().equals(QueuePlan.DEAD)
                                && copy.letter().copies().size() > 1);
        if (now < copy.letter().notBefore() && !elsewhere) {
            throw new Violation(
                    "delivered %d ms early: %s".formatted(copy.letter().notBefore() - now, copy));
        }
        if (now < copy.restUntil) {
            throw new Violation(
                    "tried again %d ms early: %s".formatted(copy.restUntil - now, copy));
        }
        if (copy.queue().plan().name().equals(QueuePlan.DEAD)) {
            return; // the count may be the one that it died with
        }
        int failures = Handed.failures(handed.properties());
        int limit = copy.queue().plan().deliveryLimit();
        if (failures < copy.failures) {
            throw new Violation(
                    "failed %d times, and says %d: %s".formatted(copy.failures, failures, copy));
        }
        if (limit > 0 && failures > limit) {
            throw new Violation("tried again after %d failures: %s".formatted(failures, copy));
        }
        copy.failures = failures;
        copy.restUntil = 0;
        copy.restDurable = false;
    }

    /// Whether somebody who had it may have lost it by now.
    static boolean mayHaveLapsed(Copy copy, long now) {
        return now >= Math.min(copy.leaseUntil, copy.leaseAsked);
    }

    /// The node has read, at `now` or a little earlier, that a delivery has come back, or it will.
    static void comesBack(Copy copy, boolean failed, long now) {
        int failures = copy.failures + (failed ? 1 : 0);
        QueuePlan plan = copy.queue().plan();
        if (plan.rests(failed)) {
            copy.restUntil = now + plan.restMillis(failures);
        }
        copy.failures = failures;
        copy.restDurable = false;
    }

    /// The node has ended: what is not on disk is forgotten.
    static void ended(Copy copy) {
        copy.leaseUntil = Long.MAX_VALUE;
        copy.leaseAsked = Long.MAX_VALUE;
        // Nobody knows after a restart which group one that rests belongs to: it is tried at once.
        if (!copy.restDurable || copy.queue().plan().grouped() || !copy.letter().persistent()) {
            copy.restUntil = 0;
        }
        if (!copy.restDurable) {
            copy.failures = 0;
        }
    }

    /// When the last of these letters is due.
    static long lastDue(Iterable<SimQueue> queues) {
        List<Long> dues = new ArrayList<>(List.of(0L));
        for (SimQueue queue : queues) {
            queue.copies().values().forEach(copy -> dues.add(copy.letter().dueAt()));
        }
        return dues.stream().max(Long::compare).orElse(0L);
    }
}
