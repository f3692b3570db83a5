package dev.parley.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/// Paho's Java client for MQTT 3.1.1.
final class PahoV3 implements Party {

    private final MqttClient client;
    private final Arrivals arrivals = new Arrivals();

    PahoV3(String server, String id) throws MqttException {
        client = new MqttClient(server, id, new MemoryPersistence());
        client.setTimeToWait(15_000);
        client.setCallback(
                new org.eclipse.paho.client.mqttv3.MqttCallback() {
                    @Override
                    public void connectionLost(Throwable cause) {
                        System.err.println("Paho lost its connection: " + cause);
                    }

                    @Override
                    public void messageArrived(String topic, MqttMessage message) {
                        arrivals.add(
                                new Got(
                                        topic,
                                        new String(message.getPayload(), UTF_8),
                                        message.getQos(),
                                        message.isRetained()));
                    }

                    @Override
                    public void deliveryComplete(
                            org.eclipse.paho.client.mqttv3.IMqttDeliveryToken token) {
                        // publish waits for it
                    }
                });
    }

    @Override
    public boolean open(boolean clean) throws MqttException {
        var options = new MqttConnectOptions();
        options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
        options.setCleanSession(clean);
        IMqttToken token = client.connectWithResult(options);
        return token.getSessionPresent();
    }

    @Override
    public void subscribe(String filter, int qos) throws MqttException {
        client.subscribe(filter, qos);
    }

    @Override
    public void publish(String topic, String payload, int qos, boolean retained)
            throws MqttException {
        client.publish(topic, payload.getBytes(UTF_8), qos, retained);
    }

    @Override
    public Got next() throws InterruptedException {
        return arrivals.next();
    }

    @Override
    public void close() throws MqttException {
        client.disconnect();
        client.close();
    }
}
