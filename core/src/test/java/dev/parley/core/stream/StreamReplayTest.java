package dev.parley.core.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.shard.TestDecision;
import dev.parley.core.stream.TestReader.Got;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random commands against a naive model; and the property that the log alone, from its beginning
/// or from any snapshot, makes the same state that commands have made.
///
/// A failure names its seed. `-Dparley.stream.seed=N` runs that one alone.
class StreamReplayTest {
    private static final int SEEDS = 60;
    private static final int STEPS = 400;

    static List<Long> seeds() {
        Long one = Long.getLong("parley.stream.seed");
        if (one != null) {
            return List.of(one);
        }
        List<Long> all = new ArrayList<>();
        for (long seed = 1; seed <= SEEDS; seed++) {
            all.add(seed);
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void randomCommandsDoWhatTheModelSaysAndReplayAlike(long seed) {
        new Run(seed).go();
    }

    private record Sent(String subject, int key, String body) {}

    /// One stream as anybody would write it down.
    private static final class Model {
        private final long id;
        private final StreamSpec spec;
        private final List<Sent> sent = new ArrayList<>();
        private final Map<String, Long> newest = new HashMap<>();
        private final TreeMap<String, Shared> cursors = new TreeMap<>();
        private final List<Plain> plain = new ArrayList<>();
        private long first;

        Model(long id, StreamSpec spec) {
            this.id = id;
            this.spec = spec;
        }

        /// Whether a reader that is far behind must be given this.
        boolean due(long offset) {
            return offset >= first
                    && (!spec.lastPerSubject()
                            || newest.getOrDefault(sent.get((int) offset).subject(), -1L)
                                    == offset);
        }
    }

    /// A reader of its own.
    private static final class Plain {
        private final TestReader reader;
        private final int window;
        private long next;
        private final TreeSet<Long> unsettled = new TreeSet<>();

        Plain(TestReader reader, int window, long next) {
            this.reader = reader;
            this.window = window;
            this.next = next;
        }
    }

    /// A cursor and its readers.
    private static final class Shared {
        private final Map<TestReader, TreeSet<Long>> members = new HashMap<>();
        private final TreeSet<Long> settled = new TreeSet<>();

        /// The highest offset of each key that was delivered, since what was delivered came back.
        private final Map<Integer, Long> highest = new HashMap<>();

        private long from;
    }

    private static final class Run {
        private final Random random;
        private final StreamStage stage = new StreamStage();
        private final List<Model> models = new ArrayList<>();
        private int nextBody;

        Run(long seed) {
            random = new Random(seed);
            add(StreamSpec.EVERYTHING);
            add(new StreamSpec(StreamSpec.NONE, StreamSpec.NONE, 5 + random.nextInt(60), false));
            add(new StreamSpec(20_000, 3_000, StreamSpec.NONE, false));
            add(new StreamSpec(StreamSpec.NONE, StreamSpec.NONE, StreamSpec.NONE, true));
            add(new StreamSpec(60_000, StreamSpec.NONE, 30, true));
        }

        private void add(StreamSpec spec) {
            Model model = new Model(models.size() + 1, spec);
            models.add(model);
            stage.create(model.id, spec);
        }

        void go() {
            for (int step = 0; step < STEPS; step++) {
                step();
                check();
                if (random.nextInt(8) == 0) {
                    compareReplays();
                }
            }
            drain();
        }

        private void step() {
            Model model = models.get(random.nextInt(models.size()));
            switch (random.nextInt(24)) {
                case 0, 1, 2, 3, 4, 5, 6 -> publish();
                case 7, 8 -> attach(model);
                case 9, 10 -> attachShared(model);
                case 11 -> detach(model);
                case 12, 13, 14, 15 -> settle(model);
                case 16 -> giveBack(model);
                case 17 -> stage.takeSnapshot();
                case 18 -> stage.log.cool();
                case 19 -> relocate();
                case 20 -> stage.pass(random.nextInt(10_000));
                case 21 -> page(model);
                case 22 -> inspect(model);
                default -> crash();
            }
            models.forEach(one -> one.first = stage.status(one.id).first());
        }

        private void publish() {
            TestReader client = new TestReader();
            for (int n = random.nextInt(25); n >= 0; n--) {
                List<Model> to = new ArrayList<>();
                models.forEach(model -> {
                    if (random.nextInt(3) == 0) {
                        to.add(model);
                    }
                });
                String body = "m" + nextBody++;
                if (random.nextInt(10) == 0) {
                    body += "x".repeat(random.nextInt(500));
                }
                String subject = "s" + random.nextInt(30);
                int key = random.nextInt(5);
                stage.give(
                        new StreamCommand.Publish(
                                client,
                                client.nextToken(),
                                to.stream().map(model -> model.id).toList(),
                                StreamStage.message(subject, key, body)));
                for (Model model : to) {
                    model.newest.put(subject, (long) model.sent.size());
                    model.sent.add(new Sent(subject, key, body));
                }
            }
            stage.turn();
        }

        private void attach(Model model) {
            if (model.plain.size() > 4) {
                return;
            }
            Start start =
                    switch (random.nextInt(5)) {
                        case 0 -> new Start.First();
                        case 1 -> new Start.Last();
                        case 2 -> new Start.Next();
                        case 3 -> new Start.At(random.nextInt(model.sent.size() + 3));
                        default -> new Start.Since(stage.now() - random.nextInt(30_000));
                    };
            int window = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(20);
            TestReader reader = stage.attach(model.id, start, null, window);
            long next = reader.attachment().next();
            model.plain.add(new Plain(reader, window, next));
            if (start instanceof Start.At(long offset)) {
                assertThat(next - reader.attachment().missed())
                        .isEqualTo(Math.min(offset, model.sent.size()));
            }
        }

        private void attachShared(Model model) {
            String name = "c" + random.nextInt(3);
            Shared shared = model.cursors.get(name);
            if (shared != null && shared.members.size() > 2) {
                return;
            }
            TestReader reader =
                    stage.attach(model.id, new Start.First(), name, 1 + random.nextInt(10));
            if (shared == null) {
                shared = new Shared();
                shared.from = reader.attachment().next();
                model.cursors.put(name, shared);
            }
            shared.members.put(reader, new TreeSet<>());
        }

        private @Nullable Shared anyShared(Model model) {
            List<Shared> all =
                    model.cursors.values().stream().filter(one -> !one.members.isEmpty()).toList();
            return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
        }

        private TestReader member(Shared shared) {
            List<TestReader> all = new ArrayList<>(shared.members.keySet());
            all.sort((a, b) -> Long.compare(a.id, b.id));
            return all.get(random.nextInt(all.size()));
        }

        private void detach(Model model) {
            Shared shared = anyShared(model);
            if (shared != null && random.nextInt(3) > 0) {
                TestReader reader = member(shared);
                shared.members.remove(reader);
                shared.highest.clear();
                stage.detach(reader, model.id);
            } else if (!model.plain.isEmpty()) {
                Plain plain = model.plain.removeFirst();
                stage.detach(plain.reader, model.id);
            }
        }

        private void settle(Model model) {
            for (Plain plain : model.plain) {
                if (plain.window > 0 && !plain.unsettled.isEmpty()) {
                    long from = plain.unsettled.first();
                    long to = from + random.nextInt(12);
                    plain.unsettled.subSet(from, true, to, true).clear();
                    stage.settle(plain.reader, model.id, from, to);
                }
            }
            Shared shared = anyShared(model);
            if (shared == null) {
                return;
            }
            TestReader reader = member(shared);
            TreeSet<Long> unsettled = shared.members.get(reader);
            if (unsettled != null && !unsettled.isEmpty()) {
                long from = random.nextBoolean() ? unsettled.first() : unsettled.last();
                long to = from + random.nextInt(8);
                var done = unsettled.subSet(from, true, to, true);
                shared.settled.addAll(done);
                done.clear();
                stage.settle(reader, model.id, from, to);
            }
        }

        private void giveBack(Model model) {
            Shared shared = anyShared(model);
            if (shared == null) {
                return;
            }
            TestReader reader = member(shared);
            TreeSet<Long> unsettled = shared.members.get(reader);
            if (unsettled != null && !unsettled.isEmpty()) {
                long from = unsettled.first();
                long to = from + random.nextInt(4);
                unsettled.subSet(from, true, to, true).clear();
                shared.highest.clear();
                stage.giveBack(reader, model.id, from, to);
            }
        }

        private void page(Model model) {
            long start = random.nextInt(model.sent.size() + 1);
            StreamReply.Page page = stage.read(model.id, new Start.At(start), 7, 10_000);
            long next = Math.max(start, model.first);
            for (StreamReply.Kept kept : page.messages()) {
                for (long passed = next; passed < kept.offset(); passed++) {
                    assertThat(model.due(passed)).as("due %d", passed).isFalse();
                }
                assertThat(kept.message().subject())
                        .isEqualTo(model.sent.get((int) kept.offset()).subject());
                next = kept.offset() + 1;
            }
            if (page.messages().size() < 7 && page.messages().size() > 0) {
                assertThat(page.next()).isGreaterThanOrEqualTo(next);
            }
        }

        private void inspect(Model model) {
            StreamStatus status = stage.status(model.id);
            assertThat(status.next()).isEqualTo(model.sent.size());
            if (!model.spec.lastPerSubject()) {
                assertThat(status.messages()).isEqualTo(status.next() - status.first());
                long most = model.spec.count();
                assertThat(status.messages())
                        .isLessThanOrEqualTo(most == StreamSpec.NONE ? Long.MAX_VALUE : most);
            } else {
                long due = 0;
                for (long offset = status.first(); offset < status.next(); offset++) {
                    due += model.due(offset) ? 1 : 0;
                }
                assertThat(status.messages()).isEqualTo(due);
            }
        }

        private void relocate() {
            stage.sparse(1 + random.nextLong(stage.segment(stage.log.end())));
        }

        private void crash() {
            if (random.nextBoolean()) {
                stage.holdSync();
                stage.publish(1 + random.nextInt(models.size()), 1, 1 + random.nextInt(20));
            }
            stage.crash();
            for (Model model : models) {
                model.plain.clear();
                for (Map.Entry<String, Shared> one : model.cursors.entrySet()) {
                    Shared shared = one.getValue();
                    long committed = committed(model, one.getKey());
                    for (TreeSet<Long> unsettled : shared.members.values()) {
                        if (!unsettled.isEmpty()) {
                            assertThat(committed).isLessThanOrEqualTo(unsettled.first());
                        }
                    }
                    shared.members.clear();
                    shared.highest.clear();
                    shared.settled.tailSet(committed).clear();
                }
            }
        }

        private long committed(Model model, String cursor) {
            return stage.status(model.id).cursors().stream()
                    .filter(one -> one.name().equals(cursor))
                    .findFirst()
                    .orElseThrow()
                    .offset();
        }

        private void check() {
            for (Model model : models) {
                model.plain.forEach(plain -> checkPlain(model, plain));
                model.cursors.values().forEach(shared -> checkShared(model, shared));
            }
        }

        private void checkSent(Model model, Got got) {
            Sent sent = model.sent.get((int) got.offset());
            assertThat(got.body())
                    .as("%d of stream %d", got.offset(), model.id)
                    .isEqualTo(sent.body());
            assertThat(got.key()).isEqualTo(sent.key());
            assertThat(got.subject()).isEqualTo(sent.subject());
        }

        private void checkPlain(Model model, Plain plain) {
            for (Got got : plain.reader.take()) {
                checkSent(model, got);
                assertThat(got.repeated()).isFalse();
                assertThat(got.offset()).isGreaterThanOrEqualTo(plain.next);
                if (!model.spec.lastPerSubject()) {
                    assertThat(got.offset()).isEqualTo(plain.next + got.missed());
                }
                for (long passed = plain.next + got.missed(); passed < got.offset(); passed++) {
                    assertThat(model.due(passed)).as("%d is passed over", passed).isFalse();
                }
                plain.next = got.offset() + 1;
                plain.unsettled.add(got.offset());
            }
            if (plain.window > 0) {
                assertThat(plain.unsettled.size()).isLessThanOrEqualTo(plain.window);
            }
        }

        private void checkShared(Model model, Shared shared) {
            shared.members.forEach((reader, unsettled) -> {
                for (Got got : reader.take()) {
                    checkSent(model, got);
                    assertThat(got.offset()).isGreaterThanOrEqualTo(shared.from);
                    assertThat(shared.settled).doesNotContain(got.offset());
                    Long before = shared.highest.put(got.key(), got.offset());
                    assertThat(before == null || before < got.offset())
                            .as("key %d: %d behind %s", got.key(), got.offset(), before)
                            .isTrue();
                    shared.members.forEach((other, theirs) -> {
                        for (long offset : theirs) {
                            assertThat(offset).isNotEqualTo(got.offset());
                            boolean sameKey = model.sent.get((int) offset).key() == got.key();
                            assertThat(other == reader || !sameKey)
                                    .as("key %d at two readers", got.key())
                                    .isTrue();
                        }
                    });
                    unsettled.add(got.offset());
                }
            });
        }

        private void compareReplays() {
            byte[] live = stage.state();
            assertThat(TestDecision.snapshot(stage.replayed()))
                    .as("from the beginning")
                    .isEqualTo(live);
            assertThat(TestDecision.snapshot(stage.replayedFromSnapshot()))
                    .as("from a snapshot")
                    .isEqualTo(live);
        }

        /// In the end everybody gets everything that is kept.
        private void drain() {
            for (Model model : models) {
                for (int n = 0; n < 3_000; n++) {
                    boolean idle = true;
                    for (Plain plain : model.plain) {
                        idle &= plain.unsettled.isEmpty();
                    }
                    for (Shared shared : model.cursors.values()) {
                        for (TestReader reader : shared.members.keySet()) {
                            TreeSet<Long> mine =
                                    shared.members.getOrDefault(reader, new TreeSet<>());
                            idle &= mine.isEmpty();
                            shared.settled.addAll(mine);
                            mine.clear();
                            stage.settle(reader, model.id, 0, Long.MAX_VALUE);
                            check();
                        }
                    }
                    settle(model);
                    check();
                    if (idle) {
                        break;
                    }
                }
                for (Plain plain : model.plain) {
                    for (long at = plain.next; at < model.sent.size(); at++) {
                        assertThat(model.due(at)).as("%d was never delivered", at).isFalse();
                    }
                }
                model.cursors.forEach((name, shared) -> {
                    if (!shared.members.isEmpty()) {
                        assertThat(committed(model, name)).isEqualTo(model.sent.size());
                    }
                });
            }
        }
    }
}
