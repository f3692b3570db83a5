package dev.parley.node;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// A thread that does turns of work while there is any, and sleeps until it is woken.
final class Worker {
    private final BooleanSupplier turn;
    private final LongSupplier idleMillis;
    private final Consumer<Throwable> onDeath;
    private final Thread thread;
    private volatile boolean running = true;
    private volatile boolean woken;
    private volatile boolean resting;

    /// @param turn does what there is; returns whether there was anything
    /// @param idleMillis how long to sleep at most when there was nothing
    /// @param onDeath told, on this thread, when a turn threw something: there are no more turns
    Worker(
            String name,
            BooleanSupplier turn,
            LongSupplier idleMillis,
            Consumer<Throwable> onDeath) {
        this.turn = turn;
        this.idleMillis = idleMillis;
        this.onDeath = onDeath;
        this.thread = Thread.ofPlatform().name(name).daemon(true).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// Any thread.
    void wake() {
        if (!woken) {
            woken = true;
            if (resting) {
                LockSupport.unpark(thread);
            }
        }
    }

    /// Whether it sleeps, or is about to; any thread.
    boolean resting() {
        return resting;
    }

    /// The worker's own thread, within a turn: sleeps until it is woken or the time is over; not at
    /// all when it was woken before or is to stop. Returns whether it goes on.
    boolean pause(long nanos) {
        resting = true;
        if (!woken && running) {
            LockSupport.parkNanos(this, nanos);
        }
        resting = false;
        woken = false;
        return running;
    }

    private void run() {
        try {
            turns();
        } catch (RuntimeException | Error e) {
            onDeath.accept(e);
        }
    }

    private void turns() {
        while (running) {
            woken = false;
            if (turn.getAsBoolean()) {
                continue;
            }
            // Asked before: it may wait for a lock, and that would swallow the one wake-up there
            // is.
            long idle = idleMillis.getAsLong();
            // In this order, as whoever wakes it looks the other way round.
            resting = true;
            if (!woken && running) {
                LockSupport.parkNanos(this, idle * 1_000_000);
            }
            resting = false;
        }
    }

    /// Ends the thread when its present turn is over, and waits for that.
    void stop() {
        running = false;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
