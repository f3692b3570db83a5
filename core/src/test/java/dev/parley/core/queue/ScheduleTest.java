package dev.parley.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.message.Properties;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

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
}
