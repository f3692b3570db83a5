package dev.parley.sim;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Letters that their queue recognises, for anybody to send again in any life of the node; and the
/// numbers of a publisher that many channels share.
final class Repeats {
    record Sent(Letter letter, QueuePlan plan) {}

    /// Numbers of one publisher that a queue tells apart, as documented.
    private static final int WINDOW = 1024;

    private static final int KEPT = 60;

    private final List<Sent> sent = new ArrayList<>();
    private final List<Letter> underway = new ArrayList<>();
    private long sequence;

    /// Whether the ledger can follow repetitions in this queue.
    static boolean takes(QueuePlan plan) {
        return plan.durable()
                && !plan.vanishes()
                && !plan.rejects()
                && !plan.dropsHead()
                && plan.deadTo() == null;
    }

    /// The next number, which at times is far from the one before.
    Envelope.Once next(Dice dice) {
        sequence += dice.oneIn(40) ? dice.between(1, 2 * WINDOW) : 1;
        return new Envelope.Once("shared", sequence);
    }

    /// Whether a queue may say that it took the letter when it never did.
    boolean mayBeForgotten(Letter letter) {
        Envelope.Once once = letter.envelope().once();
        return once != null && once.sequence() <= sequence - WINDOW;
    }

    void add(Letter letter, QueuePlan plan) {
        // What is on its way already may come behind a number that is far ahead.
        underway.forEach(one -> one.forgettable |= mayBeForgotten(one));
        underway.removeIf(one -> one.forgettable || one.copies().stream().anyMatch(c -> c.taken));
        underway.add(letter);
        sent.add(new Sent(letter, plan));
        if (sent.size() > KEPT) {
            sent.removeFirst();
        }
    }

    @Nullable Sent pick(Dice dice) {
        return sent.isEmpty() ? null : dice.pick(sent);
    }
}
