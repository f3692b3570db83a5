package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.Awaited;
import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.queue.QueueCommand.Outcome;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What a look into a queue says that its messages wait for.
class AwaitedTest {
    private static final long REST = 5_000;

    private final Stage stage = new Stage();
    private final TestClient client = new TestClient();

    private void grouped() {
        stage.create(1, spec -> spec.group("g"));
    }

    private static Retry resting() {
        return new Retry(Retry.On.FAILED, REST, REST, false, 0);
    }

    private void publish(String... bodies) {
        for (String body : bodies) {
            // The first letter is the group.
            FieldTable headers =
                    FieldTable.builder().put("g", FieldValue.text(body.substring(0, 1))).build();
            stage.publish(client, List.of(1L), body, letter -> letter.headers(headers));
        }
        stage.turn();
    }

    private void consumer(long id, int prefetch) {
        stage.give(client.subscribe(1, id, prefetch, 0));
        stage.turn();
    }

    private void cancel(long id) {
        stage.give(new QueueCommand.Cancel(client, 0, 1, id));
        stage.turn();
    }

    private void pause(boolean paused) {
        stage.give(new QueueCommand.Pause(client, 80, 1, paused));
        stage.turn();
    }

    private void look() {
        stage.give(new QueueCommand.Peek(client, 90, 1, 1000, true, -1, PeekedMessage.Filter.ALL));
    }

    private List<PeekedMessage> seen() {
        return ((QueueReply.Peeked) client.reply(90)).messages();
    }

    private static String body(PeekedMessage one) {
        return StandardCharsets.UTF_8.decode(one.body().duplicate()).toString();
    }

    private Map<String, Awaited> awaited() {
        look();
        stage.turn();
        Map<String, Awaited> found = new LinkedHashMap<>();
        seen().forEach(one -> found.put(body(one), one.waitsFor()));
        return found;
    }

    private static Awaited.Holder holder(long consumer) {
        return new Awaited.Holder(consumer == 0 ? "" : "c" + consumer, "test");
    }

    @Test
    void withoutAConsumerItWaitsForOne() {
        stage.create(1, spec -> spec);
        publish("a", "b");
        assertThat(awaited())
                .containsEntry("a", new Awaited.Consumer())
                .containsEntry("b", new Awaited.Consumer());
        consumer(7, 1);
        cancel(7);
        assertThat(awaited()).containsEntry("b", new Awaited.Consumer());
    }

    @Test
    void whatIsOutWaitsForWhoHasIt() {
        stage.create(1, spec -> spec);
        publish("a", "b", "c");
        consumer(7, 1);
        stage.give(new QueueCommand.Get(client, 50, 1, false));
        stage.turn();
        assertThat(awaited())
                .containsEntry("a", new Awaited.Answer(holder(7)))
                .containsEntry("b", new Awaited.Answer(holder(0)))
                .containsEntry("c", new Awaited.Room(1));
        stage.settle(client.got.get(1), Outcome.RETURNED);
        stage.turn();
        assertThat(awaited()).containsEntry("b", new Awaited.Room(1));
        consumer(8, 1);
        assertThat(awaited())
                .containsEntry("b", new Awaited.Answer(holder(8)))
                .containsEntry("c", new Awaited.Room(2));
    }

    @Test
    void onlyTheActiveConsumersRoomCounts() {
        stage.create(1, spec -> spec.single());
        publish("a", "b");
        consumer(7, 1);
        consumer(8, 1);
        assertThat(awaited())
                .containsEntry("a", new Awaited.Answer(holder(7)))
                .containsEntry("b", new Awaited.Room(1));
    }

    @Test
    void inAPausedQueueItWaitsForSomebodyToResumeIt() {
        grouped();
        pause(true);
        consumer(7, 2);
        publish("a1", "a2");
        assertThat(awaited())
                .containsEntry("a1", new Awaited.Resumption())
                .containsEntry("a2", new Awaited.Resumption());
        pause(false);
        publish("a3");
        assertThat(awaited())
                .containsEntry("a2", new Awaited.Answer(holder(7)))
                .containsEntry("a3", new Awaited.Group("a", holder(7)));
    }

    @Test
    void itWaitsForItsGroupOnlyWhileOthersOfThatAreOut() {
        grouped();
        consumer(7, 1);
        consumer(8, 1);
        publish("a1", "a2", "a3", "b1", "c1");
        assertThat(awaited())
                .containsEntry("a1", new Awaited.Answer(holder(7)))
                .containsEntry("a2", new Awaited.Group("a", holder(7)))
                .containsEntry("a3", new Awaited.Group("a", holder(7)))
                .containsEntry("b1", new Awaited.Answer(holder(8)))
                .containsEntry("c1", new Awaited.Room(2));
        pause(true);
        assertThat(awaited()).containsEntry("a2", new Awaited.Group("a", holder(7)));
        pause(false);
        List<TestClient.Got> out = client.take();
        cancel(7);
        cancel(8);
        assertThat(awaited())
                .containsEntry("a2", new Awaited.Group("a", holder(7)))
                .containsEntry("c1", new Awaited.Consumer());
        out.forEach(one -> stage.settle(one, Outcome.RETURNED));
        stage.turn();
        assertThat(awaited().values()).hasSize(5).containsOnly(new Awaited.Consumer());
        pause(true);
        assertThat(awaited().values()).hasSize(5).containsOnly(new Awaited.Resumption());
    }

