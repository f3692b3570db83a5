package dev.parley.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3BlockingClient;
import com.hivemq.client.mqtt.mqtt3.Mqtt3Client;
import java.util.concurrent.TimeUnit;

/// HiveMQ's Java client in MQTT 3.1.1.
final class HiveV3 implements Party {

    private final Mqtt3BlockingClient client;
    private final Mqtt3BlockingClient.Mqtt3Publishes publishes;

    HiveV3(int port, String id) {
        client =
                Mqtt3Client.builder()
                        .identifier(id)
                        .serverHost("127.0.0.1")
                        .serverPort(port)
                        .buildBlocking();
        publishes = client.publishes(MqttGlobalPublishFilter.ALL);
    }

    @Override
    public boolean open(boolean clean) {
        return client.connectWith().cleanSession(clean).send().isSessionPresent();
    }

    @Override
    public void subscribe(String filter, int qos) {
        client.subscribeWith().topicFilter(filter).qos(HiveV5.qos(qos)).send();
    }

    @Override
    public void publish(String topic, String payload, int qos, boolean retained) {
        client.publishWith()
                .topic(topic)
                .payload(payload.getBytes(UTF_8))
                .qos(HiveV5.qos(qos))
                .retain(retained)
                .send();
    }

    @Override
    public Got next() throws InterruptedException {
        var got = publishes.receive(30, TimeUnit.SECONDS).orElseThrow();
        MqttQos qos = got.getQos();
        return new Got(
                got.getTopic().toString(),
                new String(got.getPayloadAsBytes(), UTF_8),
                qos.getCode(),
                got.isRetain());
    }

    @Override
    public void close() {
        client.disconnect();
        publishes.close();
    }
}
