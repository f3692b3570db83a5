package dev.parley.it.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.parley.api.Queue;
import dev.parley.api.QueueOptions;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import dev.parley.node.Config;
import dev.parley.node.Parley;
import dev.parley.node.embed.EmbedConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Sends to a queue that blocks its publishers while it is full.
@Timeout(60)
class EmbeddedFullTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir Path directory;

    @SuppressWarnings("NullAway") // JUnit sets the directory.
    EmbeddedFullTest() {}

    private Parley start(Duration patience) throws IOException {
        return Parley.start(
                Config.embedded(directory.resolve("data")),
                EmbedConfig.DEFAULT.withPatience(patience));
    }

    private static Queue<Integer> small(Parley parley) {
        return parley.queue(
                "small",
                Integer.class,
                QueueOptions.DURABLE.lengthMax(2).with("x-overflow", "block"));
    }

    private static void fill(Queue<Integer> queue) throws InterruptedException {
        for (int i = 0; i < 2; i++) {
            queue.send(i);
        }
    }

    @Test
    void aSendToAFullQueueThatBlocksWaitsForRoom() throws Exception {
        try (Parley parley = start(LONG)) {
            Queue<Integer> queue = small(parley);
            fill(queue);
            CompletableFuture<@Nullable Void> waiting = queue.sendAsync(2);
            assertThat(queue.peek(10)).hasSize(2); // behind the send
            assertThat(waiting).isNotDone();
            for (int i = 0; i < 2; i++) {
                queue.take(LONG).orElseThrow().ack();
            }
            waiting.get(20, TimeUnit.SECONDS);
            assertThat(queue.take(LONG).orElseThrow().payload()).isEqualTo(2);
        }
    }

    @Test
    void aSendToAFullQueueThatBlocksIsRefusedWhenItsPatienceEnds() throws Exception {
        try (Parley parley = start(Duration.ofMillis(300))) {
            Queue<Integer> queue = small(parley);
            fill(queue);
            for (int i = 0; i < 3; i++) {
                RefusedException refused =
                        catchThrowableOfType(RefusedException.class, () -> queue.send(9));
                assertThat(refused.reason()).isInstanceOf(Reason.Full.class);
            }
            assertThat(queue.peek(10)).hasSize(2);
        }
    }
}
