package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import dev.parley.front.amqp.AmqpConfig;
import dev.parley.front.wire.CertificateName;
import dev.parley.it.Authority.Identity;
import dev.parley.it.SecureMqtt.Way;
import dev.parley.node.TlsConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of connections whose user is removed, or may do less than when he opened them.
@Timeout(120)
class WithdrawnTest {
    private static final String PASSWORD = "apple";
    private static final long STAYS = 600;

    @TempDir static Path directory = Path.of("unset");

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Authority authority;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static SecureNode node;

    @BeforeAll
    static void start() throws IOException {
        authority = Authority.make(directory, "ours");
        Identity server = authority.server("EC", "dns:localhost");
        TlsConfig tls =
                new TlsConfig(
                        server.certificate(),
                        server.key(),
                        null,
                        TlsConfig.Client.NONE,
                        CertificateName.DISTINGUISHED_NAME,
                        0,
                        0,
                        0);
        node = SecureNode.start(AmqpConfig.DEFAULT, tls);
        try (Connection connection = SecureNode.connect(node.plain("guest", "guest"))) {
            connection
                    .createChannel()
                    .queueDeclare("ticks", true, false, false, Map.of("x-queue-type", "stream"));
        }
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static SecureMqtt client(Way way, String id) {
        return new SecureMqtt(node, way, id, authority, null);
    }

    private static void remove(String user) throws IOException {
        assertThat(node.ask("DELETE", "/v1/users/" + user, "").statusCode()).isEqualTo(204);
    }

    private static void permit(String user, String write, String read) throws IOException {
        String body =
                "{\"configure\": \".*\", \"write\": \"%s\", \"read\": \"%s\"}"
                        .formatted(write, read);
        String path = "/v1/users/" + user + "/permissions/%2F";
        assertThat(node.ask("PUT", path, body).statusCode()).isEqualTo(204);
    }

    private static void forbid(String user) throws IOException {
        String path = "/v1/users/" + user + "/permissions/%2F";
        assertThat(node.ask("DELETE", path, "").statusCode()).isEqualTo(204);
    }

    private static String refusal(SecureMqtt client, String user, long stays) {
        try {
            client.connect(user, user.equals("guest") ? "guest" : PASSWORD, stays);
            return "none";
        } catch (Mqtt5ConnAckException e) {
            return e.getMqttMessage().getReasonCode().toString();
        }
    }

    // ---- removed

    @ParameterizedTest
    @EnumSource
    void removedUserIsSentAwayOverMqtt(Way way) throws Exception {
        String user = "gone-" + way;
        String id = "device-" + way;
        node.addUser(user, PASSWORD);
        try (SecureMqtt client = client(way, id)) {
            client.connect(user, PASSWORD, STAYS);
            client.subscribe("gone/" + way);
            client.publish("gone/" + way, "before");
            assertThat(client.next()).isEqualTo("gone/" + way + "=before");
            remove(user);
            assertThat(client.ending())
                    .isEqualTo("ADMINISTRATIVE_ACTION: user '" + user + "' was deleted");
            assertThat(refusal(client, user, STAYS)).isEqualTo("BAD_USER_NAME_OR_PASSWORD");
        }
        try (SecureMqtt other = client(Way.TCP, id)) {
            assertThat(refusal(other, "guest", STAYS))
                    .as("his session is nobody else's")
                    .isEqualTo("NOT_AUTHORIZED");
        }
    }

    @Test
    void removedUserLeavesNoWill() throws Exception {
        node.addUser("willing", PASSWORD);
        try (SecureMqtt heirs = client(Way.TCP, "heirs");
                SecureMqtt live = client(Way.TCP, "live");
                SecureMqtt durable = client(Way.TCP, "durable")) {
            heirs.connect("guest", "guest", 0);
            heirs.subscribe("wills/#");
            for (SecureMqtt one : new SecureMqtt[] {live, durable}) {
                one.client()
                        .connectWith()
                        .sessionExpiryInterval(one == live ? 0 : STAYS)
                        .simpleAuth()
                        .username("willing")
                        .password(PASSWORD.getBytes(UTF_8))
                        .applySimpleAuth()
                        .willPublish()
                        .topic("wills/" + (one == live ? "live" : "durable"))
                        .applyWillPublish()
                        .send();
            }
            remove("willing");
            assertThat(live.ending()).startsWith("ADMINISTRATIVE_ACTION");
            assertThat(durable.ending()).startsWith("ADMINISTRATIVE_ACTION");
            heirs.publish("wills/none", "left");
            assertThat(heirs.next()).isEqualTo("wills/none=left");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void removedUserIsSentAwayOverAmqp(boolean secure) throws Exception {
        String user = "gone-amqp-" + secure;
        node.addUser(user, PASSWORD);
        ConnectionFactory factory =
                secure ? node.secure(authority.trusting("TLS")) : node.plain(user, PASSWORD);
        factory.setUsername(user);
        factory.setPassword(PASSWORD);
        Connection connection = SecureNode.connect(factory);
        try (Connection others = SecureNode.connect(node.plain("guest", "guest"))) {
            CompletableFuture<ShutdownSignalException> end = new CompletableFuture<>();
            connection.addShutdownListener(end::complete);
            Channel channel = connection.createChannel();
            channel.queueDeclare(user, true, false, false, null);
            channel.basicConsume(user, new DefaultConsumer(channel));
            remove(user);
            AMQP.Connection.Close close = closed(end);
            assertThat(close.getReplyCode()).isEqualTo(320);
            assertThat(close.getReplyText())
                    .isEqualTo("CONNECTION_FORCED - user '" + user + "' was deleted");
            assertThat(others.createChannel().queueDeclarePassive(user).getConsumerCount())
                    .isZero();
        } finally {
            connection.abort();
        }
        assertThatThrownBy(() -> SecureNode.connect(factory))
                .isInstanceOf(AuthenticationFailureException.class);
    }

    private static AMQP.Connection.Close closed(CompletableFuture<ShutdownSignalException> end)
            throws Exception {
        return (AMQP.Connection.Close) end.get(20, TimeUnit.SECONDS).getReason();
    }

    // ---- permitted less

    @ParameterizedTest
    @CsvSource({
        "plain, alarms/#, ^$",
        "shared, $share/g/alarms/+, ^ticks$",
        "stream, $stream/ticks, ^amq.topic$"
    })
    void subscriptionThatIsNotPermittedAnyMoreEndsItsConnection(
            String user, String filter, String read) throws Exception {
        node.addUser(user, PASSWORD);
        for (long stays : new long[] {0, STAYS}) {
            permit(user, ".*", ".*");
            try (SecureMqtt client = client(Way.TCP, user + stays)) {
                client.connect(user, PASSWORD, stays);
                client.subscribe(filter);
                permit(user, ".*", read);
                assertThat(client.ending())
                        .isEqualTo("NOT_AUTHORIZED: a subscription is not permitted any more");
            }
        }
    }

    @Test
    void topicPermissionIsAPermission() throws Exception {
        node.addUser("topical", PASSWORD);
        try (SecureMqtt client = client(Way.TCP, "topical")) {
            client.connect("topical", PASSWORD, 0);
            client.subscribe("news/a");
            String path = "/v1/users/topical/topic-permissions/%2F/amq.topic";
            String less = "{\"write\": \".*\", \"read\": \"^news\\\\.a$\"}";
            assertThat(node.ask("PUT", path, less).statusCode()).isEqualTo(204);
            client.publish("news/a", "goes on");
            assertThat(client.next()).isEqualTo("news/a=goes on");
            String none = "{\"write\": \".*\", \"read\": \"^news\\\\.b$\"}";
            assertThat(node.ask("PUT", path, none).statusCode()).isEqualTo(204);
            assertThat(client.ending()).startsWith("NOT_AUTHORIZED");
        }
    }

    @Test
    void connectionGoesOnThatIsPermittedWhatItHas() throws Exception {
        node.addUser("steady", PASSWORD);
        try (SecureMqtt client = client(Way.TCP, "steady");
                SecureMqtt other = client(Way.TCP, "steady-other")) {
            client.connect("steady", PASSWORD, STAYS);
            other.connect("guest", "guest", 0);
            client.subscribe("steady");
            permit("steady", "^$", "^amq.topic$");
            other.publish("steady", "still");
            assertThat(client.next()).isEqualTo("steady=still");
            assertThat(client.connected()).isTrue();
        }
    }

    @Test
    void whoMayNotEnterTheVirtualHostAnyMoreIsSentAway() throws Exception {
        node.addUser("exile", PASSWORD);
        Connection connection = SecureNode.connect(node.plain("exile", PASSWORD));
        try (SecureMqtt client = client(Way.TCP, "exile")) {
            CompletableFuture<ShutdownSignalException> end = new CompletableFuture<>();
            connection.addShutdownListener(end::complete);
            client.connect("exile", PASSWORD, 0);
            forbid("exile");
            assertThat(client.ending())
                    .isEqualTo("NOT_AUTHORIZED: no access to the virtual host any more");
            AMQP.Connection.Close close = closed(end);
            assertThat(close.getReplyCode()).isEqualTo(320);
            assertThat(close.getReplyText())
                    .isEqualTo("CONNECTION_FORCED - access to vhost '/' refused for user 'exile'");
        } finally {
            connection.abort();
        }
    }

    @Test
    void consumerEndsWhoseQueueMayNotBeReadAnyMore() throws Exception {
        node.addUser("reader", PASSWORD);
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        try (Connection connection = SecureNode.connect(node.plain("reader", PASSWORD))) {
            Channel channel = connection.createChannel();
            for (String queue : new String[] {"kept", "secret"}) {
                channel.queueDeclare(queue, true, false, false, null);
                channel.basicConsume(queue, true, queue, listener(channel, heard));
            }
            channel.basicQos(10);
            channel.basicConsume("ticks", false, "ticks", listener(channel, heard));
            permit("reader", ".*", "^kept$");
            assertThat(new String[] {take(heard), take(heard)})
                    .containsExactlyInAnyOrder("cancelled secret", "cancelled ticks");
            channel.basicPublish("", "secret", null, "hidden".getBytes(UTF_8));
            channel.basicPublish("", "kept", null, "shown".getBytes(UTF_8));
            assertThat(take(heard)).isEqualTo("kept shown");
            assertThat(channel.queueDeclarePassive("secret").getMessageCount()).isEqualTo(1);
        }
    }

    private static String take(BlockingQueue<String> heard) throws InterruptedException {
        String next = heard.poll(20, TimeUnit.SECONDS);
        return next == null ? "nothing" : next;
    }

    private static DefaultConsumer listener(Channel channel, BlockingQueue<String> heard) {
        return new DefaultConsumer(channel) {
            @Override
            public void handleDelivery(
                    String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
                heard.add(tag + " " + new String(body, UTF_8));
            }

            @Override
            public void handleCancel(String tag) {
                heard.add("cancelled " + tag);
            }
        };
    }
}
