package dev.parley.node.embed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.SubscribeOptions.Overflow;
import dev.parley.front.mqtt.Publication;
import dev.parley.node.embed.Backlog.Item;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What waits for a program stays within its bounds.
class BacklogTest {
    private static Item item(String topic, int bytes) {
        ByteBuffer none = ByteBuffer.allocate(0);
        ByteBuffer payload = ByteBuffer.allocate(bytes);
        return new Item(new Publication(topic, 0, false, Long.MAX_VALUE, none, payload), 0, false);
    }

    private static int nextBytes(Backlog backlog) {
        return Objects.requireNonNull(backlog.first().poll()).message().payload().remaining();
    }

    @Test
    void theLatestOfASubjectTakesAPlaceOnlyWhereThereIsRoomForIt() {
        Backlog backlog = new Backlog(Overflow.LATEST, 10, 1, _ -> {});
        backlog.offer(item("a", 10 << 20));
        backlog.offer(item("b", 1));
        backlog.offer(item("b", 2));
        backlog.offer(item("b", 10 << 20));
        assertThat(backlog.missed()).isEqualTo(2);
        assertThat(backlog.light()).isTrue();
        assertThat(nextBytes(backlog)).isEqualTo(10 << 20);
        assertThat(nextBytes(backlog)).isEqualTo(2);
        assertThat(backlog.first().isEmpty()).isTrue();
    }
}
