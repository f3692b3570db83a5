package dev.parley.node.embed;

import dev.parley.api.Delivery;
import dev.parley.api.Message;
import dev.parley.core.queue.QueueCommand.Outcome;
import java.util.concurrent.atomic.AtomicBoolean;

/// A delivery in the hands of a program in this process.
final class LocalDelivery<T> implements Delivery<T> {
    /// Who brings a delivery to its end; called once for each, from any thread.
    interface Settler {
        void settle(Arrival arrival, Outcome outcome);

        /// May block until the message is safe where it goes.
        void putAway(Arrival arrival, String why);
    }

    private final Settler settler;
    private final Arrival arrival;
    private final Message<T> message;
    private final AtomicBoolean settled = new AtomicBoolean();

    LocalDelivery(Settler settler, Arrival arrival, Message<T> message) {
        this.settler = settler;
        this.arrival = arrival;
        this.message = message;
    }

    @Override
    public Message<T> message() {
        return message;
    }

    @Override
    public boolean redelivered() {
        return arrival.redelivered();
    }

    @Override
    public int failures() {
        return arrival.failures();
    }

    @Override
    public void ack() {
        end(Outcome.ACKNOWLEDGED);
    }

    @Override
    public void giveBack() {
        end(Outcome.RETURNED);
    }

    /// Back to its place, as a failure.
    boolean fail() {
        return end(Outcome.FAILED);
    }

    private boolean end(Outcome outcome) {
        boolean first = settled.compareAndSet(false, true);
        if (first) {
            settler.settle(arrival, outcome);
        }
        return first;
    }

    @Override
    public void putAway(String why) {
        if (settled.compareAndSet(false, true)) {
            settler.putAway(arrival, why);
        }
    }

    boolean settled() {
        return settled.get();
    }
}
