package dev.parley.bench.host;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Every process this run has started, so that each is ended by its pid whatever happens.
///
/// `close` may run from a shutdown hook while another thread still works with a process.
public final class Processes implements AutoCloseable {

    private static final long STOP_SECONDS = 30;

    private final Set<Process> running = ConcurrentHashMap.newKeySet();
    private boolean closed;

    /// Starts a process with variables on top of this one's; its standard error joins its output.
    /// Once closed, it starts nothing any more.
    public Process start(List<String> command, Path directory, Map<String, String> environment)
            throws IOException {
        var builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true);
        synchronized (running) {
            if (closed) {
                throw new IOException("not starting " + command.getFirst() + ": the run is ending");
            }
            Process process = builder.start();
            running.add(process);
            return process;
        }
    }

    /// The process that does the work: of the one started and what it started, the one with most
    /// memory. Launch scripts and supervisors are small.
    public static ProcessHandle heaviest(Process process) {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .max(Comparator.comparingLong(h -> ProcStat.residentBytes(h.pid()).orElse(0)))
                .orElseGet(process::toHandle);
    }

    /// SIGTERM to the working process; what is left after 30 s is killed.
    public void stop(Process process) throws InterruptedException {
        List<ProcessHandle> tree = tree(process);
        if (!heaviest(process).destroy() || !process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            System.err.println("bench: process " + process.pid() + " did not end on SIGTERM");
        }
        tree.forEach(ProcessHandle::destroyForcibly);
        process.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
        running.remove(process);
    }

    /// SIGKILL, to the process and all it has started.
    public void kill(Process process) {
        tree(process).forEach(ProcessHandle::destroyForcibly);
        running.remove(process);
    }

    @Override
    public void close() {
        List<Process> left;
        synchronized (running) {
            closed = true;
            left = List.copyOf(running);
        }
        left.forEach(this::kill);
        for (Process process : left) {
            process.onExit().completeOnTimeout(process, STOP_SECONDS, TimeUnit.SECONDS).join();
        }
    }

    private static List<ProcessHandle> tree(Process process) {
        return Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    }
}
