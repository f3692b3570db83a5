package dev.parley.it.arch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The files of this checkout that people wrote.
final class Checkout {
    private static final List<String> GENERATED = List.of("target", ".git", "node_modules");

    private Checkout() {}

    /// The directory that holds `dev` and `parley`.
    static Path root() {
        Path at = Path.of("").toAbsolutePath();
        while (at != null && !Files.exists(at.resolve("dev"))) {
            at = at.getParent();
        }
        if (at == null) {
            throw new IllegalStateException("not inside a checkout of Parley");
        }
        return at;
    }

    /// All files under the root but for what builds and git put there, sorted.
    static List<Path> files() {
        try (Stream<Path> all = Files.walk(root())) {
            return all.filter(Files::isRegularFile).filter(Checkout::written).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Path> java() {
        return files().stream().filter(file -> file.toString().endsWith(".java")).toList();
    }

    static boolean main(Path file) {
        return relative(file).contains("src/main/");
    }

    static String relative(Path file) {
        return root().relativize(file).toString();
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean written(Path file) {
        for (Path part : root().relativize(file)) {
            if (GENERATED.contains(part.toString())) {
                return false;
            }
        }
        return true;
    }
}
