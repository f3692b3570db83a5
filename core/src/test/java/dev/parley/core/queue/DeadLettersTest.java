package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.message.FieldTable;
import dev.parley.core.message.FieldValue;
import dev.parley.core.message.Properties;
import dev.parley.core.queue.QueueCommand.Outcome;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Why messages are put away, what they carry of it, and that none is lost or doubled on the way.
class DeadLettersTest {
    private final Stage stage = new Stage();
    private final Stage far = stage.neighbour(3);
    private final TestClient client = new TestClient();

    private void publish(String... bodies) {
        for (String body : bodies) {
            stage.publish(client, 1, body);
        }
        stage.turn();
    }

    private List<TestClient.Got> drain(Stage where, long queue) {
        TestClient drain = new TestClient();
        where.turn();
        where.give(drain.automatic(queue, 1000));
        where.turn();
        where.give(new QueueCommand.Cancel(drain, 0, queue, 1000));
        where.turn();
        return drain.take();
    }

    private void settleAll(Outcome outcome) {
        stage.turn();
        client.take().forEach(got -> stage.settle(got, outcome));
        stage.turn();
    }

    private static List<FieldTable> deaths(TestClient.Got got) {
        FieldTable headers = Objects.requireNonNull(got.properties().headers());
        List<FieldTable> rows = new ArrayList<>();
        for (FieldValue row :
                ((FieldValue.Array) Objects.requireNonNull(headers.get("x-death"))).values()) {
            rows.add(((FieldValue.Table) row).table());
        }
        return rows;
    }

    private static String text(FieldTable table, String name) {
        return Objects.requireNonNull(Objects.requireNonNull(table.get(name), name).asText());
    }

    private static long count(FieldTable table) {
        return Objects.requireNonNull(Objects.requireNonNull(table.get("count")).asLong());
    }

