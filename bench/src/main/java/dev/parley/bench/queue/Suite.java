package dev.parley.bench.queue;

import dev.parley.bench.host.DiskProbe;
import dev.parley.bench.host.Host;
import dev.parley.bench.host.ProcStat;
import dev.parley.bench.host.Processes;
import dev.parley.bench.queue.PerfTestLine.Latency;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/// All scenarios put to one broker, one after the other; the figures go to the report.
///
/// A scenario that fails becomes a note in the report, and the next one runs.
final class Suite {

    private static final String IDLE = "an empty node";
    private static final long SETTLE_SECONDS = 3;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double MICROS_PER_MILLI = 1e3;

    /// Below this part of the published messages, the consumers do not keep up.
    private static final double KEEPS_UP = 0.9;

    private static final double BYTES_PER_MIB = 1 << 20;

    /// A fill or a drain may take this many times the seconds of a timed run.
    private static final int DRAIN_FACTOR = 20;

    /// Of the seconds of a PerfTest run, which is long because a JVM starts in it.
    private static final double RAW_PART = 0.5;

    private static final double CURVE_PART = 0.25;

    private final Options options;
    private final Processes processes;
    private final Path directory;
    private final DiskProbe disk;
    private final Report report;
    private int runs;

    Suite(Options options, Processes processes, Path directory, DiskProbe disk, Report report) {
        this.options = options;
        this.processes = processes;
        this.directory = directory;
        this.disk = disk;
        this.report = report;
    }

    /// Starts the broker, measures all that was asked for and stops it. When that fails, what was
    /// measured stays in the report, with a note.
    void measure(Broker broker) throws InterruptedException {
        try {
            measureAll(broker);
        } catch (IOException e) {
            System.err.println("bench: " + e.getMessage());
            report.note(broker.name() + ": " + firstLine(e));
        }
    }

    private void measureAll(Broker broker) throws IOException, InterruptedException {
        // The first start builds, makes directories and fills the page cache; the second counts.
        broker.start();
        broker.stop();
        double startMillis = startMillis(broker);
        try {
            describe(broker);
            Subject first = broker.subjects().getFirst();
            if (options.wants(IDLE)) {
                TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
                report.add(IDLE, Measure.START, first, OptionalDouble.of(startMillis));
                report.add(IDLE, Measure.RESIDENT, first, residentMiB(broker));
            }
            if (options.curves()) {
                raw(broker, Curves.all(options));
            } else {
                int before = runs;
                perfTest(broker);
                if (runs > before) {
                    report.add("after PerfTest", Measure.RESIDENT, first, residentMiB(broker));
                }
                raw(broker, RawScenario.all(options, disk));
            }
        } finally {
            broker.stop();
        }
    }

    private void perfTest(Broker broker) throws InterruptedException {
        for (Scenario scenario : Scenario.all()) {
            for (Subject subject : broker.subjects()) {
                if (options.wants(scenario.name()) && subject.runs(scenario)) {
                    attempt(
                            broker,
                            subject,
                            scenario.name(),
                            name -> perfTest(broker, scenario, subject, name));
                }
            }
        }
    }

    private void perfTest(Broker broker, Scenario scenario, Subject subject, String name)
            throws IOException, InterruptedException {
        if (scenario.shape() == Scenario.Shape.DRAIN) {
            backlog(broker, scenario, subject, name);
        } else {
            timed(broker, scenario, subject, name);
        }
        try (Session session = Session.open(broker)) {
            session.delete(scenario, name);
        }
    }

    private void raw(Broker broker, List<RawScenario> scenarios) throws InterruptedException {
        double seconds = options.seconds() * (options.curves() ? CURVE_PART : RAW_PART);
        for (RawScenario scenario : scenarios) {
            for (Subject subject : broker.subjects()) {
                if (options.wants(scenario.name()) && scenario.runs(subject)) {
                    String work = scenario.name();
                    attempt(
                            broker,
                            subject,
                            work,
                            name ->
                                    scenario.work()
                                            .run(
                                                    new RawRun(
                                                            broker, subject, work, name, seconds,
                                                            report)));
                }
            }
        }
    }

    /// Something to do to a broker under a name for its queues.
    private interface Attempt {
        void run(String name) throws IOException, InterruptedException;
    }

    private void attempt(Broker broker, Subject subject, String work, Attempt attempt)
            throws InterruptedException {
        System.err.println("bench: " + subject.title() + ": " + work);
        runs++;
        String name = "bench-" + runs;
        try {
            if (options.profiles()) {
                // Once for nothing: compiling and loading classes would cover everything.
                attempt.run(name + "-warm");
                report.forget();
                long pid = broker.worker().pid();
                Profile profile = Profile.start(processes, directory, pid);
                attempt.run(name);
                Path recording = Path.of("target", "profile-" + runs + ".jfr");
                report.section(work, profile.stop(recording));
                System.err.println("bench: the recording is in " + recording);
            } else {
                attempt.run(name);
            }
        } catch (IOException e) {
            System.err.println("bench: " + e.getMessage());
            report.note(subject.title() + ", " + work + ": " + firstLine(e));
        }
    }

