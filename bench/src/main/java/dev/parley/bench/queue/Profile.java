package dev.parley.bench.queue;

import dev.parley.bench.host.Output;
import dev.parley.bench.host.ProcStat;
import dev.parley.bench.host.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/// A flight recording of a node while it works, and small tables of where its processor time and
/// its garbage come from.
///
/// The JDK samples each thread by the processor time that it uses (`jdk.CPUTimeSample`), so time in
/// the kernel counts for the Java method that went there. Threads of the JVM's own (compiler,
/// collector) are not in it; the first line says how much of the process's time is.
final class Profile {

    private static final String NAME = "parley-bench";
    private static final String OURS = "dev.parley.";
    private static final String CPU = "jdk.CPUTimeSample";
    private static final String ALLOCATION = "jdk.ObjectAllocationSample";
    private static final long JCMD_SECONDS = 60;
    private static final int PACKAGES = 15;
    private static final int METHODS = 25;
    private static final double NANOS_PER_SECOND = 1e9;

    private final Processes processes;
    private final Path directory;
    private final long pid;
    private final long cpuBefore;

    private final Map<String, Double> threads = new HashMap<>();
    private final Map<String, Double> packages = new HashMap<>();
    private final Map<String, Double> methods = new HashMap<>();
    private final Map<String, Double> ours = new HashMap<>();
    private final Map<String, Double> garbage = new HashMap<>();

    private Profile(Processes processes, Path directory, long pid) {
        this.processes = processes;
        this.directory = directory;
        this.pid = pid;
        this.cpuBefore = ProcStat.cpuNanos(pid).orElse(0);
    }

    /// Starts recording.
    static Profile start(Processes processes, Path directory, long pid)
            throws IOException, InterruptedException {
        var profile = new Profile(processes, directory, pid);
        profile.jcmd(
                "JFR.start",
                "name=" + NAME,
                "settings=profile",
                CPU + "#enabled=true",
                CPU + "#throttle=2ms",
                "jdk.ExecutionSample#enabled=false",
                "jdk.NativeMethodSample#enabled=false",
                ALLOCATION + "#throttle=500/s");
        return profile;
    }

    /// Ends the recording, keeps it as a file and returns the tables.
    String stop(Path recording) throws IOException, InterruptedException {
        double used = (ProcStat.cpuNanos(pid).orElse(0) - cpuBefore) / NANOS_PER_SECOND;
        Files.createDirectories(recording.toAbsolutePath().getParent());
        jcmd("JFR.stop", "name=" + NAME, "filename=" + recording.toAbsolutePath());
        try (var file = new RecordingFile(recording)) {
            while (file.hasMoreEvents()) {
                RecordedEvent event = file.readEvent();
                switch (event.getEventType().getName()) {
                    case CPU -> onCpu(event);
                    case ALLOCATION -> onAllocation(event);
                    default -> {}
                }
            }
        }
        double sampled = threads.values().stream().mapToDouble(Double::doubleValue).sum();
        return String.format(
                        Locale.ROOT,
                        "The process used %.1f s of processor time, its Java threads %.1f s of that.\n",
                        used,
                        sampled)
                + table("thread", "% of CPU", threads, PACKAGES)
                + table("package of the method on top", "% of CPU", packages, PACKAGES)
                + table("method on top", "% of CPU", methods, METHODS)
                + table("nearest method of Parley's", "% of CPU", ours, METHODS)
                + table(
                        "what is allocated, and by which method of Parley's",
                        "% of bytes",
                        garbage,
                        PACKAGES);
    }

    private void onCpu(RecordedEvent event) {
        double seconds = event.getDuration("samplingPeriod").toNanos() / NANOS_PER_SECOND;
        RecordedThread thread = event.getThread("eventThread");
        add(threads, thread == null ? "?" : String.valueOf(thread.getJavaName()), seconds);
        List<RecordedFrame> frames = frames(event);
        if (frames.isEmpty()) {
            add(packages, "(no Java frame)", seconds);
            return;
        }
        String top = type(frames.getFirst());
        add(packages, top.substring(0, Math.max(0, top.lastIndexOf('.'))), seconds);
        add(methods, method(frames.getFirst()), seconds);
        add(ours, nearest(frames), seconds);
    }

    private void onAllocation(RecordedEvent event) {
        List<RecordedFrame> frames = frames(event);
        String type = event.getClass("objectClass").getName();
        add(garbage, type + " in " + nearest(frames), (double) event.getLong("weight"));
    }

    private static List<RecordedFrame> frames(RecordedEvent event) {
        return event.getStackTrace() == null
                ? List.of()
                : event.getStackTrace().getFrames().stream()
                        .filter(RecordedFrame::isJavaFrame)
                        .toList();
    }

    private static String nearest(List<RecordedFrame> frames) {
        Optional<RecordedFrame> nearest =
                frames.stream().filter(frame -> type(frame).startsWith(OURS)).findFirst();
        return nearest.map(Profile::method).orElse("(none)");
    }

    private static String type(RecordedFrame frame) {
        return frame.getMethod().getType().getName();
    }

    private static String method(RecordedFrame frame) {
        String type = type(frame);
        return type.substring(type.lastIndexOf('.') + 1) + "." + frame.getMethod().getName();
    }

    private static void add(Map<String, Double> sums, String what, double weight) {
        sums.merge(what, weight, Double::sum);
    }

    private static String table(String what, String unit, Map<String, Double> sums, int most) {
        double all = sums.values().stream().mapToDouble(Double::doubleValue).sum();
        var text = new StringBuilder("\n| %s | %s |\n|---|---:|\n".formatted(what, unit));
        sums.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .limit(most)
                .forEach(entry ->
                        text.append(
                                String.format(
                                        Locale.ROOT,
                                        "| %s | %.1f |\n",
                                        entry.getKey().replace("$", "\\$"),
                                        entry.getValue() / all * 100)));
        return text.toString();
    }

    private void jcmd(String... words) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        command.add("" + pid);
        command.addAll(List.of(words));
        Process process = processes.start(command, directory, Map.of());
        var output = new Output(process);
        boolean ended = process.waitFor(JCMD_SECONDS, TimeUnit.SECONDS);
        processes.kill(process);
        if (!ended || process.exitValue() != 0) {
            throw new IOException("jcmd failed: " + output.tail());
        }
    }
}
