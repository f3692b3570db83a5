package dev.parley.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A Parley node in a process of its own, on free loopback ports, that a test may kill.
///
/// The first start picks the ports; every later one asks for the same, so that clients find their
/// node again. Not thread-safe, but `pid`, `kill` and the ports may be used from other threads.
public final class TestNode implements AutoCloseable {

    /// What shares an archive with nodes.
    static final String KIND = "node";

    private static final String MAIN = "dev.parley.cli.Main";
    private static final Duration START_DEADLINE = Duration.ofSeconds(60);
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(30);
    private static final Pattern LISTENER = Pattern.compile("(\\w+)\\s+\\S*?:(\\d+)(/\\S*)?");
    private static final String ENDED = "(end of output)";
    private static final int LINES_KEPT = 1_000;

    private final Path directory;
    private final Map<String, String> environment;
    private final List<String> flags;
    private final Map<String, Integer> ports = new HashMap<>();
    private volatile @Nullable Process process;

    private TestNode(Path directory, Map<String, String> environment, List<String> flags) {
        this.directory = directory;
        this.environment = new HashMap<>(environment);
        this.flags = List.copyOf(flags);
    }

    /// Starts a node on a data directory and returns once it is ready.
    public static TestNode start(Path directory) {
        return start(directory, Map.of());
    }

    /// As `start(Path)`, with `PARLEY_…` variables on top of this process's own.
    static TestNode start(Path directory, Map<String, String> environment) {
        return start(directory, environment, List.of());
    }

    /// The same, with flags of `parley start` on top.
    public static TestNode start(
            Path directory, Map<String, String> environment, List<String> flags) {
        var node = new TestNode(directory, environment, flags);
        node.launch();
        return node;
    }

    public int amqpPort() {
        return port("amqp");
    }

    public int mqttPort() {
        return port("mqtt");
    }

    public int httpPort() {
        return port("http");
    }

    public long pid() {
        return running().pid();
    }

    /// SIGKILL; returns once the process is gone.
    public void kill() {
        Process victim = running();
        victim.destroyForcibly();
        exitCode(victim, STOP_DEADLINE);
    }

    /// SIGTERM; the node must be gone in time with exit code 0.
    public void stop() {
        Process stopping = running();
        stopping.destroy();
        int code = exitCode(stopping, STOP_DEADLINE);
        if (code != 0) {
            throw new AssertionError("node ended with " + code + " on SIGTERM\n" + errors());
        }
    }

    /// Starts the node again on the same directory and ports, stopping it first if it runs.
    public void restart() {
        if (running().isAlive()) {
            stop();
        }
        launch();
    }

    /// The same with a variable set, from now on.
    public void restart(String variable, String value) {
        environment.put(variable, value);
        restart();
    }

    @Override
    public void close() {
        Process last = process;
        if (last != null && last.isAlive()) {
            if (Program.archived(KIND)) {
                last.destroyForcibly();
            } else {
                last.destroy(); // one has to end well, for the others' archive
            }
            exitCode(last, STOP_DEADLINE);
        }
    }

    private void launch() {
        var command = new ArrayList<>(Program.jvm(KIND));
        command.addAll(
                List.of(
                        "-Xms32m",
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(List.of(MAIN, "start"));
        command.addAll(List.of("--data", directory.toString()));
        command.addAll(List.of("--amqp-port", "" + ports.getOrDefault("amqp", 0)));
        command.addAll(List.of("--mqtt-port", "" + ports.getOrDefault("mqtt", 0)));
        command.addAll(List.of("--http-port", "" + ports.getOrDefault("http", 0)));
        command.addAll(flags);
        var builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.redirectError(ProcessBuilder.Redirect.appendTo(errorFile().toFile()));
        try {
            Process started = builder.start();
            process = started;
            awaitReady(started);
        } catch (IOException e) {
            throw new UncheckedIOException("starting " + command, e);
        }
    }

    private void awaitReady(Process started) {
        BlockingQueue<String> lines = new ArrayBlockingQueue<>(LINES_KEPT);
        Thread.ofPlatform().daemon().name("node-output").start(() -> drain(started, lines));
        long deadline = System.nanoTime() + START_DEADLINE.toNanos();
        while (true) {
            String line = poll(lines, deadline - System.nanoTime());
            if (line == null) {
                close();
                throw new AssertionError("node not ready within its deadline\n" + errors());
            }
            if (line.equals(ENDED)) {
                throw new AssertionError("node ended before it was ready\n" + errors());
            }
            if (line.startsWith("ready")) {
                return;
            }
            Matcher listener = LISTENER.matcher(line.strip());
            if (listener.matches()) {
                ports.put(listener.group(1), Integer.valueOf(listener.group(2)));
            }
        }
    }

    /// Reads to the end, so that a talkative node never blocks on a full pipe.
    private static void drain(Process started, BlockingQueue<String> lines) {
        try (BufferedReader reader = started.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!lines.offer(line)) {
                    System.err.println("node: " + line);
                }
            }
        } catch (IOException e) {
            // The stream breaks when the test kills the node.
            System.err.println("node output ended: " + e.getMessage());
        }
        if (!lines.offer(ENDED)) {
            System.err.println("node ended");
        }
    }

    private static @Nullable String poll(BlockingQueue<String> lines, long nanos) {
        try {
            return lines.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a node started", e);
        }
    }

    private static int exitCode(Process ending, Duration deadline) {
        try {
            if (!ending.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                ending.destroyForcibly();
                throw new AssertionError("node " + ending.pid() + " still runs after " + deadline);
            }
            return ending.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a node ended", e);
        }
    }

    private Process running() {
        Process current = process;
        if (current == null) {
            throw new IllegalStateException("the node was never started");
        }
        return current;
    }

    private int port(String listener) {
        Integer port = ports.get(listener);
        if (port == null) {
            throw new AssertionError("node printed no line for " + listener + ", but " + ports);
        }
        return port;
    }

    private Path errorFile() {
        return directory.resolveSibling(directory.getFileName() + ".stderr");
    }

    /// The end of what the node wrote to standard error, for a failure's message.
    public String errors() {
        try {
            String all = Files.readString(errorFile());
            return all.substring(Math.max(0, all.length() - 4_000));
        } catch (IOException e) {
            return "no standard error: " + e.getMessage();
        }
    }
}
