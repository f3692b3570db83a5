package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.queue.QueueCommand.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Time to live, queue expiry, length limits, delivery limit.
class QueueBoundsTest {
    private final Stage stage = new Stage();
    private final TestClient client = new TestClient();

    private void publish(String... bodies) {
        for (String body : bodies) {
            stage.publish(client, 1, body);
        }
        stage.turn();
    }

    private List<String> ready(long queue) {
        stage.give(new QueueCommand.Peek(client, 1000, queue, 1000));
        stage.turn();
        return ((QueueReply.Peeked) client.reply(1000))
                .messages().stream()
                        .map(message ->
                                java.nio.charset.StandardCharsets.UTF_8
                                        .decode(message.body().duplicate())
                                        .toString())
                        .toList();
    }

    // ---- time

    @Test
    void aMessageExpiresInTheMillisecondInWhichItsTimeEnds() {
        stage.create(1, spec -> spec.ttl(1000));
        publish("a");
        stage.pass(999);
        assertThat(stage.status(1).ready()).isEqualTo(1);
        stage.pass(1);
        assertThat(stage.status(1).ready()).isZero();
        assertThat(stage.status(1).dropped()).isEqualTo(1);
    }

    @Test
    void theShorterOfQueueAndMessageTimeCounts() {
        stage.create(1, spec -> spec.ttl(1000));
        stage.publish(client, List.of(1L), "short", letter -> letter.ttl(10));
        stage.turn();
        stage.pass(10);
        assertThat(ready(1)).isEmpty();
        stage.publish(client, List.of(1L), "long", letter -> letter.ttl(5000));
        stage.turn();
        stage.pass(999);
        assertThat(ready(1)).containsExactly("long");
        stage.pass(1);
        assertThat(ready(1)).isEmpty();
    }

    @Test
    void noTimeToLiveMeansAtOnceOrNever() {
        stage.create(1, spec -> spec);
        stage.publish(client, List.of(1L), "never", letter -> letter.ttl(0));
        stage.turn();
        assertThat(stage.status(1).ready()).isZero();
        stage.give(client.subscribe(1, 7));
        stage.turn();
        assertThat(client.got).isEmpty();
        stage.publish(client, List.of(1L), "at once", letter -> letter.ttl(0));
        stage.turn();
        assertThat(client.takeBodies()).containsExactly("at once");
    }

    @Test
    void whatIsRequeuedAfterItsTimeIsPutAway() {
        stage.create(1, spec -> spec.ttl(100));
        stage.give(client.subscribe(1, 7, 1, 0));
        publish("a");
        stage.pass(150);
        TestClient.Got got = client.take().getFirst();
        stage.settle(got, Outcome.RETURNED);
        stage.turn();
        assertThat(client.got).isEmpty();
        assertThat(stage.status(1).ready()).isZero();
    }

    @Test
    void messagesOfLowerPriorityExpireUnderThoseOfHigher() {
        stage.create(1, spec -> spec.priorities(9));
        stage.publish(client, List.of(1L), "low", letter -> letter.ttl(50));
        stage.publish(client, List.of(1L), "high", letter -> letter.priority(9));
        stage.turn();
        stage.pass(49);
        assertThat(ready(1)).containsExactly("high", "low");
        stage.pass(1);
        assertThat(ready(1)).containsExactly("high");
    }

    @Test
    void timeGoesOnThroughACrash() {
        stage.create(1, spec -> spec.ttl(1000));
        publish("a");
        stage.pass(400);
        stage.crash();
        stage.pass(599);
        assertThat(ready(1)).containsExactly("a");
        stage.pass(1);
        assertThat(ready(1)).isEmpty();
    }

    @Test
    void anUnusedQueueGoesInTheMillisecondInWhichItsTimeEnds() {
        stage.create(1, spec -> spec.expires(1000));
        stage.turn();
        stage.pass(999);
        stage.give(new QueueCommand.Touch(client, 5, 1));
        stage.turn();
        stage.pass(999);
        assertThat(stage.gone).isEmpty();
        stage.pass(1);
        assertThat(stage.gone).containsExactly(1L);
    }

