package dev.parley.bench.queue;

import dev.parley.bench.host.DiskProbe;
import dev.parley.bench.load.Outcome;
import dev.parley.bench.load.Plan;
import dev.parley.bench.load.Plan.Consuming;
import dev.parley.bench.load.Plan.Publishing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// One kind of work for a broker, done by the raw client.
///
/// @param quorum whether RabbitMQ does it with its quorum queues too
record RawScenario(String name, boolean quorum, Work work) {

    /// What is done; figures go to the run's report.
    interface Work {
        void run(RawRun run) throws IOException, InterruptedException;
    }

    static final int PREFETCH = 200;
    static final int KIB = 1 << 10;

    private static final String PREFIX = "raw client: ";
    private static final int WINDOW = 192;
    private static final int WIDE_WINDOW = 1_000;
    private static final int CROWD = 16;
    private static final int QUEUES = 10;

    /// Messages on their way where nothing else holds the publisher back.
    private static final long AHEAD = 20_000;

    private static final double RATE = 10_000;

    /// At a fixed rate the window must never be what holds the publisher back.
    private static final int OPEN_WINDOW = 20_000;

    /// All of them in the order in which they run; the last ones leave the broker changed.
    static List<RawScenario> all(Options options, DiskProbe disk) {
        var all = new ArrayList<RawScenario>();
        for (int bytes : new int[] {16, KIB}) {
            String name = "%stransient, auto-ack, %s, 1×1".formatted(PREFIX, size(bytes));
            all.add(new RawScenario(name, false, run -> transientFlow(run, bytes)));
        }
        for (int clients : new int[] {1, 4}) {
            for (int window : new int[] {WINDOW, WIDE_WINDOW}) {
                for (int bytes : new int[] {16, KIB}) {
                    all.add(confirmedFlow(bytes, window, clients));
                }
            }
        }
        all.add(
                new RawScenario(
                        PREFIX + "16 publishers, each waits for its confirm, 1 KiB",
                        true,
                        run -> crowd(run, disk)));
        all.add(
                new RawScenario(
                        PREFIX + "persistent, 10,000 msg/s, 1 KiB", true, run -> paced(run, disk)));
        all.add(
                new RawScenario(
                        PREFIX + "fan-out to ten queues, persistent, confirm, ack, 1 KiB",
                        true,
                        RawScenario::fanOut));
        all.add(
                new RawScenario(
                        PREFIX + "draining while publishing goes on, persistent, 1 KiB",
                        true,
                        run -> new Draining(run, options.backlog()).run()));
        all.add(
                new RawScenario(
                        PREFIX + "connect, declare, publish, close", true, Crowds::comeAndGo));
        all.add(
                new RawScenario(
                        PREFIX + "10,000 idle queues, 5,000 idle connections",
                        false,
                        Crowds::idle));
        return List.copyOf(all);
    }

    /// A body's size as names have it.
    static String size(int bytes) {
        int unit = bytes >= KIB * KIB ? KIB * KIB : bytes >= KIB ? KIB : 1;
        String suffix = unit == 1 ? "B" : unit == KIB ? "KiB" : "MiB";
        return String.format(Locale.ROOT, "%d %s", bytes / unit, suffix);
    }

    boolean runs(Subject subject) {
        return quorum || subject != Subject.RABBITMQ_QUORUM;
    }

    /// Consumers of one queue, each with a connection.
    static Consuming consumers(String queue, int many, int prefetch) {
        return new Consuming(Collections.nCopies(many, List.of(queue)), prefetch);
    }

    private static void transientFlow(RawRun run, int bytes)
            throws IOException, InterruptedException {
        List<String> queues = List.of(run.name());
        run.declare(queues, false);
        run.measure(
                new Plan(
                        Publishing.to(run.name(), 1, bytes, false, 0).ahead(AHEAD),
                        consumers(run.name(), 1, 0)));
        run.delete(queues);
    }

    private static RawScenario confirmedFlow(int bytes, int window, int clients) {
        String name =
                String.format(
                        Locale.ROOT,
                        "%spersistent, confirm, ack, %,d in flight, %s, %d×%d",
                        PREFIX,
                        window,
                        size(bytes),
                        clients,
                        clients);
        return new RawScenario(
                name,
                true,
                run -> {
                    List<String> queues = List.of(run.name());
                    run.declare(queues, true);
                    run.measure(
                            new Plan(
                                    Publishing.to(run.name(), clients, bytes, true, window),
                                    consumers(run.name(), clients, Math.max(PREFETCH, window))));
                    run.delete(queues);
                });
    }

    private static void crowd(RawRun run, DiskProbe disk) throws IOException, InterruptedException {
        List<String> queues = List.of(run.name());
        run.declare(queues, true);
        Outcome outcome =
                run.measure(
                        new Plan(Publishing.to(run.name(), CROWD, KIB, true, 1), Consuming.none()));
        double p99 = RawRun.millis(outcome.confirm(), 99);
        run.add(Measure.CONFIRM_TO_DISK, p99 / disk.p99Millis());
        run.delete(queues);
    }

    private static void paced(RawRun run, DiskProbe disk) throws IOException, InterruptedException {
        List<String> queues = List.of(run.name());
        run.declare(queues, true);
        Outcome outcome =
                run.measure(
                        new Plan(
                                Publishing.to(run.name(), 1, KIB, true, OPEN_WINDOW).rate(RATE),
                                consumers(run.name(), 1, WIDE_WINDOW)));
        run.add(Measure.CONFIRM_P999, RawRun.millis(outcome.confirm(), 99.9));
        run.add(Measure.LATENCY_P999, RawRun.millis(outcome.latency(), 99.9));
        double p99 = RawRun.millis(outcome.confirm(), 99);
        run.add(Measure.CONFIRM_TO_DISK, p99 / disk.p99Millis());
        run.note(
                String.format(
                        Locale.ROOT,
                        "times count from the intended moment; the client itself was late by"
                                + " p50 %.3f ms, p99 %.3f ms, p99.9 %.3f ms",
                        RawRun.millis(outcome.late(), 50),
                        RawRun.millis(outcome.late(), 99),
                        RawRun.millis(outcome.late(), 99.9)));
        run.delete(queues);
    }

    private static void fanOut(RawRun run) throws IOException, InterruptedException {
        String exchange = run.name();
        List<String> queues =
                IntStream.rangeClosed(1, QUEUES).mapToObj(i -> exchange + "-" + i).toList();
        run.declare(queues, true);
        run.with(link -> {
            link.declareExchange(exchange, "fanout");
            for (String queue : queues) {
                link.bind(queue, exchange, List.of(""));
            }
        });
        run.measure(
                new Plan(
                        Publishing.to("", 1, KIB, true, WINDOW).through(exchange),
                        new Consuming(queues.stream().map(List::of).toList(), PREFETCH)));
        run.delete(queues);
        run.with(link -> link.deleteExchange(exchange));
    }
}
