package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A disk that fills up refuses publishers, loses nothing and recovers by itself.
///
/// The disk is a small file system in memory, which only root can mount; elsewhere the test is
/// skipped and says so.
class DiskFullIT {
    private static final String SIZE = "576m";
    private static final int BODY = 64 << 10;
    private static final int PUBLISHED_MAX = 12_000;
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final Path disk = Broker.freshDirectory("small-disk");
    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        Files.createDirectories(disk);
        mounted = run("mount", "-t", "tmpfs", "-o", "size=" + SIZE, "parley-it", disk.toString());
        if (!mounted) {
            System.out.println("DiskFullIT skipped: this user cannot mount a small file system");
        }
        Assumptions.assumeTrue(mounted, "cannot mount a small file system");
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(run("umount", disk.toString())).isTrue();
        }
    }

    @Test
    void fullDiskRefusesPublishersAndRecovers() throws Exception {
        try (TestNode node = TestNode.start(disk.resolve("data"))) {
            var blocked = new AtomicReference<String>("");
            var others = new AtomicReference<String>("");
            Connection connection = connect(node);
            Connection unconfirmed = connect(node);
            listen(connection, blocked);
            listen(unconfirmed, others);
            Channel channel = connection.createChannel();
            channel.queueDeclare("full", true, false, false, null);
            Channel other = unconfirmed.createChannel();
            other.basicPublish("", "nowhere", null, new byte[1]);

            List<Integer> confirmed = fill(channel);
            assertThat(confirmed).hasSizeBetween(1, PUBLISHED_MAX - 1);
            await("publishers are told", () -> blocked.get().contains("disk"));
            assertThat(others.get()).as("who does not publish is left alone").isEmpty();
            other.basicPublish("", "nowhere", null, new byte[1]);
            await("other publishers are told", () -> others.get().contains("disk"));
            assertThat(usable()).as("the reserve is not gone").isPositive();

            // A crash while it is full loses nothing.
            connection.abort();
            // Its goodbye stands behind what is held back.
            unconfirmed.abort(1_000);
            node.kill();
            node.restart();
            assertThat(drain(node)).containsSubsequence(confirmed);
            try (Connection later = connect(node)) {
                Channel again = later.createChannel();
                again.confirmSelect();
                await("room again", () -> publish(again));
            }
            node.stop();
        }
    }

    private static void listen(Connection connection, AtomicReference<String> reason) {
        connection.addBlockedListener(reason::set, () -> reason.set(""));
    }

    private static Connection connect(TestNode node) throws IOException {
        return Broker.connect(Broker.factory(Broker.url(node.amqpPort())));
    }

    /// Publishes until the first nack; returns what was confirmed.
    private static List<Integer> fill(Channel channel) throws Exception {
        var open = new ConcurrentSkipListMap<Long, Integer>();
        var confirmed = new ConcurrentSkipListMap<Integer, Boolean>();
        var refused = new AtomicInteger();
        channel.confirmSelect();
        channel.addConfirmListener(
                (tag, multiple) -> take(open, tag, multiple).forEach(n -> confirmed.put(n, true)),
                (tag, multiple) -> refused.addAndGet(take(open, tag, multiple).size()));
        ByteBuffer body = ByteBuffer.allocate(BODY);
        for (int n = 0; n < PUBLISHED_MAX && refused.get() == 0; n++) {
            body.putInt(0, n);
            open.put(channel.getNextPublishSeqNo(), n);
            channel.basicPublish(
                    "", "full", MessageProperties.PERSISTENT_BASIC, body.array().clone());
            if (open.size() > 64) {
                await("confirms", () -> open.size() < 32);
            }
        }
        await("all answers", open::isEmpty);
        return new ArrayList<>(confirmed.keySet());
    }

    private static List<Integer> take(
            ConcurrentSkipListMap<Long, Integer> open, long tag, boolean multiple) {
        Map<Long, Integer> answered =
                multiple ? open.headMap(tag, true) : open.subMap(tag, true, tag, true);
        List<Integer> numbers = List.copyOf(answered.values());
        answered.clear();
        return numbers;
    }

    /// Takes and acknowledges everything.
    private static List<Integer> drain(TestNode node) throws IOException {
        List<Integer> found = new ArrayList<>();
        try (Connection connection = connect(node)) {
            Channel channel = connection.createChannel();
            GetResponse one;
            while ((one = channel.basicGet("full", false)) != null) {
                found.add(ByteBuffer.wrap(one.getBody()).getInt());
                channel.basicAck(one.getEnvelope().getDeliveryTag(), false);
            }
        }
        return found;
    }

    private static boolean publish(Channel channel) {
        try {
            channel.basicPublish("", "full", MessageProperties.PERSISTENT_BASIC, new byte[BODY]);
            return channel.waitForConfirms();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private long usable() throws IOException {
        return Files.getFileStore(disk).getUsableSpace();
    }

    private static void await(String what, java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await(what)
                .pollInterval(Duration.ofMillis(20))
                .atMost(DEADLINE)
                .until(condition);
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false; // no such program here
        }
    }
}
