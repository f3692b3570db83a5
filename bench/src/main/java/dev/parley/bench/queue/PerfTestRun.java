package dev.parley.bench.queue;

import dev.parley.bench.host.Output;
import dev.parley.bench.host.ProcStat;
import dev.parley.bench.host.Processes;
import dev.parley.bench.queue.PerfTestLine.Average;
import dev.parley.bench.queue.PerfTestLine.Interval;
import dev.parley.bench.queue.PerfTestLine.Latency;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// One PerfTest in a child JVM against one broker, and what came of it.
///
/// The first seconds, in which the JVMs warm up, count for nothing. Latencies are means of the
/// seconds' quantiles, as in PerfTest's own summary. Processor times are the differences between
/// two readings at PerfTest's lines, over the messages published (or, with no publisher, delivered)
/// between them.
///
/// @param seconds how long PerfTest works; it is killed when it has not ended 30 s later
/// @param messages how many messages there are, for runs that end with a count; 0: the time ends it
record PerfTestRun(Processes processes, Path directory, Broker broker, int seconds, long messages) {

    static final String HEAP = "-Xmx1g";

    private static final String MAIN = "com.rabbitmq.perf.PerfTest";
    private static final long GRACE_SECONDS = 30;
    private static final double WARM_UP_SECONDS_MAX = 4;
    private static final double WARM_UP_PART = 0.34;
    private static final double TAIL_SECONDS = 0.6;
    private static final double NANOS_PER_MICRO = 1_000;

    /// The figures of a run; those that PerfTest did not print or that make no sense are empty.
    record Figures(
            OptionalDouble sent,
            OptionalDouble received,
            Optional<Latency> confirm,
            Optional<Latency> consumer,
            OptionalDouble brokerMicros,
            OptionalDouble clientMicros,
            double nacked) {}

    private record Sample(Interval interval, OptionalLong broker, OptionalLong client) {}

    /// Runs it to its end.
    Figures run(List<String> arguments) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(HEAP, "-Dstdout.encoding=UTF-8"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN));
        command.addAll(List.of("-h", broker.uri()));
        command.addAll(arguments);
        long worker = broker.worker().pid();
        OptionalLong before = ProcStat.cpuNanos(worker);
        Process process = processes.start(command, directory, Map.of());
        var output = new Output(process);
        var samples = new ArrayList<Sample>();
        var averages = new ArrayList<Average>();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds + GRACE_SECONDS);
        while (true) {
            Optional<String> line = output.next(deadline - System.nanoTime());
            if (line.isEmpty()) {
                break;
            }
            Optional<PerfTestLine> read = PerfTestLine.parse(line.get());
            if (read.isPresent()) {
                switch (read.get()) {
                    case Interval interval ->
                            samples.add(
                                    new Sample(
                                            interval,
                                            ProcStat.cpuNanos(worker),
                                            ProcStat.cpuNanos(process.pid())));
                    case Average average -> averages.add(average);
                }
            }
        }
        boolean ended = output.ended() && process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS);
        processes.kill(process);
        if (!ended || process.exitValue() != 0 || averages.isEmpty()) {
            throw new IOException("PerfTest failed: " + output.tail());
        }
        if (messages > 0) {
            return counted(averages, minus(ProcStat.cpuNanos(worker), before));
        }
        return timed(samples, seconds);
    }

    private Figures counted(List<Average> averages, OptionalDouble brokerNanos) {
        OptionalDouble perMessage =
                brokerNanos.isPresent()
                        ? OptionalDouble.of(brokerNanos.getAsDouble() / NANOS_PER_MICRO / messages)
                        : OptionalDouble.empty();
        return new Figures(
                rate(averages, true),
                rate(averages, false),
                Optional.empty(),
                Optional.empty(),
                perMessage,
                OptionalDouble.empty(),
                0);
    }

    private static OptionalDouble rate(List<Average> averages, boolean sending) {
        return averages.stream()
                .filter(average -> average.sending() == sending && average.rate() > 0)
                .mapToDouble(Average::rate)
                .findFirst();
    }

    private static Figures timed(List<Sample> samples, int seconds) throws IOException {
        double warmUp = Math.min(WARM_UP_SECONDS_MAX, seconds * WARM_UP_PART) - TAIL_SECONDS / 2;
        int first = 0;
        int end = samples.size();
        while (first < end && samples.get(first).interval().seconds() < warmUp) {
            first++;
        }
        while (end > 0 && samples.get(end - 1).interval().seconds() > seconds + TAIL_SECONDS) {
            end--;
        }
        if (end - first < 2) {
            throw new IOException("PerfTest printed only " + samples.size() + " lines");
        }
        Sample start = samples.get(first);
        Sample last = samples.get(end - 1);
        double time = last.interval().seconds() - start.interval().seconds();
        double sent = 0;
        double received = 0;
        double nacked = 0;
        List<Interval> kept = new ArrayList<>();
        double earlier = start.interval().seconds();
        for (Sample sample : samples.subList(first + 1, end)) {
            Interval interval = sample.interval();
            double length = interval.seconds() - earlier;
            earlier = interval.seconds();
            sent += interval.sent() * length;
            received += interval.received() * length;
            nacked += interval.nacked() * length;
            kept.add(interval);
        }
        double worked = sent > 0 ? sent : received;
        return new Figures(
                positive(sent / time),
                positive(received / time),
                mean(kept, Interval::confirm),
                mean(kept, Interval::consumer),
                perMessage(minus(last.broker(), start.broker()), worked),
                perMessage(minus(last.client(), start.client()), worked),
                nacked);
    }

    private static OptionalDouble minus(OptionalLong later, OptionalLong before) {
        return later.isPresent() && before.isPresent()
                ? OptionalDouble.of((double) (later.getAsLong() - before.getAsLong()))
                : OptionalDouble.empty();
    }

    private static OptionalDouble perMessage(OptionalDouble nanos, double worked) {
        return nanos.isPresent() && worked > 0
                ? OptionalDouble.of(nanos.getAsDouble() / NANOS_PER_MICRO / worked)
                : OptionalDouble.empty();
    }

    private static OptionalDouble positive(double rate) {
        return rate > 0 ? OptionalDouble.of(rate) : OptionalDouble.empty();
    }

    private static Optional<Latency> mean(
            List<Interval> kept, Function<Interval, Optional<Latency>> which) {
        List<Latency> all = kept.stream().map(which).flatMap(Optional::stream).toList();
        if (all.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new Latency(
                        all.stream().mapToDouble(Latency::medianMicros).average().orElse(0),
                        all.stream().mapToDouble(Latency::p99Micros).average().orElse(0)));
    }
}
