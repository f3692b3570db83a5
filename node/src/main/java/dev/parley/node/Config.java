package dev.parley.node;

import dev.parley.core.log.LogConfig;
import dev.parley.front.amqp.AmqpConfig;
import dev.parley.front.http.HttpConfig;
import dev.parley.front.mqtt.MqttConfig;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// How a node runs: one tree of records, checked when it is made.
///
/// @param bind host name or address that the listeners bind to
/// @param amqpPort 0 picks a free one, -1 opens none
/// @param mqttPort likewise
/// @param httpPort likewise
/// @param tls null: plain text only
public record Config(
        Path data,
        String bind,
        int amqpPort,
        int mqttPort,
        int httpPort,
        LogConfig log,
        AmqpConfig amqp,
        MqttConfig mqtt,
        HttpConfig http,
        @Nullable TlsConfig tls) {
    public Config {
        checkPort("amqp-port", amqpPort);
        checkPort("mqtt-port", mqttPort);
        checkPort("http-port", httpPort);
        log = log.holding(Math.max(amqp.messageBytesMax(), mqtt.packetBytesMax()));
    }

    static void checkPort(String name, int port) {
        if (port < -1 || port > 65_535) {
            throw new IllegalArgumentException(name + " is " + port + ": a port is 0 to 65535");
        }
    }

    /// A node that speaks plain text.
    public Config(
            Path data, String bind, int amqpPort, int httpPort, LogConfig log, AmqpConfig amqp) {
        this(data, bind, amqpPort, httpPort, log, amqp, null);
    }

    /// A node that does not speak MQTT.
    public Config(
            Path data,
            String bind,
            int amqpPort,
            int httpPort,
            LogConfig log,
            AmqpConfig amqp,
            @Nullable TlsConfig tls) {
        this(
                data,
                bind,
                amqpPort,
                -1,
                httpPort,
                log,
                amqp,
                MqttConfig.DEFAULT,
                HttpConfig.DEFAULT,
                tls);
    }

    /// The same that speaks MQTT.
    public Config withMqtt(int port, MqttConfig how) {
        return new Config(data, bind, amqpPort, port, httpPort, log, amqp, how, http, tls);
    }

    /// The same with TLS.
    public Config with(TlsConfig secure) {
        return new Config(data, bind, amqpPort, mqttPort, httpPort, log, amqp, mqtt, http, secure);
    }

    /// The same with HTTP as this says.
    public Config with(HttpConfig how) {
        return new Config(data, bind, amqpPort, mqttPort, httpPort, log, amqp, mqtt, how, tls);
    }

    /// A node on loopback with the usual ports.
    public static Config standard(Path data) {
        return new Config(data, "127.0.0.1", 5672, 8080, LogConfig.DEFAULT, AmqpConfig.DEFAULT)
                .withMqtt(1883, MqttConfig.DEFAULT);
    }

    /// A node without sockets, for the programs in its own process.
    public static Config embedded(Path data) {
        return new Config(data, "127.0.0.1", -1, -1, LogConfig.DEFAULT, AmqpConfig.DEFAULT);
    }
}
