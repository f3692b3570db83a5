package dev.parley.bench.queue;

import dev.parley.bench.host.ProcStat;
import dev.parley.bench.load.Goal;
import dev.parley.bench.load.Link;
import dev.parley.bench.load.Load;
import dev.parley.bench.load.Outcome;
import dev.parley.bench.load.Plan;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.HdrHistogram.Histogram;

/// One row of the raw client's on one broker, and its figures on their way to the report.
///
/// The client's processor time is that of this process: loads run in it, on one thread each.
///
/// @param name what exchanges and queues of this run begin with
/// @param seconds how long a stretch is that counts; four tenths of that go before it
record RawRun(
        Broker broker, Subject subject, String work, String name, double seconds, Report report) {

    private static final double WARM_UP_PART = 0.3;
    private static final double SETTLE_PART = 0.1;
    private static final double NANOS_PER_MICRO = 1_000;
    private static final double BYTES_PER_MIB = 1 << 20;

    /// Below this part of the published messages, the consumers do not keep up.
    private static final double KEEPS_UP = 0.9;

    /// Processor times of one moment.
    record Reading(OptionalLong broker, OptionalLong client) {

        static Reading take(Broker broker) throws IOException {
            return new Reading(
                    ProcStat.cpuNanos(broker.worker().pid()),
                    ProcStat.cpuNanos(ProcessHandle.current().pid()));
        }

        /// The broker's processor time since an earlier reading, in microseconds.
        double brokerMicros(Reading before) {
            return micros(before.broker, broker);
        }

        /// The client's likewise.
        double clientMicros(Reading before) {
            return micros(before.client, client);
        }

        private static double micros(OptionalLong before, OptionalLong after) {
            return before.isPresent() && after.isPresent()
                    ? (after.getAsLong() - before.getAsLong()) / NANOS_PER_MICRO
                    : Double.NaN;
        }
    }

    /// Something done with a connection.
    interface Calls {
        void make(Link link) throws IOException;
    }

    RawRun named(String part) {
        return new RawRun(broker, subject, work + ": " + part, name, seconds, report);
    }

    void with(Calls calls) throws IOException {
        try (Link link = Link.open(broker.address(), Link.CALLS_ONLY_BYTES)) {
            calls.make(link);
            link.hangUp();
        }
    }

    void declare(List<String> queues, boolean durable) throws IOException {
        with(link -> link.declareQueues(queues, durable, subject.type()));
    }

    void delete(List<String> queues) throws IOException {
        with(link -> link.deleteQueues(queues));
    }

    /// Runs a plan, first without counting, and reports what it brought.
    Outcome measure(Plan plan) throws IOException, InterruptedException {
        Optional<NodeCounters> before;
        Outcome outcome;
        try (Load load = Load.open(broker.address(), plan)) {
            load.run(Goal.seconds(seconds * WARM_UP_PART));
            before = broker.counters();
            // While the node was asked, the load stood still; that must not count.
            load.run(Goal.seconds(seconds * SETTLE_PART));
            outcome = measure(load, Goal.seconds(seconds));
        }
        Optional<NodeCounters> after = broker.counters();
        if (before.isPresent() && after.isPresent()) {
            NodeCounters counted = after.get().since(before.get());
            if (plan.publishing().window() > 0) {
                add(Measure.SYNCS, counted.syncs() / counted.confirmed());
            }
            add(Measure.ALLOCATED, counted.allocated() / counted.published());
        }
        boolean consumes = !plan.consuming().links().isEmpty();
        double part = (double) outcome.delivered() / outcome.published();
        if (consumes && part < KEEPS_UP) {
            note(
                    "only %.0f %% of what was published was delivered in the same time, so a backlog"
                                    .formatted(part * 100)
                            + " formed; its published rate and CPU per message flatter it");
        }
        return outcome;
    }

    /// Works, and reports what the node allocated for each of that many messages.
    void allocating(long messages, Work work) throws IOException, InterruptedException {
        Optional<NodeCounters> before = broker.counters();
        work.run();
        Optional<NodeCounters> after = broker.counters();
        if (before.isPresent() && after.isPresent()) {
            double bytes = after.get().since(before.get()).allocated();
            add(Measure.ALLOCATED, bytes / messages);
        }
    }

    /// Runs a stretch and reports what it brought.
    Outcome measure(Load load, Goal goal) throws IOException {
        Reading before = Reading.take(broker);
        Outcome outcome = load.run(goal);
        Reading after = Reading.take(broker);
        if (outcome.published() > 0) {
            add(Measure.SENT, outcome.publishedPerSecond());
        }
        if (outcome.delivered() > 0) {
            add(Measure.DELIVERED, outcome.deliveredPerSecond());
        }
        add(Measure.CONFIRM_P50, millis(outcome.confirm(), 50));
        add(Measure.CONFIRM_P99, millis(outcome.confirm(), 99));
        add(Measure.LATENCY_P50, millis(outcome.latency(), 50));
        add(Measure.LATENCY_P99, millis(outcome.latency(), 99));
        double messages = outcome.published() > 0 ? outcome.published() : outcome.delivered();
        add(Measure.BROKER_CPU, after.brokerMicros(before) / messages);
        add(Measure.CLIENT_CPU, after.clientMicros(before) / messages);
        if (outcome.refused() > 0) {
            note("refused %d publishes".formatted(outcome.refused()));
        }
        return outcome;
    }

    /// A part of a run.
    interface Work {
        void run() throws IOException, InterruptedException;
    }

    /// A figure; what is not a number is left out.
    void add(Measure measure, double figure) {
        report.add(work, measure, subject, OptionalDouble.of(figure));
    }

    void note(String sentence) {
        report.note("%s, %s: %s".formatted(subject.title(), work, sentence));
    }

    double residentMiB() throws IOException {
        OptionalLong bytes = ProcStat.residentBytes(broker.worker().pid());
        return bytes.isPresent() ? bytes.getAsLong() / BYTES_PER_MIB : Double.NaN;
    }

    static double millis(Histogram histogram, double percentile) {
        return Outcome.millis(histogram, percentile);
    }
}
