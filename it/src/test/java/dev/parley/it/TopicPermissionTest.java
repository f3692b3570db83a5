package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import dev.parley.front.amqp.AmqpConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// Which routing keys a user may use with a topic exchange, as RabbitMQ documents it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class TopicPermissionTest {
    private static final String TOPICS = "/v1/users/ann/topic-permissions";

    private final SecureNode node = start();

    private static SecureNode start() {
        try {
            return SecureNode.start(AmqpConfig.DEFAULT, null);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeAll
    void permit() throws IOException {
        node.addUser("ann", "apple");
        String body = "{\"write\": \"^{username}-{vhost}\\\\.\", \"read\": \"^news\\\\.\"}";
        assertThat(node.ask("PUT", TOPICS + "/%2F/amq.topic", body).statusCode()).isEqualTo(204);
        try (Connection connection = connect()) {
            Channel channel = connection.createChannel();
            channel.exchangeDeclare("free", "topic", true);
            channel.exchangeDeclare("inner", "fanout", true);
            channel.queueDeclare("q", true, false, false, null);
            channel.queueBind("q", "amq.topic", "news.a");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private Connection connect() throws IOException {
        return SecureNode.connect(node.plain("ann", "apple"));
    }

    private void allowed(AmqpCase.Action action) throws IOException {
        try (Connection connection = connect()) {
            Channel channel = connection.createChannel();
            action.on(channel);
            channel.queueDeclarePassive("q");
            assertThat(channel.isOpen()).isTrue();
        }
    }

    private void refused(String what, String key, AmqpCase.Action action) throws IOException {
        try (Connection connection = connect()) {
            AmqpCase.Refusal refusal = AmqpCase.refused(connection.createChannel(), action);
            assertThat(refusal.code()).isEqualTo(403);
            assertThat(refusal.text())
                    .isEqualTo(
                            ("ACCESS_REFUSED - %s access to topic '%s' in exchange topic"
                                            + " 'amq.topic' in vhost '/' refused for user 'ann'")
                                    .formatted(what, key));
        }
    }

    private static AmqpCase.Action publish(
            String exchange, String key, Map<String, Object> headers) {
        AMQP.BasicProperties properties = AmqpCase.headers(headers);
        return channel -> channel.basicPublish(exchange, key, properties, "x".getBytes(UTF_8));
    }

    @Test
    void publishing() throws IOException {
        allowed(publish("amq.topic", "ann-/.orders", Map.of()));
        refused("write", "ben-/.orders", publish("amq.topic", "ben-/.orders", Map.of()));
        refused("write", "", publish("amq.topic", "", Map.of()));
    }

    @Test
    void publishingWithCopies() throws IOException {
        String mine = "ann-/.x";
        allowed(publish("amq.topic", mine, Map.of("CC", List.of("ann-/.y"))));
        refused("write", "his", publish("amq.topic", mine, Map.of("CC", List.of("his"))));
        refused("write", "his", publish("amq.topic", mine, Map.of("BCC", List.of("his"))));
    }

    @Test
    void publishingInsideATransaction() throws IOException {
        refused(
                "write",
                "his",
                channel -> {
                    channel.txSelect();
                    channel.basicPublish("amq.topic", "his", null, new byte[1]);
                    channel.txCommit();
                });
    }

    @Test
    void otherExchangesAreNotConcerned() throws IOException {
        allowed(publish("free", "anything", Map.of()));
        allowed(publish("amq.direct", "anything", Map.of()));
        allowed(publish("", "anything", Map.of()));
    }

    @Test
    void bindingAndUnbinding() throws IOException {
        allowed(channel -> channel.queueBind("q", "amq.topic", "news.today"));
        refused("read", "#", channel -> channel.queueBind("q", "amq.topic", "#"));
        refused("read", "a.b", channel -> channel.queueUnbind("q", "amq.topic", "a.b"));
        allowed(channel -> channel.exchangeBind("inner", "amq.topic", "news.#"));
        refused("read", "#", channel -> channel.exchangeBind("inner", "amq.topic", "#"));
        refused("read", "#", channel -> channel.exchangeUnbind("inner", "amq.topic", "#"));
    }

    @Test
    void theyCanBeListedAndTakenBack() throws IOException {
        node.addUser("ben", "berry");
        String path = "/v1/users/ben/topic-permissions";
        String one = path + "/%2F/amq.topic";
        assertThat(node.ask("PUT", one, "{\"write\": \"a\", \"read\": \"b\"}").statusCode())
                .isEqualTo(204);
        assertThat(node.ask("GET", path, "").body())
                .isEqualTo(
                        "[{\"vhost\":\"/\",\"exchange\":\"amq.topic\",\"write\":\"a\","
                                + "\"read\":\"b\"}]");
        assertThat(node.ask("PUT", one, "{\"write\": \"(\"}").statusCode()).isEqualTo(400);
        assertThat(node.ask("DELETE", one, "").statusCode()).isEqualTo(204);
        assertThat(node.ask("GET", path, "").body()).isEqualTo("[]");
    }
}
