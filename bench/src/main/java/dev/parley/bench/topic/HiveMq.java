package dev.parley.bench.topic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// HiveMQ's community edition in a JVM of its own, from the jars that `./dev bench topic` fetches.
final class HiveMq implements Product {

    private static final String BROKER = "hivemq-community-edition-embedded-";
    private static final String JAR = ".jar";

    private final Path jars;
    private final Path source;

    HiveMq(Path home) {
        this.jars = home.resolve("bench/target/hivemq");
        this.source = home.resolve("bench/hivemq/HiveMq.java");
    }

    @Override
    public String title() {
        return "HiveMQ CE";
    }

    @Override
    public Optional<String> missing() {
        return Files.isDirectory(jars) ? Optional.empty() : Optional.of("its jars are not there");
    }

    @Override
    public List<String> command(Path directory, int port) {
        return List.of(
                Command.java(),
                "-Xmx1g",
                "-cp",
                jars + "/*",
                source.toString(),
                directory.toString(),
                Integer.toString(port));
    }

    @Override
    public String version() throws IOException {
        try (Stream<Path> files = Files.list(jars)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(BROKER) && name.endsWith(JAR))
                    .map(name -> name.substring(BROKER.length(), name.length() - JAR.length()))
                    .findFirst()
                    .orElse("version unknown");
        }
    }

    @Override
    public String promise() {
        return "-Xmx1g on the same JDK; QoS 1 is acknowledged when it is in its file store, written"
                + " but not synced (every second); 1,000 queued for each client by default";
    }
}
