package dev.parley.core.topic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.shard.TestDecision;
import dev.parley.core.topic.TestDevice.Got;
import dev.parley.core.topic.TopicCommand.Step;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random commands against a naive model; and the property that the log alone, from its beginning
/// or from any snapshot, makes the same state that commands have made.
///
/// A failure names its seed. `-Dparley.topic.seed=N` runs that one alone.
class TopicReplayTest {
    private static final int SEEDS = 40;
    private static final int STEPS = 300;
    private static final List<String> TOPICS = List.of("a", "a/b", "a/c", "b");
    private static final List<String> FILTERS = List.of("a", "a/+", "#", "+", "b", "a/#");

    static List<Long> seeds() {
        Long one = Long.getLong("parley.topic.seed");
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

    /// What one client must get, and what it has.
    private static final class Model {
        private final String name;
        private @Nullable TestDevice device;
        private final TreeMap<String, Integer> filters = new TreeMap<>();

        /// Messages not acknowledged, in order.
        private final LinkedHashMap<String, Integer> due = new LinkedHashMap<>();

        /// Packet ids of what was delivered and not acknowledged.
        private final Map<String, Integer> ids = new HashMap<>();

        /// What the present connection was sent: it acknowledges nothing else.
        private final Set<String> fresh = new LinkedHashSet<>();

        private final Set<String> seen = new LinkedHashSet<>();
        private final Set<Integer> released = new TreeSet<>();
        private final Set<Integer> received = new TreeSet<>();

        Model(String name) {
            this.name = name;
        }
    }

    private static final class Run {
        private final Random random;
        private final Town town = new Town();
        private final TopicStage stage = town.stage(0);
        private final List<Model> models = new ArrayList<>();
        private final TreeMap<String, String> retained = new TreeMap<>();
        private TestDevice publisher = new TestDevice("publisher");
        private int nextBody;

        Run(long seed) {
            random = new Random(seed);
            for (int n = 0; n < 4; n++) {
                models.add(new Model("device" + n));
            }
        }

        void go() {
            for (int step = 0; step < STEPS; step++) {
                step();
                check();
                if (random.nextInt(4) == 0) {
                    compareReplays();
                }
            }
            drain();
        }

        private void step() {
            Model model = models.get(random.nextInt(models.size()));
            switch (random.nextInt(20)) {
                case 0, 1, 2, 3, 4, 5 -> publish();
                case 6 -> retain();
                case 7, 8 -> attach(model);
                case 9 -> drop(model);
                case 10, 11 -> subscribe(model);
                case 12, 13, 14, 15 -> acknowledge(model);
                case 16 -> publishOnce(model);
                case 17 -> stage.takeSnapshot();
                case 18 -> relocate();
                default -> crash();
            }
        }

        private String body() {
            return "m" + nextBody++;
        }

        private String topic() {
            return TOPICS.get(random.nextInt(TOPICS.size()));
        }

        private void publish() {
            for (int n = random.nextInt(4); n >= 0; n--) {
                String topic = topic();
                String body = body();
                int qos = 1 + random.nextInt(2);
                stage.publish(publisher, topic, body, qos);
                expect(topic, body, qos);
            }
            stage.turn();
        }

        private void expect(String topic, String body, int qos) {
            for (Model model : models) {
                int granted = 0;
                for (Map.Entry<String, Integer> filter : model.filters.entrySet()) {
                    FilterTree<Integer, Integer> tree = FilterTree.empty();
                    int[] found = new int[1];
                    tree.with(filter.getKey(), 1, 1).match(topic, (key, value) -> found[0]++);
                    if (found[0] > 0) {
                        granted = Math.max(granted, Math.min(qos, filter.getValue()));
                    }
                }
                if (granted > 0) {
                    model.due.put(body, granted);
                }
            }
        }

        private void retain() {
            String topic = topic();
            String body = random.nextInt(4) == 0 ? "" : body();
            stage.publish(publisher, TopicStage.message(topic, body, 1), true, null);
            expect(topic, body.isEmpty() ? "gone" + nextBody++ : body, 1);
            if (body.isEmpty()) {
                retained.remove(topic);
                // Deliveries without a body can't be told apart: they are not waited for.
                models.forEach(model -> model.due.keySet().removeIf(key -> key.startsWith("gone")));
            } else {
                retained.put(topic, body);
            }
            stage.turn();
        }

        private void attach(Model model) {
            TestDevice device = new TestDevice(model.name);
            stage.attach(device, false, TopicCommand.NEVER, 1 + random.nextInt(6), null);
            model.device = device;
            model.released.clear();
            model.fresh.clear();
            TopicReply.Attached attached = (TopicReply.Attached) device.reply(1);
            assertThat(new TreeSet<>(attached.received())).isEqualTo(model.received);
            assertThat(attached.subscriptions())
                    .extracting(Subscription::filter)
                    .containsExactlyInAnyOrderElementsOf(model.filters.keySet());
        }

        private void drop(Model model) {
            TestDevice device = model.device;
            if (device != null) {
                stage.drop(device);
                model.device = null;
            }
        }

        private void subscribe(Model model) {
            TestDevice device = model.device;
            if (device == null) {
                return;
            }
            String filter = FILTERS.get(random.nextInt(FILTERS.size()));
            if (random.nextInt(3) == 0) {
                stage.give(
                        new TopicCommand.Unsubscribe(
                                device, device.nextToken(), device.session, List.of(filter)));
                model.filters.remove(filter);
                stage.turn();
            } else {
                int qos = random.nextInt(3);
                stage.subscribe(device, filter, qos);
                model.filters.put(filter, qos);
            }
        }

        private void acknowledge(Model model) {
            TestDevice device = model.device;
            if (device == null) {
                return;
            }
            for (String body : List.copyOf(model.ids.keySet())) {
                Integer id = model.ids.get(body);
                if (id == null || random.nextInt(3) == 0 || !model.fresh.contains(body)) {
                    continue;
                }
                if (model.due.getOrDefault(body, 0) == 1) {
                    stage.settle(device, id, Step.ACKNOWLEDGED);
                    model.due.remove(body);
                    model.ids.remove(body);
                } else {
                    stage.settle(device, id, Step.RECEIVED);
                    model.due.remove(body);
                    model.ids.remove(body);
                }
            }
            for (int id : List.copyOf(model.released)) {
                if (random.nextBoolean()) {
                    stage.settle(device, id, Step.COMPLETED);
                    model.released.remove(id);
                }
            }
            stage.turn();
        }

        private void publishOnce(Model model) {
            TestDevice device = model.device;
            if (device == null) {
                return;
            }
            int id = 1 + random.nextInt(5);
            if (random.nextInt(3) == 0) {
                stage.give(new TopicCommand.Release(device, device.session, id));
                stage.turn();
                assertThat(device.completions)
                        .last()
                        .isEqualTo((model.received.contains(id) ? "" : "-") + id);
                model.received.remove(id);
                return;
            }
            String topic = topic();
            String body = body();
            stage.publishOnce(device, topic, body, id);
            if (model.received.add(id)) {
                expect(topic, body, 2);
            }
            stage.turn();
        }

        private void relocate() {
            stage.log.cool();
            stage.sparse(1 + random.nextLong(stage.segment(stage.log.end())));
        }

        private void crash() {
            if (random.nextBoolean()) {
                stage.holdSync();
                stage.publish(publisher, topic(), "lost" + nextBody++, 2);
                stage.turn();
            }
            stage.crash();
            publisher = new TestDevice("publisher");
            models.forEach(model -> model.device = null);
        }

        /// What was delivered is what was due, in order, under the same packet ids as before.
        private void check() {
            for (Model model : models) {
                TestDevice device = model.device;
                if (device == null) {
                    continue;
                }
                for (Got got : device.take()) {
                    check(model, got);
                }
                for (String id : device.releases) {
                    assertThat(id).doesNotStartWith("-");
                    model.released.add(Integer.parseInt(id));
                }
                device.releases.clear();
            }
            assertThat(
                            stage.retained("#", 3).stream()
                                    .map(message ->
                                            message.topic()
                                                    + StandardCharsets.UTF_8.decode(
                                                            message.payload()))
                                    .toList())
                    .isEqualTo(
                            retained.entrySet().stream()
                                    .map(entry -> entry.getKey() + entry.getValue())
                                    .toList());
        }

        private void check(Model model, Got got) {
            TestDevice device = model.device;
            if (got.body().isEmpty()) {
                if (device != null && got.qos() > 0) {
                    Step step = got.qos() == 1 ? Step.ACKNOWLEDGED : Step.RECEIVED;
                    stage.settle(device, got.packetId(), step);
                    stage.turn();
                }
                return;
            }
            if (got.qos() == 0) {
                return;
            }
            assertThat(model.due).as("due to %s", model.name).containsEntry(got.body(), got.qos());
            model.fresh.add(got.body());
            Integer before = model.ids.put(got.body(), got.packetId());
            if (before != null) {
                assertThat(got.packetId()).isEqualTo(before);
            }
            if (!model.seen.add(got.body())) {
                assertThat(got.repeated()).as("%s is repeated", got.body()).isTrue();
            }
            for (String earlier : model.due.keySet()) {
                if (earlier.equals(got.body())) {
                    break;
                }
                assertThat(model.ids).as("%s comes before %s", earlier, got).containsKey(earlier);
            }
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

        /// In the end everybody gets everything.
        private void drain() {
            for (Model model : models) {
                attach(model);
                check();
                for (int n = 0; n < 2000 && !model.due.isEmpty(); n++) {
                    acknowledge(model);
                    check();
                }
                assertThat(model.due).as("left for %s", model.name).isEmpty();
            }
        }
    }
}
