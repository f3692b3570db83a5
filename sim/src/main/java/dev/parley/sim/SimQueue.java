package dev.parley.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A queue as the ledger knows it.
final class SimQueue {
    private final QueuePlan plan;
    private final Map<Letter.Id, Copy> copies = new LinkedHashMap<>();
    private final Map<Letter.Id, Copy> finished = new HashMap<>();
    private final List<Copy> deliveredNow = new ArrayList<>();
    private long arrivals;
    private long arrivalsProcessed;
    private int doubts;
    private int deletions;
    private int sweeping;
    private boolean certain;
    private boolean paused;
    private boolean mayBePaused;
    private int lengthBound;
    private boolean bound;
    private long orderFrom;
    private int leaving;

    SimQueue(QueuePlan plan) {
        this.plan = plan;
    }

    QueuePlan plan() {
        return plan;
    }

    Map<Letter.Id, Copy> copies() {
        return copies;
    }

    /// Whether the queue is certainly there.
    boolean certain() {
        return certain;
    }

    boolean bound() {
        return certain && bound;
    }

    /// The bindings were answered.
    ///
    /// @param asked the deletions there had been when it was asked for
    void bound(int asked) {
        bound |= doubts == 0 && asked == deletions;
    }

    /// How often somebody has asked for its end.
    int deletions() {
        return deletions;
    }

    long arrivals() {
        return arrivals;
    }

    Copy arrives(Letter letter) {
        Copy copy = new Copy(letter, this, arrivalsProcessed);
        copy.excused = sweeping > 0;
        arrivals++;
        copies.put(letter.id(), copy);
        letter.copies().add(copy);
        return copy;
    }

    void arrived() {
        arrivalsProcessed++;
    }

    @Nullable Copy copy(Letter.Id id) {
        return copies.get(id);
    }

    /// The copy has left for good.
    void finish(Copy copy) {
        copies.remove(copy.letter().id());
        finished.put(copy.letter().id(), copy);
    }

    boolean finished(Letter.Id id) {
        return finished.containsKey(id);
    }

    /// A copy that has left; null if none has.
    @Nullable Copy finishedCopy(Letter.Id id) {
        return finished.get(id);
    }

    /// It may come again after all.
    void unfinish(Letter.Id id) {
        finished.remove(id);
    }

    /// A purge is under way: what arrives meanwhile may go too.
    void sweeping(int change) {
        sweeping = Math.max(0, sweeping + change);
    }

    boolean isSwept() {
        return sweeping > 0;
    }

    /// Whether deliveries are certainly stopped.
    boolean paused() {
        return paused && certain;
    }

    /// Whether they may be.
    boolean mayBePaused() {
        return mayBePaused;
    }

    /// Somebody asks for a stop, or for its end.
    void pausing(boolean now) {
        mayBePaused |= now;
        paused &= now;
    }

    /// The answer has come.
    void paused(boolean now) {
        paused = now && doubts == 0;
        mayBePaused = now;
    }

    /// The most messages that may be ready by a policy that certainly counts; 0: unknown.
    int lengthBound() {
        return lengthBound;
    }

    void lengthBound(int most) {
        lengthBound = most;
    }

    /// The declaration was answered.
    ///
    /// @param asked the deletions there had been when it was asked for: a later one may have come
    ///   between it and its answer
    void declared(int asked) {
        if (doubts == 0 && asked == deletions) {
            certain = !plan.vanishes();
        }
    }

    /// Somebody wants to delete it, or may have.
    void deleting() {
        doubts++;
        deletions++;
        gone();
    }

    void deletionEnded() {
        doubts = Math.max(0, doubts - 1);
        forget();
    }

    /// What was there has no holder any more, and is not remembered.
    private void forget() {
        finished.values().forEach(copy -> copy.forgotten = true);
        for (Copy copy : copies.values()) {
            copy.forgotten = true;
            copy.holder = null;
        }
    }

    /// It may be gone, with everything in it.
    void gone() {
        certain = false;
        bound = false;
        paused = false;
        excuseAll();
        forget();
    }

    /// Nothing is under way any more.
    void settleDoubts() {
        if (doubts > 0) {
            forget();
        }
        doubts = 0;
        sweeping = 0;
        leaving = 0;
        orderFrom = 0;
    }

    void excuseAll() {
        for (Copy copy : copies.values()) {
            copy.excused = true;
        }
    }

    List<Copy> deliveredNow() {
        return deliveredNow;
    }

    /// Somebody who may have got something has said goodbye, which the node has not heard yet.
    void leaving(int change) {
        leaving = Math.max(0, leaving + change);
    }

    /// Whether deliveries in this round say something about order.
    boolean ordered(long round) {
        return leaving == 0 && orderFrom < round;
    }

    /// Deliveries in rounds before this one say nothing about order.
    void orderUnknownUntil(long round) {
        orderFrom = Math.max(orderFrom, round);
    }
}
