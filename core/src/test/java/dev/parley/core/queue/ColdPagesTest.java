package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.queue.QueueCommand.Outcome;
import dev.parley.core.shard.MemoryLog;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Deep queues: pages that live in the log only.
class ColdPagesTest {
    private final Stage stage = new Stage();
    private final TestClient client = new TestClient();

    private void fill(int messages) {
        fill(messages, 4096);
    }

    private void fill(int messages, int perTurn) {
        for (int i = 0; i < messages; i++) {
            stage.give(
                    new QueueCommand.Publish(
                            client, 0, List.of(1L), new Stage.Letter("m" + i).build()));
            if (i % perTurn == perTurn - 1) {
                stage.turn();
            }
        }
        stage.turn();
        stage.log.cool();
    }

    private int warmPages() {
        int[] warm = {0};
        stage.machine()
                .known(1)
                .level(0)
                .eachPage((number, page) -> warm[0] += page.cold() ? 0 : 1);
        return warm[0];
    }

    private static List<String> bodies(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "m" + i).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100, 4096, 20_000})
    void aDeepQueueKeepsOnlyAFewPagesInMemory(int perTurn) {
        stage.create(1, spec -> spec);
        fill(100_000, perTurn);
        assertThat(stage.status(1).ready()).isEqualTo(100_000);
        assertThat(warmPages()).isLessThanOrEqualTo(4);
    }

    @Test
    void aMillionMessagesTakeAFewPagesAndComeBackInOrder() {
        stage.create(1, spec -> spec);
        fill(1_000_000);
        assertThat(warmPages()).isLessThanOrEqualTo(4);
        stage.crash();
        assertThat(warmPages()).isLessThanOrEqualTo(4);
        int[] next = {0};
        int[] most = {0};
        TestClient counting = new TestClient();
        stage.give(counting.automatic(1, 7));
        while (stage.once()) {
            for (String body : counting.takeBodies()) {
                assertThat(body).isEqualTo("m" + next[0]);
                next[0]++;
            }
            most[0] = Math.max(most[0], warmPages());
        }
        assertThat(next[0]).isEqualTo(1_000_000);
        assertThat(most[0]).isLessThanOrEqualTo(4);
        assertThat(stage.status(1).bytes()).isZero();
    }

    @Test
    void messagesOfPagesInTheLogCanBeRemovedAndSentOn() {
        stage.create(1, spec -> spec);
        stage.create(2, spec -> spec);
        stage.bind("", 0, 2);
        fill(50_000);
        Entries spread = new Entries(1);
        for (long number = 5_000; number < 50_000; number += 5_000) {
            spread.add(Entries.entry(0, number));
        }
        stage.give(new QueueCommand.Remove(client, 1, 1, spread));
        stage.turn();
        assertThat(stage.status(1).ready()).isEqualTo(50_000 - 9);
        assertThat(warmPages()).isLessThanOrEqualTo(4);

        Entries one = Entries.of(Entries.entry(0, 30_001));
        stage.give(new QueueCommand.Send(client, 2, 1, one, new QueueCommand.Way.To("", "q")));
        stage.turn();
        assertThat(stage.status(1).ready()).isEqualTo(50_000 - 10);
        assertThat(stage.status(2).ready()).isEqualTo(1);
    }

    @Test
    void pagesThatConsumersGaveBackGoToTheLogAgain() {
        stage.create(1, spec -> spec);
        fill(50_000);
        stage.give(client.subscribe(1, 7));
        stage.turn();
        List<TestClient.Got> all = client.take();
        assertThat(all).hasSize(50_000);
        assertThat(warmPages()).isGreaterThan(90);
        stage.give(new QueueCommand.Cancel(client, 0, 1, 7));
        all.forEach(got -> stage.settle(got, Outcome.RETURNED));
        stage.turn();
        assertThat(warmPages()).isLessThanOrEqualTo(4);
        stage.give(client.subscribe(1, 8));
        stage.turn();
        assertThat(client.got).extracting(TestClient.Got::body).isEqualTo(bodies(0, 50_000));
        assertThat(client.got).allMatch(TestClient.Got::redelivered);
    }

    @Test
    void aSnapshotKeepsWhatWasGivenBackMarkedAsRedelivered() {
        stage.create(1, spec -> spec);
        fill(5000);
        stage.give(client.subscribe(1, 7, 3000, 0));
        stage.turn();
        stage.give(new QueueCommand.Cancel(client, 0, 1, 7));
        client.take().forEach(got -> stage.settle(got, Outcome.RETURNED));
        stage.give(new QueueCommand.Rest());
        stage.turn();
        stage.takeSnapshot();
        stage.crash();
        TestClient other = new TestClient();
        stage.give(other.subscribe(1, 8));
        stage.turn();
        assertThat(other.got).hasSize(5000);
        for (int i = 0; i < 5000; i++) {
            assertThat(other.got.get(i).redelivered()).as("m" + i).isEqualTo(i < 3000);
        }
    }

    @Test
    void aPurgeOfColdPagesNeedsNoReading() {
        stage.create(1, spec -> spec);
        fill(20_000);
        stage.give(client.subscribe(1, 7, 2, 0));
        stage.turn();
        stage.give(new QueueCommand.Purge(client, 90, 1));
        assertThat(stage.once()).isTrue();
        stage.turn();
        assertThat(client.reply(90)).isEqualTo(new QueueReply.Done(19_998, 1));
        assertThat(stage.status(1).bytes()).isZero();
        stage.crash();
        assertThat(stage.status(1).ready()).isEqualTo(2);
        assertThat(stage.status(1).bytes()).isEqualTo(4);
    }

    @Test
    void aDeletedQueueLeavesNothingInASnapshot() {
        stage.create(1, spec -> spec);
        byte[] empty = stage.state();
        stage.create(2, spec -> spec);
        stage.give(new QueueCommand.Delete(client, 0, 2, false, false));
        assertThat(stage.state()).isEqualTo(empty);
        fill(5000);
        stage.give(new QueueCommand.Delete(client, 1, 1, false, false));
        stage.turn();
        assertThat(stage.state().length).isLessThan(32);
    }

    @Test
    void aDeepQueueExpiresToTheMillisecondAfterARestart() {
        stage.create(1, spec -> spec.ttl(1000));
        fill(3000);
        stage.crash();
        stage.pass(999);
        assertThat(stage.status(1).ready()).isEqualTo(3000);
        stage.pass(1);
        assertThat(stage.status(1).ready()).isZero();
        assertThat(stage.status(1).bytes()).isZero();
    }

    @Test
    void aMessageThatCannotBeReadIsPassedOverAndToldAgainAfterTheNextStart() {
        stage.create(1, spec -> spec);
        fill(3);
        stage.log.damage(stage.log.positions(Records.ENQUEUE).get(1));
        stage.give(client.automatic(1, 7));
        stage.turn();
        assertThat(client.takeBodies()).containsExactly("m0", "m2");
        assertThat(stage.damaged).hasSize(1);
        stage.takeSnapshot();
        stage.crash();
        stage.give(new QueueCommand.Get(client, 80, 1, true));
        stage.turn();
        assertThat(client.reply(80)).isInstanceOf(QueueReply.Empty.class);
        assertThat(stage.damaged).hasSize(2);
        assertThat(stage.status(1).ready()).isZero();
        assertThat(stage.status(1).bytes()).isZero();
    }

    @Test
    void aPageThatCannotBeReadIsPassedOver() {
        stage.create(1, spec -> spec);
        fill(5000);
        stage.log.damage(stage.log.positions(Records.PAGE).getFirst());
        stage.give(client.automatic(1, 7));
        stage.turn();
        List<String> expected = new ArrayList<>(bodies(0, 1024));
        expected.addAll(bodies(1536, 5000));
        assertThat(client.takeBodies()).isEqualTo(expected);
        assertThat(stage.damaged).hasSize(1);
        assertThat(stage.status(1).ready()).isZero();
        assertThat(stage.status(1).bytes()).isZero();
        stage.give(new QueueCommand.Delete(client, 70, 1, false, true));
        stage.turn();
        assertThat(client.reply(70)).isInstanceOf(QueueReply.Done.class);
    }

    @Test
    void survivorsOfASparseSegmentMoveAndAllElseStays() {
        stage.create(1, spec -> spec);
        fill(20_000);
        long segment = MemoryLog.segment(stage.log.positions(Records.ENQUEUE).get(10_000));
        int before = stage.log.count(Records.ENQUEUE);
        stage.machine().onSparse(segment, stage);
        stage.turn();
        assertThat(stage.log.count(Records.ENQUEUE)).isEqualTo(before);
        assertThat(stage.log.count(Records.RELOCATE)).isGreaterThan(100);
        stage.takeSnapshot();
        stage.log.loseSegment(segment);
        stage.crash();
        stage.give(client.automatic(1, 7));
        stage.turn();
        assertThat(client.takeBodies()).isEqualTo(bodies(0, 20_000));
        assertThat(stage.damaged).isEmpty();
    }

    @Test
    void survivorsOfSeveralQueuesMoveInOneGo() {
        stage.create(1, spec -> spec);
        stage.create(2, spec -> spec);
        stage.publish(client, List.of(2L), "other", letter -> letter);
        fill(20_000);
        long segment = MemoryLog.segment(stage.log.positions(Records.ENQUEUE).getFirst());
        stage.machine().onSparse(segment, stage);
        stage.turn();
        stage.takeSnapshot();
        stage.log.loseSegment(segment);
        stage.crash();
        stage.give(client.automatic(2, 7));
        stage.turn();
        assertThat(client.takeBodies()).containsExactly("other");
        assertThat(stage.damaged).isEmpty();
    }

    /// Consumers that have all they can take leave what was read ahead for them lying.
    @Test
    void whatIsReadAheadHasABoundOverAllQueues() {
        int queues = 100;
        for (long queue = 1; queue <= queues; queue++) {
            stage.create(queue, spec -> spec);
            for (int i = 0; i < 20; i++) {
                stage.publish(client, queue, "m" + i);
            }
        }
        stage.turn();
        stage.log.cool();
        for (long queue = 1; queue <= queues; queue++) {
            stage.give(client.subscribe(queue, queue, 1, 0));
        }
        stage.turn();
        List<TestClient.Got> first = client.take();
        assertThat(first).hasSize(queues);
        assertThat(bytesAhead(queues)).isBetween(1L, (long) Dispatch.AHEAD_MAX);
        first.forEach(got -> stage.settle(got, Outcome.ACKNOWLEDGED));
        stage.turn();
        assertThat(client.take())
                .hasSize(queues)
                .extracting(TestClient.Got::body)
                .containsOnly("m1");
        assertThat(bytesAhead(queues)).isBetween(1L, (long) Dispatch.AHEAD_MAX);
    }

    private long bytesAhead(int queues) {
        return IntStream.rangeClosed(1, queues)
                .mapToLong(queue -> stage.machine().known(queue).messages().bytes())
                .sum();
    }
}
