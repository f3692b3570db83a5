package dev.parley.it.embed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.Codec;
import dev.parley.api.ConsumeOptions;
import dev.parley.api.Delivery;
import dev.parley.api.Message;
import dev.parley.api.Queue;
import dev.parley.api.QueueOptions;
import dev.parley.node.Config;
import dev.parley.node.Parley;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Programs that fail in ways that nobody expects.
@Timeout(60)
class EmbeddedFaultTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir Path directory;
    private Parley parley;

    @SuppressWarnings("NullAway") // JUnit calls open() before every test.
    EmbeddedFaultTest() {}

    @BeforeEach
    void open() throws IOException {
        parley = Parley.start(Config.embedded(directory.resolve("data")));
    }

    @AfterEach
    void close() {
        parley.close();
    }

    /// A failure that cannot even be told.
    private static final class Unspeakable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalStateException("as wanted");
        }
    }

    @Test
    void aFailureThatCannotBeToldDoesNotHoldUpItsGroup() throws Exception {
        Queue<String> queue =
                parley.queue("work", String.class, QueueOptions.DURABLE.orderedByKey());
        CountDownLatch handled = new CountDownLatch(2);
        AtomicBoolean failed = new AtomicBoolean();
        try (Queue.Consumer _ =
                queue.consume(delivery -> {
                    if (failed.compareAndSet(false, true)) {
                        throw new Unspeakable();
                    }
                    handled.countDown();
                })) {
            queue.send(Message.of("1").withKey("ann"));
            queue.send(Message.of("2").withKey("ann"));
            assertThat(handled.await(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(queue.take(Duration.ZERO)).isEmpty();
    }

    @Test
    void whatACodecDiesOfIsPutAwayAndItsGroupGoesOn() throws Exception {
        Codec<String> deep =
                new Codec<>() {
                    @Override
                    public String contentType() {
                        return "text/plain";
                    }

                    @Override
                    public byte[] encode(String payload) {
                        return payload.getBytes(UTF_8);
                    }

                    @Override
                    public String decode(byte[] body, String contentType) {
                        String text = new String(body, UTF_8);
                        if (text.equals("deep")) {
                            throw new StackOverflowError("as wanted");
                        }
                        return text;
                    }
                };
        Queue<String> queue = parley.queue("work", deep, QueueOptions.DURABLE.orderedByKey());
        CountDownLatch handled = new CountDownLatch(1);
        try (Queue.Consumer _ =
                queue.consume(delivery -> handled.countDown(), ConsumeOptions.DEFAULT)) {
            queue.send(Message.of("deep").withKey("ann"));
            queue.send(Message.of("shallow").withKey("ann"));
            assertThat(handled.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(parley.queue("work.dead", String.class).take(LONG))
                    .map(Delivery::payload)
                    .contains("deep");
        }
    }
}
