package dev.parley.node.embed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.SubscribeOptions.Overflow;
import dev.parley.front.mqtt.Publication;
import dev.parley.node.embed.Backlog.Item;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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

    @Test
    void theOldestIsDroppedOnlyWhereThereIsNoRoomWhateverIsTakenMeanwhile() throws Exception {
        for (int round = 0; round < 2_000; round++) {
            Backlog backlog = new Backlog(Overflow.DROP_OLDEST, 3, 1, _ -> {});
            for (int bytes = 1; bytes <= 3; bytes++) {
                backlog.offer(item("a", bytes));
            }
            AtomicBoolean begun = new AtomicBoolean();
            AtomicInteger taken = new AtomicInteger();
            Thread reader =
                    Thread.ofPlatform()
                            .start(() -> {
                                begun.set(true);
                                taken.set(nextBytes(backlog));
                            });
            while (!begun.get()) {
                Thread.onSpinWait();
            }
            backlog.offer(item("a", 4));
            reader.join();
            // Either there was room, or the first had to go: then the reader has the second.
            assertThat(taken.get()).isEqualTo(1 + backlog.missed());
            for (int bytes = taken.get() + 1; bytes <= 4; bytes++) {
                assertThat(nextBytes(backlog)).isEqualTo(bytes);
            }
            assertThat(backlog.first().isEmpty()).isTrue();
        }
    }
}
