package dev.parley.bench.topic;

import dev.parley.bench.host.Output;
import dev.parley.bench.host.Processes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A product's process that answers MQTT clients, with data of its own.
final class Running {

    /// Long, because Parley's launcher may build first.
    private static final long START_NANOS = TimeUnit.MINUTES.toNanos(5);

    private static final int ANSWER_MILLIS = 10_000;
    private static final long POLL_MILLIS = 20;
    private static final long LAST_WORDS_MILLIS = 200;

    private final Processes processes;
    private final Process process;
    private final Output output;
    private final InetSocketAddress address;

    private Running(
            Processes processes, Process process, Output output, InetSocketAddress address) {
        this.processes = processes;
        this.process = process;
        this.output = output;
        this.address = address;
    }

    /// Starts it with its data in a new directory; returns when it lets a client in.
    static Running start(Product product, Processes processes, Path directory)
            throws IOException, InterruptedException {
        Files.createDirectories(directory);
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), freePort());
        Process process =
                processes.start(product.command(directory, address.getPort()), directory, Map.of());
        var output = new Output(process);
        long deadline = System.nanoTime() + START_NANOS;
        while (!answers(address)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                processes.kill(process);
                throw new IOException(product.title() + " did not get ready:\n" + output.tail());
            }
            Thread.sleep(POLL_MILLIS);
        }
        return new Running(processes, process, output, address);
    }

    InetSocketAddress address() {
        return address;
    }

    /// The process that does the work.
    long pid() {
        return Processes.heaviest(process).pid();
    }

    /// What it has said last, if it has ended by itself.
    Optional<String> lastWords() throws InterruptedException {
        boolean ended = process.waitFor(LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS);
        return ended ? Optional.of(output.tail()) : Optional.empty();
    }

    void stop() throws InterruptedException {
        processes.stop(process);
    }

    private static boolean answers(InetSocketAddress address) {
        try (var socket = new Socket()) {
            socket.connect(address);
            socket.setSoTimeout(ANSWER_MILLIS);
            socket.getOutputStream().write(Packets.connect(4, "parley-bench-probe", true));
            return socket.getInputStream().read() == Packets.CONNACK << 4;
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
