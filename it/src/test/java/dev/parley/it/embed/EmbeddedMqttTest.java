package dev.parley.it.embed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import dev.parley.api.Event;
import dev.parley.api.Reason;
import dev.parley.api.RefusedException;
import dev.parley.api.SubscribeOptions;
import dev.parley.api.Topic;
import dev.parley.front.mqtt.MqttConfig;
import dev.parley.node.Parley;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Programs in the node's process and MQTT clients outside see the same topics and messages.
@Timeout(120)
class EmbeddedMqttTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final long WAIT_MILLIS = 30_000;

    record Tick(String name, int price) {}

    private record Got(String topic, MqttMessage message) {
        String text() {
            return new String(message.getPayload(), UTF_8);
        }
    }

    @TempDir Path directory;
    private Parley parley;
    private MqttAsyncClient client;
    private final BlockingQueue<Got> arrived = new LinkedBlockingQueue<>();

    @SuppressWarnings("NullAway") // JUnit calls open() before every test.
    EmbeddedMqttTest() {}

    @BeforeEach
    void open() throws Exception {
        parley =
                Parley.start(
                        EmbeddedAmqpTest.withSockets(directory).withMqtt(0, MqttConfig.DEFAULT));
        client = connect("outside");
    }

    private MqttAsyncClient connect(String id) throws Exception {
        MqttAsyncClient one =
                new MqttAsyncClient(
                        "tcp://127.0.0.1:" + parley.node().mqttPort(), id, new MemoryPersistence());
        one.setCallback(new Notes());
        MqttConnectionOptions options = new MqttConnectionOptions();
        options.setCleanStart(false);
        options.setSessionExpiryInterval(600L);
        one.connect(options).waitForCompletion(WAIT_MILLIS);
        return one;
    }

    /// Notes what arrives at a client.
    private final class Notes implements MqttCallback {
        @Override
        public void disconnected(MqttDisconnectResponse response) {
            // Wanted, or a test waits in vain.
        }

        @Override
        public void mqttErrorOccurred(MqttException exception) {
            System.err.println("Paho: " + exception);
        }

        @Override
        public void messageArrived(String topic, MqttMessage message) {
            arrived.add(new Got(topic, message));
        }

        @Override
        public void deliveryComplete(IMqttToken token) {
            // The publisher waits for it.
        }

        @Override
        public void connectComplete(boolean reconnect, String server) {
            // Whoever connects waits for it.
        }

        @Override
        public void authPacketArrived(int reason, MqttProperties properties) {
            System.err.println("Paho: AUTH " + reason);
        }
    }

    @AfterEach
    void close() throws Exception {
        client.disconnectForcibly(0, 1_000, false);
        client.close(true);
        parley.close();
    }

    private void subscribe(String filter) throws Exception {
        client.subscribe(filter, 1).waitForCompletion(WAIT_MILLIS);
    }

    private static <T> T next(BlockingQueue<T> from) throws InterruptedException {
        T one = from.poll(20, TimeUnit.SECONDS);
        assertThat(one).as("within 20 s").isNotNull();
        return one;
    }

    @Test
    void anMqttClientGetsWhatTheApiPublishes() throws Exception {
        Topic<Tick> ticks = parley.topic("ticks/#", Tick.class);
        ticks.retain("ticks/old", new Tick("old", 1));
        subscribe("ticks/+");
        Got retained = next(arrived);
        assertThat(retained.topic()).isEqualTo("ticks/old");
        assertThat(retained.message().isRetained()).isTrue();
        ticks.publish(
                Event.of("ticks/a", new Tick("a", 2))
                        .withHeader("from", "ann")
                        .withTtl(Duration.ofMinutes(1))
                        .withCorrelationId("c1")
                        .withReplyTo("answers/a"));
        Got got = next(arrived);
        assertThat(got.text()).isEqualTo("{\"name\":\"a\",\"price\":2}");
        assertThat(got.message().getQos()).isEqualTo(1);
        assertThat(got.message().isRetained()).isFalse();
        MqttProperties properties = got.message().getProperties();
        assertThat(properties.getContentType()).isEqualTo("application/json");
        assertThat(properties.getUserProperties())
                .extracting(UserProperty::getKey, UserProperty::getValue)
                .containsExactly(tuple("from", "ann"));
        assertThat(properties.getMessageExpiryInterval()).isBetween(40L, 60L);
        assertThat(properties.getCorrelationData()).isEqualTo("c1".getBytes(UTF_8));
        assertThat(properties.getResponseTopic()).isEqualTo("answers/a");
        ticks.publish(Event.of("ticks/b", new Tick("b", 3)).withDurable(false));
        assertThat(next(arrived).message().getQos()).isZero();
    }

    @Test
    void theApiGetsWhatAnMqttClientPublishes() throws Exception {
        BlockingQueue<Event<Tick>> events = new LinkedBlockingQueue<>();
        Topic<Tick> ticks = parley.topic("ticks/#", Tick.class);
        try (var _ = ticks.subscribe(one -> events.add(one.event()));
                var feed = ticks.feed(SubscribeOptions.durable("inside"))) {
            MqttMessage message =
                    new MqttMessage("{\"name\":\"a\",\"price\":2}".getBytes(UTF_8), 2, true, null);
            MqttProperties properties = new MqttProperties();
            properties.setUserProperties(List.of(new UserProperty("from", "bob")));
            properties.setContentType("application/json");
            properties.setCorrelationData(new byte[] {(byte) 0xFF, 'x'});
            properties.setResponseTopic("answers/a");
            properties.setMessageExpiryInterval(60L);
            message.setProperties(properties);
            client.publish("ticks/a", message).waitForCompletion(WAIT_MILLIS);
            Event<Tick> live = next(events);
            assertThat(live.payload()).isEqualTo(new Tick("a", 2));
            assertThat(live.headers()).containsExactly(Map.entry("from", "bob"));
            assertThat(live.retained()).isTrue();
            assertThat(live.replyTo()).isEqualTo("answers/a");
            assertThat(live.ttl()).isBetween(Duration.ofSeconds(40), Duration.ofSeconds(60));
            Event<Tick> durable = feed.next(LONG).orElseThrow().event();
            assertThat(durable.payload()).isEqualTo(live.payload());
            assertThat(durable.retained()).isTrue();
            // What was given as any bytes goes back as the same bytes.
            subscribe("answers/a");
            parley.topic("answers/#", Tick.class)
                    .publish(
                            Event.of("answers/a", live.payload())
                                    .withCorrelationId(String.valueOf(live.correlationId())));
            assertThat(next(arrived).message().getProperties().getCorrelationData())
                    .isEqualTo(new byte[] {(byte) 0xFF, 'x'});
        }
        assertThat(ticks.last("ticks/a").orElseThrow().payload().price()).isEqualTo(2);
    }

    @Test
    void aClientThatIsAwayFindsWhatTheApiPublishedMeanwhile() throws Exception {
        subscribe("news");
        client.disconnect().waitForCompletion(WAIT_MILLIS);
        parley.topic("news", String.class).publish("news", "while away");
        client.close();
        client = connect("outside");
        Got got = next(arrived);
        assertThat(got.text()).isEqualTo("while away");
        assertThat(got.message().getQos()).isEqualTo(1);
    }

    @Test
    void aProgramsNameIsNoClientsButAProgramMayGoOnWithAClientsSession() throws Exception {
        Topic<String> topic = parley.topic("a", String.class);
        try (var mine = topic.feed(SubscribeOptions.durable("shared-name"))) {
            assertThatThrownBy(() -> connect("shared-name")).isInstanceOf(MqttException.class);
            topic.publish("a", "still mine");
            assertThat(mine.next(LONG).orElseThrow().payload()).isEqualTo("still mine");
        }
        subscribe("a");
        client.disconnect().waitForCompletion(WAIT_MILLIS);
        topic.publish("a", "for the client");
        try (var feed = topic.feed(SubscribeOptions.durable("outside"))) {
            assertThat(feed.next(LONG).orElseThrow().payload()).isEqualTo("for the client");
        }
        // It is the client's still.
        client.close();
        client = connect("outside");
        assertThat(next(arrived).text()).isEqualTo("for the client");
    }

    @Test
    void whatWaitsForAClientWithQos2IsSettledByTheProgram() throws Exception {
        client.subscribe("a", 2).waitForCompletion(WAIT_MILLIS);
        client.disconnect().waitForCompletion(WAIT_MILLIS);
        MqttAsyncClient other = connect("other");
        for (int i = 0; i < 8; i++) {
            other.publish("a", Integer.toString(i).getBytes(UTF_8), 2, false)
                    .waitForCompletion(WAIT_MILLIS);
        }
        other.disconnect().waitForCompletion(WAIT_MILLIS);
        other.close();
        Topic<String> topic = parley.topic("a", String.class);
        // Fewer at a time than wait: what is settled makes room.
        SubscribeOptions few = SubscribeOptions.durable("outside").withBuffer(3);
        try (var feed = topic.feed(few)) {
            for (int i = 0; i < 8; i++) {
                var got = feed.next(LONG).orElseThrow();
                assertThat(got.payload()).isEqualTo(Integer.toString(i));
                got.ack();
            }
        }
        topic.publish("a", "later");
        try (var feed = topic.feed(few)) {
            assertThat(feed.next(LONG).orElseThrow().payload()).isEqualTo("later");
        }
    }

    @Test
    void anOperatorEndsWhatAProgramFollows() throws Exception {
        Topic<String> topic = parley.topic("a", String.class);
        try (var feed = topic.feed(SubscribeOptions.durable("ended"))) {
            parley.unsubscribe("ended");
            assertThatThrownBy(() -> feed.next(LONG))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            e -> assertThat(e.reason()).isInstanceOf(Reason.NotFound.class));
        }
    }

    @Test
    void topicsAndQueuesOfAmqpMeet() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(parley.node().amqpPort());
        Topic<Tick> ticks = parley.topic("ticks/#", Tick.class);
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel();
                var feed = ticks.feed()) {
            channel.queueDeclare("audit", true, false, false, null);
            channel.queueBind("audit", "amq.topic", "ticks.#");
            ticks.publish(Event.of("ticks/eu/a", new Tick("a", 1)).withHeader("from", "ann"));
            GetResponse got = channel.basicGet("audit", true);
            assertThat(new String(got.getBody(), UTF_8)).contains("\"price\":1");
            assertThat(got.getEnvelope().getRoutingKey()).isEqualTo("ticks.eu.a");
            assertThat(got.getProps().getContentType()).isEqualTo("application/json");
            assertThat(got.getProps().getHeaders().get("from")).hasToString("ann");
            assertThat(feed.next(LONG).orElseThrow().payload().price()).isEqualTo(1);
            channel.basicPublish(
                    "amq.topic",
                    "ticks.us.b",
                    null,
                    "{\"name\":\"b\",\"price\":2}".getBytes(UTF_8));
            var back = feed.next(LONG).orElseThrow();
            assertThat(back.subject()).isEqualTo("ticks/us/b");
            assertThat(back.payload()).isEqualTo(new Tick("b", 2));
        }
    }

    @Test
    void exchangesThatAreBoundToTheTopicsLeadToSubscribers() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(parley.node().amqpPort());
        subscribe("orders/#");
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            channel.exchangeDeclare("shop", "fanout");
            channel.exchangeDeclare("between", "direct");
            channel.exchangeBind("between", "shop", "");
            channel.exchangeBind("amq.topic", "between", "orders.eu");
            channel.exchangeDeclare(
                    "strict", "direct", true, false, Map.of("alternate-exchange", "amq.topic"));
            channel.confirmSelect();
            BlockingQueue<String> returned = new LinkedBlockingQueue<>();
            channel.addReturnListener(back -> returned.add(back.getRoutingKey()));
            channel.basicPublish("shop", "orders.eu", true, null, "one".getBytes(UTF_8));
            channel.basicPublish("shop", "orders.us", true, null, "nowhere".getBytes(UTF_8));
            channel.basicPublish("strict", "orders.us", true, null, "two".getBytes(UTF_8));
            channel.waitForConfirmsOrDie(WAIT_MILLIS);
            Got one = next(arrived);
            assertThat(one.topic()).isEqualTo("orders/eu");
            assertThat(one.text()).isEqualTo("one");
            Got two = next(arrived);
            assertThat(two.topic()).isEqualTo("orders/us");
            assertThat(two.text()).isEqualTo("two");
            assertThat(next(returned)).isEqualTo("orders.us");
            assertThat(returned).isEmpty();
        }
    }
}
