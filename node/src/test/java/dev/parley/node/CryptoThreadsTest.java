package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Whoever ends the threads for arithmetic finds none of them at work any more.
@Timeout(60)
class CryptoThreadsTest {
    @Test
    void theEndAwaitsWhatIsUnderWayAndLeavesTheRest() throws Exception {
        ExecutorService pool = CryptoThreads.start("test-login");
        CountDownLatch begun = new CountDownLatch(CryptoThreads.threads());
        CountDownLatch go = new CountDownLatch(1);
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < CryptoThreads.threads(); i++) {
            pool.execute(() -> {
                begun.countDown();
                awaitWhateverHappens(go);
                done.add("a login");
            });
        }
        pool.execute(() -> done.add("one that nobody waits for any more"));
        begun.await();
        Thread closing = new Thread(() -> CryptoThreads.end(pool), "closing");
        closing.start();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> closing.getState() == Thread.State.TIMED_WAITING);
        assertThat(pool.isShutdown()).isTrue();
        go.countDown();
        closing.join();
        assertThat(pool.isTerminated()).isTrue();
        assertThat(done).hasSize(CryptoThreads.threads());
    }

    /// As a hash does, which no interruption ends.
    private static void awaitWhateverHappens(CountDownLatch latch) {
        boolean interrupted = false;
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
