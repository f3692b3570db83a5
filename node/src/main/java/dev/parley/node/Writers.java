package dev.parley.node;

import dev.parley.core.log.LogWriter;
import dev.parley.core.log.LogWriter.Batch;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// The threads that write and sync the log: the first always, the others beside a sync of the log
/// that takes long.
///
/// Where the disk is quick, more than one sync at a time makes smaller batches, and takes the
/// processor from those who wait for them.
final class Writers {
    private final LogWriter writer;
    private final long longSyncNanos;
    private final List<Worker> workers;
    private volatile long syncNanos;

    /// @param longSyncNanos a sync that takes more than this takes long; 0 or less: each does
    /// @param onDeath told, on the thread that dies, why
    Writers(LogWriter writer, long longSyncNanos, Consumer<Throwable> onDeath) {
        this.writer = writer;
        this.longSyncNanos = longSyncNanos;
        this.workers =
                IntStream.rangeClosed(1, LogWriter.THREADS)
                        .mapToObj(number -> worker(number, onDeath))
                        .toList();
    }

    private Worker worker(int number, Consumer<Throwable> onDeath) {
        return new Worker(
                "parley-log-" + number,
                () -> (number == 1 || abreast()) && turn(),
                writer::restMillis,
                onDeath);
    }

    private boolean abreast() {
        return syncNanos > longSyncNanos;
    }

    private boolean turn() {
        Batch batch = writer.write();
        long began = System.nanoTime();
        boolean more = writer.sync(batch);
        if (!batch.files().isEmpty()) {
            syncNanos = System.nanoTime() - began;
        }
        return more;
    }

    void start() {
        workers.forEach(Worker::start);
    }

    /// Has one that sleeps take a turn; where none does, whoever ends first. Any thread.
    void wake() {
        int most = abreast() ? workers.size() : 1;
        for (int n = 0; n < most; n++) {
            if (workers.get(n).resting()) {
                workers.get(n).wake();
                return;
            }
        }
        for (int n = 0; n < most; n++) {
            workers.get(n).wake();
        }
    }

    void stop() {
        workers.forEach(Worker::stop);
    }
}
