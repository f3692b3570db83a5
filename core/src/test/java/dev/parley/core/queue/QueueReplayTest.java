package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.queue.QueueModel.Item;
import dev.parley.core.queue.QueueModel.Taker;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random commands against a naive model; and the property that the log alone, from its beginning
/// or from any snapshot, makes the same state that commands have made.
///
/// A failure names its seed. `-Dparley.queue.seed=N` runs that one alone.
class QueueReplayTest {
    private static final int SEEDS = 30;
    private static final int STEPS = 200;
    private static final long FAR_QUEUE = 90;
    private static final List<Outcome> OUTCOMES = List.of(Outcome.values());

    static List<Long> seeds() {
        Long one = Long.getLong("parley.queue.seed");
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

    @Test
    void theModelFindsAMessageThatIsMissing() {
        QueueModel model = new QueueModel(1, QueueSpec.plain(true), null);
        model.publish("a", true, 0, -1, 0);
        model.takers.put(7L, new Taker(7, false, 0));
        assertThatThrownBy(() -> model.rest(0)).isInstanceOf(AssertionError.class);
    }

    private static final class Run {
        private final Random random;
        private final Stage stage = new Stage();
        private final Stage far = stage.neighbour(3);
        private final TreeMap<Long, QueueModel> queues = new TreeMap<>();
        private final QueueModel farModel = new QueueModel(FAR_QUEUE, QueueSpec.plain(true), null);
        private TestClient client = new TestClient();
        private final Map<Item, TestClient.Got> held = new HashMap<>();
        private long nextName = 1;
        private long nextConsumer = 1;
        private long passing = 1000;

        Run(long seed) {
            random = new Random(seed);
        }

        void go() {
            far.create(FAR_QUEUE, QueueSpec.plain(true));
            far.turn();
            stage.bind("dlx3", 0, 30);
            stage.bind("far", 3, FAR_QUEUE);
            QueueModel third =
                    create(30, new Stage.Spec().deadLetters("far").ttl(maybe(40)), farModel);
            create(10, new Stage.Spec().priorities(3).ttl(maybe(30)).deadLetters("dlx3"), third);
            create(20, limited().deadLetters("dlx3").limit(2), third);
            create(passing, new Stage.Spec().passing(), null);
            create(50, new Stage.Spec().single(), null);
            settleDown();
            for (int step = 0; step < STEPS; step++) {
                step();
                if (random.nextInt(8) == 0) {
                    compareReplays();
                }
            }
            compareReplays();
            assertThat(bodies(far, FAR_QUEUE))
                    .containsExactlyInAnyOrderElementsOf(
                            farModel.items.stream().map(item -> item.body).toList());
        }

        private Stage.Spec limited() {
            Stage.Spec spec = new Stage.Spec();
            spec.overflow(random.nextBoolean() ? Overflow.DROP_HEAD : Overflow.REJECT_PUBLISH);
            return random.nextBoolean() ? spec.length(random.nextInt(6)) : spec.bytes(40);
        }

        private long maybe(long ttl) {
            return random.nextBoolean() ? ttl : QueueSpec.NONE;
        }

        private QueueModel create(long id, Stage.Spec spec, @Nullable QueueModel deadLetters) {
            QueueModel model = new QueueModel(id, spec.build(), deadLetters);
            queues.put(id, model);
            stage.create(id, spec.build());
            return model;
        }

        private void step() {
            QueueModel queue = any();
            switch (random.nextInt(22)) {
                case 0, 1, 2, 3, 4, 5 -> publish();
                case 6, 7 -> subscribe(queue);
                case 8 -> get(queue);
                case 9, 10, 11, 12, 13 -> settle(queue);
                case 14 -> cancel(queue);
                case 15 -> pass();
                case 16 -> purge(queue);
                case 17 -> bulk(queue);
                case 18 -> stage.log.cool();
                case 19 -> crash();
                case 20 -> crashUnsynced();
                default -> stage.takeSnapshot();
            }
            settleDown();
        }

        private QueueModel any() {
            List<QueueModel> all = List.copyOf(queues.values());
            return all.get(random.nextInt(all.size()));
        }

        private String name() {
            return "n" + nextName++ + ".".repeat(random.nextInt(12));
        }

        // ---- commands

        private void publish() {
            List<Long> targets = new ArrayList<>();
            for (QueueModel queue : queues.values()) {
                if (random.nextInt(3) == 0) {
                    targets.add(queue.id);
                }
            }
            String body = name();
            boolean persistent = random.nextInt(4) > 0;
            int priority = random.nextInt(5);
            long ttl = random.nextInt(4) == 0 ? random.nextInt(25) : -1;
            stage.publish(
                    client,
                    targets,
                    body,
                    letter -> {
                        Stage.Letter sent = persistent ? letter : letter.transientOnly();
                        sent = sent.priority(priority);
                        return ttl < 0 ? sent : sent.ttl(ttl);
                    });
            boolean accepted = true;
            for (long target : targets) {
                accepted &= model(target).publish(body, persistent, priority, ttl, stage.now());
            }
            settleDown();
            assertThat(accepted ? client.accepted : client.refused).endsWith(body);
        }

        private void bulk(QueueModel queue) {
            if (queue.id != 30 && queue.id != 50) {
                return;
            }
            for (int n = random.nextInt(1200); n > 0; n--) {
                String body = name();
                stage.publish(client, queue.id, body);
                queue.publish(body, true, 0, -1, stage.now());
            }
        }

        private void subscribe(QueueModel queue) {
            if (queue.takers.size() < 3) {
                long id = nextConsumer++;
                boolean automatic = random.nextInt(5) == 0;
                int prefetch = random.nextInt(4);
                stage.give(
                        new QueueCommand.Subscribe(
                                client,
                                -id,
                                queue.id,
                                id,
                                automatic,
                                false,
                                0,
                                prefetch,
                                () -> true));
                queue.takers.put(id, new Taker(id, automatic, prefetch));
            }
        }

        private void get(QueueModel queue) {
            stage.give(new QueueCommand.Get(client, -nextConsumer++, queue.id, false));
        }

        private void settle(QueueModel queue) {
            List<Item> candidates = queue.items.stream().filter(item -> !item.ready()).toList();
            Outcome outcome = OUTCOMES.get(random.nextInt(OUTCOMES.size()));
            int most = 1 + random.nextInt(5);
            for (Item item : candidates) {
                if (most > 0 && random.nextInt(3) > 0) {
                    most--;
                    settle(queue, item, outcome);
                }
            }
        }

        private void settle(QueueModel queue, Item item, Outcome outcome) {
            TestClient.Got got = Objects.requireNonNull(held.remove(item), "held");
            stage.settle(got, outcome);
            item.holder = null;
            switch (outcome) {
                case ACKNOWLEDGED -> queue.items.remove(item);
                case RETURNED -> {
                    // It is ready again.
                }
                case FAILED -> {
                    item.failures++;
                    int limit = queue.spec.deliveryLimit();
                    if (limit >= 0 && item.failures > limit) {
                        queue.bury(item, stage.now());
                    }
                }
                case REJECTED -> queue.bury(item, stage.now());
            }
        }

        private void cancel(QueueModel queue) {
            if (queue.takers.isEmpty()) {
                return;
            }
            List<Taker> all = List.copyOf(queue.takers.values());
            Taker taker = all.get(random.nextInt(all.size()));
            queue.takers.remove(taker.id());
            stage.give(new QueueCommand.Cancel(client, 0, queue.id, taker.id()));
            queue.heldBy(taker.id()).forEach(item -> settle(queue, item, Outcome.FAILED));
        }

        private void purge(QueueModel queue) {
            long token = -nextConsumer++;
            long expected = queue.ready();
            stage.give(new QueueCommand.Purge(client, token, queue.id));
            queue.items.removeIf(Item::ready);
            settleDown();
            assertThat(client.reply(token))
                    .isEqualTo(new QueueReply.Done(expected, queue.takers.size()));
        }

        private void pass() {
            for (int n = random.nextInt(20); n > 0; n--) {
                stage.pass(1);
                settleDown();
            }
        }

        // ---- crashes

        private void crash() {
            stage.crash();
            afterCrash();
        }

        private void crashUnsynced() {
            stage.holdSync();
            List<String> lost = new ArrayList<>();
            for (int n = random.nextInt(6); n > 0; n--) {
                String body = name();
                lost.add(body);
                long target = random.nextBoolean() ? 10 : 30;
                stage.publish(client, List.of(target), body, letter -> letter);
            }
            stage.turn();
            for (TestClient.Got got : client.take()) {
                model(got.queue()).items.stream()
                        .filter(item -> item.body.equals(got.body()))
                        .forEach(item -> item.wasDelivered = true);
            }
            List<String> confirmed = List.copyOf(client.accepted);
            stage.crash();
            stage.sync();
            lost.forEach(body -> assertThat(confirmed).doesNotContain(body));
            afterCrash();
        }

        private void afterCrash() {
            client = new TestClient();
            held.clear();
            queues.remove(passing);
            queues.values().forEach(QueueModel::crash);
            passing++;
            create(passing, new Stage.Spec().passing(), null);
        }

        // ---- comparing

        private void settleDown() {
            for (int n = 0; n < 3; n++) {
                stage.turn();
                far.turn();
            }
            List<TestClient.Got> all = client.take();
            for (QueueModel queue : inOrderOfDeath()) {
                for (TestClient.Got got : all) {
                    if (got.queue() == queue.id) {
                        held.put(queue.onDelivery(got, stage.now()), got);
                    }
                }
                if (queue.awaitsOrder()) {
                    queue.arrived(stage.order(queue.id));
                }
                queue.rest(stage.now());
                QueueStatus status = stage.status(queue.id);
                assertThat(status.ready()).as("ready in %d", queue.id).isEqualTo(queue.ready());
                assertThat(status.unacknowledged())
                        .as("unacknowledged in %d", queue.id)
                        .isEqualTo(queue.items.size() - queue.ready());
            }
        }

        private List<QueueModel> inOrderOfDeath() {
            List<QueueModel> order = new ArrayList<>(queues.values());
            order.sort((a, b) -> Boolean.compare(a.id == 30, b.id == 30));
            return order;
        }

        private QueueModel model(long id) {
            QueueModel found = queues.get(id);
            if (found == null) {
                throw new AssertionError("no queue " + id);
            }
            return found;
        }

        private void compareReplays() {
            byte[] now = stage.state();
            String live = digest(stage.replayed(now, stage.log.end()));
            assertThat(digest(stage.replayed())).as("from the beginning").isEqualTo(live);
            assertThat(digest(stage.replayedFromSnapshot())).as("from a snapshot").isEqualTo(live);
        }

        /// Everything durable in a machine that nobody uses any more.
        private String digest(QueueMachine machine) {
            StringBuilder text = new StringBuilder();
            for (QueueModel queue : queues.values()) {
                if (queue.spec.durable()) {
                    digest(machine.known(queue.id), text);
                }
            }
            return text.toString();
        }

        private void digest(QueueState queue, StringBuilder text) {
            long messages = 0;
            long bytes = 0;
            for (int i = 0; i < queue.levels(); i++) {
                Level level = queue.levelIfUsed(i);
                if (level == null) {
                    continue;
                }
                if (level.attempted() > 0) {
                    text.append("\n%d/%d tried %d:".formatted(queue.id(), i, level.attempted()));
                }
                List<Long> cold = new ArrayList<>();
                level.eachPage((number, page) -> {
                    if (page.cold() && page.live() > 0) {
                        cold.add(number);
                    }
                });
                for (long number : cold) {
                    ByteBuffer record = stage.log.payload(level.at(number).record());
                    queue.bytes(level.load(number, record));
                }
                long[] sums = new long[2];
                level.eachPage((number, page) -> {
                    for (int n = 0; n < Page.ENTRIES; n++) {
                        if (page.present(n)) {
                            sums[0]++;
                            sums[1] += page.size(n);
                            text.append(
                                    " %d@%d+%d!%d~%d"
                                            .formatted(
                                                    (number << Page.BITS) + n,
                                                    page.position(n),
                                                    page.size(n),
                                                    page.failures(n),
                                                    page.expiry(n)));
                        }
                    }
                });
                messages += sums[0];
                bytes += sums[1];
            }
            assertThat(queue.ready()).isEqualTo(messages);
            assertThat(queue.bytes()).isEqualTo(bytes);
        }

        private static List<String> bodies(Stage where, long queue) {
            TestClient drain = new TestClient();
            where.give(drain.automatic(queue, 1_000_000));
            where.turn();
            return drain.takeBodies();
        }
    }
}
