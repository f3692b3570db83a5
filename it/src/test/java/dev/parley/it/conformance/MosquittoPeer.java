package dev.parley.it.conformance;

import dev.parley.it.Foreign;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;

/// Debian's Mosquitto, one process for each broker.
final class MosquittoPeer implements MqttPeer {

    private final Queue<Process> running = new ConcurrentLinkedQueue<>();

    /// Skips the test where the package is not installed.
    static void require() {
        Foreign.require(
                "Mosquitto",
                "the Debian package mosquitto",
                List.of(List.of("test", "-x", path())));
    }

    static String path() {
        return "/usr/sbin/mosquitto";
    }

    @Override
    public int open() {
        int port = Ports.free();
        try {
            Path file = Files.createTempFile("mosquitto", ".conf");
            Files.writeString(
                    file,
                    """
                    listener %d 127.0.0.1
                    allow_anonymous true
                    max_keepalive 60
                    """
                            .formatted(port));
            running.add(
                    new ProcessBuilder(path(), "-c", file.toString())
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start());
            Awaitility.await().until(() -> listens(port));
            Files.delete(file);
            return port;
        } catch (IOException e) {
            throw new UncheckedIOException("starting Mosquitto", e);
        }
    }

    private static boolean listens(int port) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false; // not yet
        }
    }

    @Override
    public int packetMax() {
        return 0;
    }

    @Override
    public Path program() {
        return Path.of(path());
    }

    @Override
    public void close() {
        running.forEach(Process::destroy);
        running.forEach(Process::onExit);
        running.clear();
    }
}
