package dev.parley.bench.topic;

import dev.parley.bench.host.Host;
import dev.parley.bench.host.Processes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// All the work put to one product, one after the other; the figures go to the report.
///
/// Work that fails becomes a note in the report, and the next follows. Retained messages and idle
/// connections each get a fresh process, so that what was before does not count.
final class Suite {

    private static final int PERSISTENT_STORM = 2_000;

    /// What a JVM needs before its first figure means anything.
    private static final List<Scenario> WARM_UP =
            List.of(
                    new Scenario("warm-up", 1, 10, 0, false, 50, 0),
                    new Scenario("warm-up", 10, 1, 1, false, 50, 0),
                    new Scenario("warm-up", 10, 1, 1, true, 50, 0));

    private static final int WARM_UP_SECONDS = 2;

    private final Options options;
    private final Processes processes;
    private final Path directory;
    private final Report report;
    private int starts;

    /// Work with one running broker.
    private interface Work {
        void run(Target target, long brokerPid) throws IOException;
    }

    Suite(Options options, Processes processes, Path directory, Report report) {
        this.options = options;
        this.processes = processes;
        this.directory = directory;
        this.report = report;
    }

    /// Measures all that was asked for. What fails is a note, and what was measured stays.
    void measure(Product product) throws InterruptedException {
        var column = new Column(report, product);
        try {
            column.note("", product.version() + "; " + product.promise());
        } catch (IOException e) {
            column.note("", "version unknown: " + e.getMessage());
        }
        List<Scenario> scenarios =
                Scenario.all().stream()
                        .filter(scenario -> options.wants(scenario.name()))
                        .filter(scenario -> scenario.qos() <= product.qosMax())
                        .filter(scenario -> product.keeps() || !scenario.persistent())
                        .toList();
        if (!scenarios.isEmpty()) {
            with(product, (target, pid) -> traffic(scenarios, target, column, pid));
        }
        if (options.wantsRetained() && product.keeps()) {
            progress(column, RetainedRun.work(options.retained()));
            with(
                    product,
                    (target, pid) -> new RetainedRun(target, column, pid).run(options.retained()));
        }
        crowds(product, column);
    }

    private void traffic(List<Scenario> scenarios, Target target, Column column, long pid)
            throws IOException {
        var unseen = new Column(new Report(List.of()), column.product());
        int runs = 0;
        for (Scenario warmUp : WARM_UP) {
            new TrafficRun(target, warmUp, "w" + runs, unseen).run(WARM_UP_SECONDS, pid);
            runs++;
        }
        for (Scenario scenario : scenarios) {
            progress(column, scenario.name());
            runs++;
            // A loop of its own, so that a failure leaves no connection behind.
            try (Loop loop = new Loop()) {
                var own = new Target(loop, target.address(), target.level());
                new TrafficRun(own, scenario, "r" + runs, column).run(options.seconds(), pid);
            } catch (IOException e) {
                column.note(scenario.name(), firstLine(e));
            }
        }
    }

    private void crowds(Product product, Column column) throws InterruptedException {
        int clients = options.clients();
        boolean idle = options.wants(CrowdRun.idle(clients));
        boolean storm = options.wants(CrowdRun.storm(clients));
        if (idle || storm) {
            progress(column, CrowdRun.idle(clients));
            with(
                    product,
                    (target, pid) -> new CrowdRun(target, column, pid).run(clients, idle, storm));
        }
        int kept = Math.min(PERSISTENT_STORM, clients);
        if (options.wants(CrowdRun.persistentStorm(kept)) && product.keeps()) {
            progress(column, CrowdRun.persistentStorm(kept));
            with(product, (target, pid) -> new CrowdRun(target, column, pid).persistent(kept));
        }
    }

    /// Runs work with a fresh process of the product.
    private void with(Product product, Work work) throws InterruptedException {
        starts++;
        var column = new Column(report, product);
        try {
            Path own = directory.resolve("broker-" + starts);
            Running running = Running.start(product, processes, own);
            try (Loop loop = new Loop()) {
                String flags = Host.jvmFlags(running.pid());
                if (!flags.isEmpty()) {
                    column.note("", "JVM flags " + flags);
                }
                work.run(new Target(loop, running.address(), options.level()), running.pid());
            } finally {
                running.lastWords()
                        .ifPresent(words -> {
                            column.note("", "its process ended before it was told to");
                            System.err.println("bench: it ended by itself: " + words);
                        });
                running.stop();
            }
        } catch (IOException e) {
            System.err.println("bench: " + e.getMessage());
            column.note("", firstLine(e));
        }
    }

    private static void progress(Column column, String work) {
        System.err.println("bench: " + column.product().title() + ": " + work);
    }

    private static String firstLine(IOException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("failed");
    }
}
