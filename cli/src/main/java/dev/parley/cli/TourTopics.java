package dev.parley.cli;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// Topics at work with queues: what is published by MQTT waits in a session whose client is away,
/// and in a queue of AMQP, and outlives the node.
final class TourTopics {
    /// What came of it.
    record Count(int published, int inSession, int inQueue) {
        boolean whole() {
            return published == MESSAGES && inSession == MESSAGES && inQueue == MESSAGES;
        }
    }

    static final int MESSAGES = 200;

    private static final String QUEUE = "readings";
    private static final String FILTER = "plant/#";
    private static final int STAYS_SECONDS = 600;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Consumer<String> say;
    private final Tour tour;
    private final TourNode node;

    TourTopics(Consumer<String> say, Tour tour, TourNode node) {
        this.say = say;
        this.tour = tour;
        this.node = node;
    }

    private MqttPeer connect(String name, int staysSeconds) throws IOException {
        InetSocketAddress address =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), node.mqttPort());
        return MqttPeer.connect(
                address, null, new MqttPeer.Visitor(name, "guest", "guest", staysSeconds));
    }

    Count run() throws IOException, InterruptedException {
        try (Connection amqp = tour.connect();
                Channel channel = amqp.createChannel()) {
            channel.queueDeclare(QUEUE, true, false, false, null);
            channel.queueBind(QUEUE, "amq.topic", "plant.#");
        } catch (TimeoutException e) {
            throw new IOException("no answer from the node", e);
        }
        try (MqttPeer dashboard = connect("dashboard", STAYS_SECONDS)) {
            dashboard.subscribe(FILTER, 1);
        }
        step("A dashboard subscribes", "MQTT 5, " + FILTER + ", and goes away");
        int published = 0;
        try (MqttPeer sensor = connect("sensor", 0)) {
            while (published < MESSAGES) {
                byte[] value = Integer.toString(published).getBytes(StandardCharsets.UTF_8);
                sensor.publish("plant/1/temperature", value);
                published++;
            }
        }
        step(
                "A sensor publishes",
                "%,d messages over MQTT, QoS 1, acknowledged".formatted(published));
        node.kill();
        node.start();
        step("Kill the node with -9", "and start it on the same data");
        int inSession = fromSession();
        step("The dashboard comes back", "%,d messages waited in its session".formatted(inSession));
        int inQueue = fromQueue();
        step("A program for RabbitMQ", "%,d messages from queue %s".formatted(inQueue, QUEUE));
        return new Count(published, inSession, inQueue);
    }

    private int fromSession() throws IOException {
        int count = 0;
        try (MqttPeer dashboard = connect("dashboard", STAYS_SECONDS)) {
            while (count < MESSAGES && dashboard.next(PATIENCE) != null) {
                count++;
            }
        }
        return count;
    }

    private int fromQueue() throws IOException, InterruptedException {
        int count = 0;
        try (Connection amqp = tour.connect();
                Channel channel = amqp.createChannel()) {
            while (channel.basicGet(QUEUE, true) != null) {
                count++;
            }
        } catch (TimeoutException e) {
            throw new IOException("no answer from the node", e);
        }
        return count;
    }

    private void step(String what, String outcome) {
        say.accept("  %-28s%s".formatted(what, outcome));
    }
}
