package dev.parley.it.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every program in `examples/` runs as it is, and prints what its head says.
@Timeout(120)
class ExamplesTest {
    private static final String PRINTS = "// prints: ";

    @TempDir Path directory;

    static List<Path> examples() throws IOException {
        try (Stream<Path> files = Files.list(Checkout.root().resolve("examples"))) {
            return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void printsWhatItSays(Path example) throws Exception {
        Path output = directory.resolve("output");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                example.toString(),
                                directory.resolve("data").toString())
                        .redirectOutput(output.toFile())
                        .redirectError(directory.resolve("errors").toFile())
                        .start();
        try {
            assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String errors = Files.readString(directory.resolve("errors"), StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(errors).isZero();
        List<String> expected =
                Checkout.text(example)
                        .lines()
                        .filter(line -> line.startsWith(PRINTS))
                        .map(line -> line.substring(PRINTS.length()))
                        .toList();
        assertThat(expected).isNotEmpty();
        List<String> printed =
                Files.readAllLines(output, StandardCharsets.UTF_8).stream()
                        .filter(expected::contains)
                        .toList();
        assertThat(printed).as("%s", Files.readString(output)).isEqualTo(expected);
    }
}
