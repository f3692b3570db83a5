package dev.parley.node.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.api.Codec;
import dev.parley.api.Delivery;
import dev.parley.api.Queue;
import dev.parley.node.Config;
import dev.parley.node.Parley;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What is left of somebody who waited for a message: nothing, however long he would have waited.
@Timeout(60)
class PullTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir Path directory = Path.of("");

    /// Text; nobody but one queue of the test has it.
    private static final class Own implements Codec<String> {
        private final Codec<String> text = Codec.text();

        @Override
        public String contentType() {
            return text.contentType();
        }

        @Override
        public byte[] encode(String payload) {
            return text.encode(payload);
        }

        @Override
        public String decode(byte[] body, String contentType) throws Exception {
            return text.decode(body, contentType);
        }
    }

    /// What is done with somebody who waits.
    private interface End {
        void of(Queue<String> queue, CompletableFuture<Optional<Delivery<String>>> waiting)
                throws Exception;
    }

    private static WeakReference<Codec<String>> waited(Parley parley, End end) throws Exception {
        Codec<String> codec = new Own();
        Queue<String> queue = parley.queue("work", codec);
        CompletableFuture<Optional<Delivery<String>>> waiting = queue.takeAsync(Duration.ofDays(9));
        // Answered behind the other, which has begun to wait by now.
        assertThat(queue.take(Duration.ZERO)).isEmpty();
        assertThat(waiting).isNotDone();
        end.of(queue, waiting);
        return new WeakReference<>(codec);
    }

    private void leavesNothing(End end) throws Exception {
        try (Parley parley = Parley.start(Config.embedded(directory.resolve("data")))) {
            WeakReference<Codec<String>> codec = waited(parley, end);
            Queue<String> other = parley.queue("other", String.class);
            await().atMost(LONG)
                    .until(() -> {
                        other.send("whoever did something last does something else");
                        other.take(LONG).orElseThrow().ack();
                        System.gc();
                        return codec.get() == null;
                    });
            assertThat(codec.get()).isNull();
        }
    }

    @Test
    void whoFoundSomethingIsForgotten() throws Exception {
        leavesNothing((queue, waiting) -> {
            queue.send("found");
            Delivery<String> found = waiting.get(LONG.toSeconds(), TimeUnit.SECONDS).orElseThrow();
            assertThat(found.payload()).isEqualTo("found");
            found.ack();
        });
    }

    @Test
    void whoGaveUpIsForgotten() throws Exception {
        leavesNothing((queue, waiting) -> assertThat(waiting.cancel(true)).isTrue());
    }
}
