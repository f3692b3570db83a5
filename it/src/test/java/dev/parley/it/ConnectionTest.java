package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Opening a connection: credentials, vhosts, negotiation, heartbeats, capabilities.
class ConnectionTest extends AmqpCase {

    @Test
    void wrongPasswordIsRefusedWithACloseMethod() {
        ConnectionFactory factory = broker.factory();
        factory.setPassword("wrong");
        assertThatThrownBy(() -> Broker.connect(factory))
                .isInstanceOf(AuthenticationFailureException.class)
                .hasMessageContaining("ACCESS_REFUSED");
    }

    @Test
    void unknownUserIsRefusedAlike() {
        ConnectionFactory factory = broker.factory();
        factory.setUsername("nobody");
        assertThatThrownBy(() -> Broker.connect(factory))
                .isInstanceOf(AuthenticationFailureException.class)
                .hasMessageContaining("ACCESS_REFUSED");
    }

    @Test
    void unknownVhostIs530() {
        ConnectionFactory factory = broker.factory();
        factory.setVirtualHost("/no-such-vhost");
        assertThatThrownBy(() -> Broker.connect(factory))
                .rootCause()
                .isInstanceOfSatisfying(
                        ShutdownSignalException.class,
                        closed -> {
                            assertThat(refusal(closed).code()).isEqualTo(530);
                            assertThat(refusal(closed).text()).startsWith("NOT_ALLOWED");
                        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "publisher_confirms",
                "exchange_exchange_bindings",
                "basic.nack",
                "consumer_cancel_notify",
                "connection.blocked",
                "consumer_priorities",
                "authentication_failure_close",
                "per_consumer_qos",
                "direct_reply_to"
            })
    void capabilityIsAnnounced(String capability) {
        assertThat(connection.getServerProperties().get("capabilities"))
                .isInstanceOfSatisfying(
                        Map.class, known -> assertThat(known.get(capability)).isEqualTo(true));
    }

    @Test
    void serverNamesItself() {
        assertThat(connection.getServerProperties())
                .containsKeys("product", "version", "platform", "cluster_name");
    }

    /// The client closes the connection itself when the broker stays silent for two intervals.
    @Test
    void heartbeatsKeepAnIdleConnection() throws IOException {
        ConnectionFactory factory = broker.factory();
        factory.setRequestedHeartbeat(2);
        try (Connection idle = Broker.connect(factory)) {
            assertThat(idle.getHeartbeat()).isEqualTo(2);
            Awaitility.await()
                    .during(Duration.ofMillis(8_500))
                    .atMost(DEADLINE)
                    .until(idle::isOpen);
        }
    }

    @Test
    void limitsAreNegotiatedDownwards() throws IOException {
        ConnectionFactory factory = broker.factory();
        factory.setRequestedChannelMax(7);
        factory.setRequestedFrameMax(8_192);
        try (Connection small = Broker.connect(factory)) {
            assertThat(small.getChannelMax()).isEqualTo(7);
            assertThat(small.getFrameMax()).isEqualTo(8_192);
            for (int i = 1; i <= 7; i++) {
                assertThat(small.createChannel()).isNotNull();
            }
            assertThat(small.createChannel()).isNull();
        }
    }

    @Test
    void brokerOffersItsLimits() throws IOException {
        ConnectionFactory factory = broker.factory();
        factory.setRequestedChannelMax(0);
        factory.setRequestedFrameMax(0);
        try (Connection open = Broker.connect(factory)) {
            assertThat(open.getChannelMax()).isBetween(1, 65_535);
            assertThat(open.getFrameMax()).isEqualTo(131_072);
        }
    }

    @Test
    void channelsCloseAndTheirNumbersAreUsedAgain() throws Exception {
        for (int i = 0; i < 50; i++) {
            Channel again = connection.createChannel(42);
            assertThat(again.queueDeclare().getQueue()).isNotEmpty();
            again.close();
        }
    }

    @Test
    void manyConnectionsAtOnce() throws Exception {
        var connections = new Connection[50];
        for (int i = 0; i < connections.length; i++) {
            connections[i] = broker.connect();
        }
        for (Connection each : connections) {
            assertThat(each.createChannel().queueDeclare().getQueue()).isNotEmpty();
        }
        for (Connection each : connections) {
            each.close();
        }
        assertThat(connections).allMatch(each -> !each.isOpen());
    }
}
