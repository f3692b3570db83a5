package dev.parley.bench.topic;

import dev.parley.bench.host.DiskProbe;
import dev.parley.bench.host.Host;
import dev.parley.bench.host.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Measures MQTT brokers and Parley one after the other with one load generator, and writes down
/// the ratios: `./dev bench topic`.
public final class Main {

    private static final int USAGE_ERROR = 2;
    private static final int PAGES_A_DAY_MAX = 100;

    private Main() {}

    /// Exit code 0: measured; 1: failed; 2: wrong options.
    public static void main(String[] arguments) throws InterruptedException {
        Options options;
        List<Product> products;
        try {
            options = Options.parse(List.of(arguments));
            products = products(options);
        } catch (IllegalArgumentException e) {
            System.err.println("bench: " + e.getMessage());
            System.err.print(Options.USAGE);
            System.exit(USAGE_ERROR);
            return;
        }
        try {
            run(options, products, String.join(" ", arguments));
        } catch (IOException e) {
            System.err.println("bench: " + e.getMessage());
            System.exit(1);
        }
    }

    /// The products asked for, in the order of their columns.
    private static List<Product> products(Options options) {
        Path home = Path.of(System.getProperty("parley.home", "")).toAbsolutePath();
        List<Product> all =
                List.of(
                        new LoopBack(),
                        new Mosquitto(),
                        new Nats(),
                        new HiveMq(home),
                        new Parley(options.launcher()));
        for (String broker : options.brokers()) {
            if (all.stream().noneMatch(product -> Options.key(product).equals(broker))) {
                throw new IllegalArgumentException("no such broker: " + broker);
            }
        }
        return all.stream().filter(options::wants).toList();
    }

    private static void run(Options options, List<Product> products, String arguments)
            throws IOException, InterruptedException {
        var present = new ArrayList<Product>();
        var absent = new ArrayList<String>();
        for (Product product : products) {
            Optional<String> missing = product.missing();
            if (missing.isEmpty()) {
                present.add(product);
            } else {
                absent.add(product.title() + " is not measured: " + missing.get());
            }
        }
        absent.forEach(sentence -> System.err.println("bench: " + sentence));
        var processes = new Processes();
        Path directory = Files.createTempDirectory(options.paths().directory(), "parley-bench");
        Thread tidying =
                Thread.ofPlatform().name("tidying").unstarted(() -> tidy(processes, directory));
        Runtime.getRuntime().addShutdownHook(tidying);
        try {
            DiskProbe disk = DiskProbe.measure(directory);
            var report = new Report(present);
            var suite = new Suite(options, processes, directory, report);
            for (Product product : present) {
                suite.measure(product);
            }
            absent.forEach(report::note);
            disk(report, disk);
            String page = page(options, arguments, report);
            System.out.print(page);
            System.err.println("bench: written to " + write(options, page));
        } finally {
            // After a signal the hook does it at the same time; either may find nothing left.
            tidy(processes, directory);
        }
    }

    private static void disk(Report report, DiskProbe probe) {
        report.note(
                String.format(
                        Locale.ROOT,
                        "the disk itself before the run (1 KiB written and fdatasync, zero-filled"
                                + " file, %s): p50 %.2f ms, p99 %.2f ms",
                        probe.fileSystem(),
                        probe.medianMillis(),
                        probe.p99Millis()));
    }

    private static String page(Options options, String arguments, Report report)
            throws InterruptedException {
        String commit = Host.commit(Path.of("").toAbsolutePath());
        return """
        # Publish-subscribe: MQTT brokers and Parley in one run, %s

        - Command: `./dev bench topic %s`
        - Commit: %s
        - Machine: %s; broker and load generator share it, over loopback
        - MQTT %s, payload %d B, %d s for each row after %s s that do not count
        - Load: one thread, packets encoded in advance, closed loop (a window of messages under way)
          except for latencies, which count from the time at which a message was due. "(loop-back)"
          is the load generator with no broker: what it can measure at all

        %s
        """
                .formatted(
                        LocalDate.now(ZoneId.systemDefault()),
                        arguments,
                        commit,
                        Host.describe(),
                        options.level() == Packets.V5 ? "5" : "3.1.1",
                        Traffic.PAYLOAD_BYTES,
                        options.seconds(),
                        String.format(Locale.ROOT, "%.1f", options.seconds() * TrafficRun.WARM_UP),
                        report.markdown().stripTrailing());
    }

    /// Never over an earlier page.
    private static Path write(Options options, String page) throws IOException {
        Path results = options.paths().results();
        Files.createDirectories(results);
        String date = LocalDate.now(ZoneId.systemDefault()) + "-topic";
        for (int i = 1; i <= PAGES_A_DAY_MAX; i++) {
            Path file = results.resolve(date + (i == 1 ? "" : "-" + i) + ".md");
            if (!Files.exists(file)) {
                return Files.writeString(file, page);
            }
        }
        throw new IOException("too many pages of one day in " + results);
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
