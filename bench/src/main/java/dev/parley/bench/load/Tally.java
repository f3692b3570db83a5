package dev.parley.bench.load;

import org.HdrHistogram.Histogram;

/// What has happened since a load began, and the times of one stretch; for the load's own thread.
final class Tally {

    private static final int DIGITS = 3;

    long published;
    long confirmed;
    long refused;
    long delivered;
    Histogram confirm = new Histogram(DIGITS);
    Histogram latency = new Histogram(DIGITS);
    Histogram late = new Histogram(DIGITS);

    private long publishedBefore;
    private long confirmedBefore;
    private long refusedBefore;
    private long deliveredBefore;

    /// A new stretch begins.
    void begin() {
        publishedBefore = published;
        confirmedBefore = confirmed;
        refusedBefore = refused;
        deliveredBefore = delivered;
        confirm = new Histogram(DIGITS);
        latency = new Histogram(DIGITS);
        late = new Histogram(DIGITS);
    }

    /// What the stretch has brought.
    Outcome end(double seconds) {
        return new Outcome(
                seconds,
                published - publishedBefore,
                confirmed - confirmedBefore,
                refused - refusedBefore,
                delivered - deliveredBefore,
                confirm,
                latency,
                late);
    }
}
