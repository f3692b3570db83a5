package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttClientState;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientBuilder;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import dev.parley.it.Authority.Identity;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/// HiveMQ's client on one of the ways to a node; over TLS it verifies what it is shown.
final class SecureMqtt implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;

    /// How MQTT reaches a node.
    enum Way {
        TCP,
        TLS,
        WEB_SOCKET,
        SECURE_WEB_SOCKET;

        private boolean secure() {
            return this == TLS || this == SECURE_WEB_SOCKET;
        }

        private boolean overHttp() {
            return this == WEB_SOCKET || this == SECURE_WEB_SOCKET;
        }

        private int port(SecureNode node) {
            return switch (this) {
                case TCP -> node.node().mqttPort();
                case TLS -> node.node().mqttsPort();
                case WEB_SOCKET -> node.node().httpPort();
                case SECURE_WEB_SOCKET -> node.node().httpsPort();
            };
        }
    }

    private final Mqtt5BlockingClient client;
    private final Mqtt5BlockingClient.Mqtt5Publishes publishes;
    private final CompletableFuture<String> ending = new CompletableFuture<>();

    /// @param trusted who must have signed what the node shows
    /// @param shown what the client shows, or null
    SecureMqtt(SecureNode node, Way way, String id, Authority trusted, @Nullable Identity shown) {
        Mqtt5ClientBuilder builder =
                Mqtt5Client.builder()
                        .identifier(id)
                        .serverHost("localhost")
                        .serverPort(way.port(node))
                        .addDisconnectedListener(
                                context -> ending.complete(text(context.getCause())));
        if (way.secure()) {
            var tls = MqttClientSslConfig.builder().trustManagerFactory(trusted.trust());
            builder =
                    builder.sslConfig(
                            (shown == null ? tls : tls.keyManagerFactory(Authority.keys(shown)))
                                    .build());
        }
        if (way.overHttp()) {
            builder.webSocketConfig().serverPath("mqtt").applyWebSocketConfig();
        }
        client = builder.buildBlocking();
        publishes = client.publishes(MqttGlobalPublishFilter.ALL);
    }

    private static String text(Throwable cause) {
        if (cause instanceof Mqtt5DisconnectException said) {
            var packet = said.getMqttMessage();
            return packet.getReasonCode()
                    + packet.getReasonString().map(reason -> ": " + reason).orElse("");
        }
        return cause.toString();
    }

    /// Logs in without a name: by certificate, or as whoever is anonymous.
    Mqtt5ConnAck connect() {
        return client.connect(Mqtt5Connect.builder().cleanStart(true).build());
    }

    /// @param staysSeconds how long the session outlives the connection
    Mqtt5ConnAck connect(String user, String password, long staysSeconds) {
        return client.connectWith()
                .cleanStart(staysSeconds == 0)
                .sessionExpiryInterval(staysSeconds)
                .simpleAuth()
                .username(user)
                .password(password.getBytes(UTF_8))
                .applySimpleAuth()
                .send();
    }

    Mqtt5BlockingClient client() {
        return client;
    }

    boolean connected() {
        return client.getState().isConnected();
    }

    void subscribe(String filter) {
        client.subscribeWith().topicFilter(filter).qos(MqttQos.AT_LEAST_ONCE).send();
    }

    void publish(String topic, String payload) {
        client.publishWith()
                .topic(topic)
                .payload(payload.getBytes(UTF_8))
                .qos(MqttQos.AT_LEAST_ONCE)
                .send();
    }

    /// The next message: `topic=payload`.
    String next() throws InterruptedException {
        var got = publishes.receive(PATIENCE_SECONDS, TimeUnit.SECONDS).orElseThrow();
        return got.getTopic() + "=" + new String(got.getPayloadAsBytes(), UTF_8);
    }

    /// How the connection ended: the name of the node's reason, and what it said.
    String ending() throws InterruptedException {
        try {
            String how = ending.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            // The client says so before it can be used anew.
            Awaitility.await()
                    .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                    .until(() -> client.getState() == MqttClientState.DISCONNECTED);
            return how;
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("the connection has not ended", e);
        }
    }

    @Override
    public void close() {
        publishes.close();
        if (connected()) {
            client.disconnect();
        }
    }
}
