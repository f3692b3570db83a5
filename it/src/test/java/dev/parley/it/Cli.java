package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.parley.cli.Main;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Runs `parley` commands: in the test's own process, which is quick, or as processes of their own,
/// as the launcher does, where the process is what a test is about.
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

    /// Runs a command in the test's own process.
    Result run(String... arguments) {
        return run(new byte[0], arguments);
    }

    /// The same with a standard input. One at a time: a process has its standard streams once.
    Result run(byte[] input, String... arguments) {
        synchronized (Cli.class) {
            InputStream in = System.in;
            PrintStream out = System.out;
            PrintStream err = System.err;
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            ByteArrayOutputStream complained = new ByteArrayOutputStream();
            System.setIn(new ByteArrayInputStream(input));
            System.setOut(new PrintStream(said, true, UTF_8));
            System.setErr(new PrintStream(complained, true, UTF_8));
            try {
                int code = Main.run(environment, arguments);
                return new Result(code, said.toString(UTF_8), complained.toString(UTF_8));
            } finally {
                System.setIn(in);
                System.setOut(out);
                System.setErr(err);
            }
        }
    }

    /// Runs a command as a process, to its end.
    Result launch(String... arguments) throws IOException, InterruptedException {
        return launch(new byte[0], arguments);
    }

    Result launch(byte[] input, String... arguments) throws IOException, InterruptedException {
        Running running = start(arguments);
        try (OutputStream in = running.process().getOutputStream()) {
            in.write(input);
        }
        return running.end();
    }

    /// The same where standard output goes to a file.
    Result launchInto(Path out, String... arguments) throws IOException, InterruptedException {
        Running running = started(out, arguments);
        running.process().getOutputStream().close();
        running.process().waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
        return new Result(running.process().exitValue(), "", Files.readString(running.err()));
    }

    Running start(String... arguments) throws IOException {
        return started(scratch(".out"), arguments);
    }

    private static Path scratch(String suffix) throws IOException {
        Path directory = Files.createDirectories(Path.of("target", "cli").toAbsolutePath());
        return Files.createTempFile(directory, "command-", suffix);
    }

    private Running started(Path out, String... arguments) throws IOException {
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
        return text.getBytes(UTF_8);
    }
}
