package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.GetResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// Topics together with queues, the command line and a node that is killed; with HiveMQ's client of
/// MQTT 5 and RabbitMQ's of AMQP.
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TopicsTest {
    private static final long PATIENCE = 20;

    @SuppressWarnings("NullAway") // set before the first test
    private TestNode node = null;

    @BeforeAll
    void start() {
        node = TestNode.start(Broker.freshDirectory("topics"));
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private Mqtt5BlockingClient client(String id, boolean clean) {
        Mqtt5BlockingClient client = unconnected(id);
        connect(client, clean);
        return client;
    }

    private Mqtt5BlockingClient unconnected(String id) {
        return Mqtt5Client.builder()
                .identifier(id)
                .serverHost("127.0.0.1")
                .serverPort(node.mqttPort())
                .buildBlocking();
    }

    private static void connect(Mqtt5BlockingClient client, boolean clean) {
        client.connectWith().cleanStart(clean).sessionExpiryInterval(clean ? 0 : 600).send();
    }

    private static void publish(Mqtt5BlockingClient client, String topic, String text) {
        client.publishWith()
                .topic(topic)
                .qos(MqttQos.AT_LEAST_ONCE)
                .contentType("text/plain")
                .correlationData("c-1".getBytes(UTF_8))
                .userProperties()
                .add("unit", "kelvin")
                .applyUserProperties()
                .payload(text.getBytes(UTF_8))
                .send();
    }

    @Test
    void whatMqttPublishesLandsInQueues() throws Exception {
        try (Connection connection = Broker.connect(Broker.factory(Broker.url(node.amqpPort())));
                Channel channel = connection.createChannel()) {
            channel.queueDeclare("lands", true, false, false, null);
            channel.queueBind("lands", "amq.topic", "plant.*.heat");
            Mqtt5BlockingClient client = client("lander", true);
            publish(client, "plant/7/heat", "21");
            publish(client, "plant/7/cold", "no");
            client.disconnect();
            GetResponse got = channel.basicGet("lands", true);
            assertThat(got.getEnvelope().getRoutingKey()).isEqualTo("plant.7.heat");
            assertThat(got.getBody()).isEqualTo("21".getBytes(UTF_8));
            BasicProperties properties = got.getProps();
            assertThat(properties.getDeliveryMode()).isEqualTo(2);
            assertThat(properties.getContentType()).isEqualTo("text/plain");
            assertThat(properties.getCorrelationId()).isEqualTo("c-1");
            assertThat(properties.getHeaders().get("unit")).hasToString("kelvin");
            assertThat(channel.basicGet("lands", true)).isNull();
        }
    }

    @Test
    void whatAmqpPublishesReachesSubscribersAndSessions() throws Exception {
        Mqtt5BlockingClient away = client("away", false);
        away.subscribeWith().topicFilter("yard/#").qos(MqttQos.AT_LEAST_ONCE).send();
        away.disconnect();
        Mqtt5BlockingClient here = client("here", true);
        try (Mqtt5BlockingClient.Mqtt5Publishes arrivals =
                        here.publishes(MqttGlobalPublishFilter.ALL);
                Connection connection =
                        Broker.connect(Broker.factory(Broker.url(node.amqpPort())));
                Channel channel = connection.createChannel()) {
            here.subscribeWith().topicFilter("yard/+").qos(MqttQos.EXACTLY_ONCE).send();
            channel.confirmSelect();
            BasicProperties properties =
                    new BasicProperties.Builder()
                            .deliveryMode(2)
                            .contentType("text/plain")
                            .correlationId("c-2")
                            .headers(Map.of("unit", "lux"))
                            .build();
            channel.basicPublish("amq.topic", "yard.lamp", properties, "on".getBytes(UTF_8));
            channel.waitForConfirmsOrDie(PATIENCE * 1_000);
            Mqtt5Publish got = arrivals.receive(PATIENCE, TimeUnit.SECONDS).orElseThrow();
            assertThat(got.getTopic()).hasToString("yard/lamp");
            assertThat(got.getQos()).isEqualTo(MqttQos.AT_LEAST_ONCE);
            assertThat(got.getPayloadAsBytes()).isEqualTo("on".getBytes(UTF_8));
            assertThat(got.getContentType())
                    .hasValueSatisfying(type -> assertThat(type).hasToString("text/plain"));
            assertThat(got.getUserProperties().asList().getFirst().getValue()).hasToString("lux");
        }
        here.disconnect();
        assertThat(waiting("away")).contains("\"waiting\":1");
        Cli.Result ended = Cli.of(node).run("session", "kick", "away", "--end");
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(Cli.of(node).run("session", "inspect", "away").code()).isEqualTo(1);
    }

    /// A message that a worker refuses reaches a subscriber who is there and a session that is not,
    /// which gets it after a kill of the node too.
    @Test
    void deadLettersGoToTopics() throws Exception {
        Mqtt5BlockingClient away = client("mourner", false);
        away.subscribeWith().topicFilter("dead/#").qos(MqttQos.AT_LEAST_ONCE).send();
        away.disconnect();
        Mqtt5BlockingClient here = client("witness", true);
        try (Mqtt5BlockingClient.Mqtt5Publishes arrivals =
                        here.publishes(MqttGlobalPublishFilter.ALL);
                Connection connection =
                        Broker.connect(Broker.factory(Broker.url(node.amqpPort())));
                Channel channel = connection.createChannel()) {
            here.subscribeWith().topicFilter("dead/+").qos(MqttQos.AT_LEAST_ONCE).send();
            channel.queueDeclare(
                    "mortal",
                    true,
                    false,
                    false,
                    Map.of(
                            "x-dead-letter-exchange",
                            "amq.topic",
                            "x-dead-letter-routing-key",
                            "dead.orders"));
            channel.confirmSelect();
            BasicProperties durable = new BasicProperties.Builder().deliveryMode(2).build();
            channel.basicPublish("", "mortal", durable, "spoilt".getBytes(UTF_8));
            channel.waitForConfirmsOrDie(PATIENCE * 1_000);
            GetResponse got = channel.basicGet("mortal", false);
            channel.basicReject(got.getEnvelope().getDeliveryTag(), false);
            Mqtt5Publish arrived = arrivals.receive(PATIENCE, TimeUnit.SECONDS).orElseThrow();
            assertThat(arrived.getTopic()).hasToString("dead/orders");
            assertThat(arrived.getPayloadAsBytes()).isEqualTo("spoilt".getBytes(UTF_8));
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(PATIENCE))
                .until(() -> waiting("mourner").contains("\"waiting\":1"));
        here.disconnect();
        node.kill();
        node.restart();
        Mqtt5BlockingClient back = unconnected("mourner");
        try (Mqtt5BlockingClient.Mqtt5Publishes arrivals =
                back.publishes(MqttGlobalPublishFilter.ALL)) {
            connect(back, false);
            Mqtt5Publish arrived = arrivals.receive(PATIENCE, TimeUnit.SECONDS).orElseThrow();
            assertThat(arrived.getPayloadAsBytes()).isEqualTo("spoilt".getBytes(UTF_8));
        }
        back.disconnect();
    }

    private String waiting(String client) throws Exception {
        Cli.Result inspected = Cli.of(node).run("session", "inspect", client, "--json");
        assertThat(inspected.code()).as(inspected.err()).isZero();
        return inspected.out();
    }

    @Test
    void aSessionSurvivesTheNode() throws Exception {
        Mqtt5BlockingClient subscriber = client("survivor", false);
        subscriber.subscribeWith().topicFilter("log/#").qos(MqttQos.EXACTLY_ONCE).send();
        subscriber.disconnect();
        Mqtt5BlockingClient publisher = client("writer", true);
        for (int i = 0; i < 50; i++) {
            publish(publisher, "log/" + i, "" + i);
        }
        node.kill();
        node.restart();
        Mqtt5BlockingClient again =
                Mqtt5Client.builder()
                        .identifier("survivor")
                        .serverHost("127.0.0.1")
                        .serverPort(node.mqttPort())
                        .buildBlocking();
        try (Mqtt5BlockingClient.Mqtt5Publishes arrivals =
                again.publishes(MqttGlobalPublishFilter.ALL)) {
            var connack = again.connectWith().cleanStart(false).sessionExpiryInterval(600).send();
            assertThat(connack.isSessionPresent()).isTrue();
            for (int i = 0; i < 50; i++) {
                Mqtt5Publish got = arrivals.receive(PATIENCE, TimeUnit.SECONDS).orElseThrow();
                assertThat(got.getTopic()).hasToString("log/" + i);
            }
        }
        again.disconnect();
    }

    @Test
    void whatASessionWaitsForIsNotForWhoeverKnowsItsName() throws Exception {
        Mqtt5BlockingClient owner = client("owned", false);
        owner.subscribeWith().topicFilter("secret/#").qos(MqttQos.AT_LEAST_ONCE).send();
        owner.disconnect();
        Mqtt5BlockingClient publisher = client("teller", true);
        publish(publisher, "secret/door", "1234");
        publisher.disconnect();
        Cli cli = Cli.of(node);
        assertThat(cli.run("user", "add", "eve", "pear", "--read", "^$").code()).isZero();
        Mqtt5BlockingClient other =
                Mqtt5Client.builder()
                        .identifier("owned")
                        .serverHost("127.0.0.1")
                        .serverPort(node.mqttPort())
                        .simpleAuth()
                        .username("eve")
                        .password("pear".getBytes(UTF_8))
                        .applySimpleAuth()
                        .buildBlocking();
        assertThatThrownBy(() ->
                        other.connectWith().cleanStart(false).sessionExpiryInterval(600).send())
                .isInstanceOfSatisfying(
                        Mqtt5ConnAckException.class,
                        refusal ->
                                assertThat(refusal.getMqttMessage().getReasonCode())
                                        .isEqualTo(Mqtt5ConnAckReasonCode.NOT_AUTHORIZED));
        assertThat(waiting("owned")).contains("\"waiting\":1");
    }

    @Test
    void theCommandLinePublishesSubscribesAndLists() throws Exception {
        Cli cli = Cli.of(node);
        assertThat(cli.run("topic", "publish", "cli/a", "kept", "--retain").code()).isZero();
        assertThat(cli.run("topic", "list", "--retained", "cli/#").out()).contains("cli/a", "kept");
        Cli.Result heard =
                cli.run(
                        "topic",
                        "subscribe",
                        "cli/#",
                        "--mqtt",
                        "127.0.0.1:" + node.mqttPort(),
                        "--client-id",
                        "terminal",
                        "--count",
                        "1");
        assertThat(heard.out()).as(heard.err()).isEqualTo("cli/a kept\n");
        assertThat(cli.run("topic", "list").out()).contains("cli/#");
        Awaitility.await()
                .atMost(java.time.Duration.ofSeconds(PATIENCE))
                .untilAsserted(() ->
                        assertThat(cli.run("session", "list").out())
                                .containsPattern("terminal +away"));
        assertThat(cli.run("session", "kick", "nobody").code()).isEqualTo(1);
        assertThat(cli.run("topic", "publish", "a/#", "x").code()).isEqualTo(1);
        assertThat(cli.run("topic", "publish", "a", "x", "--qos", "3").code()).isEqualTo(2);
    }
}
