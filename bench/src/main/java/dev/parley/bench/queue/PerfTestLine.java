package dev.parley.bench.queue;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A line of PerfTest's output that carries figures.
sealed interface PerfTestLine {

    /// What happened since the line before; `seconds` counts from the start of the test.
    record Interval(
            double seconds,
            double sent,
            double confirmed,
            double nacked,
            double received,
            Optional<Latency> confirm,
            Optional<Latency> consumer)
            implements PerfTestLine {}

    /// The average rate of a whole run, printed at its end.
    record Average(boolean sending, double rate) implements PerfTestLine {}

    /// Two of the five quantiles that PerfTest prints.
    record Latency(double medianMicros, double p99Micros) {}

    Pattern TIME = Pattern.compile(", time ([\\d.]+) s");
    Pattern RATE = Pattern.compile("(sent|confirmed|nacked|received): ([\\d.]+) msg/s");
    Pattern LATENCY =
            Pattern.compile(
                    "(confirm|consumer) latency: \\d+/(\\d+)/\\d+/\\d+/(\\d+) (ms|[^\\sm]s)");
    Pattern AVERAGE = Pattern.compile("(sending|receiving) rate avg: ([\\d.]+) msg/s");

    /// Reads a line; empty for one without figures.
    static Optional<PerfTestLine> parse(String line) {
        Matcher average = AVERAGE.matcher(line);
        if (average.find()) {
            boolean sending = average.group(1).equals("sending");
            return Optional.of(new Average(sending, Double.parseDouble(average.group(2))));
        }
        Matcher time = TIME.matcher(line);
        if (!time.find()) {
            return Optional.empty();
        }
        Map<String, Double> rates = new HashMap<>();
        Matcher rate = RATE.matcher(line);
        while (rate.find()) {
            rates.put(rate.group(1), Double.valueOf(rate.group(2)));
        }
        Map<String, Latency> latencies = new HashMap<>();
        Matcher latency = LATENCY.matcher(line);
        while (latency.find()) {
            double scale = latency.group(4).equals("ms") ? 1_000 : 1;
            latencies.put(
                    latency.group(1),
                    new Latency(
                            scale * Long.parseLong(latency.group(2)),
                            scale * Long.parseLong(latency.group(3))));
        }
        return Optional.of(
                new Interval(
                        Double.parseDouble(time.group(1)),
                        rates.getOrDefault("sent", 0.0),
                        rates.getOrDefault("confirmed", 0.0),
                        rates.getOrDefault("nacked", 0.0),
                        rates.getOrDefault("received", 0.0),
                        Optional.ofNullable(latencies.get("confirm")),
                        Optional.ofNullable(latencies.get("consumer"))));
    }
}
