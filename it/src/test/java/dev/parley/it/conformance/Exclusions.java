package dev.parley.it.conformance;

import dev.parley.it.Foreign;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The tests that do not count, each with its reason, and the classes whose tests may be tried
/// twice because they measure time: `conformance.txt`.
final class Exclusions {

    private final Map<String, String> excluded = new LinkedHashMap<>();
    private final Map<String, String> retried = new LinkedHashMap<>();

    static Exclusions read() {
        var exclusions = new Exclusions();
        try {
            for (String line :
                    Files.readAllLines(Path.of(Foreign.script("resources/conformance.txt")))) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    exclusions.add(line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return exclusions;
    }

    private void add(String line) {
        String[] parts = line.split(" \\| ", 3);
        if (parts.length != 3 || parts[2].isBlank()) {
            throw new IllegalArgumentException("a line has kind, name and reason: " + line);
        }
        switch (parts[0].strip()) {
            case "exclude" -> excluded.put(parts[1].strip(), parts[2].strip());
            case "retry" -> retried.put(parts[1].strip(), parts[2].strip());
            default -> throw new IllegalArgumentException("exclude or retry: " + line);
        }
    }

    /// Why a test, or its whole class, does not count.
    Optional<String> reason(String test) {
        return Optional.ofNullable(excluded.get(test))
                .or(() ->
                        Optional.ofNullable(
                                excluded.get(test.substring(0, test.lastIndexOf('/')))));
    }

    /// Whether a failure may be tried once more.
    boolean retries(Outcome outcome) {
        return retried.containsKey(outcome.unit());
    }

    Map<String, String> all() {
        return excluded;
    }
}
