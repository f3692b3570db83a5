package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.queue.QueueCommand.Outcome;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Who gets what, in which order, and how much at a time.
class DispatchTest {
    private final Stage stage = new Stage();
    private final TestClient client = new TestClient();

    private void publish(String... bodies) {
        for (String body : bodies) {
            stage.publish(client, 1, body);
        }
    }

    private void subscribe(QueueCommand.Subscribe... all) {
        for (QueueCommand.Subscribe one : all) {
            stage.give(one);
        }
        stage.turn();
    }

    @Test
    void whatIsRequeuedTakesItsOldPlaceAndSaysSo() {
        stage.create(1, spec -> spec);
        publish("a", "b", "c", "d");
        subscribe(client.subscribe(1, 7, 3, 0));
        List<TestClient.Got> first = client.take();
        assertThat(first).extracting(TestClient.Got::body).containsExactly("a", "b", "c");
        assertThat(first).noneMatch(TestClient.Got::redelivered);
        stage.settle(first.get(2), Outcome.RETURNED);
        stage.settle(first.get(0), Outcome.RETURNED);
        stage.turn();
        List<TestClient.Got> again = client.take();
        assertThat(again).extracting(TestClient.Got::body).containsExactly("a", "c");
        assertThat(again).allMatch(TestClient.Got::redelivered);
        assertThat(again).allMatch(got -> got.failures() == 0);
        stage.settle(first.get(1), Outcome.ACKNOWLEDGED);
        stage.turn();
        assertThat(client.take())
                .singleElement()
                .satisfies(got -> {
                    assertThat(got.body()).isEqualTo("d");
                    assertThat(got.redelivered()).isFalse();
                });
    }

    @Test
    void whatMayHaveBeenDeliveredBeforeACrashShowsAsRedelivered() {
        stage.create(1, spec -> spec);
        publish("a", "b", "c");
        subscribe(client.subscribe(1, 7, 2, 0));
        stage.settle(client.take().getFirst(), Outcome.ACKNOWLEDGED);
        stage.turn();
        client.take();
        stage.crash();
        TestClient other = new TestClient();
        stage.give(other.subscribe(1, 8));
        stage.turn();
        assertThat(other.got).extracting(TestClient.Got::body).containsExactly("b", "c");
        assertThat(other.got).allMatch(TestClient.Got::redelivered);
    }

    @Test
    void countsBeginAnewAfterACrashAllOfThem() {
        stage.create(1, spec -> spec);
        publish("a", "b", "c");
        subscribe(client.subscribe(1, 7, 2, 0));
        stage.settle(client.take().getFirst(), Outcome.ACKNOWLEDGED);
        stage.turn();
        stage.crash();
        QueueStatus after = stage.status(1);
        assertThat(after.ready()).isEqualTo(2);
        assertThat(List.of(after.published(), after.delivered(), after.acknowledged()))
                .containsOnly(0L);
        publish("d");
        assertThat(stage.status(1).published()).isEqualTo(1);
    }

    @Test
    void thatThereIsAQueueWaitsForTheQueueAndNotForWhatIsInIt() {
        stage.holdSync();
        stage.create(1, spec -> spec);
        TestClient asker = new TestClient();
        stage.give(new QueueCommand.Touch(asker, 1, 1));
        stage.turn();
        assertThat(asker.replied(1)).isFalse();
        stage.syncOnce();
        assertThat(asker.reply(1)).isEqualTo(new QueueReply.Done(0, 0));
        publish("a", "b");
        stage.give(new QueueCommand.Touch(asker, 2, 1));
        stage.turn();
        assertThat(asker.reply(2)).isEqualTo(new QueueReply.Done(2, 0));
        stage.give(new QueueCommand.Delete(null, 0, 1, false, false));
        stage.give(new QueueCommand.Touch(asker, 3, 1));
        stage.turn();
        assertThat(asker.replied(3)).isFalse();
        stage.syncOnce();
        assertThat(asker.reply(3)).isInstanceOf(QueueReply.Refused.class);
    }

