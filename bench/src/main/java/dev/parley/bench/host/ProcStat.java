package dev.parley.bench.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/// Readings of a process from Linux's `/proc`: processor time and resident memory.
///
/// Elsewhere, and for a process that is gone, a reading is empty.
public final class ProcStat {

    /// Linux shows these times in units of 1/100 s to user space on every architecture we run on.
    private static final long NANOS_PER_TICK = 10_000_000;

    private static final int UTIME_AFTER_NAME = 11;
    private static final int STIME_AFTER_NAME = 12;
    private static final int IDLE = 4;
    private static final int STOLEN = 8;
    private static final long BYTES_PER_KIB = 1_024;

    private ProcStat() {}

    /// Nanoseconds of processor time, user and system, of the process and all its threads.
    public static OptionalLong cpuNanos(long pid) {
        try {
            return cpuNanos(Files.readString(Path.of("/proc", "" + pid, "stat")));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /// Nanoseconds of processor time that the whole machine has used, whoever it was.
    public static OptionalLong machineNanos() {
        try {
            return machineNanos(Files.readAllLines(Path.of("/proc/stat")).getFirst());
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /// Resident bytes of the process.
    public static OptionalLong residentBytes(long pid) {
        try {
            return residentBytes(Files.readAllLines(Path.of("/proc", "" + pid, "status")));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /// From the text of `/proc/PID/stat`. The name in parentheses may hold spaces and parentheses
    /// itself, so fields are counted from the last closing one.
    static OptionalLong cpuNanos(String stat) {
        int nameEnd = stat.lastIndexOf(')');
        String[] fields = stat.substring(nameEnd + 1).strip().split(" ");
        if (nameEnd < 0 || fields.length <= STIME_AFTER_NAME) {
            return OptionalLong.empty();
        }
        try {
            long ticks =
                    Long.parseLong(fields[UTIME_AFTER_NAME])
                            + Long.parseLong(fields[STIME_AFTER_NAME]);
            return OptionalLong.of(ticks * NANOS_PER_TICK);
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /// From the first line of `/proc/stat`: user, nice, system, idle, waiting, interrupts twice,
    /// and what other guests of the same host have taken.
    static OptionalLong machineNanos(String line) {
        String[] fields = line.strip().split(" +");
        if (!fields[0].equals("cpu") || fields.length <= STOLEN) {
            return OptionalLong.empty();
        }
        try {
            long ticks = 0;
            for (int i = 1; i <= STOLEN; i++) {
                ticks += i == IDLE || i == IDLE + 1 ? 0 : Long.parseLong(fields[i]);
            }
            return OptionalLong.of(ticks * NANOS_PER_TICK);
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /// From the lines of `/proc/PID/status`.
    static OptionalLong residentBytes(List<String> status) {
        for (String line : status) {
            if (line.startsWith("VmRSS:")) {
                String kib = line.substring("VmRSS:".length()).replace("kB", "").strip();
                return OptionalLong.of(Long.parseLong(kib) * BYTES_PER_KIB);
            }
        }
        return OptionalLong.empty();
    }
}
