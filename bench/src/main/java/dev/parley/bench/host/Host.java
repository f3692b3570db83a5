package dev.parley.bench.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// The facts about this machine and this checkout that a result is worth nothing without.
public final class Host {

    private static final double KIB_PER_GIB = 1 << 20;
    private static final long GIT_SECONDS = 10;

    private Host() {}

    /// Whether this process runs as root.
    public static boolean root() {
        return System.getProperty("user.name").equals("root");
    }

    /// One line: cores, memory, kernel, JDK.
    public static String describe() {
        return "%d cores, %s, %s %s, JDK %s"
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        memory(),
                        System.getProperty("os.name"),
                        version(System.getProperty("os.version")),
                        System.getProperty("java.vm.version"));
    }

    /// The first two numbers: what follows may name the machine that the kernel was built for.
    static String version(String kernel) {
        return kernel.replaceFirst("^(\\d+\\.\\d+).*", "$1");
    }

    /// The checkout's commit, with a mark when files differ from it.
    public static String commit(Path directory) throws InterruptedException {
        var command = List.of("git", "describe", "--always", "--dirty", "--exclude", "*");
        try {
            Process git =
                    new ProcessBuilder(command)
                            .directory(directory.toFile())
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            if (!git.waitFor(GIT_SECONDS, TimeUnit.SECONDS)) {
                git.destroyForcibly();
                return "unknown";
            }
            String all = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return all.isBlank() ? "unknown" : all.strip();
        } catch (IOException e) {
            return "unknown (" + e.getMessage() + ")";
        }
    }

    /// A JVM's own flags from its command line, without paths; empty for other programs.
    public static String jvmFlags(long pid) {
        try {
            String line = Files.readString(Path.of("/proc", "" + pid, "cmdline"));
            return jvmFlags(Arrays.asList(line.split("\0")));
        } catch (IOException e) {
            return "";
        }
    }

    static String jvmFlags(List<String> command) {
        return command.stream()
                .filter(argument -> argument.startsWith("-X"))
                .filter(argument -> !argument.contains("/"))
                .collect(Collectors.joining(" "));
    }

    private static String memory() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemTotal:")) {
                    long kib = Long.parseLong(line.replaceAll("\\D", ""));
                    return "%.1f GiB".formatted(kib / KIB_PER_GIB);
                }
            }
        } catch (IOException e) {
            return "memory unknown (" + e.getMessage() + ")";
        }
        return "memory unknown";
    }
}
