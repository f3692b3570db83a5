package dev.parley.bench.queue;

import dev.parley.bench.load.Link;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/// Work that is about many connections and queues and hardly about messages.
final class Crowds {

    private static final int CLIENTS = 4;
    private static final int BYTES = 16;
    private static final int QUEUES = 10_000;
    private static final int CONNECTIONS = 5_000;
    private static final long SETTLE_SECONDS = 3;
    private static final double WARM_UP_PART = 0.34;

    private Crowds() {}

    /// Clients that connect, declare a queue that is already there, publish one message and close
    /// in the orderly way, again and again.
    static void comeAndGo(RawRun run) throws IOException, InterruptedException {
        List<String> queues =
                IntStream.range(0, CLIENTS).mapToObj(i -> run.name() + "-" + i).toList();
        run.declare(queues, true);
        comeAndGo(run, queues, run.seconds() * WARM_UP_PART);
        RawRun.Reading before = RawRun.Reading.take(run.broker());
        Histogram cycles = comeAndGo(run, queues, run.seconds());
        RawRun.Reading after = RawRun.Reading.take(run.broker());
        long count = cycles.getTotalCount();
        run.add(Measure.CYCLES, count / run.seconds());
        run.add(Measure.CYCLE_P50, RawRun.millis(cycles, 50));
        run.add(Measure.CYCLE_P99, RawRun.millis(cycles, 99));
        run.add(Measure.CYCLE_CPU, after.brokerMicros(before) / count);
        run.add(Measure.CYCLE_CLIENT, after.clientMicros(before) / count);
        run.delete(queues);
    }

    private static Histogram comeAndGo(RawRun run, List<String> queues, double seconds)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
        var all = new Histogram(3);
        try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
            List<Callable<Histogram>> clients = new ArrayList<>();
            for (String queue : queues) {
                clients.add(() -> client(run, queue, deadline));
            }
            for (Future<Histogram> client : threads.invokeAll(clients)) {
                all.add(client.get());
            }
        } catch (ExecutionException e) {
            throw new IOException(e.getMessage(), e);
        }
        return all;
    }

    private static Histogram client(RawRun run, String queue, long deadline) throws IOException {
        var cycles = new Histogram(3);
        long before = System.nanoTime();
        while (before < deadline) {
            try (Link link = Link.open(run.broker().address(), Link.CALLS_ONLY_BYTES)) {
                link.declareQueues(List.of(queue), true, run.subject().type());
                link.publish(queue, BYTES);
                link.hangUp();
            }
            long after = System.nanoTime();
            cycles.recordValue(after - before);
            before = after;
        }
        return cycles;
    }

    /// Memory of a broker that has just started, then with queues, then with connections too. The
    /// queues stay.
    static void idle(RawRun run) throws IOException, InterruptedException {
        run.broker().stop();
        run.broker().start();
        TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
        run.named("before").add(Measure.RESIDENT, run.residentMiB());
        List<String> queues =
                IntStream.range(0, QUEUES).mapToObj(i -> run.name() + "-" + i).toList();
        long began = System.nanoTime();
        run.declare(queues, true);
        double declared = (System.nanoTime() - began) / (double) TimeUnit.SECONDS.toNanos(1);
        TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
        run.named("queues").add(Measure.RESIDENT, run.residentMiB());
        List<Link> links = new ArrayList<>();
        try {
            began = System.nanoTime();
            for (int i = 0; i < CONNECTIONS; i++) {
                links.add(Link.open(run.broker().address(), Link.CALLS_ONLY_BYTES));
            }
            double opened = (System.nanoTime() - began) / (double) TimeUnit.SECONDS.toNanos(1);
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
            run.named("queues and connections").add(Measure.RESIDENT, run.residentMiB());
            run.note(
                    String.format(
                            Locale.ROOT,
                            "the queues were declared in %.1f s, the connections opened in %.1f s",
                            declared,
                            opened));
        } finally {
            for (Link link : links) {
                link.close();
            }
        }
    }
}
