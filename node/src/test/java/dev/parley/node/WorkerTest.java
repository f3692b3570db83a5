package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A thread that dies says so, and one that is woken works.
class WorkerTest {
    @Test
    void whoDependsOnItHearsOfItsDeath() throws InterruptedException {
        AtomicReference<Throwable> death = new AtomicReference<>();
        CountDownLatch dead = new CountDownLatch(1);
        IllegalStateException cause = new IllegalStateException("in a turn");
        Worker worker =
                new Worker(
                        "test",
                        () -> {
                            throw cause;
                        },
                        () -> 10_000,
                        e -> {
                            death.set(e);
                            dead.countDown();
                        });
        worker.start();
        assertThat(dead.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(death.get()).isSameAs(cause);
        worker.stop();
    }

    @Test
    @Timeout(60)
    void aWakeIsATurn() throws InterruptedException {
        CountDownLatch turns = new CountDownLatch(3);
        Worker worker =
                new Worker(
                        "test",
                        () -> {
                            turns.countDown();
                            return false;
                        },
                        () -> 60_000,
                        e -> {});
        worker.start();
        while (turns.getCount() > 0) {
            worker.wake();
            Thread.onSpinWait();
        }
        assertThat(turns.await(0, TimeUnit.SECONDS)).isTrue();
        worker.stop();
    }

    /// The log's writer asks under a lock, and a lock that is taken uses up a wake-up.
    @Test
    @Timeout(60)
    void aWakeIsNotLostWhileItAsksHowLongToRest() throws InterruptedException {
        AtomicInteger turns = new AtomicInteger();
        ReentrantLock lock = new ReentrantLock();
        Worker worker =
                new Worker(
                        "test",
                        () -> {
                            turns.incrementAndGet();
                            return false;
                        },
                        () -> {
                            lock.lock();
                            try {
                                return 600_000;
                            } finally {
                                lock.unlock();
                            }
                        },
                        e -> {});
        lock.lock();
        try {
            worker.start();
            await().until(lock::hasQueuedThreads);
            worker.wake();
        } finally {
            lock.unlock();
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> turns.get() == 2);
        await().until(worker::resting);
        worker.wake();
        await().atMost(Duration.ofSeconds(20)).until(() -> turns.get() == 3);
        worker.stop();
    }
}
