package dev.parley.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.it.Foreign;
import dev.parley.it.mqtt.Party.Got;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Clients that others wrote, unchanged: every QoS, retained messages, sessions that go on.
@ExtendWith(SharedMqtt.class)
@Timeout(240)
class MqttClientsIT {

    private interface Arriving {
        Party as(String id) throws Exception;
    }

    @Test
    void pahoJavaV3(MqttBroker broker) throws Exception {
        exercise(id -> new PahoV3("tcp://127.0.0.1:" + broker.port(), id));
    }

    @Test
    void pahoJavaV5(MqttBroker broker) throws Exception {
        exercise(id -> new PahoV5("tcp://127.0.0.1:" + broker.port(), id));
    }

    @Test
    void hiveMqV3(MqttBroker broker) throws Exception {
        exercise(id -> new HiveV3(broker.port(), id));
    }

    @Test
    void hiveMqV5(MqttBroker broker) throws Exception {
        exercise(id -> new HiveV5(broker.port(), id));
    }

    private static void exercise(Arriving arriving) throws Exception {
        String topic = "it/clients/" + System.nanoTime();
        String id = "c" + System.nanoTime();
        Party publisher = arriving.as(id + "p");
        publisher.open(true);
        Party subscriber = arriving.as(id + "s");
        subscriber.open(true);
        for (int granted = 0; granted <= 2; granted++) {
            subscriber.subscribe(topic + "/" + granted, granted);
            for (int qos = 0; qos <= 2; qos++) {
                publisher.publish(topic + "/" + granted, "" + qos, qos, false);
                assertThat(subscriber.next())
                        .isEqualTo(
                                new Got(
                                        topic + "/" + granted,
                                        "" + qos,
                                        Math.min(granted, qos),
                                        false));
            }
        }
        publisher.publish(topic + "/kept", "kept", 1, true);
        subscriber.subscribe(topic + "/kept", 1);
        assertThat(subscriber.next()).isEqualTo(new Got(topic + "/kept", "kept", 1, true));
        publisher.publish(topic + "/kept", "", 1, true);
        assertThat(subscriber.next().payload()).isEmpty();
        subscriber.close();

        Party first = arriving.as(id);
        assertThat(first.open(false)).as("session present").isFalse();
        first.subscribe(topic + "/away/#", 2);
        first.close();
        List<Got> missed = new ArrayList<>();
        // Libraries hand a message of QoS 2 over at the end of its exchange: order is per QoS.
        for (int i = 0; i < 20; i++) {
            int qos = i < 10 ? 1 : 2;
            publisher.publish(topic + "/away/x", "" + i, qos, false);
            missed.add(new Got(topic + "/away/x", "" + i, qos, false));
        }
        Party second = arriving.as(id);
        assertThat(second.open(false)).as("session present").isTrue();
        for (Got each : missed) {
            assertThat(second.next()).isEqualTo(each);
        }
        publisher.publish(topic + "/away/y", "live", 2, false);
        assertThat(second.next()).isEqualTo(new Got(topic + "/away/y", "live", 2, false));
        second.close();
        Party last = arriving.as(id);
        last.open(true);
        last.close();
        publisher.close();
    }

    @Test
    void mosquittoTools(MqttBroker broker) {
        Foreign.require(
                "mosquitto_pub and mosquitto_sub",
                "the Debian package mosquitto-clients",
                List.of(
                        List.of(
                                "sh",
                                "-c",
                                "command -v mosquitto_pub && command -v mosquitto_sub")));
        succeeds(broker, List.of("sh", Foreign.script("sh/mosquitto-clients.sh")), 9);
    }

    @Test
    void pahoPython(MqttBroker broker) {
        String probe = "import paho.mqtt.client";
        List<String> python =
                Foreign.require(
                        "paho-python",
                        "the Debian package python3-paho-mqtt",
                        List.of(
                                List.of("python3", "-c", probe),
                                List.of("/usr/bin/python3", "-c", probe)));
        succeeds(broker, List.of(python.getFirst(), Foreign.script("python/paho_client.py")), 10);
    }

    @Test
    void mqttJs(MqttBroker broker) {
        Foreign.require(
                "mqtt.js",
                "node (20 or later) and npm",
                List.of(List.of("sh", "-c", "node --version && npm --version")));
        Foreign.Result got =
                Foreign.run(
                        List.of("sh", Foreign.script("js/mqttjs.sh"), "install"),
                        environment(broker),
                        Duration.ofMinutes(2));
        if (got.code() != 0) {
            Foreign.require("mqtt.js", "from npm failed: " + got.output(), List.of());
        }
        int both = broker.webSocketPort() > 0 ? 2 : 1;
        succeeds(broker, List.of("sh", Foreign.script("js/mqttjs.sh"), "run"), 10 * both);
    }

    private static Map<String, String> environment(MqttBroker broker) {
        var environment = new HashMap<String, String>();
        environment.put("MQTT_PORT", "" + broker.port());
        environment.put("MQTT_WS_PORT", "" + broker.webSocketPort());
        environment.put("NAME", "it/foreign/" + System.nanoTime());
        environment.put("FOLDER", Path.of("target", "mqttjs").toAbsolutePath().toString());
        environment.put("PYTHONDONTWRITEBYTECODE", "1");
        return environment;
    }

    /// The program ends well and says at least so many times that something was right.
    private static void succeeds(MqttBroker broker, List<String> command, int checks) {
        Foreign.Result result = Foreign.run(command, environment(broker), Duration.ofMinutes(3));
        System.out.print(result.output());
        assertThat(result.code()).as(result.output()).isZero();
        assertThat(result.output()).doesNotContain("FAILED");
        assertThat(result.output().lines().filter(line -> line.startsWith("ok: ")).count())
                .as("checks")
                .isGreaterThanOrEqualTo(checks);
    }
}