    @Test
    void nothingIsDeliveredBeforeItsAttemptIsDurable() {
        stage.create(1, spec -> spec);
        publish("a");
        stage.turn();
        stage.holdSync();
        stage.give(client.subscribe(1, 7));
        stage.turn();
        assertThat(client.got).isEmpty();
        stage.syncOnce();
        assertThat(client.takeBodies()).containsExactly("a");
    }

    @Test
    void aConfirmWaitsForTheDiskAndATransientMessageForNobody() {
        stage.create(1, spec -> spec);
        stage.turn();
        stage.holdSync();
        publish("durable");
        stage.publish(client, List.of(1L), "transient", Stage.Letter::transientOnly);
        stage.turn();
        assertThat(client.accepted).isEmpty();
        stage.turn();
        stage.publish(client, List.of(1L), "alone", Stage.Letter::transientOnly);
        stage.turn();
        assertThat(client.accepted).containsExactly("alone");
        stage.syncOnce();
        assertThat(client.accepted).containsExactly("alone", "durable", "transient");
    }

    @Test
    void equalConsumersTakeFairTurns() {
        stage.create(1, spec -> spec);
        subscribe(client.subscribe(1, 7), client.subscribe(1, 8), client.subscribe(1, 9));
        publish(IntStream.range(0, 9).mapToObj(i -> "m" + i).toArray(String[]::new));
        stage.turn();
        assertThat(client.got)
                .extracting(TestClient.Got::consumer)
                .containsExactly(7L, 8L, 9L, 7L, 8L, 9L, 7L, 8L, 9L);
    }

    @Test
    void theHigherConsumerPriorityIsServedUntilItIsFull() {
        stage.create(1, spec -> spec);
        subscribe(client.subscribe(1, 7, 0, 0), client.subscribe(1, 8, 2, 5));
        publish("a", "b", "c");
        stage.turn();
        List<TestClient.Got> first = client.take();
        assertThat(first).extracting(TestClient.Got::consumer).containsExactly(8L, 8L, 7L);
        stage.settle(first.getFirst(), Outcome.ACKNOWLEDGED);
        publish("d");
        stage.turn();
        assertThat(client.take()).extracting(TestClient.Got::consumer).containsExactly(8L);
    }

    @Test
    void aSingleActiveConsumerIsFollowedByTheNextInLine() {
        stage.create(1, spec -> spec.single());
        subscribe(client.subscribe(1, 7), client.subscribe(1, 8));
        publish("a", "b");
        stage.turn();
        assertThat(client.take()).extracting(TestClient.Got::consumer).containsExactly(7L, 7L);
        stage.give(new QueueCommand.Cancel(client, 99, 1, 7));
        publish("c");
        stage.turn();
        assertThat(client.take()).extracting(TestClient.Got::consumer).containsExactly(8L);
    }

    @Test
    void prefetchBoundsWhatAConsumerHasAndMayChangeMeanwhile() {
        stage.create(1, spec -> spec);
        subscribe(client.subscribe(1, 7, 1, 0));
        publish("a", "b", "c", "d", "e");
        stage.turn();
        assertThat(client.takeBodies()).containsExactly("a");
        stage.give(new QueueCommand.Adjust(1, 7, 3));
        stage.turn();
        List<TestClient.Got> more = client.take();
        assertThat(more).extracting(TestClient.Got::body).containsExactly("b", "c");
        stage.give(new QueueCommand.Adjust(1, 7, 1));
        stage.settle(more.getFirst(), Outcome.ACKNOWLEDGED);
        stage.turn();
        assertThat(client.got).isEmpty();
    }

