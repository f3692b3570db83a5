package dev.parley.it.conformance;

import dev.parley.it.Foreign;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Debian's RabbitMQ on loopback, as `reference-broker.sh` starts it.
///
/// One that starts takes long, so a run has only one and empties it between classes: [Kept].
final class RabbitMqPeer implements AmqpPeer {

    /// The one RabbitMQ of a run.
    static final class Kept implements AutoCloseable {
        private Optional<RabbitMqPeer> running = Optional.empty();

        /// It, with nothing in it.
        AmqpPeer emptied() {
            if (running.isPresent() && !running.get().reset()) {
                close();
            }
            RabbitMqPeer peer = running.orElseGet(RabbitMqPeer::start);
            running = Optional.of(peer);
            return peer;
        }

        @Override
        public void close() {
            running.ifPresent(RabbitMqPeer::end);
            running = Optional.empty();
        }
    }

    private static final String READY = "ready, directory ";
    private static final long STOP_SECONDS = 30;
    private static final Duration RESET = Duration.ofMinutes(1);

    private final Process process;
    private final int port;
    private final Path directory;

    private RabbitMqPeer(Process process, int port, Path directory) {
        this.process = process;
        this.port = port;
        this.directory = directory;
    }

    /// Skips the test where the package is not installed.
    static void require() {
        Foreign.require(
                "RabbitMQ",
                "the Debian package rabbitmq-server",
                List.of(List.of("test", "-x", "/usr/lib/rabbitmq/bin/rabbitmq-server")));
    }

    private static RabbitMqPeer start() {
        try {
            int port = freePort();
            Process started =
                    new ProcessBuilder("sh", Foreign.script("sh/reference-broker.sh"), "" + port)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            BufferedReader lines = started.inputReader(StandardCharsets.UTF_8);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(READY)) {
                    Path directory = Path.of(line.substring(READY.length()));
                    return new RabbitMqPeer(started, port, directory);
                }
            }
            throw new IllegalStateException("RabbitMQ did not start");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// One with the next two free as well: the script takes them for epmd and the node.
    private static int freePort() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        while (true) {
            try (var first = new ServerSocket(0, 1, loopback);
                    var second = new ServerSocket(first.getLocalPort() + 1, 1, loopback);
                    var third = new ServerSocket(second.getLocalPort() + 1, 1, loopback)) {
                return third.getLocalPort() - 2;
            } catch (java.net.BindException | IllegalArgumentException e) {
                System.err.println("looking for other ports: " + e.getMessage());
            }
        }
    }

    @Override
    public int amqpPort() {
        return port;
    }

    @Override
    public String nodeName() {
        return "parley-reference-" + port + "@localhost";
    }

    @Override
    public Path ctl() {
        return directory.resolve("rabbitmqctl");
    }

    @Override
    public Path make() {
        return directory.resolve("make");
    }

    /// Nothing yet: it is emptied when it is used again.
    @Override
    public void close() {
        if (!process.isAlive()) {
            throw new IllegalStateException("RabbitMQ ended in the middle");
        }
    }

    private boolean reset() {
        Path program = directory.resolve("reset");
        return Foreign.run(List.of("sh", program.toString()), Map.of(), RESET).code() == 0;
    }

    private void end() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while RabbitMQ ended", e);
        }
    }
}
