package dev.parley.bench.topic;

import java.io.IOException;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

/// One scenario at one broker: warms up, measures for a time and waits for what is under way.
final class TrafficRun {

    private static final int BATCH = 512;
    private static final long WAIT_MILLIS = 50;
    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long SPIN_NANOS = TimeUnit.MICROSECONDS.toNanos(1_500);
    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final double NANOS_PER_MILLI = 1e6;

    /// The part of the time in which it does not yet count.
    static final double WARM_UP = 0.4;

    /// Above this part of the time, the load generator may be what is measured.
    private static final double BUSY = 0.95;

    /// Above this part of a core, others disturb.
    private static final double OTHERS = 0.15;

    private final Target target;
    private final Scenario scenario;
    private final Traffic traffic;
    private final Column column;
    private long progress;
    private long progressNanos;
    private int stalls;

    TrafficRun(Target target, Scenario scenario, String run, Column column) {
        this.target = target;
        this.scenario = scenario;
        this.column = column;
        this.traffic = new Traffic(target, scenario, run);
    }

    /// Works for about 1.4 times the seconds; the figures go to the report.
    void run(int seconds, long brokerPid) throws IOException {
        traffic.open();
        work(System.nanoTime() + (long) (seconds * WARM_UP * NANOS_PER_SECOND));
        Usage before = Usage.read(brokerPid);
        long deliveredBefore = traffic.delivered();
        traffic.latencyFrom(before.nanos());
        work(before.nanos() + seconds * NANOS_PER_SECOND);
        Usage after = Usage.read(brokerPid);
        long delivered = traffic.delivered() - deliveredBefore;
        drain();
        report(before, after, delivered);
        traffic.close();
    }

    private void work(long until) throws IOException {
        progressNanos = System.nanoTime();
        if (scenario.rate() > 0) {
            onTime(until);
        } else {
            inWindow(until);
        }
    }

    /// Publishes whenever the window lets it.
    private void inWindow(long until) throws IOException {
        while (true) {
            long now = System.nanoTime();
            if (now >= until) {
                return;
            }
            int sent = 0;
            while (sent < BATCH && traffic.publish(now)) {
                sent++;
            }
            traffic.flush();
            target.loop().turn(sent == BATCH ? 0 : WAIT_MILLIS);
            if (stalled()) {
                stalls++;
                traffic.forgive();
            }
        }
    }

    /// Publishes at fixed times, whatever comes back.
    private void onTime(long until) throws IOException {
        long period = NANOS_PER_SECOND / scenario.rate();
        long due = System.nanoTime();
        while (due < until) {
            while (System.nanoTime() >= due) {
                if (!traffic.publish(due)) {
                    throw new IOException("the broker does not take messages at this rate");
                }
                due += period;
            }
            traffic.flush();
            // Waiting is exact to a millisecond only; the rest of the way is spun.
            long left = due - System.nanoTime() - SPIN_NANOS;
            target.loop().turn(left > 0 ? left / (long) NANOS_PER_MILLI : 0);
        }
    }

    private void drain() throws IOException {
        progressNanos = System.nanoTime();
        while (traffic.underWay() > 0 && !stalled()) {
            target.loop().turn(WAIT_MILLIS);
        }
    }

    /// Whether nothing has come for a second.
    private boolean stalled() {
        long now = System.nanoTime();
        if (traffic.delivered() != progress) {
            progress = traffic.delivered();
            progressNanos = now;
        } else if (now - progressNanos > STALL_NANOS) {
            progressNanos = now;
            return true;
        }
        return false;
    }

    private void report(Usage before, Usage after, long delivered) {
        String work = scenario.name();
        if (scenario.rate() == 0) {
            column.add(work, Measure.DELIVERED, delivered / after.seconds(before));
        } else {
            var latency = traffic.latency();
            double median = latency.getValueAtPercentile(50) / NANOS_PER_MILLI;
            column.add(work, Measure.LATENCY_P50, median);
            double p99 = latency.getValueAtPercentile(99) / NANOS_PER_MILLI;
            column.add(work, Measure.LATENCY_P99, p99);
        }
        if (scenario.persistent()) {
            OptionalDouble clean = column.figure(scenario.cleanName(), Measure.DELIVERED);
            if (clean.isPresent()) {
                double rate = delivered / after.seconds(before);
                column.add(work, Measure.OF_CLEAN, rate / clean.getAsDouble());
            }
        }
        column.add(work, Measure.BROKER_CPU, after.brokerMicros(before, delivered));
        column.add(work, Measure.CLIENT_CPU, after.ownMicros(before, delivered));
        double busy = after.busy(before);
        if (busy > BUSY && scenario.rate() == 0) {
            column.note(
                    work,
                    String.format(
                            Locale.ROOT,
                            "the load generator's thread was busy %.0f %% of the time: the broker may"
                                    + " do more",
                            busy * 100));
        }
        double others = after.others(before);
        if (others > OTHERS) {
            column.note(
                    work,
                    String.format(
                            Locale.ROOT,
                            "other processes used %.0f %% of a core meanwhile: not a quiet machine",
                            others * 100));
        }
        if (traffic.missing() > 0 || traffic.unexpected() > 0 || stalls > 0) {
            column.note(
                    work,
                    String.format(
                            Locale.ROOT,
                            "of %,d deliveries, %,d never came, %,d came again or out of order; nothing"
                                    + " came for a second %d times",
                            traffic.published() * scenario.subscribers(),
                            traffic.missing(),
                            traffic.unexpected(),
                            stalls));
        }
    }
}
