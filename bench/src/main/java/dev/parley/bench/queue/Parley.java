package dev.parley.bench.queue;

import dev.parley.bench.host.Output;
import dev.parley.bench.host.Processes;
import java.io.IOException;
import java.net.InetSocketAddress;
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

    private static final Pattern LISTENER = Pattern.compile("(amqp|http)\\s+(\\S+):(\\d+).*");

    /// Long, because the launcher may build first.
    private static final long START_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final Processes processes;
    private final Path launcher;
    private final Path directory;
    private @Nullable Process process;
    private String amqp = "";
    private int amqpPort;
    private String http = "";

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
        amqp = "";
        var output = new Output(started);
        long deadline = System.nanoTime() + START_NANOS;
        while (true) {
            Optional<String> line = output.next(deadline - System.nanoTime());
            if (line.isEmpty()) {
                processes.kill(started);
                throw new IOException("Parley did not get ready:\n" + output.tail());
            }
            Matcher listener = LISTENER.matcher(line.get());
            if (listener.matches()) {
                onListener(listener.group(1), listener.group(2), listener.group(3));
            }
            if (line.get().startsWith("ready") && !amqp.isEmpty()) {
                return;
            }
        }
    }

    private void onListener(String what, String host, String port) {
        if (what.equals("amqp")) {
            amqp = host;
            amqpPort = Integer.parseInt(port);
        } else {
            http = host + ":" + port;
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
        return "amqp://guest:guest@" + amqp + ":" + amqpPort + "/%2f";
    }

    @Override
    public InetSocketAddress address() {
        return new InetSocketAddress(amqp, amqpPort);
    }

    @Override
    public Optional<NodeCounters> counters() throws IOException, InterruptedException {
        return Optional.of(NodeCounters.read(http));
    }

    @Override
    public ProcessHandle worker() throws IOException {
        if (process == null) {
            throw new IOException("Parley is not running");
        }
        return Processes.heaviest(process);
    }
}
