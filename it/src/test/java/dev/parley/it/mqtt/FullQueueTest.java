package dev.parley.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import dev.parley.it.mqtt.Packet.Message;
import dev.parley.node.Parley;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A queue that blocks its publishers holds back those that come by a topic, too.
@Timeout(120)
class FullQueueTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final int BOUND = 3;
    private static final int MESSAGES = 20;

    @TempDir Path directory;
    private Parley parley;
    private Connection connection;
    private Channel channel;

    @SuppressWarnings("NullAway") // JUnit calls start() before every test.
    FullQueueTest() {}

    @BeforeEach
    void start() throws Exception {
        parley = NodeInProcess.start(directory);
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(parley.node().amqpPort());
        connection = factory.newConnection();
        channel = connection.createChannel();
        channel.queueDeclare(
                "q", true, false, false, Map.of("x-max-length", BOUND, "x-overflow", "block"));
        channel.queueBind("q", "amq.topic", "full.#");
    }

    @AfterEach
    void close() throws Exception {
        connection.close();
        parley.close();
    }

    private RawMqtt connect(String id) throws Exception {
        RawMqtt raw = new RawMqtt(parley.node().mqttPort());
        assertThat(raw.connect(new Connect(id)).reason()).isZero();
        return raw;
    }

    private byte[] take() throws Exception {
        GetResponse got =
                await().atMost(LONG).until(() -> channel.basicGet("q", true), one -> one != null);
        return got.getBody();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void anMqttConnectionThatFillsItIsReadNoFurtherUntilThereIsRoom(int qos) throws Exception {
        try (RawMqtt guilty = connect("guilty");
                RawMqtt other = connect("other")) {
            Bytes all = new Bytes();
            for (int n = 1; n <= MESSAGES; n++) {
                all.raw(
                        Message.of("full/" + n, Integer.toString(n), qos, qos == 0 ? 0 : n)
                                .packet()
                                .bytes());
            }
            guilty.write(all.toByteArray());
            await().atMost(LONG).until(() -> channel.messageCount("q") >= BOUND);
            for (int n = 0; n < MESSAGES; n++) {
                assertThat(other.publish("elsewhere", "goes on")).isEqualTo(0x10);
            }
            for (int n = 1; n <= MESSAGES; n++) {
                assertThat(channel.messageCount("q")).isLessThanOrEqualTo(BOUND);
                assertThat(take()).asString(UTF_8).isEqualTo(Integer.toString(n));
            }
            for (int n = 1; n <= MESSAGES && qos > 0; n++) {
                guilty.ack(qos == 1 ? Packet.PUBACK : Packet.PUBREC, n);
            }
            guilty.quiet();
        }
    }

    @Test
    void whoIsHeldBackGoesOnWhenTheQueueIsGone() throws Exception {
        try (RawMqtt guilty = connect("guilty")) {
            for (int n = 1; n <= BOUND; n++) {
                guilty.publish("full/a", "fills it");
            }
            guilty.send(Message.of("full/a", "waits", 1, 50));
            await().atMost(LONG).until(() -> channel.messageCount("q") == BOUND);
            channel.queueDelete("q");
            guilty.ack(Packet.PUBACK, 50);
        }
    }

    @Test
    void whoIsHeldBackAndGoneLeavesAWill() throws Exception {
        try (RawMqtt watcher = connect("watcher")) {
            watcher.subscribe("wills/#", 0);
            try (RawMqtt guilty = new RawMqtt(parley.node().mqttPort())) {
                Connect dying = new Connect("dying").keepAlive(1);
                guilty.connect(dying.will("wills/dying", "gone", 0, false, Props.NONE));
                for (int n = 1; n <= BOUND; n++) {
                    guilty.publish("full/a", "fills it");
                }
                guilty.send(Message.of("full/a", "waits", 1, 50));
            }
            assertThat(watcher.message().payload()).isEqualTo("gone");
        }
    }

    @Test
    void aProgramInTheNodeIsRefused() throws Exception {
        var topic = parley.topic("full/#", String.class);
        for (int n = 1; n <= BOUND; n++) {
            topic.publish("full/a", "fills it");
        }
        assertThatThrownBy(() -> topic.publish("full/a", "too much"))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.reason()).isInstanceOf(Reason.Full.class));
        take();
        topic.publish("full/a", "there is room");
        assertThat(channel.messageCount("q")).isEqualTo(BOUND);
    }
}
