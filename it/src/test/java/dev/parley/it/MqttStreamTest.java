package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient.Mqtt5Publishes;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperties;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperty;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.suback.Mqtt5SubAckReasonCode;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Streams read with HiveMQ's client of MQTT 5, while publishers go on and while the node is
/// killed.
@Timeout(120)
class MqttStreamTest {
    private static final long PATIENCE = 20;
    private static final int MESSAGES = 4_000;

    private static TestNode node;

    @BeforeAll
    static void start() {
        node = TestNode.start(Broker.freshDirectory("mqtt-streams"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static Mqtt5BlockingClient client(String id, boolean clean) {
        Mqtt5BlockingClient client =
                Mqtt5Client.builder()
                        .identifier(id)
                        .serverHost("127.0.0.1")
                        .serverPort(node.mqttPort())
                        .buildBlocking();
        client.connectWith().cleanStart(clean).sessionExpiryInterval(clean ? 0 : 600).send();
        return client;
    }

    private static void declare(String stream, String key) throws Exception {
        try (Connection connection = Broker.connect(Broker.factory(Broker.url(node.amqpPort())));
                Channel channel = connection.createChannel()) {
            channel.queueDeclare(stream, true, false, false, Map.of("x-queue-type", "stream"));
            channel.queueBind(stream, "amq.topic", key);
        }
    }

    private static void read(
            Mqtt5BlockingClient client, String stream, MqttQos qos, String... properties) {
        var list = new ArrayList<Mqtt5UserProperty>();
        for (int i = 0; i < properties.length; i += 2) {
            list.add(Mqtt5UserProperty.of(properties[i], properties[i + 1]));
        }
        client.subscribeWith()
                .topicFilter("$stream/" + stream)
                .qos(qos)
                .userProperties(Mqtt5UserProperties.of(list))
                .send();
    }

    private static CompletableFuture<?> publish(Mqtt5AsyncClient client, String topic, int n) {
        return client.publishWith()
                .topic(topic)
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload(("m" + n).getBytes(UTF_8))
                .send();
    }

    private static String property(Mqtt5Publish message, String name) {
        return message.getUserProperties().asList().stream()
                .filter(one -> one.getName().toString().equals(name))
                .map(one -> one.getValue().toString())
                .findFirst()
                .orElse("");
    }

    private static Mqtt5Publish next(Mqtt5Publishes publishes) throws InterruptedException {
        return publishes.receive(PATIENCE, TimeUnit.SECONDS).orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(names = {"AT_MOST_ONCE", "AT_LEAST_ONCE"})
    void historyGoesOverIntoWhatIsLive(MqttQos qos) throws Exception {
        String stream = "live" + qos.getCode();
        declare(stream, stream + ".#");
        Mqtt5AsyncClient publisher = client("publisher-" + stream, true).toAsync();
        for (int n = 0; n < MESSAGES / 4; n++) {
            publish(publisher, stream + "/t", n).get(PATIENCE, TimeUnit.SECONDS);
        }
        Mqtt5BlockingClient reader = client("reader-" + stream, true);
        try (Mqtt5Publishes publishes = reader.publishes(MqttGlobalPublishFilter.ALL)) {
            var sent = new ArrayList<CompletableFuture<?>>();
            for (int n = MESSAGES / 4; n < MESSAGES; n++) {
                sent.add(publish(publisher, stream + "/t", n));
                if (n == MESSAGES / 3) {
                    read(reader, stream, qos, "stream-offset", "earliest");
                }
            }
            for (int n = 0; n < MESSAGES; n++) {
                Mqtt5Publish message = next(publishes);
                assertThat(property(message, "stream-offset")).isEqualTo("" + n);
                assertThat(new String(message.getPayloadAsBytes(), UTF_8)).isEqualTo("m" + n);
                assertThat(message.getTopic()).hasToString(stream + "/t");
            }
            for (CompletableFuture<?> one : sent) {
                one.get(PATIENCE, TimeUnit.SECONDS);
            }
        }
        reader.disconnect();
        publisher.disconnect();
    }

    @Test
    void cursorOfASessionGoesOnAfterAKill() throws Exception {
        declare("kept", "kept.#");
        Mqtt5BlockingClient publisher = client("publisher-kept", true);
        Mqtt5BlockingClient reader = client("reader-kept", false);
        List<String> got = new ArrayList<>();
        try (Mqtt5Publishes publishes = reader.publishes(MqttGlobalPublishFilter.ALL, true)) {
            read(
                    reader,
                    "kept",
                    MqttQos.AT_LEAST_ONCE,
                    "stream-offset",
                    "earliest",
                    "stream-cursor",
                    "kept");
            for (int n = 0; n < 20; n++) {
                publish(publisher.toAsync(), "kept/t", n).get(PATIENCE, TimeUnit.SECONDS);
            }
            for (int n = 0; n < 10; n++) {
                Mqtt5Publish message = next(publishes);
                got.add(property(message, "stream-offset"));
                message.acknowledge();
            }
            // What is acknowledged before a publish is on disk when that is answered.
            for (int n = 20; n < 40; n++) {
                publish(publisher.toAsync(), "kept/t", n).get(PATIENCE, TimeUnit.SECONDS);
            }
        }
        node.kill();
        node.restart();
        Mqtt5BlockingClient back =
                Mqtt5Client.builder()
                        .identifier("reader-kept")
                        .serverHost("127.0.0.1")
                        .serverPort(node.mqttPort())
                        .buildBlocking();
        try (Mqtt5Publishes publishes = back.publishes(MqttGlobalPublishFilter.ALL)) {
            assertThat(
                            back.connectWith()
                                    .cleanStart(false)
                                    .sessionExpiryInterval(600)
                                    .send()
                                    .isSessionPresent())
                    .isTrue();
            long first = Long.parseLong(property(next(publishes), "stream-offset"));
            // An acknowledgement may have been on its way when the node was killed.
            assertThat(first).isBetween(0L, 10L);
            for (long n = first + 1; n < 40; n++) {
                assertThat(property(next(publishes), "stream-offset")).isEqualTo("" + n);
            }
        }
        back.disconnect();
        assertThat(got).hasSize(10);
    }

    @Test
    void whoMayNotReadTheStreamDoesNotGetIt() throws Exception {
        declare("secret", "secret.#");
        declare("open", "open.#");
        AdminClient admin = new AdminClient(node);
        admin.ask("PUT", List.of("users", "visitor"), "{\"password\":\"p\",\"tags\":[]}");
        admin.ask(
                "PUT",
                List.of("users", "visitor", "permissions", "/"),
                "{\"configure\":\"^$\",\"write\":\"^$\",\"read\":\"^open$\"}");
        Mqtt5BlockingClient visitor =
                Mqtt5Client.builder()
                        .identifier("visitor")
                        .serverHost("127.0.0.1")
                        .serverPort(node.mqttPort())
                        .simpleAuth()
                        .username("visitor")
                        .password("p".getBytes(UTF_8))
                        .applySimpleAuth()
                        .buildBlocking();
        visitor.connect();
        read(visitor, "open", MqttQos.AT_LEAST_ONCE);
        assertThatThrownBy(() -> read(visitor, "secret", MqttQos.AT_LEAST_ONCE))
                .isInstanceOfSatisfying(
                        Mqtt5SubAckException.class,
                        refused ->
                                assertThat(refused.getMqttMessage().getReasonCodes())
                                        .containsExactly(Mqtt5SubAckReasonCode.NOT_AUTHORIZED));
        visitor.disconnect();
        ConnectionFactory factory = Broker.factory(Broker.url(node.amqpPort()));
        factory.setUsername("visitor");
        factory.setPassword("p");
        try (Connection connection = Broker.connect(factory)) {
            Channel channel = connection.createChannel();
            channel.basicQos(1);
            Inbox.acking(channel, "open");
            AmqpCase.Refusal refusal = AmqpCase.refused(channel, c -> Inbox.acking(c, "secret"));
            assertThat(refusal.code()).isEqualTo(403);
        }
    }
}
