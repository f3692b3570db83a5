package dev.parley.bench.queue;

import dev.parley.bench.load.Goal;
import dev.parley.bench.load.Load;
import dev.parley.bench.load.Outcome;
import dev.parley.bench.load.Plan;
import dev.parley.bench.load.Plan.Consuming;
import dev.parley.bench.load.Plan.Publishing;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// A deep queue that a consumer empties while a publisher goes on at its rate.
///
/// The publisher has 10,000 msg/s, well below what either broker takes alone: the question is
/// whether a busy consumer takes that away from it, not what two cores can do in all.
final class Draining {

    private static final int WINDOW = 1_000;
    private static final double RATE = 10_000;
    private static final int OPEN_WINDOW = 100_000;

    /// A broker slower than this is given up.
    private static final double RATE_LEAST = 2_000;

    private static final long SAMPLE_MILLIS = 100;

    private final RawRun run;
    private final long backlog;

    Draining(RawRun run, long backlog) {
        this.run = run;
        this.backlog = backlog;
    }

    void run() throws IOException, InterruptedException {
        List<String> queues = List.of(run.name());
        run.declare(queues, true);
        fill();
        Publishing publishing =
                Publishing.to(run.name(), 1, RawScenario.KIB, true, OPEN_WINDOW).rate(RATE);
        try (Load publisher =
                        Load.open(run.broker().address(), new Plan(publishing, Consuming.none()));
                var threads = Executors.newCachedThreadPool()) {
            RawRun alone = run.named("publishing alone");
            Outcome before = alone.measure(publisher, Goal.seconds(run.seconds()));
            double resident = run.residentMiB();
            var draining = new AtomicBoolean(true);
            Future<Outcome> during = threads.submit(() -> publisher.run(patience()));
            Future<Double> most = threads.submit(() -> residentMost(draining));
            Outcome drained;
            try {
                drained = drain();
            } finally {
                draining.set(false);
                publisher.stop();
            }
            report(before, during.get(), drained);
            RawRun both = run.named("draining");
            both.add(Measure.RESIDENT, most.get());
            both.add(Measure.GAINED, most.get() - resident);
        } catch (ExecutionException e) {
            throw new IOException(e.getMessage(), e);
        }
        run.delete(queues);
    }

    private void fill() throws IOException {
        Publishing publishing =
                Publishing.to(run.name(), 1, RawScenario.KIB, true, WINDOW).messages(backlog);
        try (Load load =
                Load.open(run.broker().address(), new Plan(publishing, Consuming.none()))) {
            Outcome filled = run.named("filling").measure(load, patience().confirmed(backlog));
            if (filled.confirmed() < backlog) {
                throw new IOException("only %,d messages filled in".formatted(filled.confirmed()));
            }
        }
    }

    private Outcome drain() throws IOException {
        Consuming consuming = RawScenario.consumers(run.name(), 1, RawScenario.PREFETCH);
        try (Load load =
                Load.open(run.broker().address(), new Plan(Publishing.none(), consuming))) {
            Outcome drained = load.run(patience().delivered(backlog));
            if (drained.delivered() < backlog) {
                run.note("only %,d messages drained".formatted(drained.delivered()));
            }
            return drained;
        }
    }

    private void report(Outcome before, Outcome during, Outcome drained) {
        RawRun both = run.named("draining");
        both.add(Measure.SENT, during.publishedPerSecond());
        both.add(Measure.DELIVERED, drained.deliveredPerSecond());
        double kept = during.confirmedPerSecond() / before.confirmedPerSecond();
        both.add(Measure.KEPT, kept * 100);
        both.add(Measure.CONFIRM_P50, RawRun.millis(during.confirm(), 50));
        both.add(Measure.CONFIRM_P99, RawRun.millis(during.confirm(), 99));
        both.note(
                String.format(
                        Locale.ROOT,
                        "%,d messages drained in %.1f s",
                        drained.delivered(),
                        drained.seconds()));
    }

    private double residentMost(AtomicBoolean going) throws IOException, InterruptedException {
        double most = run.residentMiB();
        while (going.get()) {
            TimeUnit.MILLISECONDS.sleep(SAMPLE_MILLIS);
            most = Math.max(most, run.residentMiB());
        }
        return most;
    }

    private Goal patience() {
        return Goal.seconds(TimeUnit.MINUTES.toSeconds(1) + backlog / RATE_LEAST);
    }
}
