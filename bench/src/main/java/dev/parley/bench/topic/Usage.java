package dev.parley.bench.topic;

import dev.parley.bench.host.ProcStat;
import java.lang.management.ManagementFactory;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// A reading of the clocks: time, processor time of the broker, of the load generator's thread, and
/// of everything else on the machine.
record Usage(long nanos, OptionalLong brokerNanos, long ownNanos, OptionalLong othersNanos) {

    private static final double NANOS_PER_MICRO = 1e3;

    /// Reads them on the load generator's thread.
    static Usage read(long brokerPid) {
        OptionalLong broker = ProcStat.cpuNanos(brokerPid);
        OptionalLong all = ProcStat.machineNanos();
        OptionalLong own = ProcStat.cpuNanos(ProcessHandle.current().pid());
        boolean known = broker.isPresent() && all.isPresent() && own.isPresent();
        return new Usage(
                System.nanoTime(),
                broker,
                ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime(),
                known
                        ? OptionalLong.of(all.getAsLong() - broker.getAsLong() - own.getAsLong())
                        : OptionalLong.empty());
    }

    /// The part of one core that neither the broker nor the load generator has used.
    double others(Usage before) {
        if (othersNanos.isEmpty() || before.othersNanos.isEmpty()) {
            return 0;
        }
        long used = othersNanos.getAsLong() - before.othersNanos.getAsLong();
        return (double) used / (nanos - before.nanos);
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
