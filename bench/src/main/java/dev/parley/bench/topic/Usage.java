package dev.parley.bench.topic;

import dev.parley.bench.host.ProcStat;
import java.lang.management.ManagementFactory;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// A reading of the clocks: time, processor time of the broker and of the load generator's thread.
record Usage(long nanos, OptionalLong brokerNanos, long ownNanos) {

    private static final double NANOS_PER_MICRO = 1e3;

    /// Reads them on the load generator's thread.
    static Usage read(long brokerPid) {
        return new Usage(
                System.nanoTime(),
                ProcStat.cpuNanos(brokerPid),
                ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime());
    }

    /// What the broker has used since an earlier reading, for each of so many.
    OptionalDouble brokerMicros(Usage before, long count) {
        if (brokerNanos.isEmpty() || before.brokerNanos.isEmpty()) {
            return OptionalDouble.empty();
        }
        long used = brokerNanos.getAsLong() - before.brokerNanos.getAsLong();
        return OptionalDouble.of(used / NANOS_PER_MICRO / count);
    }

    /// What the load generator has used since an earlier reading, for each of so many.
    OptionalDouble ownMicros(Usage before, long count) {
        return OptionalDouble.of((ownNanos - before.ownNanos) / NANOS_PER_MICRO / count);
    }

    /// The part of the time in which the load generator's thread has worked.
    double busy(Usage before) {
        return (double) (ownNanos - before.ownNanos) / (nanos - before.nanos);
    }

    double seconds(Usage before) {
        return (nanos - before.nanos) / 1e9;
    }
}
