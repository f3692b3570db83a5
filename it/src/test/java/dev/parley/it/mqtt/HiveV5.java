package dev.parley.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import java.util.concurrent.TimeUnit;

/// HiveMQ's Java client in MQTT 5.
final class HiveV5 implements Party {

    private final Mqtt5BlockingClient client;
    private final Mqtt5BlockingClient.Mqtt5Publishes publishes;

    HiveV5(int port, String id) {
        client =
                Mqtt5Client.builder()
                        .identifier(id)
                        .serverHost("127.0.0.1")
                        .serverPort(port)
                        .buildBlocking();
        publishes = client.publishes(MqttGlobalPublishFilter.ALL);
    }

    static MqttQos qos(int code) {
        MqttQos qos = MqttQos.fromCode(code);
        if (qos == null) {
            throw new IllegalArgumentException("no QoS: " + code);
        }
        return qos;
    }

    @Override
    public boolean open(boolean clean) {
        return client.connectWith()
                .cleanStart(clean)
                .sessionExpiryInterval(clean ? 0 : 60)
                .send()
                .isSessionPresent();
    }

    @Override
    public void subscribe(String filter, int qos) {
        client.subscribeWith().topicFilter(filter).qos(qos(qos)).retainAsPublished(false).send();
    }

    @Override
    public void publish(String topic, String payload, int qos, boolean retained) {
        client.publishWith()
                .topic(topic)
                .payload(payload.getBytes(UTF_8))
                .qos(qos(qos))
                .retain(retained)
                .send();
    }

    @Override
    public Got next() throws InterruptedException {
        var got = publishes.receive(30, TimeUnit.SECONDS).orElseThrow();
        return new Got(
                got.getTopic().toString(),
                new String(got.getPayloadAsBytes(), UTF_8),
                got.getQos().getCode(),
                got.isRetain());
    }

    @Override
    public void close() {
        client.disconnect();
        publishes.close();
    }
}
