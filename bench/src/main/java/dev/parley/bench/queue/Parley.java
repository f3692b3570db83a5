package dev.parley.bench.queue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A Parley node, started through its launcher on free ports.
final class Parley implements Broker {

    private static final Pattern AMQP = Pattern.compile("amqp\\s+(\\S+:\\d+).*");

    /// Long, because the launcher may build first.
    private static final long START_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final Processes processes;
    private final Path launcher;
    private final Path directory;
    private @Nullable Process process;
    private String address = "";

    Parley(Processes processes, Path launcher, Path directory) {
        this.processes = processes;
        this.launcher = launcher.toAbsolutePath().normalize();
        this.directory = directory;
    }

    @Override
    public String name() {
        return "Parley";
    }

    @Override
    public List<Subject> subjects() {
        return List.of(Subject.PARLEY);
    }

    @Override
    public void start() throws IOException, InterruptedException {
        List<String> command =
                List.of(
                        launcher.toString(),
                        "start",
                        "--data",
                        Files.createDirectories(directory).resolve("data").toString(),
                        "--amqp-port",
                        "0",
                        "--mqtt-port",
                        "-1",
                        "--http-port",
                        "0");
        Process started = processes.start(command, directory, Map.of());
        process = started;
        address = "";
        var output = new Output(started);
        long deadline = System.nanoTime() + START_NANOS;
        while (true) {
            Optional<String> line = output.next(deadline - System.nanoTime());
            if (line.isEmpty()) {
                processes.kill(started);
                throw new IOException("Parley did not get ready:\n" + output.tail());
            }
            Matcher amqp = AMQP.matcher(line.get());
            if (amqp.matches()) {
                address = amqp.group(1);
            }
            if (line.get().startsWith("ready") && !address.isEmpty()) {
                return;
            }
        }
    }

    @Override
    public void stop() throws InterruptedException {
        if (process != null) {
            processes.stop(process);
            process = null;
        }
    }

    @Override
    public String uri() {
        return "amqp://guest:guest@" + address + "/%2f";
    }

    @Override
    public ProcessHandle worker() throws IOException {
        if (process == null) {
            throw new IOException("Parley is not running");
        }
        return Processes.heaviest(process);
    }
}
