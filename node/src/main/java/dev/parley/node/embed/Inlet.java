package dev.parley.node.embed;

import dev.parley.api.Reason;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way from any thread onto the event loop, in order; a burst of jobs wakes it once.
///
/// A job is always dealt with: it runs on the loop or, when the inlet has been closed, is refused.
final class Inlet {
    /// Something to be done on the loop.
    interface Job {
        void run();

        /// It will not be done; any thread.
        void refuse(Reason reason);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Inlet.class);

    /// Jobs done at a time, so that the loop's sockets are not forgotten.
    private static final int TURN_JOBS = 4096;

    private final Executor loop;
    private final Runnable afterTurn;
    private final ConcurrentLinkedQueue<Job> jobs = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean awake = new AtomicBoolean();
    private volatile @Nullable Reason closed;

    /// @param afterTurn runs on the loop after every batch of jobs
    Inlet(Executor loop, Runnable afterTurn) {
        this.loop = loop;
        this.afterTurn = afterTurn;
    }

    /// Any thread.
    void add(Job job) {
        jobs.add(job);
        Reason reason = closed;
        if (reason != null) {
            refuseAll(reason);
        } else if (awake.compareAndSet(false, true)) {
            wake();
        }
    }

    private void wake() {
        try {
            loop.execute(this::turn);
        } catch (RejectedExecutionException e) {
            close(new Reason.Unavailable("the node has stopped"));
        }
    }

    private void turn() {
        awake.set(false);
        Job job = null;
        for (int i = 0; i < TURN_JOBS && (job = jobs.poll()) != null; i++) {
            run(job);
        }
        afterTurn.run();
        if (job != null && awake.compareAndSet(false, true)) {
            wake();
        }
    }

    /// A job that fails is a fault of ours; those behind it do not wait for ever because of it.
    private static void run(Job job) {
        try {
            job.run();
        } catch (RuntimeException e) {
            LOG.error("a job of a program failed", e);
        }
    }

    /// Refuses what waits and what is still to come; any thread.
    void close(Reason reason) {
        closed = reason;
        refuseAll(reason);
    }

    private void refuseAll(Reason reason) {
        Job job;
        while ((job = jobs.poll()) != null) {
            job.refuse(reason);
        }
    }
}
