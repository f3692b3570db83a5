package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Delivery;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Streams and their cursors while the node stops, and while it is killed.
@Timeout(120)
class StreamCrashTest {
    private static final int COUNT = 5_000;

    private static TestNode node;

    @BeforeAll
    static void start() {
        node = TestNode.start(Broker.freshDirectory("streams"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    /// What one connection does.
    private interface Work {
        void with(Channel channel) throws Exception;
    }

    private static void connected(Work work) throws Exception {
        try (Connection connection = Broker.connect(Broker.factory(Broker.url(node.amqpPort())))) {
            work.with(connection.createChannel());
        }
    }

    private static void declare(Channel channel, String stream) throws IOException {
        channel.queueDeclare(stream, true, false, false, Map.of("x-queue-type", "stream"));
    }

    private static void publish(Channel channel, String stream, int from, int to) throws Exception {
        channel.confirmSelect();
        for (int n = from; n < to; n++) {
            channel.basicPublish("", stream, null, ("m" + n).getBytes(UTF_8));
        }
        channel.waitForConfirmsOrDie(30_000);
    }

    private static List<String> read(Channel channel, String stream, int count) throws Exception {
        channel.basicQos(200);
        Inbox all = Inbox.on(channel, stream, false, Map.of("x-stream-offset", "first"));
        var texts = new ArrayList<String>();
        while (texts.size() < count) {
            Delivery one = all.take();
            assertThat(one.getProperties().getHeaders().get("x-stream-offset"))
                    .isEqualTo((long) texts.size());
            texts.add(Inbox.text(one));
            channel.basicAck(Inbox.tag(one), false);
        }
        return texts;
    }

    private static List<String> expected(int count) {
        var texts = new ArrayList<String>();
        for (int n = 0; n < count; n++) {
            texts.add("m" + n);
        }
        return texts;
    }

    @Test
    void whatWasConfirmedIsThereAfterAKill() throws Exception {
        connected(channel -> {
            declare(channel, "killed");
            publish(channel, "killed", 0, COUNT);
        });
        node.kill();
        node.restart();
        connected(channel -> {
            assertThat(channel.queueDeclarePassive("killed").getMessageCount()).isEqualTo(COUNT);
            assertThat(read(channel, "killed", COUNT)).isEqualTo(expected(COUNT));
        });
        connected(channel -> publish(channel, "killed", COUNT, COUNT + 100));
        node.kill();
        node.restart();
        connected(channel ->
                assertThat(read(channel, "killed", COUNT + 100)).isEqualTo(expected(COUNT + 100)));
    }

    @Test
    void nodeThatStopsWellKeepsIt() throws Exception {
        connected(channel -> {
            declare(channel, "stopped");
            publish(channel, "stopped", 0, COUNT);
        });
        node.restart();
        connected(
                channel -> assertThat(read(channel, "stopped", COUNT)).isEqualTo(expected(COUNT)));
    }

    @Test
    void cursorGoesOnAfterAKill() throws Exception {
        Map<String, Object> cursor =
                Map.of("x-stream-offset", "first", "x-stream-cursor", "reader");
        connected(channel -> {
            declare(channel, "cursor");
            publish(channel, "cursor", 0, 100);
            channel.basicQos(20);
            Inbox some = Inbox.on(channel, "cursor", false, cursor);
            for (int n = 0; n < 60; n++) {
                Delivery one = some.take();
                channel.basicAck(Inbox.tag(one), false);
            }
            // Settled before it, so known when this is confirmed.
            publish(channel, "cursor", 100, 101);
        });
        node.kill();
        node.restart();
        connected(channel -> {
            channel.basicQos(200);
            Inbox rest = Inbox.on(channel, "cursor", false, cursor);
            assertThat(rest.takeTexts(41)).isEqualTo(expected(101).subList(60, 101));
        });
    }

    @Test
    void streamThatWasDeletedStaysAway() throws Exception {
        connected(channel -> {
            declare(channel, "deleted");
            publish(channel, "deleted", 0, 10);
            assertThat(channel.queueDelete("deleted").getMessageCount()).isEqualTo(10);
            declare(channel, "deleted");
            publish(channel, "deleted", 0, 1);
        });
        node.kill();
        node.restart();
        connected(channel -> {
            assertThat(channel.queueDeclarePassive("deleted").getMessageCount()).isEqualTo(1);
            assertThat(read(channel, "deleted", 1)).isEqualTo(expected(1));
        });
    }

    @Test
    void deadLettersOfOtherShardsComeOnceThroughKills() throws Exception {
        connected(channel -> {
            declare(channel, "graves");
            for (int queue = 0; queue < 8; queue++) {
                Map<String, Object> arguments =
                        Map.of(
                                "x-dead-letter-exchange",
                                "",
                                "x-dead-letter-routing-key",
                                "graves",
                                "x-message-ttl",
                                1);
                channel.queueDeclare("dying" + queue, true, false, false, arguments);
            }
            channel.confirmSelect();
            for (int n = 0; n < 400; n++) {
                channel.basicPublish(
                        "",
                        "dying" + n % 8,
                        com.rabbitmq.client.MessageProperties.PERSISTENT_BASIC,
                        ("m" + n).getBytes(UTF_8));
            }
            channel.waitForConfirmsOrDie(30_000);
        });
        node.kill();
        node.restart();
        connected(channel -> {
            channel.basicQos(1_000);
            Inbox all = Inbox.on(channel, "graves", false, Map.of("x-stream-offset", "first"));
            assertThat(all.takeTexts(400)).containsExactlyInAnyOrderElementsOf(expected(400));
            all.staysEmpty();
        });
    }
}
