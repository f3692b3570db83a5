package dev.parley.it.embed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.ConsumeOptions;
import dev.parley.api.Delivery;
import dev.parley.api.Queue;
import dev.parley.api.QueueOptions;
import dev.parley.node.Config;
import dev.parley.node.Parley;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Deliveries that are kept for too long.
@Timeout(60)
class EmbeddedLeaseTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir Path directory;
    private Parley parley;
    private Queue<String> queue;

    @SuppressWarnings("NullAway") // JUnit calls open() before every test.
    EmbeddedLeaseTest() {}

    @BeforeEach
    void open() throws IOException {
        parley = Parley.start(Config.embedded(directory.resolve("data")));
        queue =
                parley.queue(
                        "leased",
                        String.class,
                        QueueOptions.DURABLE.with("x-consumer-timeout", 1_000));
    }

    @AfterEach
    void close() {
        parley.close();
    }

    @Test
    void aHandlerThatEndsAfterItsLeaseDoesNotSettleAnothersDelivery() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Queue.Consumer slow =
                queue.consume(
                        delivery -> {
                            begun.countDown();
                            goOn.await();
                        },
                        ConsumeOptions.DEFAULT.withPrefetch(1));
        queue.send("m");
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        // So that it does not get the message again, while its handler is at work.
        Thread closing = Thread.startVirtualThread(slow::close);
        Delivery<String> others = queue.take(LONG).orElseThrow();
        goOn.countDown();
        closing.join();
        others.giveBack();
        assertThat(queue.take(LONG)).isPresent();
    }

    @Test
    void whatWasTakenAndLapsedDoesNotSettleAnothersDelivery() throws Exception {
        var waiting = queue.takeAsync(LONG);
        queue.peek(1); // behind the take
        queue.send("m");
        Delivery<String> late = waiting.get(20, TimeUnit.SECONDS).orElseThrow();
        Delivery<String> others = queue.take(LONG).orElseThrow();
        late.ack();
        others.giveBack();
        assertThat(queue.take(LONG)).isPresent();
    }

    @Test
    void whatHasLapsedIsNotPutAwayAsWell() throws Exception {
        var waiting = queue.takeAsync(LONG);
        queue.peek(1); // behind the take
        queue.send("m");
        Delivery<String> late = waiting.get(20, TimeUnit.SECONDS).orElseThrow();
        Delivery<String> others = queue.take(LONG).orElseThrow();
        late.putAway("too late");
        others.ack();
        assertThat(parley.queue("leased.dead", String.class).peek(1)).isEmpty();
    }

    @Test
    void aConsumerThatGetsItsLapsedMessageAgainSettlesItOnce() throws Exception {
        CountDownLatch twice = new CountDownLatch(2);
        CountDownLatch first = new CountDownLatch(1);
        try (Queue.Consumer _ =
                queue.consume(
                        delivery -> {
                            twice.countDown();
                            if (delivery.failures() == 0) {
                                first.await();
                            } else {
                                first.countDown();
                            }
                        },
                        ConsumeOptions.DEFAULT.withPrefetch(1).withConcurrency(2))) {
            queue.send("m");
            assertThat(twice.await(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(queue.take(Duration.ZERO)).isEmpty();
    }
}
