package dev.parley.core.queue;

import dev.parley.api.Awaited;

/// One consumer of one queue: how much it may have, and how much it has.
final class QueueConsumer implements Page.Holding {
    private final QueueClient client;
    private final long id;
    private final boolean automatic;
    private final boolean exclusive;
    private final int priority;
    private final Window window;
    private final long leaseMillis;
    private int prefetch;
    private int taken;

    /// Whether it stands in line; it leaves the line when it can take no more.
    private boolean waiting;

    /// Its window refused; only the client knows when that changes, and says so.
    private boolean passedOver;

    /// @param leaseMillis how long it may keep a delivery, unless it asks for something else
    QueueConsumer(QueueCommand.Subscribe subscribe, long leaseMillis) {
        client = subscribe.client();
        id = subscribe.consumer();
        automatic = subscribe.automatic();
        exclusive = subscribe.exclusive();
        priority = subscribe.priority();
        window = subscribe.window();
        prefetch = subscribe.prefetch();
        this.leaseMillis =
                subscribe.leaseMillis() == QueueSpec.NONE ? leaseMillis : subscribe.leaseMillis();
    }

    /// How long it may keep a delivery, or [QueueSpec#NONE].
    long leaseMillis() {
        return leaseMillis;
    }

    QueueClient client() {
        return client;
    }

    long id() {
        return id;
    }

    @Override
    public Awaited.Holder who() {
        return client.holder(id);
    }

    boolean automatic() {
        return automatic;
    }

    boolean exclusive() {
        return exclusive;
    }

    int priority() {
        return priority;
    }

    boolean waiting() {
        return waiting;
    }

    void waiting(boolean now) {
        waiting = now;
    }

    void prefetch(int most) {
        prefetch = most;
    }

    boolean mayTake() {
        return automatic || prefetch == 0 || taken < prefetch;
    }

    boolean tryTake() {
        if (!mayTake()) {
            return false;
        }
        passedOver = !window.tryTake();
        return !passedOver;
    }

    boolean passedOver() {
        return passedOver;
    }

    void resume() {
        passedOver = false;
    }

    void took() {
        if (!automatic) {
            taken++;
        }
    }

    void gaveBack(int deliveries) {
        taken = Math.max(0, taken - deliveries);
    }
}
