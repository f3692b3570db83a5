package dev.parley.it;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Runs `parley` commands as processes of their own, as the launcher does.
final class Cli {
    private static final long DEADLINE_SECONDS = 180;

    private final Map<String, String> environment;

    private Cli(Map<String, String> environment) {
        this.environment = environment;
    }

    /// Without a node.
    static Cli alone() {
        return new Cli(Map.of());
    }

    /// Told by `PARLEY_NODE` which node to work with.
    static Cli of(TestNode node) {
        return new Cli(Map.of("PARLEY_NODE", "127.0.0.1:" + node.httpPort()));
    }

    Cli with(String variable, String value) {
        Map<String, String> more = new HashMap<>(environment);
        more.put(variable, value);
        return new Cli(more);
    }

    /// What a command ended with.
    record Result(int code, String out, String err) {
        JsonNode json() {
            return JsonMapper.shared().readTree(out);
        }
    }

    /// A command that runs.
    record Running(Process process, Path out, Path err) {
        Result end() throws IOException, InterruptedException {
            if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(
                        "still running: " + Files.readString(out) + Files.readString(err));
            }
            return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
        }
    }

    Result run(String... arguments) throws IOException, InterruptedException {
        return run(new byte[0], arguments);
    }

    Result run(byte[] input, String... arguments) throws IOException, InterruptedException {
        Running running = start(arguments);
        try (OutputStream in = running.process().getOutputStream()) {
            in.write(input);
        }
        return running.end();
    }

    /// Runs a command whose standard output goes to a file.
    Result runInto(Path out, String... arguments) throws IOException, InterruptedException {
        Running running = launch(out, arguments);
        running.process().getOutputStream().close();
        running.process().waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
        return new Result(running.process().exitValue(), "", Files.readString(running.err()));
    }

    Running start(String... arguments) throws IOException {
        return launch(scratch(".out"), arguments);
    }

    private static Path scratch(String suffix) throws IOException {
        Path directory = Files.createDirectories(Path.of("target", "cli").toAbsolutePath());
        return Files.createTempFile(directory, "command-", suffix);
    }

    private Running launch(Path out, String... arguments) throws IOException {
        // As `./parley` tells them apart: only a node may call native code.
        boolean node = arguments.length > 0 && arguments[0].equals("start");
        List<String> command = new ArrayList<>(Program.jvm(node ? TestNode.KIND : "tool"));
        if (node) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"));
        command.add("dev.parley.cli.Main");
        command.addAll(List.of(arguments));
        Path err = scratch(".err");
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("PARLEY_"));
        builder.environment().putAll(environment);
        builder.redirectOutput(out.toFile());
        builder.redirectError(err.toFile());
        return new Running(builder.start(), out, err);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