    @Test
    void aQueueWithAConsumerIsInUseAndItsTimeBeginsWhenTheLastLeaves() {
        stage.create(1, spec -> spec.expires(1000));
        stage.give(client.subscribe(1, 7));
        stage.turn();
        stage.pass(5000);
        assertThat(stage.gone).isEmpty();
        stage.give(new QueueCommand.Cancel(client, 8, 1, 7));
        stage.turn();
        stage.pass(999);
        assertThat(stage.gone).isEmpty();
        stage.pass(1);
        assertThat(stage.gone).containsExactly(1L);
    }

    // ---- length

    @Test
    void dropHeadKeepsTheNewest() {
        stage.create(1, spec -> spec.length(2));
        publish("a", "b", "c", "d");
        assertThat(ready(1)).containsExactly("c", "d");
        assertThat(client.accepted).containsExactly("a", "b", "c", "d");
        assertThat(stage.status(1).dropped()).isEqualTo(2);
    }

    @Test
    void dropHeadCountsBytesOfWhatIsReady() {
        stage.create(1, spec -> spec.bytes(10));
        publish("12345", "67890");
        assertThat(ready(1)).containsExactly("12345", "67890");
        publish("x");
        assertThat(ready(1)).containsExactly("67890", "x");
        publish("larger than all");
        assertThat(ready(1)).isEmpty();
    }

    @Test
    void nothingIsDroppedThatAConsumerWaitsFor() {
        stage.create(1, spec -> spec.length(0));
        stage.give(client.subscribe(1, 7));
        stage.turn();
        for (int i = 0; i < 10_000; i++) {
            publish("m" + i);
            assertThat(client.takeBodies()).containsExactly("m" + i);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"REJECT_PUBLISH", "REJECT_PUBLISH_DEAD_LETTER"})
    void rejectPublishRefusesTheNewest(Overflow overflow) {
        stage.create(1, spec -> spec.length(2).overflow(overflow).deadLetters("dlx"));
        stage.create(2, spec -> spec);
        stage.bind("dlx", 0, 2);
        publish("a", "b", "c");
        assertThat(ready(1)).containsExactly("a", "b");
        assertThat(client.accepted).containsExactly("a", "b");
        assertThat(client.refused).containsExactly("c");
        boolean toDeadLetters = overflow == Overflow.REJECT_PUBLISH_DEAD_LETTER;
        assertThat(ready(2)).isEqualTo(toDeadLetters ? List.of("c") : List.of());
    }

    @Test
    void rejectPublishCountsBytes() {
        stage.create(1, spec -> spec.bytes(10).overflow(Overflow.REJECT_PUBLISH));
        publish("12345", "123456", "12345", "");
        assertThat(client.refused).containsExactly("123456");
        assertThat(stage.status(1).bytes()).isEqualTo(10);
    }

    @Test
    void whatAConsumerTakesAtOnceMakesRoomInTheSameTurn() {
        stage.create(1, spec -> spec.length(1).overflow(Overflow.REJECT_PUBLISH));
        stage.give(client.automatic(1, 7));
        stage.turn();
        publish("a", "b", "c");
        assertThat(client.refused).isEmpty();
        assertThat(client.takeBodies()).containsExactly("a", "b", "c");
    }

    @Test
    void whatComesBackToAFullQueueThatRefusesIsNotDropped() {
        stage.create(1, spec -> spec.length(2).overflow(Overflow.REJECT_PUBLISH));
        publish("a", "b");
        stage.give(new QueueCommand.Get(client, 50, 1, false));
        stage.turn();
        TestClient.Got got = client.take().getFirst();
        publish("c");
        stage.settle(got, Outcome.RETURNED);
        stage.turn();
        assertThat(ready(1)).containsExactly("a", "b", "c");
    }

    @Test
    void whatComesBackToAFullQueueThatDropsPushesItselfOut() {
        stage.create(1, spec -> spec.length(2));
        publish("a", "b");
        stage.give(new QueueCommand.Get(client, 50, 1, false));
        stage.turn();
        TestClient.Got got = client.take().getFirst();
        publish("c");
        stage.settle(got, Outcome.RETURNED);
        stage.turn();
        assertThat(ready(1)).containsExactly("b", "c");
    }

