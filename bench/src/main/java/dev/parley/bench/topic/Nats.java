package dev.parley.bench.topic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The MQTT listener of Debian's nats-server.
final class Nats implements Product {

    private static final Path SERVER = Path.of("/usr/sbin/nats-server");

    @Override
    public String title() {
        return "NATS";
    }

    @Override
    public Optional<String> missing() {
        return Files.isExecutable(SERVER) ? Optional.empty() : Optional.of("not installed");
    }

    @Override
    public List<String> command(Path directory, int port) throws IOException {
        Path file = directory.resolve("nats.conf");
        Files.writeString(
                file,
                """
                listen: "127.0.0.1:-1"
                server_name: parley-bench
                jetstream { store_dir: "%s" }
                mqtt { listen: "127.0.0.1:%d" }
                """
                        .formatted(directory, port));
        return List.of(SERVER.toString(), "-c", file.toString());
    }

    @Override
    public String version() throws IOException, InterruptedException {
        return Command.firstLine(List.of(SERVER.toString(), "--version"));
    }

    @Override
    public String promise() {
        return "MQTT 3.1.1 only and no QoS 2; QoS 1 is acknowledged when it is in the file store of"
                + " its stream, written but not synced (every 2 min)";
    }

    @Override
    public int qosMax() {
        return 1;
    }
}
