package dev.parley.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// Programs that others wrote, run as they are: whether they are here, and what they answer.
public final class Foreign {

    private static final String MISSING = "PARLEY_FOREIGN_MISSING";
    private static final Duration PROBE = Duration.ofSeconds(60);

    private Foreign() {}

    /// A finished run: its exit code and everything it wrote.
    public record Result(int code, String output) {}

    /// The first command that answers its probe; none skips the test with its printed reason.
    ///
    /// `PARLEY_FOREIGN_MISSING=name:reason;name:reason` says that some could not be installed.
    public static List<String> require(String name, String where, List<List<String>> probes) {
        Optional<String> known = knownMissing(name);
        Optional<List<String>> found =
                known.isPresent()
                        ? Optional.empty()
                        : probes.stream().filter(Foreign::runs).findFirst();
        if (found.isEmpty()) {
            String reason = name + " not run: " + known.orElse("install " + where);
            System.out.println(reason);
            Assumptions.assumeTrue(false, reason);
        }
        return found.orElseThrow();
    }

    private static Optional<String> knownMissing(String name) {
        for (String entry : System.getenv().getOrDefault(MISSING, "").split(";")) {
            int colon = entry.indexOf(':');
            if (colon > 0 && entry.substring(0, colon).strip().equals(name)) {
                return Optional.of(entry.substring(colon + 1).strip());
            }
        }
        return Optional.empty();
    }

    private static boolean runs(List<String> probe) {
        try {
            return run(probe, Map.of(), PROBE).code() == 0;
        } catch (UncheckedIOException e) {
            return false; // no such program
        }
    }

    /// Runs to the end or the deadline; a program that is still there then is killed.
    public static Result run(
            List<String> command, Map<String, String> environment, Duration deadline) {
        try {
            Path output = Files.createTempFile("parley-foreign", ".out");
            try {
                var builder = new ProcessBuilder(command);
                builder.environment().putAll(environment);
                builder.redirectErrorStream(true).redirectOutput(output.toFile());
                Process process = builder.start();
                boolean ended = process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
                if (!ended) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly().waitFor();
                }
                String text = Files.readString(output);
                return ended
                        ? new Result(process.exitValue(), text)
                        : new Result(-1, text + "\nkilled after " + deadline);
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("running " + command, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + command, e);
        }
    }

    /// A file under `src/test`.
    public static String script(String path) {
        String root = System.getProperty("parley.it.scripts", "src/test");
        return Path.of(root).toAbsolutePath().resolve(path).toString();
    }

    /// The command that a successful probe starts with, followed by other arguments.
    static List<String> with(List<String> probe, int keep, String... arguments) {
        var command = new ArrayList<>(probe.subList(0, keep));
        command.addAll(List.of(arguments));
        return command;
    }
}
