package dev.parley.node;

import dev.parley.core.log.LogWriter;
import dev.parley.core.log.LogWriter.Batch;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// The threads that write and sync the log: the first always, the other beside a sync that takes
/// long, where that is of use ([SyncTimes]).
///
/// Where the disk is quick, more than one sync at a time makes smaller batches, and takes the
/// processor from those who wait for them. Where publishers wait for their confirms, the first
/// thread waits a moment for what they send next ([Patience]).
final class Writers {
    /// After a sync that took less there is little to win, and work on the way to lose.
    private static final long QUICK_NANOS = TimeUnit.MICROSECONDS.toNanos(250);

    private static final long LINGER_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(5);

    private final LogWriter writer;
    private final List<Worker> workers;
    private final AtomicInteger syncing = new AtomicInteger();
    private final SyncTimes times;
    private final Patience patience = new Patience();

    /// What syncs have confirmed.
    private final AtomicLong told;

    /// @param longSyncNanos a sync that takes more than this takes long; 0 or less: each does
    /// @param onDeath told, on the thread that dies, why
    Writers(LogWriter writer, long longSyncNanos, Consumer<Throwable> onDeath) {
        this(writer, new SyncTimes(longSyncNanos), onDeath);
    }

    Writers(LogWriter writer, SyncTimes times, Consumer<Throwable> onDeath) {
        this.writer = writer;
        this.times = times;
        this.told = new AtomicLong(writer.sealed());
        this.workers =
                IntStream.rangeClosed(1, LogWriter.THREADS)
                        .mapToObj(number -> worker(number, onDeath))
                        .toList();
    }

    private Worker worker(int number, Consumer<Throwable> onDeath) {
        return new Worker(
                "parley-log-" + number,
                () -> (number == 1 || times.abreast()) && turn(number == 1),
                writer::restMillis,
                onDeath);
    }

    private boolean turn(boolean first) {
        Batch batch = writer.write();
        if (batch.files().isEmpty()) {
            return writer.sync(batch);
        }
        boolean beside = syncing.getAndIncrement() > 0;
        long began = System.nanoTime();
        boolean more = writer.sync(batch);
        long took = System.nanoTime() - began;
        syncing.decrementAndGet();
        times.learn(took, beside);
        if (times.abreast()) {
            told.accumulateAndGet(batch.end(), Math::max);
        } else if (first) {
            settle(batch, took);
        } else {
            // It may be this one that is not to go on, and then the first does what is left.
            workers.getFirst().wake();
        }
        return more;
    }

    private void settle(Batch batch, long took) {
        long confirmed = batch.end() - told.getAndAccumulate(batch.end(), Math::max);
        // Across the end of a segment it is no measure.
        boolean plain = batch.files().size() == 1 && confirmed > 0;
        if (plain && batch.awaited() && took > QUICK_NANOS && patience.pays()) {
            linger(confirmed, Math.min(took, LINGER_NANOS_MAX));
        }
    }

    /// Lets those answer who have just been told: what they send goes into one sync with what has
    /// come meanwhile, instead of waiting for one of its own. No longer than the sync took.
    private void linger(long confirmed, long most) {
        // What comes is framed otherwise than what was confirmed, and so a little more or less.
        long enough = confirmed - confirmed / 16;
        long until = System.nanoTime() + most;
        Worker own = workers.getFirst();
        boolean on = true;
        long left = most;
        long came = writer.cameSince();
        while (on && came < enough && left > 0) {
            on = own.pause(left);
            left = until - System.nanoTime();
            came = writer.cameSince();
        }
        patience.learn(confirmed, came);
    }

    void start() {
        workers.forEach(Worker::start);
    }

    /// Has one that sleeps take a turn; where none does, whoever ends first. Any thread.
    void wake() {
        int most = times.abreast() ? workers.size() : 1;
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
