package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.it.AdminClient;
import dev.parley.it.mqtt.Packet.Message;
import dev.parley.it.mqtt.Received.Publish;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.eclipse.paho.mqttv5.common.packet.UserProperty;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Readers of QoS 0 that do not read: what they get, what they miss, and that others do not notice.
class SlowReadersTest extends MqttCase {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final int QUOTA_EXCEEDED = 0x97;

    /// More than all buffers between the two hold.
    private static final int MESSAGES = 600;

    private static final String PADDING = " ".repeat(100_000);
    private static final String MISSED = "x-missed";

    private String topic = "";

    @BeforeEach
    void ours() {
        Assumptions.assumeTrue(
                broker.ours(),
                () -> {
                    System.out.println("SlowReadersTest skipped: needs a node of our own");
                    return "needs a node of our own";
                });
        topic = topic();
    }

    private JsonNode get(String... path) throws IOException {
        return AdminClient.json(
                new AdminClient(broker::webSocketPort).ask("GET", List.of(path), ""));
    }

    private boolean connected(String client) throws IOException {
        for (JsonNode one : get("sessions")) {
            if (one.path("clientId").asString().equals(client)) {
                return true;
            }
        }
        return false;
    }

    private RawMqtt reader(String client, String slow) throws IOException {
        RawMqtt raw = connect(new Connect(client).with(Props.USER, Map.entry("x-slow", slow)));
        raw.subscribe(topic + "/#", 0);
        return raw;
    }

    /// Publishes numbers; somebody who reads gets each of them meanwhile.
    private void publish(int topics) throws IOException {
        RawMqtt good = connect();
        good.subscribe(topic + "/#", 0);
        RawMqtt publisher = connect();
        for (int i = 0; i < MESSAGES; i++) {
            publisher.send(Message.of(topic + "/" + i % topics, i + PADDING));
            assertThat(number(good.message())).isEqualTo(i);
        }
        good.leave();
        publisher.leave();
    }

    private static int number(Publish message) {
        return Integer.parseInt(message.payload().strip());
    }

    private static int missed(Publish message) {
        int all = 0;
        for (Object pair : message.props().values(Props.USER)) {
            var entry = (Map.Entry<?, ?>) pair;
            if (entry.getKey().equals(MISSED)) {
                all += Integer.parseInt(String.valueOf(entry.getValue()));
            }
        }
        return all;
    }

    @Test
    void whoWantsNewMessagesMissesOldOnes() throws Exception {
        String client = id();
        RawMqtt slow = reader(client, "drop-old");
        publish(1);
        int before = -1;
        int missed = 0;
        while (before < MESSAGES - 1) {
            Publish message = slow.message();
            int told = missed(message);
            assertThat(number(message)).isEqualTo(before + told + 1);
            before = number(message);
            missed += told;
        }
        assertThat(missed).isPositive();
        JsonNode row = get("sessions", client);
        assertThat(row.path("slow").asString()).isEqualTo("drop-old");
        assertThat(row.path("missed").asInt()).isEqualTo(missed);
        assertThat(row.path("missedOf"))
                .hasToString("[{\"topic\":\"%s/0\",\"count\":%d}]".formatted(topic, missed));
    }

    @Test
    void whoSaysNothingMissesNewOnes() throws Exception {
        RawMqtt slow = connect();
        slow.subscribe(topic + "/#", 0);
        publish(1);
        slow.send(Packet.ping());
        int read = 0;
        Received received = slow.read();
        while (received instanceof Publish message) {
            assertThat(missed(message)).isZero();
            assertThat(number(message)).isEqualTo(read++);
            received = slow.read();
        }
        assertThat(read).isLessThan(MESSAGES);
        RawMqtt publisher = connect();
        publisher.send(Message.of(topic + "/0", "0"));
        assertThat(missed(slow.message())).isEqualTo(MESSAGES - read);
    }

    @Test
    void whoWouldRatherGoIsSentAway() throws Exception {
        String client = id();
        RawMqtt slow = reader(client, "disconnect");
        assertThat(connected(client)).isTrue();
        publish(1);
        await().atMost(LONG).until(() -> !connected(client));
        assertThat(slow.ending().reason()).isEqualTo(QUOTA_EXCEEDED);
    }

    @Test
    void aWordThatIsNoneIsRefused() throws Exception {
        RawMqtt raw = socket();
        var connack = raw.connect(new Connect(id()).with(Props.USER, Map.entry("x-slow", "never")));
        assertThat(connack.reason()).isEqualTo(0x83);
        assertThat(connack.props().text(Props.REASON)).contains("'never'", "drop-old");
    }

    /// Paho's client, whose callback takes its time.
    @Test
    void whoWantsTheLastOfEachTopicGetsIt() throws Exception {
        int topics = 4;
        var options = new MqttConnectionOptions();
        options.setUserProperties(List.of(new UserProperty("x-slow", "latest")));
        var begin = new CountDownLatch(1);
        var arrived = new LinkedBlockingQueue<Map.Entry<String, MqttMessage>>();
        var client =
                new MqttAsyncClient(
                        "tcp://127.0.0.1:" + broker.port(), id(), new MemoryPersistence());
        client.setCallback(
                new Hesitant() {
                    @Override
                    public void messageArrived(String of, MqttMessage message) throws Exception {
                        begin.await();
                        arrived.add(Map.entry(of, message));
                    }
                });
        client.connect(options).waitForCompletion(LONG.toMillis());
        client.subscribe(topic + "/#", 0).waitForCompletion(LONG.toMillis());
        publish(topics);
        begin.countDown();
        Map<String, Integer> last = new HashMap<>();
        int accounted = 0;
        while (accounted < MESSAGES) {
            Map.Entry<String, MqttMessage> one = arrived.poll(30, TimeUnit.SECONDS);
            assertThat(one).as("a message, %d of %d", accounted, MESSAGES).isNotNull();
            last.put(one.getKey(), Integer.parseInt(one.getValue().toString().strip()));
            accounted++;
            for (UserProperty property : one.getValue().getProperties().getUserProperties()) {
                if (property.getKey().equals(MISSED)) {
                    accounted += Integer.parseInt(property.getValue());
                }
            }
        }
        assertThat(accounted).isEqualTo(MESSAGES);
        assertThat(last.values()).hasSize(topics).allMatch(number -> number >= MESSAGES - topics);
        JsonNode row = get("sessions", client.getClientId());
        assertThat(row.path("missed").asInt()).isPositive();
        assertThat(row.path("missedOf").size()).isEqualTo(topics);
        client.disconnect().waitForCompletion(LONG.toMillis());
        client.close();
    }

    /// A callback of Paho's that is told of messages only.
    private abstract static class Hesitant implements MqttCallback {
        @Override
        public void disconnected(MqttDisconnectResponse response) {
            // the test waits in vain then
        }

        @Override
        public void mqttErrorOccurred(MqttException exception) {
            System.err.println("Paho: " + exception);
        }

        @Override
        public void deliveryComplete(IMqttToken token) {
            // it publishes nothing
        }

        @Override
        public void connectComplete(boolean reconnect, String server) {
            // connect waits for it
        }

        @Override
        public void authPacketArrived(int reason, MqttProperties properties) {
            System.err.println("Paho: AUTH " + reason);
        }
    }
}
