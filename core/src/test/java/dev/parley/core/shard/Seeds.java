package dev.parley.core.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The inputs under `fuzz/` from which the fuzzer starts.
///
/// With the system property `parley.fuzz.seeds` naming that directory in the sources, seeds that
/// are missing are written; others are kept: they may be what the fuzzer once found.
public final class Seeds {
    private Seeds() {}

    /// All seeds of a target by their names; those given are among them.
    public static Map<String, byte[]> of(String target, Map<String, byte[]> made) {
        String sources = System.getProperty("parley.fuzz.seeds");
        if (sources != null) {
            made.forEach((name, bytes) -> write(Path.of(sources, target, name), bytes));
        }
        Map<String, byte[]> seeds = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory(sources, target))) {
            for (Path file : files.toList()) {
                seeds.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(seeds).containsAllEntriesOf(made);
        return seeds;
    }

    private static Path directory(@Nullable String sources, String target) {
        if (sources != null) {
            return Path.of(sources, target);
        }
        URL resource = Seeds.class.getResource("/fuzz/" + target);
        assertThat(resource).as("seeds of %s", target).isNotNull();
        return Path.of(URI.create(String.valueOf(resource)));
    }

    private static void write(Path file, byte[] bytes) {
        try {
            if (!Files.exists(file)) {
                Files.createDirectories(file.resolveSibling("."));
                Files.write(file, bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
