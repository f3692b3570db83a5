package dev.parley.node;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Few threads for arithmetic that takes long: half of the processors at most, so that whoever
/// makes the node do much of it leaves the rest to those who are in.
final class CryptoThreads {
    /// One more piece of work is refused, and its connection ends.
    private static final int QUEUED_MAX = 8_192;

    private static final long IDLE_SECONDS = 30;
    private static final long PATIENCE_SECONDS = 10;

    private CryptoThreads() {}

    static int threads() {
        return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }

    static ExecutorService start(String name) {
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(
                        threads(),
                        threads(),
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(QUEUED_MAX),
                        Thread.ofPlatform().name(name).daemon(true).factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /// Ends them: what is under way comes to its end, and for what waits nobody waits any more.
    static void end(ExecutorService pool) {
        pool.shutdownNow();
        try {
            if (!pool.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("a login or handshake does not come to its end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
