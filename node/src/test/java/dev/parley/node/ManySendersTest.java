package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.Queue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Many virtual threads that each wait for the disk: they share its syncs, and each keeps its own
/// order.
@Timeout(90)
class ManySendersTest {
    private static final int SENDERS = 400;
    private static final int EACH = 10;

    record Step(int sender, int number) {}

    @TempDir Path directory;

    @Test
    void sendersShareSyncsAndKeepTheirOrder() throws Exception {
        try (Parley parley = Parley.start(Config.embedded(directory.resolve("data")));
                Recording recording = new Recording()) {
            Queue<Step> queue = parley.queue("steps", Step.class);
            recording.enable("jdk.FileForce").withoutThreshold();
            recording.start();
            sendAll(queue);
            recording.stop();
            Path file = directory.resolve("syncs.jfr");
            recording.dump(file);
            int syncs = RecordingFile.readAllEvents(file).size();
            System.out.printf("ManySendersTest: %d sends, %d syncs%n", SENDERS * EACH, syncs);
            assertThat(syncs).isPositive().isLessThan(SENDERS * EACH / 4);
            assertOrder(queue);
        }
    }

    private static void sendAll(Queue<Step> queue) throws InterruptedException {
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> senders = new ArrayList<>();
        for (int i = 0; i < SENDERS; i++) {
            int sender = i;
            senders.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    for (int n = 0; n < EACH; n++) {
                                        queue.send(new Step(sender, n));
                                    }
                                } catch (Throwable e) {
                                    failures.add(e);
                                }
                            }));
        }
        for (Thread sender : senders) {
            assertThat(sender.join(Duration.ofSeconds(60))).isTrue();
        }
        assertThat(failures).isEmpty();
    }

    private static void assertOrder(Queue<Step> queue) throws InterruptedException {
        CountDownLatch all = new CountDownLatch(SENDERS * EACH);
        int[] next = new int[SENDERS];
        List<Step> wrong = new ArrayList<>();
        // One handler at a time, so that plain fields will do.
        try (Queue.Consumer _ =
                queue.consume(delivery -> {
                    Step step = delivery.payload();
                    if (next[step.sender()]++ != step.number()) {
                        wrong.add(step);
                    }
                    all.countDown();
                })) {
            assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(wrong).isEmpty();
    }
}
