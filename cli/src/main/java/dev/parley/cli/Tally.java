package dev.parley.cli;

import java.util.BitSet;

/// What happened to every message of the tour; any thread.
final class Tally {
    private final BitSet published = new BitSet();
    private final BitSet confirmed = new BitSet();
    private final BitSet processed = new BitSet();
    private long publishedAgain;
    private long processedAgain;
    private long redelivered;

    synchronized void onPublished(int message) {
        publishedAgain += published.get(message) ? 1 : 0;
        published.set(message);
    }

    synchronized void onConfirmed(int message) {
        confirmed.set(message);
        notifyAll();
    }

    synchronized void onProcessed(int message, boolean again) {
        processedAgain += processed.get(message) ? 1 : 0;
        processed.set(message);
        redelivered += again ? 1 : 0;
        notifyAll();
    }

    synchronized boolean confirmed(int message) {
        return confirmed.get(message);
    }

    /// How the tour stands.
    ///
    /// @param publishedAgain sent a second time, since the confirm had not come
    /// @param processedAgain processed a second time, since the acknowledgement was lost
    /// @param redelivered deliveries that said so
    /// @param lost confirmed and not processed
    record Count(
            int published,
            long publishedAgain,
            int confirmed,
            int processed,
            long processedAgain,
            long redelivered,
            int lost) {}

    synchronized Count count() {
        BitSet lost = (BitSet) confirmed.clone();
        lost.andNot(processed);
        return new Count(
                published.cardinality(),
                publishedAgain,
                confirmed.cardinality(),
                processed.cardinality(),
                processedAgain,
                redelivered,
                lost.cardinality());
    }

    /// Waits for something to have happened; returns whether it has before the time was over.
    synchronized boolean await(java.util.function.Predicate<Count> event, long millis)
            throws InterruptedException {
        long deadline = System.nanoTime() + millis * 1_000_000;
        while (!event.test(count())) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(Math.min(left, 50));
        }
        return true;
    }
}
