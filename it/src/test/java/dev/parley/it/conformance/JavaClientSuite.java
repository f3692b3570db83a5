package dev.parley.it.conformance;

import dev.parley.it.Foreign;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// RabbitMQ's Java client's functional and server tests.
final class JavaClientSuite implements Suite<AmqpPeer> {

    private static final Duration PREPARE = Duration.ofMinutes(4);
    private static final Duration CLASS = Duration.ofMinutes(12);
    private static final String PACKAGE = "com.rabbitmq.client.";

    private final Path folder;
    private final String java;
    private final String classpath;

    private JavaClientSuite(Path folder) throws IOException {
        this.folder = folder;
        this.java = Files.readString(folder.resolve("java")).strip();
        this.classpath = Files.readString(folder.resolve("classpath")).strip();
    }

    /// Fetches and compiles the suite unless that is done; a reason not to skips the test.
    static JavaClientSuite prepare() {
        Path folder = Path.of("target", "java-client").toAbsolutePath();
        Foreign.require(
                "RabbitMQ's Java client's suite",
                "apt-get, Maven and curl",
                List.of(
                        List.of(
                                "sh",
                                "-c",
                                "mvn --version && apt-get --version && curl --version")));
        Foreign.Result result =
                Foreign.run(
                        List.of("sh", Foreign.script("sh/java-client.sh")),
                        Map.of(
                                "FOLDER",
                                folder.toString(),
                                "JAVA_HOME",
                                System.getProperty("java.home")),
                        PREPARE);
        if (result.code() != 0) {
            Foreign.require(
                    "RabbitMQ's Java client's suite",
                    "Debian's source package: " + result.output(),
                    List.of());
        }
        try {
            return new JavaClientSuite(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return "java-client";
    }

    @Override
    public List<String> classes() {
        try {
            return Files.readAllLines(folder.resolve("list")).stream()
                    .map(JavaClientSuite::shortened)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String shortened(String type) {
        return type.replaceFirst("^com\\.rabbitmq\\.client\\.(test\\.)?", "");
    }

    private String full(String type) {
        try {
            return Files.readAllLines(folder.resolve("list")).stream()
                    .filter(one -> shortened(one).equals(type))
                    .findFirst()
                    .orElse(PACKAGE + type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<Outcome> run(String type, AmqpPeer peer) {
        return run(type, List.of(), peer);
    }

    @Override
    public List<Outcome> again(String type, String test, AmqpPeer peer) {
        return run(type, List.of(test), peer);
    }

    private List<Outcome> run(String type, List<String> test, AmqpPeer peer) {
        try {
            Path logs = Files.createDirectories(folder.resolve("logs"));
            String name = peer.nodeName() + "-" + type + String.join("", test);
            Path results = logs.resolve(name + ".txt");
            Files.writeString(results, "");
            var command = new ArrayList<String>();
            command.add(java);
            command.addAll(
                    List.of(
                            "-Xmx256m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "--add-opens=java.base/javax.net=ALL-UNNAMED",
                            "-Dparley.suite.port=" + peer.amqpPort(),
                            "-Drabbitmqctl.bin=" + peer.ctl(),
                            "-Dmake.bin=" + peer.make(),
                            "-Drabbitmq.dir=" + folder,
                            "-Dtest-broker.A.nodename=" + peer.nodeName(),
                            "-Dtest-broker.A.node_port=" + peer.amqpPort(),
                            "-Dtest-broker.A.config_file=none",
                            "-cp",
                            classpath,
                            "dev.parley.it.foreign.ClassRun",
                            "run",
                            results.toString(),
                            full(type)));
            command.addAll(test);
            Foreign.Result result = Foreign.run(command, Map.of(), CLASS);
            Files.writeString(logs.resolve(name + ".log"), result.output());
            return read(type, Files.readAllLines(results));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Reads what `ClassRun` wrote; a test that was started and not finished is missing.
    private List<Outcome> read(String type, List<String> lines) {
        var outcomes = new ArrayList<Outcome>();
        String started = "";
        for (String line : lines) {
            String[] parts = line.split(" ", 3);
            String test = name() + "/" + type + "/" + (parts.length > 1 ? parts[1] : "");
            String detail = parts.length > 2 ? parts[2] : "";
            switch (parts[0]) {
                case "started" -> started = test;
                case "passed" -> outcomes.add(new Outcome(test, Outcome.Result.PASSED, ""));
                case "failed" -> outcomes.add(new Outcome(test, Outcome.Result.FAILED, detail));
                case "skipped" -> outcomes.add(new Outcome(test, Outcome.Result.SKIPPED, detail));
                case "end" -> {
                    return outcomes;
                }
                default -> throw new IllegalStateException("not a line of a class's run: " + line);
            }
            if (!parts[0].equals("started")) {
                started = "";
            }
        }
        String missing = started.isEmpty() ? name() + "/" + type + "/(rest)" : started;
        outcomes.add(new Outcome(missing, Outcome.Result.MISSING, "did not end in time"));
        return outcomes;
    }
}
