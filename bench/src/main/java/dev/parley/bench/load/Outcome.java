package dev.parley.bench.load;

import org.HdrHistogram.Histogram;

/// What happened in a stretch of time; times are in nanoseconds.
///
/// @param confirm from a publish's intended time, or its time where there is no rate, to its
///   confirm
/// @param latency from the same to the message's arrival at a consumer
/// @param late from a publish's intended time to its being handed to the socket
public record Outcome(
        double seconds,
        long published,
        long confirmed,
        long refused,
        long delivered,
        Histogram confirm,
        Histogram latency,
        Histogram late) {

    private static final double NANOS_PER_MILLI = 1e6;

    public double publishedPerSecond() {
        return published / seconds;
    }

    public double confirmedPerSecond() {
        return confirmed / seconds;
    }

    public double deliveredPerSecond() {
        return delivered / seconds;
    }

    /// A quantile in milliseconds; not a number where nothing was recorded.
    public static double millis(Histogram histogram, double percentile) {
        return histogram.getTotalCount() == 0
                ? Double.NaN
                : histogram.getValueAtPercentile(percentile) / NANOS_PER_MILLI;
    }
}
