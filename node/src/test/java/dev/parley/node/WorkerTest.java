package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
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
}
