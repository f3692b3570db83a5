package dev.parley.bench.queue;

import dev.parley.bench.load.Goal;
import dev.parley.bench.load.Load;
import dev.parley.bench.load.Plan;
import dev.parley.bench.load.Plan.Consuming;
import dev.parley.bench.load.Plan.Publishing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;

/// What a message costs as one thing grows and all else stays: a scenario for each point.
final class Curves {

    /// What the tables of curves show.
    static final Set<Measure> MEASURES =
            Set.of(Measure.SENT, Measure.DELIVERED, Measure.BROKER_CPU, Measure.ALLOCATED);

    private static final int WINDOW = 192;
    private static final int WIDE_WINDOW = 1_000;
    private static final long AHEAD = 20_000;
    private static final int SMALL_PREFETCH = 10;

    /// What of large bodies may be on its way.
    private static final int WINDOW_BYTES = 16 << 20;

    private static final int[] MANY = {1, 10, 100, 1_000, 10_000};
    private static final double FILL_SECONDS = 240;

    /// Messages of 1 KiB: several times what a log keeps in memory.
    private static final long BACKLOG = 500_000;

    private Curves() {}

    static List<RawScenario> all(Options options) {
        var all = new ArrayList<RawScenario>();
        for (long depth : new long[] {0, 10_000, 100_000, options.backlog()}) {
            all.add(point("queue's depth", depth, run -> depth(run, depth)));
        }
        for (int queues : MANY) {
            all.add(point("queues", queues, run -> queues(run, queues)));
        }
        for (int queues : MANY) {
            all.add(point("queues with a backlog", queues, run -> backlog(run, queues)));
        }
        for (int bindings : MANY) {
            all.add(
                    point(
                            "bindings of a topic exchange",
                            bindings,
                            run -> bindings(run, bindings)));
        }
        for (int consumers : new int[] {1, 10, 100, 1_000}) {
            all.add(point("consumers of a queue", consumers, run -> consumers(run, consumers)));
        }
        for (int bytes :
                new int[] {16, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20}) {
            String name = "curve, size of a body: " + RawScenario.size(bytes);
            all.add(new RawScenario(name, false, run -> size(run, bytes)));
        }
        return List.copyOf(all);
    }

    private static RawScenario point(String what, long number, RawScenario.Work work) {
        String name = String.format(Locale.ROOT, "curve, %s: %,d", what, number);
        return new RawScenario(name, false, work);
    }

    /// Publishing onto a backlog, then consuming from it.
    private static void depth(RawRun run, long depth) throws IOException, InterruptedException {
        List<String> queues = List.of(run.name());
        run.declare(queues, true);
        Publishing publishing = Publishing.to(run.name(), 1, RawScenario.KIB, true, WIDE_WINDOW);
        if (depth > 0) {
            Plan filling = new Plan(publishing.messages(depth), Consuming.none());
            try (Load load = Load.open(run.broker().address(), filling)) {
                load.run(Goal.seconds(FILL_SECONDS).confirmed(depth));
            }
        }
        run.named("publishing").measure(new Plan(publishing, Consuming.none()));
        Consuming consuming = RawScenario.consumers(run.name(), 1, WIDE_WINDOW);
        try (Load load =
                Load.open(run.broker().address(), new Plan(Publishing.none(), consuming))) {
            // There are at least as many; the stretch must not go on in an empty queue.
            long most = Math.max(depth, WIDE_WINDOW * 10L);
            run.named("consuming").measure(load, Goal.seconds(run.seconds()).delivered(most));
        }
        run.delete(queues);
    }

    /// Messages in turn to each of many queues; one connection consumes from all.
    private static void queues(RawRun run, int many) throws IOException, InterruptedException {
        List<String> queues = numbered(run.name(), many);
        run.declare(queues, true);
        run.measure(
                new Plan(
                        Publishing.to(
                                        many > 1 ? run.name() : queues.getFirst(),
                                        1,
                                        RawScenario.KIB,
                                        true,
                                        WIDE_WINDOW)
                                .keys(many),
                        new Consuming(List.of(queues), SMALL_PREFETCH)));
        run.delete(queues);
    }

    /// Consuming what has gathered in many queues side by side, and is in memory no more.
    private static void backlog(RawRun run, int many) throws IOException, InterruptedException {
        List<String> queues = numbered(run.name(), many);
        run.declare(queues, true);
        Publishing publishing =
                Publishing.to(
                                many > 1 ? run.name() : queues.getFirst(),
                                1,
                                RawScenario.KIB,
                                true,
                                WIDE_WINDOW)
                        .keys(many)
                        .messages(BACKLOG);
        try (Load load =
                Load.open(run.broker().address(), new Plan(publishing, Consuming.none()))) {
            load.run(Goal.seconds(FILL_SECONDS).confirmed(BACKLOG));
        }
        Plan consuming =
                new Plan(Publishing.none(), new Consuming(List.of(queues), SMALL_PREFETCH));
        try (Load load = Load.open(run.broker().address(), consuming)) {
            run.allocating(
                    BACKLOG,
                    () -> run.measure(load, Goal.seconds(FILL_SECONDS).delivered(BACKLOG)));
        }
        run.delete(queues);
    }

    /// A topic exchange with many bindings, one of which fits each message.
    private static void bindings(RawRun run, int many) throws IOException, InterruptedException {
        List<String> queues = List.of(run.name());
        List<String> keys = numbered("some.", many);
        run.declare(queues, false);
        run.with(link -> {
            link.declareExchange(run.name(), "topic");
            link.bind(run.name(), run.name(), keys);
        });
        String key = many > 1 ? "some." : keys.getFirst();
        run.measure(
                new Plan(
                        Publishing.to(key, 1, 16, false, 0)
                                .through(run.name())
                                .keys(many)
                                .ahead(AHEAD),
                        RawScenario.consumers(run.name(), 1, 0)));
        run.delete(queues);
        run.with(link -> link.deleteExchange(run.name()));
    }

    /// Many consumers of one queue, on one connection.
    private static void consumers(RawRun run, int many) throws IOException, InterruptedException {
        List<String> queues = List.of(run.name());
        run.declare(queues, true);
        run.measure(
                new Plan(
                        Publishing.to(run.name(), 1, RawScenario.KIB, true, WIDE_WINDOW),
                        new Consuming(
                                List.of(Collections.nCopies(many, run.name())),
                                Math.max(SMALL_PREFETCH, WIDE_WINDOW / many))));
        run.delete(queues);
    }

    private static void size(RawRun run, int bytes) throws IOException, InterruptedException {
        List<String> queues = List.of(run.name());
        run.declare(queues, true);
        int window = Math.min(WINDOW, WINDOW_BYTES / bytes);
        run.measure(
                new Plan(
                        Publishing.to(run.name(), 1, bytes, true, window),
                        RawScenario.consumers(run.name(), 1, window)));
        run.delete(queues);
    }

    private static List<String> numbered(String prefix, int many) {
        return IntStream.range(0, many)
                .mapToObj(i -> prefix + String.format(Locale.ROOT, "%05d", i))
                .toList();
    }
}
