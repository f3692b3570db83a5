package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import dev.parley.front.amqp.AmqpConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// How many connections, channels and queues there may be, refused as RabbitMQ does.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class LimitsTest {
    private final Path directory = Broker.freshDirectory("limits");
    private SecureNode node = start();

    private SecureNode start() {
        try {
            return SecureNode.start(directory, AmqpConfig.DEFAULT, null);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeAll
    void addUser() throws IOException {
        node.addUser("ann", "apple");
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private ConnectionFactory ann(String host) {
        ConnectionFactory factory = node.plain("ann", "apple");
        factory.setVirtualHost(host);
        return factory;
    }

    private void limit(String path, int most) throws IOException {
        assertThat(node.ask("PUT", "/v1/" + path, "{\"value\": " + most + "}").statusCode())
                .isEqualTo(204);
    }

    private void free(String path) throws IOException {
        assertThat(node.ask("DELETE", "/v1/" + path, "").statusCode()).isEqualTo(204);
    }

    private static AmqpCase.Refusal refused(ConnectionFactory factory) {
        try (Connection connection = SecureNode.connect(factory)) {
            throw new AssertionError("let in: " + connection);
        } catch (IOException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof ShutdownSignalException closed) {
                    return AmqpCase.refusal(closed);
                }
            }
            throw new AssertionError(e);
        }
    }

    private void awaitLetIn(String host) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> {
                    SecureNode.connect(ann(host)).close();
                    return true;
                });
    }

    @Test
    void connectionsOfAUser() throws IOException {
        limit("users/ann/limits/max-connections", 1);
        try (Connection first = SecureNode.connect(ann("/"))) {
            assertThat(first.isOpen()).isTrue();
            AmqpCase.Refusal refusal = refused(ann("/"));
            assertThat(refusal.code()).isEqualTo(530);
            assertThat(refusal.text())
                    .contains(
                            "connection refused for user 'ann': user connection limit (1) is"
                                    + " reached");
        }
        awaitLetIn("/");
        limit("users/ann/limits/max-connections", 0);
        assertThat(refused(ann("/")).code()).isEqualTo(530);
        free("users/ann/limits/max-connections");
        awaitLetIn("/");
    }

    @Test
    void connectionsOfAHost() throws IOException {
        assertThat(node.ask("PUT", "/v1/vhosts/small", "").statusCode()).isEqualTo(204);
        node.permit("ann", "small");
        limit("vhosts/small/limits/max-connections", 1);
        try (Connection first = SecureNode.connect(ann("small"));
                Connection elsewhere = SecureNode.connect(ann("/"))) {
            assertThat(first.isOpen() && elsewhere.isOpen()).isTrue();
            AmqpCase.Refusal refusal = refused(ann("small"));
            assertThat(refusal.code()).isEqualTo(530);
            assertThat(refusal.text())
                    .contains(
                            "access to vhost 'small' refused for user 'ann': connection limit (1)"
                                    + " is reached");
        }
        awaitLetIn("small");
    }

    @Test
    void connectionsGoWithTheirHost() throws IOException {
        assertThat(node.ask("PUT", "/v1/vhosts/passing", "").statusCode()).isEqualTo(204);
        node.permit("ann", "passing");
        Connection inside = SecureNode.connect(ann("passing"));
        try (Connection elsewhere = SecureNode.connect(ann("/"))) {
            assertThat(node.ask("DELETE", "/v1/vhosts/passing", "").statusCode()).isEqualTo(204);
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !inside.isOpen());
            assertThat(inside.getCloseReason())
                    .hasMessageContaining("reply-code=320")
                    .hasMessageContaining("the virtual host 'passing' was removed");
            assertThat(elsewhere.isOpen()).isTrue();
        }
    }

    @Test
    void channelsOfAUser() throws IOException {
        node.addUser("chan", "cherry");
        limit("users/chan/limits/max-channels", 2);
        ConnectionFactory factory = node.plain("chan", "cherry");
        Connection two = SecureNode.connect(factory);
        try (Connection one = SecureNode.connect(factory)) {
            Channel first = one.createChannel();
            assertThat(two.createChannel().isOpen()).isTrue();
            first.abort();
            assertThat(one.createChannel().isOpen()).as("in place of the closed one").isTrue();
            try {
                two.createChannel();
            } catch (IOException e) {
                // The close reason says it in full.
                assertThat(two.isOpen()).isFalse();
            }
            AmqpCase.Refusal refusal = AmqpCase.refusal(two.getCloseReason());
            assertThat(refusal.code()).isEqualTo(530);
            assertThat(refusal.text())
                    .contains(
                            "number of channels opened for user 'chan' has reached the maximum"
                                    + " allowed user limit of (2)");
            assertThat(one.createChannel().isOpen()).as("the other's went with it").isTrue();
        }
    }

    @Test
    void queuesOfAHostAlsoAfterARestart() throws IOException {
        assertThat(node.ask("PUT", "/v1/vhosts/few", "").statusCode()).isEqualTo(204);
        node.permit("ann", "few");
        limit("vhosts/few/limits/max-queues", 1);
        node.close();
        node = start();
        assertThat(node.ask("GET", "/v1/vhosts/few/limits", "").body())
                .isEqualTo("{\"max-queues\":1}");
        try (Connection connection = SecureNode.connect(ann("few"))) {
            connection.createChannel().queueDeclare("one", true, false, false, null);
            AmqpCase.Refusal refusal =
                    AmqpCase.refused(
                            connection.createChannel(),
                            channel -> channel.queueDeclare("two", true, false, false, null));
            assertThat(refusal.code()).isEqualTo(406);
            assertThat(refusal.text())
                    .contains(
                            "cannot declare queue 'two': queue limit in vhost 'few' (1) is"
                                    + " reached");
            Channel again = connection.createChannel();
            again.queueDeclare("one", true, false, false, null);
            again.queueDelete("one");
            assertThat(again.queueDeclare("two", true, false, false, null).getQueue())
                    .isEqualTo("two");
        }
    }

    @Test
    void limitsThatAreNoneAreRefused() throws IOException {
        assertThat(
                        node.ask("PUT", "/v1/users/ann/limits/max-queues", "{\"value\": 1}")
                                .statusCode())
                .isEqualTo(400);
        assertThat(node.ask("PUT", "/v1/users/ann/limits/speed", "{\"value\": 1}").statusCode())
                .isEqualTo(404);
        assertThat(
                        node.ask("PUT", "/v1/users/ann/limits/max-channels", "{\"value\": -1}")
                                .statusCode())
                .isEqualTo(400);
    }
}
