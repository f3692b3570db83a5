package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hivemq.client.mqtt.exceptions.ConnectionClosedException;
import com.hivemq.client.mqtt.exceptions.ConnectionFailedException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import dev.parley.front.amqp.AmqpConfig;
import dev.parley.front.wire.CertificateName;
import dev.parley.it.Authority.Identity;
import dev.parley.it.SecureMqtt.Way;
import dev.parley.node.TlsConfig;
import java.io.IOException;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

/// MQTT over TLS, on its own port and through WebSocket: trust both ways, and login by certificate.
@Timeout(120)
class MqttTlsTest {
    private static final String ORDERS = "CN=orders,O=Shop";

    @TempDir static Path directory = Path.of("unset");

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Authority ours;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Authority theirs;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Identity server;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Identity orders;

    /// Where clients may show a certificate.
    @SuppressWarnings("NullAway.Init") // set before the first test
    private static SecureNode node;

    @BeforeAll
    static void start() throws IOException {
        ours = Authority.make(directory, "ours");
        theirs = Authority.make(directory, "theirs");
        server = ours.server("EC", "dns:localhost");
        orders = ours.client("CN=orders, O=Shop");
        node = start(TlsConfig.Client.WANTED, CertificateName.DISTINGUISHED_NAME);
        node.addUser(ORDERS, "secret");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static SecureNode start(TlsConfig.Client client, CertificateName naming)
            throws IOException {
        return SecureNode.start(
                AmqpConfig.DEFAULT,
                new TlsConfig(
                        server.certificate(),
                        server.key(),
                        ours.certificate(),
                        client,
                        naming,
                        -1,
                        0,
                        0));
    }

    private static SecureMqtt client(Way way, @Nullable Identity shown) {
        return new SecureMqtt(node, way, "c-" + way, ours, shown);
    }

    /// Whose connection the node has under a client identifier.
    private static String user(SecureNode at, String id) throws IOException {
        var rows = JsonMapper.shared().readTree(at.ask("GET", "/v1/connections", "").body());
        for (var row : rows) {
            if (row.path("clientId").asString("").equals(id)) {
                return row.path("user").asString();
            }
        }
        return "nobody among " + rows;
    }

    private static void works(SecureMqtt client, String topic) throws InterruptedException {
        String large = "x".repeat(100_000);
        client.subscribe(topic);
        client.publish(topic, large);
        assertThat(client.next()).isEqualTo(topic + "=" + large);
    }

    @ParameterizedTest
    @EnumSource(names = {"TLS", "SECURE_WEB_SOCKET"})
    void clientThatTrustsTheAuthorityTalks(Way way) throws Exception {
        try (SecureMqtt client = client(way, null)) {
            client.connect("guest", "guest", 0);
            works(client, "talk/" + way);
            assertThat(user(node, "c-" + way)).isEqualTo("guest");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TLS", "SECURE_WEB_SOCKET"})
    void clientThatTrustsOthersDoesNotTalk(Way way) {
        try (SecureMqtt client = new SecureMqtt(node, way, "stranger", theirs, null)) {
            assertNoConnection(() -> client.connect("guest", "guest", 0));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TLS", "SECURE_WEB_SOCKET"})
    void whoNamesNobodyIsWhoTheCertificateSays(Way way) throws Exception {
        try (SecureMqtt client = client(way, orders)) {
            client.connect();
            assertThat(user(node, "c-" + way)).isEqualTo(ORDERS);
            works(client, "orders/" + way);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TLS", "SECURE_WEB_SOCKET"})
    void whoNamesSomebodyNeedsHisPassword(Way way) throws Exception {
        try (SecureMqtt client = client(way, orders)) {
            client.connect("guest", "guest", 0);
            assertThat(user(node, "c-" + way)).isEqualTo("guest");
        }
        try (SecureMqtt client = client(way, orders)) {
            assertRefused(() -> client.connect(ORDERS, "wrong", 0));
        }
    }

    /// With TLS 1.3 a client hears that it is not let in only when it has said something.
    private static void assertNoConnection(ThrowingCallable login) {
        assertThatThrownBy(login)
                .isInstanceOfAny(ConnectionFailedException.class, ConnectionClosedException.class);
    }

    private static void assertRefused(ThrowingCallable login) {
        assertThatThrownBy(login)
                .isInstanceOfSatisfying(
                        Mqtt5ConnAckException.class,
                        e ->
                                assertThat(e.getMqttMessage().getReasonCode())
                                        .isEqualTo(
                                                Mqtt5ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD));
    }

    @ParameterizedTest
    @EnumSource(names = {"TLS", "SECURE_WEB_SOCKET"})
    void certificateOfARemovedUserIsWorthless(Way way) throws Exception {
        String name = "leaver-" + way;
        node.addUser("CN=" + name, "secret");
        Identity shown = ours.client("CN=" + name);
        try (SecureMqtt client = client(way, shown)) {
            client.connect();
            assertThat(node.ask("DELETE", "/v1/users/CN=" + name, "").statusCode()).isEqualTo(204);
            assertThat(client.ending()).startsWith("ADMINISTRATIVE_ACTION");
            assertRefused(client::connect);
        }
    }

    @Test
    void theCommandLineSubscribesOverTls() throws Exception {
        try (SecureMqtt client = client(Way.TLS, null)) {
            client.connect("guest", "guest", 0);
            client.client()
                    .publishWith()
                    .topic("cli/a")
                    .payload("hello".getBytes(UTF_8))
                    .retain(true)
                    .send();
        }
        String at = "localhost:" + node.node().mqttsPort();
        String[] command = {"topic", "subscribe", "cli/#", "--mqtt", at, "--count", "1"};
        Cli trusting = Cli.alone().with("PARLEY_CACERT", ours.certificate().toString());
        Cli.Result printed = trusting.launch(command);
        assertThat(printed.err()).isEmpty();
        assertThat(printed.out()).isEqualTo("cli/a hello\n");
        assertThat(printed.code()).isZero();
        Cli.Result plain = Cli.alone().launch(command);
        assertThat(plain.code()).isEqualTo(1);
        assertThat(plain.err())
                .isEqualTo(
                        "parley: %s closes the connection; a port with TLS needs --cacert\n"
                                .formatted(at));
        Cli.Result stranger =
                Cli.alone().with("PARLEY_CACERT", theirs.certificate().toString()).launch(command);
        assertThat(stranger.code()).isEqualTo(1);
        assertThat(stranger.err()).startsWith("parley: no TLS with " + at + ": ");
    }

    @Test
    void whoHasNoneOrAForeignOneDoesNotGetInWhereOneIsRequired() throws Exception {
        Identity foreign = theirs.client("CN=orders");
        try (SecureNode strict = start(TlsConfig.Client.REQUIRED, CertificateName.COMMON_NAME)) {
            strict.addUser("orders", "unused");
            for (Way way : new Way[] {Way.TLS, Way.SECURE_WEB_SOCKET}) {
                try (SecureMqtt none = new SecureMqtt(strict, way, "none", ours, null);
                        SecureMqtt other = new SecureMqtt(strict, way, "other", ours, foreign);
                        SecureMqtt right = new SecureMqtt(strict, way, "right", ours, orders)) {
                    assertNoConnection(none::connect);
                    assertNoConnection(other::connect);
                    right.connect();
                    assertThat(user(strict, "right")).isEqualTo("orders");
                }
            }
        }
    }
}
