package dev.parley.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// The inputs under `fuzz/` from which the fuzzer starts.
///
/// With the system property `parley.fuzz.seeds` naming that directory in the sources, they are
/// written there as they are made now.
public final class FuzzSeeds {
    private FuzzSeeds() {}

    /// Gives all that lie there to a target; those that it makes must be among them.
    public static void feed(String name, Map<String, byte[]> made, Consumer<byte[]> target)
            throws IOException {
        int known = 0;
        try (Stream<Path> files = Files.list(directory(name, made))) {
            for (Path file : files.toList()) {
                byte[] seed = Files.readAllBytes(file);
                target.accept(seed);
                byte[] same = made.get(file.getFileName().toString());
                known += same != null && Arrays.equals(same, seed) ? 1 : 0;
            }
        }
        assertThat(known).as("seeds as they are made").isEqualTo(made.size());
    }

    private static Path directory(String name, Map<String, byte[]> made) throws IOException {
        String sources = System.getProperty("parley.fuzz.seeds");
        if (sources == null) {
            return Path.of(URI.create(FuzzSeeds.class.getResource("/fuzz/" + name) + ""));
        }
        Path directory = Files.createDirectories(Path.of(sources, name));
        for (var one : made.entrySet()) {
            Files.write(directory.resolve(one.getKey()), one.getValue());
        }
        return directory;
    }
}
