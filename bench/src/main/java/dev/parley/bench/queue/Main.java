package dev.parley.bench.queue;

import dev.parley.bench.host.DiskProbe;
import dev.parley.bench.host.Host;
import dev.parley.bench.host.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Measures RabbitMQ and Parley one after the other and writes down the ratios: `./dev bench
/// queue`.
public final class Main {

    private static final int USAGE_ERROR = 2;
    private static final int PAGES_A_DAY_MAX = 100;

    private Main() {}

    /// Exit code 0: measured; 1: failed; 2: wrong options.
    public static void main(String[] arguments) throws InterruptedException {
        Options options;
        try {
            options = Options.parse(List.of(arguments));
        } catch (IllegalArgumentException e) {
            System.err.println("bench: " + e.getMessage());
            System.err.print(Options.USAGE);
            System.exit(USAGE_ERROR);
            return;
        }
        try {
            run(options, String.join(" ", arguments));
        } catch (IOException e) {
            System.err.println("bench: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void run(Options options, String arguments)
            throws IOException, InterruptedException {
        if (options.parley() && !Files.isExecutable(options.launcher())) {
            throw new IOException("no launcher at " + options.launcher());
        }
        var processes = new Processes();
        Path directory = Files.createTempDirectory(options.directory(), "parley-bench");
        Thread tidying =
                Thread.ofPlatform().name("tidying").unstarted(() -> tidy(processes, directory));
        Runtime.getRuntime().addShutdownHook(tidying);
        try {
            boolean peer = options.peer() && new RabbitMqPackage(processes).ensure();
            // RabbitMQ's user has to pass through.
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
            DiskProbe before = DiskProbe.measure(directory);
            var report = new Report(options.curves() ? Curves.MEASURES : Measure.ALL);
            var suite = new Suite(options, processes, directory, before, report);
            for (int round = 1; round <= options.rounds(); round++) {
                if (peer) {
                    Path own = Files.createDirectory(directory.resolve("rabbitmq-" + round));
                    suite.measure(RabbitMq.prepare(processes, own));
                }
                if (options.parley()) {
                    Path own = Files.createDirectory(directory.resolve("parley-" + round));
                    suite.measure(new Parley(processes, options.launcher(), own));
                }
            }
            disk(report, "before", before);
            disk(report, "after", DiskProbe.measure(directory));
            String page = page(options, arguments, report);
            System.out.print(page);
            System.err.println("bench: written to " + write(options, page));
        } finally {
            // After a signal the hook does it at the same time; either may find nothing left.
            tidy(processes, directory);
        }
    }

    private static void disk(Report report, String when, DiskProbe probe) {
        report.note(
                String.format(
                        Locale.ROOT,
                        "the disk itself %s the run (1 KiB written and fdatasync, zero-filled file,"
                                + " %s): p50 %.2f ms, p99 %.2f ms",
                        when,
                        probe.fileSystem(),
                        probe.medianMillis(),
                        probe.p99Millis()));
    }

    private static String page(Options options, String arguments, Report report)
            throws InterruptedException {
        String commit = Host.commit(Path.of("").toAbsolutePath());
        return """
        # Queues: RabbitMQ and Parley in one run, %s

        - Command: `./dev bench queue %s`
        - Commit: %s
        - Machine: %s; broker and clients share it, over loopback
        - %d s each, %d round(s), medians of rounds; PerfTest's JVM: %s %s

        %s
        """
                .formatted(
                        LocalDate.now(ZoneId.systemDefault()),
                        arguments,
                        commit,
                        Host.describe(),
                        options.seconds(),
                        options.rounds(),
                        System.getProperty("java.vm.version"),
                        PerfTestRun.HEAP,
                        report.markdown().stripTrailing());
    }

    /// Never over an earlier page.
    private static Path write(Options options, String page) throws IOException {
        Files.createDirectories(options.results());
        String date = LocalDate.now(ZoneId.systemDefault()) + "-" + options.kind();
        for (int i = 1; i <= PAGES_A_DAY_MAX; i++) {
            Path file = options.results().resolve(date + (i == 1 ? "" : "-" + i) + ".md");
            if (!Files.exists(file)) {
                return Files.writeString(file, page);
            }
        }
        throw new IOException("too many pages of one day in " + options.results());
    }

    /// Ends every process of this run and removes what they wrote.
    private static void tidy(Processes processes, Path directory) {
        processes.close();
        if (!Files.exists(directory)) {
            return;
        }
        try (var paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            System.err.println("bench: " + directory + " is left behind: " + e.getMessage());
        }
    }
}
