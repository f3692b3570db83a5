package dev.parley.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/// Debian's RabbitMQ, run from its installed files with directories, node name and epmd of its own.
///
/// As root it runs under the package's own user; the installed service is never touched.
final class RabbitNode implements AutoCloseable {

    private static final Path SERVER = Path.of("/usr/lib/rabbitmq/bin/rabbitmq-server");
    private static final String USER = "rabbitmq";
    private static final Duration START_DEADLINE = Duration.ofSeconds(90);

    private final int port;
    private final List<Process> processes = new ArrayList<>();

    private RabbitNode(int port) {
        this.port = port;
    }

    /// Starts one; skips the test with its printed reason where it is not installed.
    static RabbitNode require() throws IOException {
        Foreign.require(
                "rabbitmq-server",
                "the Debian package rabbitmq-server",
                List.of(List.of("test", "-x", SERVER.toString())));
        return start();
    }

    private static RabbitNode start() throws IOException {
        int[] ports = freePorts();
        // The server's user has to reach it, whatever the checkout's directory permits.
        Path directory = Files.createTempDirectory("parley-rabbit");
        for (String part : List.of("db", "log")) {
            Files.createDirectories(directory.resolve(part));
        }
        Files.writeString(directory.resolve("enabled_plugins"), "[].\n");
        Files.writeString(
                directory.resolve("rabbitmq.conf"),
                """
                listeners.tcp.1 = 127.0.0.1:%d
                disk_free_limit.absolute = 50MB
                log.console = false
                """
                        .formatted(ports[0]));
        if (root()) {
            give(directory);
        }
        RabbitNode node = new RabbitNode(ports[0]);
        Path log = directory.resolve("log").resolve("node.log");
        Map<String, String> environment =
                Map.ofEntries(
                        Map.entry("HOME", directory.toString()),
                        Map.entry("ERL_EPMD_ADDRESS", "127.0.0.1"),
                        Map.entry("ERL_EPMD_PORT", "" + ports[1]),
                        Map.entry("RABBITMQ_NODENAME", "parley-it-" + ports[0] + "@localhost"),
                        Map.entry("RABBITMQ_DIST_PORT", "" + ports[2]),
                        Map.entry(
                                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                                "-kernel inet_dist_use_interface {127,0,0,1}"),
                        Map.entry(
                                "RABBITMQ_CONFIG_FILE",
                                directory.resolve("rabbitmq.conf").toString()),
                        Map.entry(
                                "RABBITMQ_ENABLED_PLUGINS_FILE",
                                directory.resolve("enabled_plugins").toString()),
                        Map.entry("RABBITMQ_CONF_ENV_FILE", directory.resolve("none").toString()),
                        Map.entry("RABBITMQ_MNESIA_BASE", directory.resolve("db").toString()),
                        Map.entry("RABBITMQ_LOG_BASE", directory.resolve("log").toString()),
                        Map.entry("RABBITMQ_LOGS", log.toString()),
                        Map.entry("RABBITMQ_PID_FILE", directory.resolve("pid").toString()));
        try {
            node.run(
                    List.of("epmd", "-address", "127.0.0.1", "-port", "" + ports[1]),
                    directory,
                    environment);
            Process server = node.run(List.of(SERVER.toString()), directory, environment);
            Awaitility.await()
                    .atMost(START_DEADLINE)
                    .until(() ->
                            !server.isAlive()
                                    || (Files.exists(log)
                                            && Files.readString(log)
                                                    .contains("Server startup complete")));
            if (!server.isAlive()) {
                throw new AssertionError("RabbitMQ ended before it was ready; see " + directory);
            }
            return node;
        } catch (IOException | RuntimeException | Error e) {
            node.close();
            throw e;
        }
    }

    URI url() {
        return Broker.url(port);
    }

    private Process run(List<String> command, Path directory, Map<String, String> environment)
            throws IOException {
        var all = new ArrayList<String>();
        if (root()) {
            all.addAll(List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--init-groups"));
        }
        all.addAll(command);
        var builder = new ProcessBuilder(all).directory(directory.toFile());
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    @Override
    public void close() {
        for (Process process : processes.reversed()) {
            List<ProcessHandle> children = process.descendants().toList();
            process.destroy();
            children.forEach(ProcessHandle::destroy);
            try {
                if (!process.waitFor(10, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            children.forEach(ProcessHandle::destroyForcibly);
        }
    }

    private static boolean root() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static void give(Path directory) throws IOException {
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

    private static int[] freePorts() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (var first = new ServerSocket(0, 1, loopback);
                var second = new ServerSocket(0, 1, loopback);
                var third = new ServerSocket(0, 1, loopback)) {
            return new int[] {first.getLocalPort(), second.getLocalPort(), third.getLocalPort()};
        }
    }
}
