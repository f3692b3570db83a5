package dev.parley.sim;

import org.jspecify.annotations.Nullable;

/// A letter in one queue: what the ledger knows of it.
final class Copy {
    private final Letter letter;
    private final SimQueue queue;

    /// Arrivals at the queue that were certain when this one was sent; those behind it follow.
    private final long arrivalsBefore;

    /// Whether the queue was certainly there when the letter was sent, and ever since.
    boolean reached;

    /// Whether the publisher was told that the letter is safe.
    boolean confirmed;

    /// Whether a restart takes it: it lies in memory here, or lay there where it came from.
    boolean fragile;

    /// Whether it is certainly on disk, or was.
    boolean taken;

    /// Whether it may be gone by now: somebody has settled, purged, or deleted.
    boolean excused;

    /// Whether it must not come again.
    boolean gone;

    /// Whether it must not come again even after a crash.
    boolean goneForGood;

    /// Whether a consumer has seen it.
    boolean delivered;

    int deliveries;

    /// Whether its queue was gone since: then nothing there remembers it.
    boolean forgotten;

    /// Whether it came here by a move that a crash may repeat: then it is new to its queue again.
    boolean arriving;

    /// What an operator has asked for and has no answer to.
    int edits;

    /// Where an operator has sent it on, or wanted to.
    @Nullable SimQueue sentTo;

    /// What an operator has put in its place, or wanted to.
    @Nullable Copy replacedBy;

    /// Whether one has arrived where this one was moved.
    boolean followed;

    /// The channel that has it, and its consumer there.
    @Nullable SimChannel holder;

    String consumer = "";

    /// Until when the holder may keep it.
    long leaseUntil = Long.MAX_VALUE;

    /// Until when the holder has asked to keep it, and has no answer.
    long leaseAsked = Long.MAX_VALUE;

    /// How often it has failed at least, and until when it rests at least.
    int failures;

    long restUntil;

    /// Whether that is on disk.
    boolean restDurable;

    /// The round in which it was delivered last.
    long heardIn = -1;

    /// The round in which it was delivered last, if that said so; -1: it did not.
    long againIn = -1;

    /// The round since which it is certainly ready.
    long readySince = Long.MAX_VALUE;

    Copy(Letter letter, SimQueue queue, long arrivalsBefore) {
        this.letter = letter;
        this.queue = queue;
        this.arrivalsBefore = arrivalsBefore;
        this.fragile = !letter.persistent() || !queue.plan().durable();
    }

    Letter letter() {
        return letter;
    }

    SimQueue queue() {
        return queue;
    }

    /// Whether it must be there, in its queue or where the queue's dead letters go.
    boolean owed() {
        boolean untaken = letter.forgettable && !taken;
        if (!confirmed || !reached || excused || gone || untaken || queue.plan().vanishes()) {
            return false;
        }
        if (queue.plan().deadTo() != null) {
            return true;
        }
        boolean mayHaveDropped =
                queue.plan().dropsHead()
                        && queue.arrivals() - arrivalsBefore > queue.plan().lengthMax();
        return !letter.expires() && queue.plan().ttl() == 0 && !mayHaveDropped;
    }

    /// Whether it may be taken once more: who remembered it is gone, or it has died again after it
    /// was sent back.
    boolean mayComeAgain() {
        return (forgotten && letter.repeated)
                || (letter.moved && queue.plan().name().equals(QueuePlan.DEAD));
    }

    /// It may have come again, or not: nothing is asked of it.
    void renew() {
        gone = false;
        goneForGood = false;
        delivered = false;
        excused = true;
        holder = null;
        failures = 0;
        restUntil = 0;
        againIn = -1;
    }

    /// Whether it may move on to a queue by itself, or because somebody has sent it.
    boolean leadsTo(SimQueue target) {
        SimQueue next = sentTo;
        String name = target.plan().name();
        return queue != target
                && (target == next
                        || name.equals(queue.plan().deadTo())
                        || (next != null && name.equals(next.plan().deadTo())));
    }

    /// The channel lets go of the delivery that was its number `delivery`.
    void release(int delivery) {
        if (deliveries == delivery) {
            holder = null;
        }
    }

    @Override
    public String toString() {
        return "%s in %s (%s%s%s%s%s)"
                .formatted(
                        letter,
                        queue.plan().name(),
                        confirmed ? "confirmed" : "not confirmed",
                        delivered ? ", delivered" : "",
                        holder == null ? "" : ", held by " + holder,
                        gone ? ", settled" : "",
                        goneForGood ? " for good" : "");
    }
}
