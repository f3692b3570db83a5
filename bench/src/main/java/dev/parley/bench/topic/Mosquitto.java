package dev.parley.bench.topic;

import dev.parley.bench.host.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Debian's Eclipse Mosquitto.
final class Mosquitto implements Product {

    private static final Path SERVER = Path.of("/usr/sbin/mosquitto");

    @Override
    public String title() {
        return "Mosquitto";
    }

    @Override
    public Optional<String> missing() {
        return Files.isExecutable(SERVER) ? Optional.empty() : Optional.of("not installed");
    }

    @Override
    public List<String> command(Path directory, int port) throws IOException {
        Path file = directory.resolve("mosquitto.conf");
        Files.writeString(
                file,
                """
                listener %d 127.0.0.1
                allow_anonymous true
                persistence true
                persistence_location %s/
                log_dest stderr
                log_type error
                log_type warning
                %s
                """
                        .formatted(port, directory, Host.root() ? "user root" : ""));
        return List.of(SERVER.toString(), "-c", file.toString());
    }

    @Override
    public String version() throws IOException, InterruptedException {
        return Command.firstLine(List.of(SERVER.toString(), "-h"));
    }

    @Override
    public String promise() {
        return "QoS 1 is acknowledged when it is in memory; a snapshot goes to disk every 30 min and"
                + " at the end (Debian's persistence), so a crash loses what came since; defaults"
                + " otherwise (20 in flight and 1,000 queued for each client)";
    }
}
