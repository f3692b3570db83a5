package dev.parley.it.mqtt;

import dev.parley.core.log.LogConfig;
import dev.parley.front.amqp.AmqpConfig;
import dev.parley.front.mqtt.MqttConfig;
import dev.parley.node.Config;
import dev.parley.node.Parley;
import java.io.IOException;
import java.nio.file.Path;

/// A node in the test's own process that has all doors, on ports of its own.
final class NodeInProcess {
    private NodeInProcess() {}

    static Parley start(Path directory) throws IOException {
        return Parley.start(
                new Config(
                                directory.resolve("data"),
                                "127.0.0.1",
                                0,
                                0,
                                LogConfig.DEFAULT,
                                AmqpConfig.DEFAULT)
                        .withMqtt(0, MqttConfig.DEFAULT));
    }
}