    private void declare(java.util.function.UnaryOperator<Stage.Spec> more) {
        stage.create(1, spec -> more.apply(spec.deadLetters("dlx")));
        stage.create(2, spec -> spec);
        stage.bind("dlx", 0, 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rejected", "expired", "maxlen", "delivery_limit"})
    void eachReasonIsTold(String reason) {
        declare(spec ->
                switch (reason) {
                    case "expired" -> spec.ttl(10);
                    case "maxlen" -> spec.length(0);
                    case "delivery_limit" -> spec.limit(0);
                    default -> spec;
                });
        publish("a");
        if (!reason.equals("maxlen") && !reason.equals("expired")) {
            stage.give(client.subscribe(1, 7, 1, 0));
            settleAll(reason.equals("rejected") ? Outcome.REJECTED : Outcome.FAILED);
        }
        stage.pass(10);
        TestClient.Got got = drain(stage, 2).getFirst();
        assertThat(got.exchange()).isEqualTo("dlx");
        assertThat(got.routingKey()).isEqualTo("key");
        FieldTable row = deaths(got).getFirst();
        assertThat(text(row, "reason")).isEqualTo(reason);
        assertThat(text(row, "queue")).isEqualTo("q1");
        assertThat(text(row, "exchange")).isEqualTo("ex");
        assertThat(count(row)).isEqualTo(1);
        FieldTable headers = Objects.requireNonNull(got.properties().headers());
        assertThat(text(headers, "x-first-death-reason")).isEqualTo(reason);
        assertThat(text(headers, "x-last-death-queue")).isEqualTo("q1");
        assertThat(stage.status(1).deadLettered()).isEqualTo(1);
    }

    /// Room is looked at before time, as RabbitMQ does.
    @Test
    void whatHasNoRoomHasNoTimeEither() {
        declare(spec -> spec.bytes(2).ttl(0));
        publish("a");
        publish("too large");
        stage.turn();
        assertThat(drain(stage, 2))
                .extracting(got -> text(deaths(got).getFirst(), "reason"))
                .containsExactly("expired", "maxlen");
        stage.create(3, spec -> spec.deadLetters("dlx").length(0));
        stage.publish(client, List.of(3L), "b", letter -> letter.ttl(0));
        stage.turn();
        assertThat(text(deaths(drain(stage, 2).getFirst()).getFirst(), "reason"))
                .isEqualTo("maxlen");
    }

    @Test
    void aDeathThatHappensAgainRaisesItsCountAndKeepsItsFirstTime() {
        stage.create(1, spec -> spec.deadLetters("dlx"));
        stage.create(2, spec -> spec.deadLetters("back").ttl(5000));
        stage.bind("dlx", 0, 2);
        stage.bind("back", 0, 1);
        stage.give(client.subscribe(1, 7));
        publish("a");
        for (int i = 0; i < 3; i++) {
            settleAll(Outcome.REJECTED);
            stage.pass(5000);
        }
        TestClient.Got got = client.take().getFirst();
        List<FieldTable> rows = deaths(got);
        assertThat(rows).extracting(row -> text(row, "queue")).containsExactly("q2", "q1");
        assertThat(rows).extracting(DeadLettersTest::count).containsExactly(3L, 3L);
        assertThat(rows.get(1).get("time")).isEqualTo(new FieldValue.Timestamp(Stage.START / 1000));
        assertThat(text(rows.get(1), "exchange")).isEqualTo("ex");
    }

    @Test
    void aMessagesOwnTimeIsTakenOffAndRemembered() {
        declare(spec -> spec);
        stage.publish(client, List.of(1L), "a", letter -> letter.ttl(20));
        stage.turn();
        stage.pass(20);
        stage.pass(100_000);
        TestClient.Got got = drain(stage, 2).getFirst();
        assertThat(got.properties().expiration()).isNull();
        assertThat(text(deaths(got).getFirst(), "original-expiration")).isEqualTo("20");
    }

    @Test
    void aCycleInWhichNobodyRejectsEnds() {
        stage.create(1, spec -> spec.deadLetters("dlx").ttl(10));
        stage.create(2, spec -> spec.deadLetters("back").ttl(10));
        stage.bind("dlx", 0, 2);
        stage.bind("back", 0, 1);
        publish("a");
        stage.pass(1000);
        assertThat(stage.status(1).ready() + stage.status(2).ready()).isZero();
        assertThat(stage.status(2).dropped()).isEqualTo(1);
    }

    @Test
    void transientMessagesGoTooAndLeaveNothingBehind() {
        declare(spec -> spec.ttl(10));
        stage.publish(client, List.of(1L), "a", Stage.Letter::transientOnly);
        stage.turn();
        stage.pass(10);
        assertThat(stage.volatileMessages()).isEqualTo(1);
        assertThat(drain(stage, 2))
                .singleElement()
                .satisfies(got -> assertThat(got.body()).isEqualTo("a"));
        assertThat(stage.volatileMessages()).isZero();
    }

    @Test
    void aDeepQueueThatExpiresAtOnceDiesInPieces() {
        declare(spec -> spec.ttl(10));
        for (int i = 0; i < 50_000; i++) {
            stage.publish(client, 1, "m" + i);
            if (i % 1000 == 0) {
                stage.turn();
            }
        }
        stage.turn();
        stage.log.cool();
        stage.jump(10);
        stage.holdSync();
        int most = 0;
        stage.give(new QueueCommand.Touch(client, 5, 1));
        stage.machine().onTimer(1L << 2, stage);
        for (int n = 0; n < 2000; n++) {
            stage.once();
            int[] dying = {0};
            stage.machine()
                    .known(1)
                    .level(0)
                    .eachPage((number, page) -> {
                        for (int i = 0; i < Page.ENTRIES && !page.cold(); i++) {
                            dying[0] += page.state(i) == Page.DYING ? 1 : 0;
                        }
                    });
            most = Math.max(most, dying[0]);
        }
        assertThat(most).isBetween(1, 6000);
        stage.sync();
        assertThat(drain(stage, 2))
                .extracting(TestClient.Got::body)
                .isEqualTo(IntStream.range(0, 50_000).mapToObj(i -> "m" + i).toList());
    }

    // ---- between shards: pending, accepted once, done

    private void farDeclare() {
        stage.create(1, spec -> spec.deadLetters("far"));
        far.create(9, spec -> spec);
        far.turn();
        stage.bind("far", 3, 9);
        stage.give(client.subscribe(1, 7));
        publish("a", "b", "c");
    }

    private void bothUntilQuiet() {
        for (int n = 0; n < 20; n++) {
            stage.turn();
            far.turn();
        }
    }

    private void onceThere() {
        bothUntilQuiet();
        assertThat(drain(far, 9)).extracting(TestClient.Got::body).containsExactly("a", "b", "c");
        assertThat(stage.status(1).ready() + stage.status(1).unacknowledged()).isZero();
        bothUntilQuiet();
        stage.crash();
        far.crash();
        bothUntilQuiet();
        assertThat(drain(far, 9)).isEmpty();
    }

    @Test
    void whatGoesToTopicsIsSentAgainUntilItIsThere() {
        stage.create(1, spec -> spec.deadLetters("dlx"));
        stage.bind("dlx", QueueHost.TOPICS, 0);
        stage.give(client.subscribe(1, 7));
        publish("a", "b");
        settleAll(Outcome.REJECTED);
        stage.turn();
        assertThat(stage.toTopics).containsExactly("/ 1 key", "/ 2 key");
        stage.give(new QueueCommand.Accepted(QueueHost.TOPICS, 1));
        stage.turn();
        stage.toTopics.clear();
        stage.crash();
        stage.turn();
        assertThat(stage.toTopics).containsExactly("/ 2 key");
        stage.give(new QueueCommand.Accepted(QueueHost.TOPICS, 2));
        stage.turn();
        stage.toTopics.clear();
        stage.crash();
        stage.turn();
        assertThat(stage.toTopics).isEmpty();
    }

    @Test
    void aMoveArrivesOnceWithoutAnyCrash() {
        farDeclare();
        settleAll(Outcome.REJECTED);
        onceThere();
    }

    @Test
    void nothingIsSentBeforeTheMoveIsDurable() {
        farDeclare();
        stage.holdSync();
        settleAll(Outcome.REJECTED);
        far.turn();
        assertThat(far.status(9).ready()).isZero();
        stage.crash();
        stage.sync();
        assertThat(stage.status(1).ready()).isEqualTo(3);
        assertThat(far.status(9).ready()).isZero();
    }

    @Test
    void theSenderMayCrashBeforeItHasSent() {
        farDeclare();
        stage.dropSent();
        settleAll(Outcome.REJECTED);
        assertThat(stage.lostOnTheWay()).hasSize(3);
        stage.sendAgain();
        stage.crash();
        onceThere();
    }

    @Test
    void theReceiverMayCrashBeforeWhatItAcceptedIsDurable() {
        farDeclare();
        settleAll(Outcome.REJECTED);
        far.holdSync();
        far.turn();
        far.crash();
        far.sync();
        assertThat(far.status(9).ready()).isZero();
        stage.crash();
        onceThere();
    }

    @Test
    void theReceiverMayCrashBeforeItHasAnswered() {
        farDeclare();
        settleAll(Outcome.REJECTED);
        far.dropSent();
        far.turn();
        assertThat(far.lostOnTheWay()).hasSize(3);
        far.sendAgain();
        far.crash();
        stage.crash();
        onceThere();
    }

    @Test
    void theSenderMayCrashBeforeItHasNotedTheAnswer() {
        farDeclare();
        settleAll(Outcome.REJECTED);
        far.turn();
        stage.holdSync();
        stage.turn();
        stage.crash();
        stage.sync();
        onceThere();
    }

    @Test
    void aSnapshotHoldsWhatIsOnItsWay() {
        farDeclare();
        stage.dropSent();
        settleAll(Outcome.REJECTED);
        stage.takeSnapshot();
        stage.sendAgain();
        stage.crash();
        far.turn();
        far.takeSnapshot();
        onceThere();
    }

    @Test
    void aDamagedMessageOnItsWayIsReportedAndThoseBehindItArrive() {
        farDeclare();
        stage.dropSent();
        settleAll(Outcome.REJECTED);
        stage.log.cool();
        long damaged = stage.log.positions(Records.ENQUEUE).getFirst();
        stage.log.damage(damaged);
        stage.sendAgain();
        stage.crash();
        bothUntilQuiet();
        assertThat(stage.damaged).containsExactly(damaged);
        assertThat(drain(far, 9)).extracting(TestClient.Got::body).containsExactly("b", "c");
        stage.crash();
        bothUntilQuiet();
        assertThat(drain(far, 9)).isEmpty();
        assertThat(stage.damaged).hasSize(1);
    }

    // ---- sent on by somebody

    private void sendOn(long entry) {
        QueueCommand.Way way = new QueueCommand.Way.To("far", "");
        stage.give(new QueueCommand.Send(client, 50, 1, Entries.of(entry), way));
        bothUntilQuiet();
        assertThat(client.reply(50)).isEqualTo(new QueueReply.Sent(1, 0));
    }

    private void farPlain() {
        stage.create(1, spec -> spec);
        far.create(9, spec -> spec);
        far.turn();
        stage.bind("far", 3, 9);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsSentOnKeepsItsTimeToLive(boolean persistent) {
        farPlain();
        stage.publish(
                client,
                List.of(1L),
                "m",
                letter -> persistent ? letter.ttl(1000) : letter.transientOnly().ttl(1000));
        stage.turn();
        sendOn(Entries.entry(0, 0));
        assertThat(far.status(9).ready()).isEqualTo(1);
        far.pass(999);
        assertThat(far.status(9).ready()).isEqualTo(1);
        far.pass(1);
        assertThat(far.status(9).ready()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsSentOnBeforeItIsDueIsDueThen(boolean persistent) {
        farPlain();
        Message later =
                new Message(
                        "ex",
                        "key",
                        persistent,
                        0,
                        -1,
                        stage.now() + 5000,
                        null,
                        Properties.NONE.encoded(),
                        ByteBuffer.wrap(new byte[] {'m'}));
        stage.give(new QueueCommand.Publish(client, 0, List.of(1L), later));
        stage.turn();
        stage.dropSent();
        QueueCommand.Way way = new QueueCommand.Way.To("far", "");
        Entries entries = Entries.of(Entries.entry(Schedule.LEVEL, 0));
        if (persistent) {
            // On its way through a snapshot and a restart.
            stage.give(new QueueCommand.Send(client, 50, 1, entries, way));
            stage.turn();
            stage.takeSnapshot();
            stage.sendAgain();
            stage.crash();
        } else {
            stage.sendAgain();
            stage.give(new QueueCommand.Send(client, 50, 1, entries, way));
        }
        bothUntilQuiet();
        assertThat(stage.status(1).scheduled()).isZero();
        assertThat(far.status(9).scheduled()).isEqualTo(1);
        far.pass(4999);
        assertThat(far.status(9).ready()).isZero();
        far.pass(1);
        assertThat(drain(far, 9)).extracting(TestClient.Got::body).containsExactly("m");
    }
}