    @Test
    void inAPausedQueueAnOwnerWithRoomGetsTheNextOneWhenItIsResumed() {
        grouped();
        consumer(7, 2);
        publish("a1", "a2", "a3");
        List<TestClient.Got> out = client.take();
        assertThat(out).hasSize(2);
        pause(true);
        stage.settle(out.get(1), Outcome.RETURNED);
        stage.turn();
        assertThat(awaited())
                .containsEntry("a1", new Awaited.Answer(holder(7)))
                .containsEntry("a2", new Awaited.Resumption());
    }

    @Test
    void itWaitsForTheNextAttemptOfAnotherOneOfItsGroup() {
        stage.create(1, spec -> spec.group("g").retry(resting()));
        consumer(7, 1);
        publish("a1", "a2", "b1");
        stage.settle(client.take().getFirst(), Outcome.FAILED);
        stage.turn();
        assertThat(awaited())
                .containsEntry("a1", new Awaited.Attempt(Instant.ofEpochMilli(stage.now() + REST)))
                .containsEntry("a2", new Awaited.GroupAttempt("a"))
                .containsEntry("b1", new Awaited.Answer(holder(7)));
    }

    @Test
    void whatIsDueLaterWaitsForItsTime() {
        stage.create(1, spec -> spec);
        Message plain = new Stage.Letter("a").build();
        long due = stage.now() + 3_600_000;
        Message later =
                new Message("", "q", true, 0, -1, due, null, plain.properties(), plain.body());
        stage.give(new QueueCommand.Publish(client, client.nextPublish("a"), List.of(1L), later));
        stage.turn();
        assertThat(awaited()).containsEntry("a", new Awaited.Time(Instant.ofEpochMilli(due)));
    }

    @Test
    void behindTheHeadAMessageWhoseTimeIsOverWaitsForItsEnd() {
        stage.create(1, spec -> spec);
        publish("head");
        stage.publish(client, List.of(1L), "short", letter -> letter.ttl(10));
        stage.turn();
        assertThat(awaited()).containsEntry("short", new Awaited.Consumer());
        Instant over = Instant.ofEpochMilli(stage.now() + 10);
        stage.pass(50);
        assertThat(awaited())
                .containsEntry("head", new Awaited.Consumer())
                .containsEntry("short", new Awaited.End(over));
    }

    @Test
    void whatASharedTurnHasNoTimeForWaitsForItsTurn() {
        stage.create(1, spec -> spec);
        stage.give(client.automatic(1, 7));
        stage.turn();
        List<String> bodies = new ArrayList<>();
        for (int n = 0; n < 1_100; n++) {
            stage.publish(client, 1, "m" + n);
        }
        look();
        stage.turn();
        seen().forEach(one -> bodies.add(body(one)));
        assertThat(bodies).hasSize(76).startsWith("m1024");
        assertThat(seen()).extracting(PeekedMessage::waitsFor).containsOnly(new Awaited.Turn());
        assertThat(client.got).hasSize(1_100);
    }

    @Test
    void aQueuePassesOverSoManyAndThenTheOthersWaitForThese() {
        grouped();
        consumer(7, 1);
        consumer(8, 1);
        String[] bodies = new String[Groups.HELD_MAX + 2];
        Arrays.setAll(bodies, n -> "a" + n);
        publish(bodies);
        publish("b");
        List<Awaited> found = new ArrayList<>();
        long from = -1;
        do { // one look goes through 10,000
            stage.give(new QueueCommand.Peek(client, 90, 1, 1, true, from, AwaitedTest::isB));
            stage.turn();
            seen().forEach(one -> found.add(one.waitsFor()));
            from = ((QueueReply.Peeked) client.reply(90)).next();
        } while (from >= 0);
        assertThat(found).containsExactly(new Awaited.Groups(Groups.HELD_MAX));
    }

    private static boolean isB(Delivery message) {
        return StandardCharsets.UTF_8.decode(message.body()).toString().equals("b");
    }

    @Test
    void everythingHasWords() {
        Awaited.Holder by = new Awaited.Holder("tag", "ann@there, channel 1");
        assertThat(new Awaited.Answer(by).inWords())
                .isEqualTo("the answer of consumer 'tag' on ann@there, channel 1");
        assertThat(new Awaited.Group("k", new Awaited.Holder("", "somebody")).inWords())
                .isEqualTo("the answer of somebody, which has others of group 'k'");
        assertThat(new Awaited.Room(1).inWords()).contains("the consumer");
        assertThat(new Awaited.Room(3).inWords()).contains("one of 3 consumers");
        assertThat(new Awaited.Resumption().inWords()).contains("paused");
        assertThat(new Awaited.Groups(5).inWords()).contains("5 before it");
    }
}
