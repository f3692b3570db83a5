package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.message.Properties;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Schedules from the inside: in which order messages leave, and what one that is large costs.
class ScheduleTest {
    private static final long HOUR = 3_600_000;

    private final Stage stage = new Stage();
    private final TestClient client = new TestClient();

    private void later(String body, boolean persistent, long millis) {
        Message message =
                new Message(
                        "ex",
                        "key",
                        persistent,
                        0,
                        -1,
                        stage.now() + millis,
                        null,
                        Properties.NONE.encoded(),
                        ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)));
        stage.give(
                new QueueCommand.Publish(client, client.nextPublish(body), List.of(1L), message));
    }

    private List<String> bodies() {
        stage.turn();
        return client.takeBodies();
    }

    /// Uses up numbers, so that the queue has no page after a restart and goes on at `number`.
    private void emptyAt(int number) {
        stage.create(1, QueueSpec.plain(true));
        for (int n = 0; n < number; n++) {
            stage.publish(client, 1, "past" + n);
        }
        stage.turn();
        stage.give(new QueueCommand.Purge(client, 90, 1));
        stage.turn();
        stage.takeSnapshot();
        stage.crash();
        Level level = stage.machine().known(1).level(0);
        assertThat(level.end()).isEqualTo(number);
        assertThat(level.pageNumbered(0)).isNull();
    }

    @Test
    void persistentAndTransientMessagesLeaveInOrderAcrossPages() {
        emptyAt(Page.ENTRIES - 2);
        later("a", true, 1000);
        later("b", true, 1000);
        later("c", false, 1000);
        later("d", true, 1000);
        stage.turn();
        stage.pass(1000);
        stage.give(client.automatic(1, 8));
        assertThat(bodies()).containsExactly("a", "b", "c", "d");
        assertThat(stage.status(1).ready()).isZero();
        assertThat(stage.status(1).scheduled()).isZero();
    }

    @Test
    void transientMessagesMayBeTheFirstToLeave() {
        emptyAt(Page.ENTRIES - 1);
        later("a", false, 1000);
        later("b", true, 1000);
        later("c", false, 1000);
        later("d", true, 1000);
        stage.turn();
        stage.pass(1000);
        stage.crash();
        client.take();
        stage.give(client.automatic(1, 8));
        assertThat(bodies()).containsExactly("b", "d");
        assertThat(stage.status(1).ready()).isZero();
    }

    private Schedule schedule() {
        return stage.machine().known(1).schedule();
    }

    /// Each of them earlier than the one before, or later: it makes no difference.
    @ParameterizedTest
    @ValueSource(ints = {1000, -1000})
    void aPageIsLookedForOnceHoweverManyMessagesAreInIt(int step) {
        stage.create(1, QueueSpec.plain(true));
        int messages = 10 * Page.ENTRIES;
        for (int n = 0; n < messages; n++) {
            later("m" + n, true, 5 * HOUR + (long) n * step);
        }
        stage.turn();
        assertThat(schedule().watched()).isEqualTo(10);
        stage.give(client.automatic(1, 7));
        int seen = 0;
        for (int hour = 0; hour < 7; hour++) {
            stage.pass(HOUR);
            assertThat(schedule().watched()).isLessThanOrEqualTo(10);
            seen += bodies().size();
        }
        assertThat(seen).isEqualTo(messages);
        assertThat(schedule().watched()).isZero();
    }

    @Test
    void aPageIsLookedAtOnceForAllThatComesNearTogether() {
        stage.create(1, QueueSpec.plain(true));
        for (int n = 0; n < Page.ENTRIES; n++) {
            later("m" + n, true, HOUR + n);
        }
        stage.turn();
        long first = schedule().nextDue();
        assertThat(first).isLessThan(stage.now() + HOUR);
        stage.pass(first - stage.now());
        assertThat(schedule().watched()).isZero();
        assertThat(schedule().nextDue()).isEqualTo(Stage.START + HOUR);
    }

    @Test
    void anEarlierMessageInAPageIsNotMissed() {
        stage.create(1, QueueSpec.plain(true));
        stage.give(client.automatic(1, 7));
        later("late", true, 3 * HOUR);
        later("early", true, HOUR);
        later("middle", true, 2 * HOUR);
        stage.turn();
        stage.pass(HOUR - 1);
        assertThat(bodies()).isEmpty();
        stage.pass(1);
        assertThat(bodies()).containsExactly("early");
        later("soon", true, HOUR / 2);
        stage.turn();
        stage.pass(HOUR / 2);
        assertThat(bodies()).containsExactly("soon");
        stage.pass(HOUR / 2);
        assertThat(bodies()).containsExactly("middle");
        stage.pass(HOUR);
        assertThat(bodies()).containsExactly("late");
    }

    /// A crash that loses the release puts the message back into the schedule, where nothing says
    /// that it was delivered.
    @Test
    void aReleasedMessageWaitsForItsReleaseToBeDurable() {
        stage.create(1, QueueSpec.plain(true));
        stage.give(client.subscribe(1, 7));
        later("a", true, 1000);
        stage.turn();
        stage.holdSync();
        stage.pass(1000);
        assertThat(bodies()).isEmpty();
        stage.syncOnce();
        assertThat(bodies()).containsExactly("a");
        stage.crash();
        stage.give(client.subscribe(1, 8));
        stage.sync();
        assertThat(client.take()).singleElement().matches(TestClient.Got::redelivered);
    }

    @Test
    void whatIsSentNowhereStaysScheduledOnce() {
        stage.create(1, QueueSpec.plain(true));
        later("a", true, 1000);
        stage.turn();
        sendNowhere(Entries.entry(Schedule.LEVEL, 0));
        assertThat(stage.status(1).scheduled()).isEqualTo(1);
        stage.give(client.automatic(1, 7));
        stage.pass(1000);
        assertThat(bodies()).containsExactly("a");
    }

    @Test
    void whatIsSentNowhereRestsOn() {
        stage.create(1, spec(QueueSpec.NONE, Overflow.DROP_HEAD, 1000));
        stage.publish(client, 1, "a");
        stage.give(client.subscribe(1, 7));
        stage.turn();
        TestClient.Got got = client.take().getFirst();
        stage.settle(got, QueueCommand.Outcome.FAILED);
        stage.turn();
        sendNowhere(got.entry());
        stage.pass(999);
        assertThat(bodies()).isEmpty();
        stage.pass(1);
        assertThat(bodies()).containsExactly("a");
    }

    private void sendNowhere(long entry) {
        QueueCommand.Way way = new QueueCommand.Way.To("nowhere", "");
        stage.give(new QueueCommand.Send(client, 90, 1, Entries.of(entry), way));
        stage.turn();
        assertThat(client.reply(90)).isEqualTo(new QueueReply.Sent(0, 1));
    }

    @Test
    void aPurgeLetsBlockedPublishersGoOn() {
        stage.create(1, spec(1, Overflow.BLOCK, 1));
        stage.publish(client, 1, "a");
        stage.turn();
        assertThat(client.full).containsExactly(1L);
        stage.give(new QueueCommand.Purge(client, 90, 1));
        stage.turn();
        assertThat(client.full).isEmpty();
    }

    private static QueueSpec spec(int length, Overflow overflow, long restMillis) {
        return new QueueSpec(
                true,
                false,
                QueueSpec.NONE,
                QueueSpec.NONE,
                length,
                QueueSpec.NONE,
                overflow,
                null,
                null,
                false,
                0,
                QueueSpec.NONE,
                new Retry(Retry.On.FAILED, restMillis, restMillis, false, 0),
                Deduplication.NONE,
                QueueSpec.NONE,
                null);
    }
}
