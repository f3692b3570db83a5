package dev.parley.bench.topic;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A Parley node, started through its launcher.
final class Parley implements Product {

    private final Path launcher;

    Parley(Path launcher) {
        this.launcher = launcher.toAbsolutePath().normalize();
    }

    @Override
    public String title() {
        return "Parley";
    }

    @Override
    public Optional<String> missing() {
        return Files.isExecutable(launcher)
                ? Optional.empty()
                : Optional.of("no launcher at " + launcher);
    }

    @Override
    public List<String> command(Path directory, int port) {
        return List.of(
                launcher.toString(),
                "start",
                "--data",
                directory.resolve("data").toString(),
                "--amqp-port",
                "0",
                "--http-port",
                "0",
                "--mqtt-port",
                Integer.toString(port));
    }

    @Override
    public String version() {
        return "of this commit";
    }

    @Override
    public String promise() {
        return "QoS 1 is acknowledged when it is on disk, written and synced, if a durable session"
                + " matches; at once if none does, for then there is nothing to keep";
    }
}