    private void timed(Broker broker, Scenario scenario, Subject subject, String name)
            throws IOException, InterruptedException {
        var run = new PerfTestRun(processes, directory, broker, options.seconds(), 0);
        List<String> arguments = scenario.timed(name, options.seconds());
        PerfTestRun.Figures figures = run.run(with(arguments, subject));
        String work = scenario.name();
        report.add(work, Measure.SENT, subject, figures.sent());
        report.add(work, Measure.DELIVERED, subject, figures.received());
        Optional<Latency> confirm = figures.confirm();
        report.add(work, Measure.CONFIRM_P50, subject, millis(confirm, Latency::medianMicros));
        OptionalDouble p99 = millis(confirm, Latency::p99Micros);
        report.add(work, Measure.CONFIRM_P99, subject, p99);
        if (scenario.waits() && p99.isPresent()) {
            double ratio = p99.getAsDouble() / disk.p99Millis();
            report.add(work, Measure.CONFIRM_TO_DISK, subject, OptionalDouble.of(ratio));
        }
        Optional<Latency> consumer = figures.consumer();
        report.add(work, Measure.LATENCY_P50, subject, millis(consumer, Latency::medianMicros));
        report.add(work, Measure.LATENCY_P99, subject, millis(consumer, Latency::p99Micros));
        report.add(work, Measure.BROKER_CPU, subject, figures.brokerMicros());
        report.add(work, Measure.CLIENT_CPU, subject, figures.clientMicros());
        double sent = figures.sent().orElse(0);
        double part = figures.received().orElse(0) / sent;
        if (scenario.consumers() > 0 && sent > 0 && part < KEEPS_UP) {
            report.note(
                    "%s, %s: only %.0f %% of what was published was delivered in the same time, so a"
                                    .formatted(subject.title(), work, part * 100)
                            + " backlog formed; its published rate and CPU per message flatter it");
        }
        if (figures.nacked() > 0) {
            report.note(
                    "%s, %s: refused %.0f publishes"
                            .formatted(subject.title(), work, figures.nacked()));
        }
    }

    private void backlog(Broker broker, Scenario scenario, Subject subject, String name)
            throws IOException, InterruptedException {
        int seconds = options.seconds() * DRAIN_FACTOR;
        long wanted = options.backlog();
        var filling = new PerfTestRun(processes, directory, broker, seconds, wanted);
        PerfTestRun.Figures filled =
                filling.run(with(scenario.fill(name, wanted, seconds), subject));
        String work = scenario.name();
        report.add(work + ": filling", Measure.SENT, subject, filled.sent());
        report.add(work + ": filling", Measure.BROKER_CPU, subject, filled.brokerMicros());
        report.add(work + ": filling", Measure.RESIDENT, subject, residentMiB(broker));
        broker.stop();
        double startMillis = startMillis(broker);
        report.add(work + ": restart", Measure.START, subject, OptionalDouble.of(startMillis));
        report.add(work + ": restart", Measure.RESIDENT, subject, residentMiB(broker));
        long depth;
        try (Session session = Session.open(broker)) {
            depth = session.depth(name);
        }
        if (depth != wanted) {
            report.note(
                    "%s: backlog of %,d messages instead of %,d"
                            .formatted(subject.title(), depth, wanted));
        }
        var draining = new PerfTestRun(processes, directory, broker, seconds, depth);
        PerfTestRun.Figures drained =
                draining.run(with(scenario.drain(name, depth, seconds), subject));
        report.add(work + ": draining", Measure.DELIVERED, subject, drained.received());
        report.add(work + ": draining", Measure.BROKER_CPU, subject, drained.brokerMicros());
    }

    private void describe(Broker broker) throws IOException {
        try (Session session = Session.open(broker)) {
            String flags = Host.jvmFlags(broker.worker().pid());
            report.note(
                    "%s calls itself %s%s"
                            .formatted(
                                    broker.name(),
                                    session.product(),
                                    flags.isEmpty() ? "" : ", JVM flags " + flags));
        }
    }

    private static double startMillis(Broker broker) throws IOException, InterruptedException {
        long before = System.nanoTime();
        broker.start();
        return (System.nanoTime() - before) / NANOS_PER_MILLI;
    }

    private static OptionalDouble residentMiB(Broker broker) throws IOException {
        OptionalLong bytes = ProcStat.residentBytes(broker.worker().pid());
        return bytes.isPresent()
                ? OptionalDouble.of(bytes.getAsLong() / BYTES_PER_MIB)
                : OptionalDouble.empty();
    }

    private static OptionalDouble millis(
            Optional<Latency> latency, ToDoubleFunction<Latency> which) {
        return latency.isPresent()
                ? OptionalDouble.of(which.applyAsDouble(latency.get()) / MICROS_PER_MILLI)
                : OptionalDouble.empty();
    }

    private static List<String> with(List<String> arguments, Subject subject) {
        var all = new ArrayList<>(arguments);
        all.addAll(subject.arguments());
        return all;
    }

    private static String firstLine(IOException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("failed");
    }
}
