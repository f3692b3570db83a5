package dev.parley.it;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/// How tests start processes of Parley: with an archive of its classes, as `./parley` does, since
/// they start hundreds.
///
/// Only jars may be in an archive, and Maven's class path has directories; so what is in these is
/// put into a jar first. The JVM makes the archives when the first process of a kind ends well; it
/// keeps those that no longer fit, so they are removed when the jar is made.
public final class Program {
    private static final Path FOLDER = Path.of("target", "program").toAbsolutePath();
    private static final String CLASS_PATH = classPath(System.getProperty("java.class.path"));

    private Program() {}

    /// The JVM with its class path; the options and the class to run are still to come.
    ///
    /// @param kind what it is for: programs of a kind share an archive
    public static List<String> jvm(String kind) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+AutoCreateSharedArchive",
                "-XX:SharedArchiveFile=" + archive(kind),
                "-Xlog:cds*=off,aot*=off",
                "-cp",
                CLASS_PATH);
    }

    /// Whether there is an archive for programs of a kind: one of them has ended well.
    static boolean archived(String kind) {
        return Files.exists(archive(kind));
    }

    private static Path archive(String kind) {
        return FOLDER.resolve(kind + ".jsa");
    }

    private static String classPath(String given) {
        List<Path> directories = new ArrayList<>();
        List<String> all = new ArrayList<>();
        Path jar = FOLDER.resolve("parley.jar");
        all.add(jar.toString());
        for (String each : given.split(File.pathSeparator)) {
            if (each.isEmpty()) {
                continue;
            }
            Path entry = Path.of(each);
            if (Files.isDirectory(entry)) {
                directories.add(entry);
            } else {
                all.add(each);
            }
        }
        try {
            Files.createDirectories(FOLDER);
            for (Path old : files(FOLDER)) {
                Files.delete(old);
            }
            pack(directories, jar);
        } catch (IOException e) {
            throw new UncheckedIOException("making " + jar, e);
        }
        return String.join(File.pathSeparator, all);
    }

    private static void pack(List<Path> directories, Path jar) throws IOException {
        Set<String> packed = new HashSet<>();
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out)) {
            entries.setLevel(0);
            for (Path directory : directories) {
                for (Path file : files(directory)) {
                    String name = directory.relativize(file).toString().replace('\\', '/');
                    // As on the class path, the first is the one that counts.
                    if (packed.add(name)) {
                        entries.putNextEntry(new ZipEntry(name));
                        Files.copy(file, entries);
                    }
                }
            }
        }
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