    @Test
    void aConsumerWithoutRoomIsPassedOverUntilItResumes() {
        stage.create(1, spec -> spec);
        boolean[] room = {false};
        stage.give(new QueueCommand.Subscribe(client, 7, 1, 7, false, false, 0, 0, () -> room[0]));
        subscribe(client.subscribe(1, 8, 1, 0));
        publish("a", "b");
        stage.turn();
        assertThat(client.take()).extracting(TestClient.Got::consumer).containsExactly(8L);
        room[0] = true;
        stage.turn();
        assertThat(client.got).isEmpty();
        stage.give(new QueueCommand.Resume(1, 7));
        stage.turn();
        assertThat(client.take()).extracting(TestClient.Got::consumer).containsExactly(7L);
    }

    @Test
    void higherPrioritiesGoFirstAndKeepTheirOrder() {
        stage.create(1, spec -> spec.priorities(5));
        int[] priorities = {0, 5, 3, 9, 0, 5};
        for (int i = 0; i < priorities.length; i++) {
            int priority = priorities[i];
            stage.publish(
                    client, List.of(1L), i + "p" + priority, letter -> letter.priority(priority));
        }
        subscribe(client.automatic(1, 7));
        assertThat(client.takeBodies()).containsExactly("1p5", "3p9", "5p5", "2p3", "0p0", "4p0");
    }

    @Test
    void anExclusiveConsumerIsAlone() {
        stage.create(1, spec -> spec);
        stage.give(new QueueCommand.Subscribe(client, 7, 1, 7, false, true, 0, 0, () -> true));
        stage.give(client.subscribe(1, 8));
        stage.turn();
        assertThat(client.reply(7)).isInstanceOf(QueueReply.Done.class);
        assertThat(client.reply(8)).isInstanceOf(QueueReply.Refused.class);
    }

    @Test
    void aGetTakesOneMessageAndTellsHowManyAreLeft() {
        stage.create(1, spec -> spec);
        publish("a", "b");
        stage.give(new QueueCommand.Get(client, 50, 1, false));
        stage.turn();
        assertThat(client.reply(50))
                .isInstanceOfSatisfying(
                        QueueReply.Got.class, got -> assertThat(got.messagesLeft()).isEqualTo(1));
        stage.give(new QueueCommand.Get(client, 51, 1, true));
        stage.give(new QueueCommand.Get(client, 52, 1, true));
        stage.turn();
        assertThat(client.reply(51)).isInstanceOf(QueueReply.Got.class);
        assertThat(client.reply(52)).isInstanceOf(QueueReply.Empty.class);
        assertThat(stage.status(1).unacknowledged()).isEqualTo(1);
    }

    @Test
    void anAutoDeleteQueueGoesWithItsLastConsumerAndTheOthersAreTold() {
        stage.create(1, spec -> spec.autoDelete());
        stage.create(2, spec -> spec);
        subscribe(client.subscribe(1, 7), client.subscribe(1, 8), client.subscribe(2, 9));
        stage.give(new QueueCommand.Cancel(client, 90, 1, 7));
        stage.turn();
        assertThat(stage.gone).isEmpty();
        stage.give(new QueueCommand.Cancel(client, 91, 1, 8));
        stage.turn();
        assertThat(stage.gone).containsExactly(1L);
        stage.give(new QueueCommand.Delete(client, 92, 2, false, false));
        stage.turn();
        assertThat(client.cancelled).containsExactly(9L);
    }

    /// Who cancels its last consumer and deletes it has no way to know which comes first.
    @Test
    void aQueueThatWentByItselfCanBeDeleted() {
        stage.create(1, spec -> spec.autoDelete());
        subscribe(client.subscribe(1, 7));
        stage.give(new QueueCommand.Cancel(client, 90, 1, 7));
        stage.give(new QueueCommand.Delete(client, 91, 1, true, true));
        stage.turn();
        assertThat(client.reply(91)).isEqualTo(new QueueReply.Done(0, 0));
    }

