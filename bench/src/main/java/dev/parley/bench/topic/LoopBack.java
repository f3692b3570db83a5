package dev.parley.bench.topic;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The load generator against `Mirror`, which does next to nothing: what it can measure at all.
final class LoopBack implements Product {

    @Override
    public String title() {
        return "(loop-back)";
    }

    @Override
    public Optional<String> missing() {
        return Optional.empty();
    }

    @Override
    public List<String> command(Path directory, int port) {
        return List.of(
                Command.java(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Mirror.class.getName(),
                Integer.toString(port));
    }

    @Override
    public String version() {
        return "no broker: sends every message to every subscriber as it came, on one thread";
    }

    @Override
    public String promise() {
        return "the load generator's own limit on this machine";
    }

    @Override
    public boolean peer() {
        return false;
    }

    @Override
    public boolean keeps() {
        return false;
    }
}