    // ---- delivery limit

    @Test
    void returningIsFreeAndFailingCounts() {
        stage.create(1, spec -> spec.limit(2));
        stage.give(client.subscribe(1, 7, 1, 0));
        publish("a");
        for (int i = 0; i < 10; i++) {
            TestClient.Got got = client.take().getFirst();
            assertThat(got.failures()).isZero();
            stage.settle(got, Outcome.RETURNED);
            stage.turn();
        }
        for (int i = 0; i <= 2; i++) {
            TestClient.Got got = client.take().getFirst();
            assertThat(got.failures()).isEqualTo(i);
            stage.settle(got, Outcome.FAILED);
            stage.turn();
        }
        assertThat(client.got).isEmpty();
        assertThat(stage.status(1).ready()).isZero();
        assertThat(stage.status(1).dropped()).isEqualTo(1);
    }

    @Test
    void failuresAreRememberedThroughACrash() {
        stage.create(1, spec -> spec.limit(5));
        publish("a");
        stage.give(client.subscribe(1, 7, 1, 0));
        stage.turn();
        stage.settle(client.take().getFirst(), Outcome.FAILED);
        stage.turn();
        stage.crash();
        TestClient other = new TestClient();
        stage.give(other.subscribe(1, 8));
        stage.turn();
        assertThat(other.got)
                .singleElement()
                .satisfies(got -> assertThat(got.failures()).isEqualTo(1));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 255, 256, 300})
    void theLimitMayBeAnyNumber(int limit) {
        stage.create(1, spec -> spec.limit(limit));
        stage.give(client.subscribe(1, 7, 1, 0));
        publish("a");
        for (int i = 0; i <= limit; i++) {
            TestClient.Got got = client.take().getFirst();
            assertThat(got.failures()).isEqualTo(i);
            stage.settle(got, Outcome.FAILED);
            stage.turn();
        }
        assertThat(client.got).isEmpty();
    }

    // ---- purge

    @Test
    void aPurgeLeavesWhatConsumersHave() {
        stage.create(1, spec -> spec);
        publish("a", "b", "c");
        stage.give(new QueueCommand.Get(client, 50, 1, false));
        stage.turn();
        stage.give(new QueueCommand.Purge(client, 51, 1));
        stage.turn();
        assertThat(client.reply(51)).isEqualTo(new QueueReply.Done(2, 0));
        assertThat(stage.status(1).ready()).isZero();
        assertThat(stage.status(1).bytes()).isZero();
        stage.crash();
        assertThat(ready(1)).containsExactly("a");
        assertThat(stage.status(1).bytes()).isEqualTo(1);
    }

    @Test
    void aPurgeFitsIntoSmallSegmentsHoweverMuchConsumersHave() {
        stage.create(1, spec -> spec.priorities(2));
        stage.give(client.subscribe(1, 7));
        for (int i = 0; i < 70_000; i++) {
            int priority = i % 20 == 0 ? 2 : 0;
            stage.publish(client, List.of(1L), "m" + i, letter -> letter.priority(priority));
            if (i % 500 == 499) {
                stage.turn();
            }
        }
        List<TestClient.Got> all = client.take();
        assertThat(all).hasSize(70_000);
        stage.give(new QueueCommand.Cancel(client, 50, 1, 7));
        List<TestClient.Got> back =
                all.stream().filter(got -> got.body().matches("m\\d+00[07]")).toList();
        back.forEach(got -> stage.settle(got, Outcome.RETURNED));
        stage.give(new QueueCommand.Purge(client, 51, 1));
        stage.turn();
        assertThat(client.reply(51)).isEqualTo(new QueueReply.Done(138, 0));
        assertThat(stage.status(1).ready()).isZero();
        assertThat(stage.status(1).bytes()).isZero();
        assertThat(stage.largestRecord()).isLessThan(300_000);
        stage.settle(all.get(1), Outcome.ACKNOWLEDGED);
        stage.turn();
        stage.crash();
        assertThat(stage.status(1).ready()).isEqualTo(70_000 - 138 - 1);
        TestClient next = new TestClient();
        stage.give(next.subscribe(1, 8));
        for (int turn = 0; turn < 1_000 && next.got.size() < 70_000 - 139; turn++) {
            stage.turn();
        }
        assertThat(next.take().stream().map(TestClient.Got::body).distinct())
                .hasSize(70_000 - 139)
                .noneMatch(body -> body.matches("m\\d+00[07]"));
    }

    @Test
    void aPurgeGivesBackTransientMessagesOnce() {
        stage.create(1, spec -> spec.passing());
        for (int i = 0; i < 5; i++) {
            stage.publish(client, List.of(1L), "t" + i, Stage.Letter::transientOnly);
        }
        stage.give(new QueueCommand.Get(client, 50, 1, false));
        stage.turn();
        stage.give(new QueueCommand.Purge(client, 51, 1));
        stage.turn();
        assertThat(stage.volatileMessages()).isEqualTo(1);
        stage.settle(client.take().getFirst(), Outcome.ACKNOWLEDGED);
        stage.turn();
        assertThat(stage.volatileMessages()).isZero();
    }

    @Test
    void publishersThatWaitGoOnWhenTheQueueBlocksThemNoLonger() {
        stage.create(1, spec -> spec.length(2).overflow(Overflow.BLOCK));
        publish("a", "b");
        assertThat(client.full).containsExactly(1L);
        stage.give(
                new QueueCommand.Reshape(
                        1, new Stage.Spec().length(3).overflow(Overflow.BLOCK).build()));
        stage.turn();
        assertThat(client.full).isEmpty();
        publish("c");
        assertThat(client.full).containsExactly(1L);
        stage.give(
                new QueueCommand.Reshape(
                        1, new Stage.Spec().length(3).overflow(Overflow.REJECT_PUBLISH).build()));
        stage.turn();
        assertThat(client.full).isEmpty();
        publish("d");
        assertThat(client.refused).containsExactly("d");
    }

    /// A request over HTTP is not there any more when there is room again.
    @Test
    void whoCannotWaitForRoomIsRefused() {
        stage.create(1, spec -> spec.length(2).overflow(Overflow.BLOCK));
        client.waits = false;
        publish("a", "b", "c");
        assertThat(client.accepted).containsExactly("a", "b");
        assertThat(client.refused).containsExactly("c");
        assertThat(client.full).isEmpty();
        stage.give(new QueueCommand.Get(client, 50, 1, true));
        stage.turn();
        publish("d", "e");
        assertThat(client.accepted).containsExactly("a", "b", "d");
        assertThat(ready(1)).containsExactly("b", "d");
    }

    @Test
    void whoCannotWaitIsTakenInWhereSomebodyTakesOutInTheSameTurn() {
        stage.create(1, spec -> spec.length(1).overflow(Overflow.BLOCK));
        client.waits = false;
        stage.give(client.automatic(1, 7));
        stage.turn();
        publish("a", "b", "c");
        assertThat(client.refused).isEmpty();
        assertThat(client.takeBodies()).containsExactly("a", "b", "c");
    }

    @Test
    void publishersGoOnWhenThereIsRoomForMoreThanOneMessage() {
        stage.create(1, spec -> spec.length(16).overflow(Overflow.BLOCK));
        publish("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f");
        assertThat(client.full).containsExactly(1L);
        takeOne();
        assertThat(client.full).containsExactly(1L);
        takeOne();
        assertThat(client.full).isEmpty();
        publish("g");
        assertThat(client.full).isEmpty();
        publish("h");
        assertThat(client.full).containsExactly(1L);
    }

    private void takeOne() {
        stage.give(new QueueCommand.Get(client, 50, 1, true));
        stage.turn();
    }

    @Test
    void oneLargeMessageBlocksUntilItIsGone() {
        stage.create(1, spec -> spec.bytes(8).overflow(Overflow.BLOCK));
        publish("larger than the bound");
        assertThat(client.full).containsExactly(1L);
        takeOne();
        assertThat(client.full).isEmpty();
    }
}
