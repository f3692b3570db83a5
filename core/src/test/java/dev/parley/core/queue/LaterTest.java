package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.queue.Recall.Mark;
import dev.parley.core.shard.TestDecision;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What a queue does later, once, or in the order of groups; across crashes and snapshots too.
class LaterTest {
    private static final long HOUR = 3_600_000;

    private final Stage stage = new Stage();
    private final TestClient client = new TestClient();

    private static Stage.Spec spec() {
        return new Stage.Spec().limit(5);
    }

    private void plain() {
        stage.create(1, QueueSpec.plain(true));
    }

    private void publish(String body, long due, @Nullable Once once, Properties properties) {
        Message message =
                new Message(
                        "ex",
                        "key",
                        true,
                        Math.max(0, properties.priority() == null ? 0 : properties.priority()),
                        -1,
                        due,
                        once,
                        properties.encoded(),
                        ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)));
        stage.give(
                new QueueCommand.Publish(client, client.nextPublish(body), List.of(1L), message));
    }

    private void later(String body, long millis) {
        publish(body, stage.now() + millis, null, Properties.NONE);
    }

    private void grouped(String body, String group) {
        FieldTable headers = FieldTable.builder().put("g", FieldValue.text(group)).build();
        publish(body, 0, null, Properties.NONE.withHeaders(headers));
    }

    private List<String> bodies() {
        stage.turn();
        return client.takeBodies();
    }

    // ---- schedules

    @Test
    void aScheduledMessageComesToTheMillisecond() {
        plain();
        stage.give(client.automatic(1, 7));
        later("b", 2000);
        later("a", 1000);
        stage.turn();
        assertThat(client.accepted).containsExactly("b", "a");
        assertThat(stage.status(1).scheduled()).isEqualTo(2);
        stage.pass(999);
        assertThat(bodies()).isEmpty();
        stage.pass(1);
        assertThat(bodies()).containsExactly("a");
        stage.pass(1000);
        assertThat(bodies()).containsExactly("b");
        assertThat(stage.status(1).scheduled()).isZero();
    }

    @Test
    void whatIsDueAtTheSameTimeComesInTheOrderOfPublishing() {
        plain();
        stage.give(client.automatic(1, 7));
        for (int n = 0; n < 1500; n++) {
            later("m" + n, HOUR);
        }
        stage.turn();
        stage.pass(HOUR);
        assertThat(bodies()).isEqualTo(LongStream.range(0, 1500).mapToObj(n -> "m" + n).toList());
    }

    @Test
    void aScheduleSurvivesCrashesAndSnapshots() {
        plain();
        later("far", 400L * 24 * HOUR);
        later("near", 1000);
        stage.turn();
        stage.takeSnapshot();
        later("middle", HOUR);
        stage.turn();
        stage.crash();
        stage.give(client.automatic(1, 7));
        stage.pass(1000);
        assertThat(bodies()).containsExactly("near");
        stage.crash();
        client.take();
        stage.give(client.automatic(1, 7));
        stage.pass(HOUR);
        assertThat(bodies()).contains("middle").doesNotContain("far");
        stage.pass(400L * 24 * HOUR);
        assertThat(bodies()).containsExactly("far");
        assertThat(stage.status(1).ready()).isZero();
    }

    /// What waits for long lies in the log only, and a page is looked at when something in it comes
    /// near.
    @Test
    void aLargeScheduleTakesNoMemory() {
        plain();
        Random random = new Random(7);
        int messages = 60_000;
        List<Long> dues = new ArrayList<>();
        for (int n = 0; n < messages; n++) {
            long delay = HOUR + random.nextInt(20) * HOUR;
            dues.add(delay);
            later("m" + n, delay);
            if (n % 1000 == 0) {
                stage.turn();
            }
        }
        stage.turn();
        int[] warm = {0};
        stage.machine()
                .known(1)
                .schedule()
                .level()
                .eachPage((number, page) -> warm[0] += page.cold() ? 0 : 1);
        assertThat(warm[0]).isLessThan(8);
        stage.give(client.automatic(1, 7));
        stage.pass(5 * HOUR);
        long expected = dues.stream().filter(delay -> delay <= 5 * HOUR).count();
        assertThat(bodies()).hasSize((int) expected).doesNotHaveDuplicates();
        stage.crash();
        client.take();
        stage.give(client.automatic(1, 8));
        stage.pass(30 * HOUR);
        List<String> rest = bodies();
        assertThat(rest.size()).isGreaterThanOrEqualTo(messages - (int) expected);
        assertThat(stage.status(1).scheduled()).isZero();
    }

    @Test
    void aScheduledMessageCanBeRemoved() {
        plain();
        later("a", 1000);
        later("b", 1000);
        stage.turn();
        stage.give(new QueueCommand.Peek(client, 50, 1, 10, true, -1, PeekedMessage.Filter.ALL));
        stage.turn();
        long entry = ((QueueReply.Peeked) client.reply(50)).messages().getFirst().entry();
        stage.give(new QueueCommand.Remove(client, 51, 1, Entries.of(entry)));
        stage.turn();
        assertThat(((QueueReply.Done) client.reply(51)).messages()).isEqualTo(1);
        stage.give(client.automatic(1, 7));
        stage.pass(1000);
        assertThat(bodies()).containsExactly("b");
        assertThat(stage.state()).isEqualTo(TestDecision.snapshot(stage.replayed()));
    }

    // ---- retries

    @Test
    void aFailedMessageRestsEverLongerAndIsThenPutAway() {
        Retry retry = new Retry(Retry.On.FAILED, 100, 350, true, 0);
        stage.create(1, spec().retry(retry).build());
        stage.give(client.subscribe(1, 7));
        publish("m", 0, null, Properties.NONE);
        stage.turn();
        for (long wait : new long[] {100, 200, 350, 350, 350}) {
            stage.settle(client.take().getFirst(), Outcome.FAILED);
            stage.turn();
            assertThat(stage.status(1).resting()).isEqualTo(1);
            stage.pass(wait - 1);
            assertThat(client.got).isEmpty();
            stage.pass(1);
            assertThat(client.got).hasSize(1);
            assertThat(client.got.getFirst().redelivered()).isTrue();
        }
        stage.settle(client.take().getFirst(), Outcome.FAILED);
        stage.turn();
        assertThat(stage.status(1).dropped()).isEqualTo(1);
        assertThat(stage.status(1).resting()).isZero();
    }

    @Test
    void aRestSurvivesACrash() {
        Retry retry = new Retry(Retry.On.ALL, 1000, 1000, false, 0);
        stage.create(1, spec().retry(retry).build());
        stage.give(client.subscribe(1, 7));
        publish("m", 0, null, Properties.NONE);
        stage.turn();
        stage.settle(client.take().getFirst(), Outcome.FAILED);
        stage.turn();
        stage.takeSnapshot();
        stage.crash();
        stage.give(client.subscribe(1, 8));
        stage.pass(999);
        assertThat(bodies()).isEmpty();
        stage.pass(1);
        stage.turn();
        assertThat(client.got.getFirst().failures()).isEqualTo(1);
    }

    @Test
    void jitterOnlyShortensAndEveryWaitIsAtLeastOneMillisecond() {
        Retry retry = new Retry(Retry.On.ALL, 10, Long.MAX_VALUE, true, 50);
        for (long chance = -50; chance < 50; chance++) {
            assertThat(retry.waitMillis(3, chance)).isBetween(20L, 40L);
            assertThat(new Retry(Retry.On.ALL, 1, 1, true, 100).waitMillis(9, chance)).isOne();
        }
        assertThat(retry.waitMillis(200, 0)).isEqualTo(Long.MAX_VALUE);
    }

    /// Withdrawn to be sent on, it rests as before where its way leads nowhere.
    @Test
    void aMessageAtRestThatStaysRestsOn() {
        Retry retry = new Retry(Retry.On.ALL, 1000, 1000, false, 0);
        stage.create(1, spec().retry(retry).build());
        stage.give(client.subscribe(1, 7));
        publish("m", 0, null, Properties.NONE);
        stage.turn();
        TestClient.Got got = client.take().getFirst();
        stage.settle(got, Outcome.FAILED);
        stage.turn();
        stage.takeSnapshot();
        stage.crash();
        stage.give(client.subscribe(1, 8));
        stage.pass(400);
        QueueCommand.Way nowhere = new QueueCommand.Way.To("nowhere", "");
        Entries entries = Entries.of(got.entry());
        stage.give(new QueueCommand.Send(client, 50, 1, entries, nowhere));
        stage.turn();
        assertThat(client.reply(50)).isEqualTo(new QueueReply.Sent(0, 1));
        assertThat(stage.status(1).resting()).isEqualTo(1);
        assertThat(stage.status(1).bytes()).isZero();
        stage.pass(599);
        assertThat(bodies()).isEmpty();
        stage.pass(1);
        assertThat(bodies()).containsExactly("m");
        assertThat(stage.status(1).resting()).isZero();
    }

    @Test
    void aMessageAtRestThatIsSentOnRestsWhereItCame() {
        Retry retry = new Retry(Retry.On.ALL, 1000, 1000, false, 0);
        stage.create(1, spec().retry(retry).build());
        stage.create(2, QueueSpec.plain(true));
        stage.bind("next", 0, 2);
        stage.give(client.subscribe(1, 7));
        publish("m", 0, null, Properties.NONE);
        stage.turn();
        TestClient.Got got = client.take().getFirst();
        stage.settle(got, Outcome.FAILED);
        stage.give(client.subscribe(2, 8));
        stage.pass(400);
        QueueCommand.Way next = new QueueCommand.Way.To("next", "");
        stage.give(new QueueCommand.Send(client, 50, 1, Entries.of(got.entry()), next));
        stage.turn();
        assertThat(client.reply(50)).isEqualTo(new QueueReply.Sent(1, 0));
        stage.crash();
        stage.give(client.subscribe(2, 9));
        stage.pass(599);
        assertThat(bodies()).isEmpty();
        stage.pass(1);
        assertThat(bodies()).containsExactly("m");
    }

    @Test
    void whatWasRemovedRestsNoLonger() {
        Retry retry = new Retry(Retry.On.ALL, 1000, 1000, false, 0);
        stage.create(1, spec().retry(retry).build());
        stage.give(client.subscribe(1, 7));
        publish("m", 0, null, Properties.NONE);
        stage.turn();
        TestClient.Got got = client.take().getFirst();
        stage.settle(got, Outcome.FAILED);
        stage.give(new QueueCommand.Cancel(client, 0, 1, 7));
        stage.turn();
        stage.give(new QueueCommand.Delete(client, 50, 1, false, true));
        stage.turn();
        assertThat(client.reply(50)).isInstanceOf(QueueReply.Refused.class);
        stage.give(new QueueCommand.Remove(client, 51, 1, Entries.of(got.entry())));
        stage.turn();
        assertThat(stage.status(1).resting()).isZero();
        stage.give(new QueueCommand.Delete(client, 52, 1, false, true));
        stage.turn();
        assertThat(client.reply(52)).isInstanceOf(QueueReply.Done.class);
    }

    // ---- leases

    @Test
    void aLeaseEndsItsDeliveryOnly() {
        stage.create(1, spec().lease(500).build());
        stage.give(client.subscribe(1, 7, 1, 0));
        publish("a", 0, null, Properties.NONE);
        publish("b", 0, null, Properties.NONE);
        stage.turn();
        TestClient.Got first = client.take().getFirst();
        stage.pass(300);
        stage.give(new QueueCommand.Renew(1, first.entry(), 500));
        stage.pass(499);
        assertThat(client.got).isEmpty();
        stage.pass(1);
        assertThat(client.got).hasSize(1);
        assertThat(client.got.getFirst().body()).isEqualTo("a");
        assertThat(client.got.getFirst().failures()).isEqualTo(1);
    }

    // ---- once

    @Test
    void aRepeatedPublishIsAcceptedAndNotTaken() {
        plain();
        Once once = new Once.Numbered("p", 5);
        publish("m", 0, once, Properties.NONE);
        stage.turn();
        stage.crash();
        publish("again", 0, once, Properties.NONE);
        stage.turn();
        assertThat(client.accepted).containsExactly("m", "again");
        assertThat(stage.status(1).ready()).isEqualTo(1);
    }

    @Test
    void aPublishThatACrashLostMayComeAgain() {
        plain();
        stage.turn();
        stage.holdSync();
        publish("m", 0, new Once.Numbered("p", 1), Properties.NONE);
        stage.once();
        stage.crash();
        stage.sync();
        publish("m", 0, new Once.Numbered("p", 1), Properties.NONE);
        stage.turn();
        assertThat(stage.status(1).ready()).isEqualTo(1);
    }

    @Test
    void recallKnowsAWindowOfNumbers() {
        Recall recall = new Recall();
        Random random = new Random(3);
        List<Long> order = new ArrayList<>(LongStream.range(0, 20_000).boxed().toList());
        for (int at = 0; at < order.size(); at += 500) {
            Collections.shuffle(order.subList(at, Math.min(order.size(), at + 500)), random);
        }
        for (long number : order) {
            Mark mark = new Mark.Numbered("p", number);
            assertThat(recall.has(mark, Deduplication.NONE)).as("%d", number).isFalse();
            recall.add(mark, Deduplication.NONE);
            assertThat(recall.has(mark, Deduplication.NONE)).as("%d", number).isTrue();
        }
        assertThat(recall.has(new Mark.Numbered("p", 3), Deduplication.NONE)).isTrue();
        assertThat(recall.has(new Mark.Numbered("p", 20_000), Deduplication.NONE)).isFalse();
        recall.add(new Mark.Numbered("p", 1L << 40), Deduplication.NONE);
        assertThat(recall.has(new Mark.Numbered("p", 20_000), Deduplication.NONE)).isTrue();
        assertThat(recall.has(new Mark.Numbered("p", (1L << 40) - 9), Deduplication.NONE))
                .isFalse();
    }

    @Test
    void namesAreBoundInNumberAndTime() {
        Recall recall = new Recall();
        Deduplication rule = new Deduplication(2, 100);
        for (int n = 0; n < 3; n++) {
            recall.add(new Mark.Named(n, 0, 1000), rule);
        }
        assertThat(recall.has(new Mark.Named(0, 0, 1000), rule)).isFalse();
        assertThat(recall.has(new Mark.Named(1, 0, 1099), rule)).isTrue();
        assertThat(recall.has(new Mark.Named(1, 0, 1100), rule)).isFalse();
    }

    @Test
    void whoRemembersNoNamesKeepsNone() {
        Deduplication rule = new Deduplication(100, HOUR);
        stage.create(1, spec().once(rule).build());
        int before = stage.state().length;
        for (int n = 0; n < 50; n++) {
            publish("m", 0, new Once.Named("name " + n), Properties.NONE);
        }
        stage.turn();
        stage.give(new QueueCommand.Purge(client, 50, 1));
        stage.turn();
        assertThat(stage.state().length).isGreaterThan(before + 50 * 16);
        stage.give(new QueueCommand.Reshape(1, QueueSpec.plain(true)));
        stage.turn();
        assertThat(stage.state().length).isLessThan(before + 100);
        stage.crash();
        stage.give(new QueueCommand.Reshape(1, spec().once(rule).build()));
        publish("again", 0, new Once.Named("name 7"), Properties.NONE);
        stage.turn();
        assertThat(stage.status(1).ready()).isEqualTo(1);
    }

    // ---- groups

    @Test
    void aGroupIsAtOneConsumerAtATime() {
        stage.create(1, spec().group("g").build());
        stage.give(client.subscribe(1, 7, 1, 0));
        stage.give(client.subscribe(1, 8, 10, 0));
        for (String body : List.of("a1", "a2", "b1", "a3", "b2", "c1")) {
            grouped(body, body.substring(0, 1));
        }
        stage.turn();
        List<TestClient.Got> got = client.take();
        assertThat(got).extracting(TestClient.Got::body).containsExactly("a1", "b1", "b2", "c1");
        assertThat(stage.status(1).ready()).isEqualTo(2);
        stage.settle(got.getFirst(), Outcome.ACKNOWLEDGED);
        stage.turn();
        assertThat(client.take()).extracting(TestClient.Got::body).startsWith("a2");
    }

    @Test
    void whatComesBackGoesFirst() {
        stage.create(1, spec().group("g").limit(9).build());
        stage.give(client.subscribe(1, 7, 2, 0));
        for (int n = 1; n <= 4; n++) {
            grouped("a" + n, "a");
        }
        stage.turn();
        List<TestClient.Got> got = client.take();
        stage.give(new QueueCommand.Cancel(client, 0, 1, 7));
        stage.settle(got.get(1), Outcome.RETURNED);
        stage.settle(got.get(0), Outcome.RETURNED);
        stage.give(client.automatic(1, 8));
        assertThat(bodies()).containsExactly("a1", "a2", "a3", "a4");
    }

    @Test
    void whoAsksForOneMessageIsAnsweredWhereNoMoreCanBeLookedAt() {
        stage.create(1, spec().group("g").build());
        stage.give(client.subscribe(1, 7, 1, 0));
        for (int n = 0; n < Groups.HELD_MAX + 2; n++) {
            grouped("a" + n, "a");
        }
        stage.turn();
        stage.give(new QueueCommand.Get(client, 60, 1, false));
        stage.turn();
        assertThat(client.reply(60)).isEqualTo(new QueueReply.Empty());
    }

    @Test
    void aQueueThatExistsLearnsOfGroupsAndForgetsThem() {
        stage.create(1, spec().build());
        stage.turn();
        QueueSpec groups = spec().group("g").build();
        stage.give(new QueueCommand.Reshape(1, groups));
        stage.turn();
        stage.crash();
        stage.give(client.subscribe(1, 7, 1, 0));
        stage.give(client.subscribe(1, 8, 10, 0));
        for (String body : List.of("a1", "a2", "a3", "b1")) {
            grouped(body, body.substring(0, 1));
        }
        assertThat(bodies()).containsExactly("a1", "b1");
        assertThat(stage.status(1).ready()).isEqualTo(2);
        QueueSpec none = spec().build();
        stage.give(new QueueCommand.Reshape(1, none));
        assertThat(bodies()).containsExactly("a2", "a3");
        assertThat(stage.status(1).ready()).isZero();
    }

    @Test
    void whatIsOutWhenGroupsBeginKeepsItsPlace() {
        stage.create(1, spec().build());
        stage.give(client.subscribe(1, 7, 1, 0));
        grouped("a1", "a");
        stage.turn();
        TestClient.Got first = client.take().getFirst();
        QueueSpec groups = spec().group("g").build();
        stage.give(new QueueCommand.Reshape(1, groups));
        stage.give(client.subscribe(1, 8, 1, 0));
        grouped("a2", "a");
        grouped("a3", "a");
        stage.turn();
        TestClient.Got second = client.take().getFirst();
        assertThat(second.body()).isEqualTo("a2");
        stage.settle(first, Outcome.RETURNED);
        stage.turn();
        assertThat(client.got).isEmpty();
        stage.settle(second, Outcome.ACKNOWLEDGED);
        assertThat(bodies()).containsExactly("a1");
    }

    @Test
    void besidePrioritiesThereAreNoGroups() {
        QueueSpec groups = spec().group("g").build();
        QueueSpec ranked = new Stage.Spec().priorities(3).build();
        assertThat(groups.onto(ranked).groupHeader()).isNull();
        assertThat(groups.onto(QueueSpec.plain(true)).groupHeader()).isEqualTo("g");
    }
}