    @Test
    void aDeletionHasConditions() {
        stage.create(1, spec -> spec);
        publish("a");
        stage.give(new QueueCommand.Delete(client, 60, 1, false, true));
        subscribe(client.subscribe(1, 7));
        stage.give(new QueueCommand.Delete(client, 61, 1, true, false));
        stage.turn();
        assertThat(client.reply(60)).isInstanceOf(QueueReply.Refused.class);
        assertThat(client.reply(61)).isInstanceOf(QueueReply.Refused.class);
        stage.give(new QueueCommand.Delete(client, 62, 1, false, false));
        stage.turn();
        assertThat(client.reply(62)).isEqualTo(new QueueReply.Done(0, 1));
    }

    /// Many come at once when a node is back: none of them waits for a sync.
    @Test
    void whoSubscribesIsAnsweredAtOnceAndGetsWhatIsAnnounced() {
        stage.create(1, spec -> spec);
        publish("a");
        stage.turn();
        stage.holdSync();
        stage.give(client.subscribe(1, 7));
        stage.turn();
        assertThat(client.reply(7)).isEqualTo(new QueueReply.Done(1, 0));
        assertThat(client.got).isEmpty();
        stage.sync();
        assertThat(client.takeBodies()).containsExactly("a");
    }

    @Test
    void whoLeavesBeforeAnythingIsAnnouncedGetsNothing() {
        stage.create(1, spec -> spec);
        publish("a");
        stage.turn();
        stage.holdSync();
        stage.give(client.subscribe(1, 7));
        stage.give(new QueueCommand.Cancel(client, 0, 1, 7));
        stage.sync();
        assertThat(client.got).isEmpty();
    }

    /// To live for no time means at once or never; that the log is slow does not make it never.
    @Test
    void aMessageWhoseTimeEndsWhileItsDeliveryIsAnnouncedIsDelivered() {
        stage.create(1, spec -> spec.ttl(1000));
        publish("before");
        stage.turn();
        stage.jump(1001);
        stage.holdSync();
        stage.give(client.subscribe(1, 7));
        stage.publish(client, List.of(1L), "at once", letter -> letter.ttl(0));
        stage.turn();
        stage.pass(30);
        publish("late");
        stage.turn();
        assertThat(client.got).isEmpty();
        stage.sync();
        assertThat(client.takeBodies()).containsExactly("at once", "late");
        stage.pass(5);
        stage.give(new QueueCommand.Cancel(client, 0, 1, 7));
        stage.publish(client, List.of(1L), "never", letter -> letter.ttl(0));
        stage.turn();
        stage.pass(5);
        stage.give(client.subscribe(1, 8));
        stage.turn();
        assertThat(client.takeBodies()).doesNotContain("never");
    }

    /// While the disk hangs nobody gets what is long over, nothing piles up, and no timer spins.
    @Test
    void aDeliveryThatIsAnnouncedVeryLateIsNotMade() {
        stage.create(1, spec -> spec.ttl(1000));
        stage.turn();
        stage.holdSync();
        stage.give(client.subscribe(1, 7));
        stage.publish(client, List.of(1L), "early", letter -> letter.ttl(10));
        stage.turn();
        assertThat(stage.timers().values()).allMatch(due -> due >= stage.now() + 500);
        stage.pass(2_500);
        publish("late");
        stage.pass(100);
        stage.sync();
        assertThat(client.takeBodies()).containsExactly("late");
    }

    @Test
    void namesOfAnyBytesComeBackAsTheyWere() {
        stage.create(1, spec -> spec);
        String key = "\uDCFF".repeat(255);
        Message message =
                new Message(
                        "\uDC80x",
                        key,
                        true,
                        0,
                        -1,
                        new Stage.Letter("").build().properties(),
                        java.nio.ByteBuffer.wrap(new byte[] {'a'}));
        stage.give(new QueueCommand.Publish(client, 0, List.of(1L), message));
        stage.turn();
        stage.crash();
        subscribe(client.subscribe(1, 7));
        assertThat(client.take())
                .singleElement()
                .satisfies(got -> {
                    assertThat(got.exchange()).isEqualTo("\uDC80x");
                    assertThat(got.routingKey()).isEqualTo(key);
                    assertThat(got.body()).isEqualTo("a");
                });
    }
}
