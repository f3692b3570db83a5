package dev.parley.bench.queue;

import dev.parley.bench.host.Host;
import dev.parley.bench.host.Output;
import dev.parley.bench.host.Processes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Debian's RabbitMQ, run from its installed files with directories, node name and epmd of its own.
///
/// As root it runs under the package's own user. The installed service is never touched.
final class RabbitMq implements Broker {

    private static final Path SERVER = Path.of("/usr/lib/rabbitmq/bin/rabbitmq-server");
    private static final String USER = "rabbitmq";
    private static final String READY = "Server startup complete";
    private static final long START_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final long POLL_MILLIS = 5;

    private final Processes processes;
    private final Path directory;
    private final int amqpPort;
    private final Map<String, String> environment;
    private @Nullable Process process;

    private RabbitMq(Processes processes, Path directory, int amqpPort, int epmdPort, int dist) {
        this.processes = processes;
        this.directory = directory;
        this.amqpPort = amqpPort;
        this.environment =
                Map.ofEntries(
                        Map.entry("HOME", directory.toString()),
                        Map.entry("ERL_EPMD_ADDRESS", "127.0.0.1"),
                        Map.entry("ERL_EPMD_PORT", "" + epmdPort),
                        Map.entry("RABBITMQ_NODENAME", "parley-bench-" + amqpPort + "@localhost"),
                        Map.entry("RABBITMQ_DIST_PORT", "" + dist),
                        Map.entry(
                                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                                "-kernel inet_dist_use_interface {127,0,0,1}"),
                        Map.entry("RABBITMQ_CONFIG_FILE", inside("rabbitmq.conf")),
                        Map.entry("RABBITMQ_ENABLED_PLUGINS_FILE", inside("enabled_plugins")),
                        Map.entry("RABBITMQ_CONF_ENV_FILE", inside("none")),
                        Map.entry("RABBITMQ_MNESIA_BASE", inside("db")),
                        Map.entry("RABBITMQ_LOG_BASE", inside("log")),
                        Map.entry("RABBITMQ_LOGS", logFile().toString()),
                        Map.entry("RABBITMQ_PID_FILE", inside("pid")));
    }

    /// Whether the package's files are there.
    static boolean installed() {
        return Files.isExecutable(SERVER);
    }

    /// Prepares the directory and starts an epmd that listens on loopback only.
    static RabbitMq prepare(Processes processes, Path directory) throws IOException {
        int[] ports = freePorts();
        var broker = new RabbitMq(processes, directory, ports[0], ports[1], ports[2]);
        for (String part : List.of("db", "log")) {
            Files.createDirectories(directory.resolve(part));
        }
        Files.writeString(directory.resolve("enabled_plugins"), "");
        Files.writeString(
                directory.resolve("rabbitmq.conf"),
                """
                listeners.tcp.1 = 127.0.0.1:%d
                disk_free_limit.absolute = 100MB
                log.console = false
                """
                        .formatted(ports[0]));
        broker.give();
        String epmdPort = "" + ports[1];
        var epmd = List.of("epmd", "-address", "127.0.0.1", "-port", epmdPort);
        var output = new Output(processes.start(asUser(epmd), directory, broker.environment));
        if (output.ended()) {
            throw new IOException("epmd ended at once: " + output.tail());
        }
        return broker;
    }

    @Override
    public String name() {
        return "RabbitMQ";
    }

    @Override
    public List<Subject> subjects() {
        return List.of(Subject.RABBITMQ_CLASSIC, Subject.RABBITMQ_QUORUM);
    }

    @Override
    public void start() throws IOException, InterruptedException {
        Files.deleteIfExists(logFile());
        Process started =
                processes.start(asUser(List.of(SERVER.toString())), directory, environment);
        process = started;
        var output = new Output(started);
        long deadline = System.nanoTime() + START_NANOS;
        while (!ready()) {
            if (!started.isAlive() || System.nanoTime() > deadline) {
                processes.kill(started);
                throw new IOException("RabbitMQ did not get ready:\n" + output.tail());
            }
            Thread.sleep(POLL_MILLIS);
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
        return "amqp://guest:guest@127.0.0.1:" + amqpPort + "/%2f";
    }

    @Override
    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), amqpPort);
    }

    @Override
    public Optional<NodeCounters> counters() {
        return Optional.empty();
    }

    @Override
    public ProcessHandle worker() throws IOException {
        if (process == null) {
            throw new IOException("RabbitMQ is not running");
        }
        return Processes.heaviest(process);
    }

    private boolean ready() throws IOException {
        return Files.exists(logFile()) && Files.readString(logFile()).contains(READY);
    }

    private Path logFile() {
        return directory.resolve("log").resolve("node.log");
    }

    private String inside(String name) {
        return directory.resolve(name).toString();
    }

    /// Hands the directory and all in it to the package's user.
    private void give() throws IOException {
        if (!Host.root()) {
            return;
        }
        var user =
                directory
                        .getFileSystem()
                        .getUserPrincipalLookupService()
                        .lookupPrincipalByName(USER);
        try (var paths = Files.walk(directory)) {
            for (Path path : paths.toList()) {
                Files.setOwner(path, user);
            }
        }
    }

    private static List<String> asUser(List<String> command) {
        if (!Host.root()) {
            return command;
        }
        var all = new ArrayList<String>();
        all.addAll(List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--init-groups"));
        all.addAll(command);
        return all;
    }

    private static int[] freePorts() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (var first = new ServerSocket(0, 1, loopback);
                var second = new ServerSocket(0, 1, loopback);
                var third = new ServerSocket(0, 1, loopback)) {
            return new int[] {first.getLocalPort(), second.getLocalPort(), third.getLocalPort()};
        }
    }
}
