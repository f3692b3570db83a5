package dev.parley.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;

/// Paho's Java client for MQTT 5.
final class PahoV5 implements Party, AutoCloseable {

    private static final long WAIT_MILLIS = 30_000;

    private final MqttAsyncClient client;
    private final Arrivals arrivals = new Arrivals();

    PahoV5(String server, String id) throws MqttException {
        client = new MqttAsyncClient(server, id, new MemoryPersistence());
        client.setCallback(
                new MqttCallback() {
                    @Override
                    public void disconnected(MqttDisconnectResponse response) {
                        // said by close, or by the test that waits in vain
                    }

                    @Override
                    public void mqttErrorOccurred(MqttException exception) {
                        System.err.println("Paho: " + exception);
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
                    public void deliveryComplete(IMqttToken token) {
                        // publish waits for it
                    }

                    @Override
                    public void connectComplete(boolean reconnect, String server) {
                        // open waits for it
                    }

                    @Override
                    public void authPacketArrived(int reason, MqttProperties properties) {
                        System.err.println("Paho: AUTH " + reason);
                    }
                });
    }

    @Override
    public boolean open(boolean clean) throws MqttException {
        var options = new MqttConnectionOptions();
        options.setCleanStart(clean);
        options.setSessionExpiryInterval(clean ? 0L : 60L);
        IMqttToken token = client.connect(options);
        token.waitForCompletion(WAIT_MILLIS);
        return token.getSessionPresent();
    }

    @Override
    public void subscribe(String filter, int qos) throws MqttException {
        client.subscribe(filter, qos).waitForCompletion(WAIT_MILLIS);
    }

    @Override
    public void publish(String topic, String payload, int qos, boolean retained)
            throws MqttException {
        client.publish(topic, payload.getBytes(UTF_8), qos, retained)
                .waitForCompletion(WAIT_MILLIS);
    }

    @Override
    public Got next() throws InterruptedException {
        return arrivals.next();
    }

    @Override
    public void close() throws MqttException {
        client.disconnect().waitForCompletion(WAIT_MILLIS);
        client.close();
    }
}
