package dev.parley.it.mqtt;

import dev.parley.it.Broker;
import dev.parley.it.TestNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The broker under test: a Parley node of our own, or one that already runs on loopback.
///
/// `PARLEY_IT_MQTT_PORT`, and `PARLEY_IT_MQTT_WS_PORT` for WebSockets, point at a running one
/// (environment, or system properties of the same names).
record MqttBroker(int port, int webSocketPort, Optional<TestNode> node) implements AutoCloseable {

    static MqttBroker open() {
        Optional<Integer> given = given("PARLEY_IT_MQTT_PORT");
        if (given.isPresent()) {
            return new MqttBroker(
                    given.get(), given("PARLEY_IT_MQTT_WS_PORT").orElse(-1), Optional.empty());
        }
        return of(start(Broker.freshDirectory("shared-mqtt"), List.of()));
    }

    static MqttBroker of(TestNode node) {
        return new MqttBroker(node.mqttPort(), node.httpPort(), Optional.of(node));
    }

    static TestNode start(Path directory, List<String> flags) {
        return TestNode.start(directory, Map.of(), flags);
    }

    private static Optional<Integer> given(String name) {
        return Optional.ofNullable(System.getProperty(name))
                .or(() -> Optional.ofNullable(System.getenv(name)))
                .map(Integer::valueOf);
    }

    /// True where the process is ours: it says why it closes a connection, and may be killed.
    boolean ours() {
        return node.isPresent();
    }

    @Override
    public void close() {
        node.ifPresent(TestNode::close);
    }
}
