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

    /// Whether it may be gone by now: somebody has settled, purged, or deleted.
    boolean excused;

    /// Whether it must not come again.
    boolean gone;

    /// Whether it must not come again even after a crash.
    boolean goneForGood;

    /// Whether a consumer has seen it.
    boolean delivered;

    int deliveries;

    /// Whether it came here by a move that a crash may repeat: then it is new to its queue again.
    boolean arriving;

    /// The channel that has it.
    @Nullable SimChannel holder;

    /// The round in which it was delivered last, if that said so; -1: it did not.
    long againIn = -1;

    /// The round since which it is certainly ready.
    long readySince = Long.MAX_VALUE;

    Copy(Letter letter, SimQueue queue, long arrivalsBefore) {
        this.letter = letter;
        this.queue = queue;
        this.arrivalsBefore = arrivalsBefore;
    }

    Letter letter() {
        return letter;
    }

    SimQueue queue() {
        return queue;
    }

    /// Whether it must be there, in its queue or where the queue's dead letters go.
    boolean owed() {
        if (!confirmed || !reached || excused || gone || queue.plan().vanishes()) {
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
