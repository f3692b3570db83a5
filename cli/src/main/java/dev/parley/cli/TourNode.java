package dev.parley.cli;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A node in a process of its own, on a directory that goes with it.
final class TourNode implements AutoCloseable {
    private static final Pattern PORT = Pattern.compile("amqp\\s+\\S+:(\\d+)");
    private static final Pattern MQTT = Pattern.compile("mqtt\\s+\\S+:(\\d+)");
    private static final Pattern READY = Pattern.compile("ready in (\\d+) ms");
    private static final long STOP_SECONDS = 10;

    private final Path directory;
    private final Thread atExit = Thread.ofPlatform().unstarted(this::end);
    private @Nullable Process process;
    private int amqpPort;
    private int mqttPort;
    private long readyMillis;

    TourNode() throws IOException {
        directory = Files.createTempDirectory("parley-tour-");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /// Starts the node, again on the port that it had, and returns when it is ready.
    void start() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-Xms32m",
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseG1GC",
                        "-XX:+UseCompactObjectHeaders"));
        command.addAll(shared());
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Main.class.getName(), "start"));
        command.addAll(List.of("--data", directory.resolve("data").toString()));
        command.addAll(
                List.of(
                        "--amqp-port",
                        "" + amqpPort,
                        "--mqtt-port",
                        "" + mqttPort,
                        "--http-port",
                        "0"));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("PARLEY_"));
        File errors = directory.resolve("errors").toFile();
        builder.redirectError(ProcessBuilder.Redirect.appendTo(errors));
        Process started = builder.start();
        process = started;
        BufferedReader lines = started.inputReader(StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Matcher port = PORT.matcher(line);
            Matcher mqtt = MQTT.matcher(line);
            Matcher ready = READY.matcher(line);
            if (port.matches()) {
                amqpPort = Integer.parseInt(port.group(1));
            } else if (mqtt.matches()) {
                mqttPort = Integer.parseInt(mqtt.group(1));
            } else if (ready.matches()) {
                readyMillis = Long.parseLong(ready.group(1));
                return;
            }
        }
        throw new IOException(
                "the node did not start: " + Files.readString(errors.toPath()).strip());
    }

    /// The class archive that the launcher keeps for nodes, if it was the launcher that started us.
    private static List<String> shared() {
        String archive = System.getProperty("parley.archive", "");
        return archive.isEmpty()
                ? List.of()
                : List.of(
                        "-XX:+AutoCreateSharedArchive",
                        "-XX:SharedArchiveFile=" + archive,
                        "-Xlog:cds*=off,aot*=off");
    }

    /// SIGKILL: no goodbye, no last write.
    void kill() throws InterruptedException {
        Process victim = process;
        if (victim != null) {
            victim.destroyForcibly().waitFor();
        }
    }

    int amqpPort() {
        return amqpPort;
    }

    int mqttPort() {
        return mqttPort;
    }

    long pid() {
        Process running = process;
        return running == null ? -1 : running.pid();
    }

    long readyMillis() {
        return readyMillis;
    }

    @Override
    public void close() {
        Process running = process;
        if (running != null) {
            running.destroy();
            try {
                running.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        end();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }

    /// Leaves nothing behind, whatever ended the tour.
    private void end() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly().onExit().join();
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path one : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(one);
            }
        } catch (IOException e) {
            System.err.println("parley: " + directory + " could not be removed: " + e.getMessage());
        }
    }
}
