package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultSaslConfig;
import dev.parley.front.amqp.AmqpConfig;
import dev.parley.front.wire.CertificateName;
import dev.parley.it.Authority.Identity;
import dev.parley.node.TlsConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// TLS as RabbitMQ's Java client, curl and openssl speak it: trust both ways, EXTERNAL, new keys
/// while connections go on.
@Timeout(120)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TlsTest {
    private static final String NAMES = "dns:localhost,ip:127.0.0.1";

    @TempDir static Path directory = Path.of("unset");

    private static Authority ours = never();
    private static Authority theirs = never();
    private static Identity server = new Identity(directory, directory, directory);

    /// Others for the same names: making one takes long.
    private static Identity elliptic = server;

    private static Identity another = server;

    /// Shows the server's certificate, asks for none, and stays as it is.
    @SuppressWarnings("NullAway.Init") // set before the first test
    private static SecureNode common;

    /// Whose files changed behind its back before the first test, since it looks every ten seconds.
    @SuppressWarnings("NullAway.Init") // set before the first test
    private static SecureNode changed;

    @SuppressWarnings("NullAway") // set before the first test
    private static Authority never() {
        return null;
    }

    @BeforeAll
    static void start() throws IOException {
        ours = Authority.make(directory, "ours");
        server = ours.server("RSA", NAMES);
        elliptic = ours.server("EC", NAMES);
        Identity used = copy(server);
        changed = node(tls(used));
        assertThat(shown(changed).getPublicKey().getAlgorithm()).isEqualTo("RSA");
        Authority.replace(used, elliptic);
        another = ours.server("RSA", NAMES);
        theirs = Authority.make(directory, "theirs");
        common = node(tls(server));
    }

    @AfterAll
    static void stop() {
        common.close();
        changed.close();
    }

    private static TlsConfig tls(Identity identity) {
        return new TlsConfig(
                identity.certificate(),
                identity.key(),
                null,
                TlsConfig.Client.NONE,
                CertificateName.DISTINGUISHED_NAME,
                0,
                0);
    }

    private static TlsConfig mutual(TlsConfig.Client client, CertificateName naming) {
        return new TlsConfig(
                server.certificate(), server.key(), ours.certificate(), client, naming, 0, -1);
    }

    private static SecureNode node(TlsConfig tls) throws IOException {
        return SecureNode.start(AmqpConfig.DEFAULT, tls);
    }

    /// Sends a message to a queue and gets it back.
    private static void assertWorks(Connection connection) throws IOException {
        Channel channel = connection.createChannel();
        String queue = channel.queueDeclare().getQueue();
        byte[] body = new byte[100_000];
        channel.confirmSelect();
        channel.basicPublish("", queue, null, body);
        try {
            channel.waitForConfirmsOrDie(30_000);
        } catch (Exception e) {
            throw new AssertionError("no confirm", e);
        }
        assertThat(channel.basicGet(queue, true).getBody()).isEqualTo(body);
    }

    @Test
    void clientThatTrustsTheAuthorityTalksUnderBothVersions() throws IOException {
        for (String version : List.of("TLSv1.2", "TLSv1.3")) {
            try (Connection connection =
                    SecureNode.connect(common.secure(ours.trusting(version)))) {
                assertWorks(connection);
            }
            assertThat(protocol(version)).isEqualTo(version);
        }
    }

    @Test
    void keysOnEllipticCurvesWork() throws IOException {
        try (SecureNode node = node(tls(elliptic));
                Connection connection = SecureNode.connect(node.secure(ours.trusting("TLS")))) {
            assertWorks(connection);
        }
    }

    @Test
    void versionsBefore12AreRefused() {
        assertThatThrownBy(() -> protocol("TLSv1.1")).isInstanceOf(SSLException.class);
    }

    private static String protocol(String version) throws IOException {
        try (SSLSocket socket =
                (SSLSocket)
                        ours.trusting(version)
                                .getSocketFactory()
                                .createSocket("localhost", common.node().amqpsPort())) {
            socket.setSoTimeout(30_000);
            socket.setEnabledProtocols(new String[] {version});
            socket.startHandshake();
            return socket.getSession().getProtocol();
        }
    }

    @Test
    void clientThatTrustsAnotherAuthorityRefuses() {
        assertThatThrownBy(() -> SecureNode.connect(common.secure(theirs.trusting("TLS"))))
                .isInstanceOf(SSLException.class);
    }

    @Test
    void clientRefusesACertificateForAnotherHost() throws IOException {
        try (SecureNode node = node(tls(ours.server("EC", "dns:elsewhere.example")))) {
            assertThatThrownBy(() -> SecureNode.connect(node.secure(ours.trusting("TLS"))))
                    .isInstanceOf(SSLException.class);
        }
    }

    // ---- the client's certificate

    private static ConnectionFactory external(SecureNode node, Identity identity) {
        ConnectionFactory factory = node.secure(ours.trusting("TLS", identity));
        factory.setSaslConfig(DefaultSaslConfig.EXTERNAL);
        return factory;
    }

    /// The broker lets a client claim its own user only.
    private static void assertIs(String user, Connection connection) throws IOException {
        Channel channel = connection.createChannel();
        String queue = channel.queueDeclare().getQueue();
        channel.basicPublish(
                "",
                queue,
                new AMQP.BasicProperties.Builder().userId(user).build(),
                "mine".getBytes(UTF_8));
        assertThat(channel.basicGet(queue, true).getProps().getUserId()).isEqualTo(user);
    }

    @Test
    void externalLogsInByTheDistinguishedName() throws IOException {
        String name = "CN=orders,OU=Till\\, front,O=Shop,C=DE";
        Identity client = ours.client("CN=orders, OU=\"Till, front\", O=Shop, C=DE");
        try (SecureNode node =
                node(mutual(TlsConfig.Client.REQUIRED, CertificateName.DISTINGUISHED_NAME))) {
            assertThatThrownBy(() -> SecureNode.connect(external(node, client)))
                    .isInstanceOf(AuthenticationFailureException.class);
            node.addUser(name, "unused");
            try (Connection connection = SecureNode.connect(external(node, client))) {
                assertIs(name, connection);
            }
        }
    }

    @Test
    void externalLogsInByTheCommonName() throws IOException {
        Identity client = ours.client("CN=orders, O=Shop");
        try (SecureNode node = node(mutual(TlsConfig.Client.WANTED, CertificateName.COMMON_NAME))) {
            node.addUser("orders", "unused");
            try (Connection connection = SecureNode.connect(external(node, client))) {
                assertIs("orders", connection);
            }
        }
    }

    @Test
    void withoutACertificateExternalIsNotOffered() throws IOException {
        try (SecureNode node = node(mutual(TlsConfig.Client.WANTED, CertificateName.COMMON_NAME))) {
            ConnectionFactory factory = node.secure(ours.trusting("TLS"));
            try (Connection connection = SecureNode.connect(factory)) {
                assertWorks(connection);
            }
            factory.setSaslConfig(DefaultSaslConfig.EXTERNAL);
            assertThatThrownBy(() -> SecureNode.connect(factory)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void whoHasNoneOrAForeignOneDoesNotGetIn() throws IOException {
        Identity foreign = theirs.client("CN=orders");
        try (SecureNode node =
                node(mutual(TlsConfig.Client.REQUIRED, CertificateName.COMMON_NAME))) {
            node.addUser("orders", "unused");
            assertThatThrownBy(() -> SecureNode.connect(node.secure(ours.trusting("TLS"))))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> SecureNode.connect(external(node, foreign)))
                    .isInstanceOf(IOException.class);
        }
    }

    // ---- new keys

    private static X509Certificate shown(SecureNode node) throws IOException {
        try (SSLSocket socket =
                (SSLSocket)
                        ours.trusting("TLS")
                                .getSocketFactory()
                                .createSocket("localhost", node.node().amqpsPort())) {
            socket.setSoTimeout(30_000);
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    private static Identity copy(Identity identity) throws IOException {
        Path own = Files.createTempDirectory(directory, "copy-");
        return new Identity(
                identity.store(),
                Files.copy(identity.certificate(), own.resolve("certificate.pem")),
                Files.copy(identity.key(), own.resolve("key.pem")));
    }

    @Test
    void newKeysAreTakenOverWhileConnectionsGoOn() throws IOException {
        Identity used = copy(server);
        try (SecureNode node = node(tls(used));
                Connection before = SecureNode.connect(node.secure(ours.trusting("TLS")))) {
            Authority.replace(used, elliptic);
            assertThat(node.ask("POST", "/v1/tls/reload", "").body()).contains("CN=parley");
            assertThat(shown(node).getPublicKey().getAlgorithm()).isEqualTo("EC");
            assertWorks(before);
            try (Connection after = SecureNode.connect(node.secure(ours.trusting("TLS")))) {
                assertWorks(after);
            }
        }
    }

    @Test
    void brokenFilesLeaveTheOldKeysInUse() throws IOException {
        Identity used = copy(server);
        try (SecureNode node = node(tls(used))) {
            X509Certificate before = shown(node);
            Files.writeString(used.key(), Files.readString(another.key()));
            var answer = node.ask("POST", "/v1/tls/reload", "");
            assertThat(answer.statusCode()).isEqualTo(409);
            assertThat(answer.body()).contains("is not the key of the certificate");
            assertThat(shown(node)).isEqualTo(before);
        }
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void changedFilesAreNoticedByThemselves() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> shown(changed).getPublicKey().getAlgorithm().equals("EC"));
    }

    // ---- what is wrong with the files

    private static void assertRefused(Path certificate, Path key, String text) {
        Identity wrong = new Identity(certificate, certificate, key);
        assertThatThrownBy(() -> node(tls(wrong)).close())
                .isInstanceOf(IOException.class)
                .hasMessageContaining(text);
    }

    @Test
    void whatIsWrongWithTheFilesIsSaid() throws IOException {
        Path key = server.key();
        Path missing = directory.resolve("missing.pem");
        assertRefused(server.certificate(), missing, "tls-key: there is no file " + missing);
        assertRefused(missing, key, "tls-certificate: there is no file " + missing);
        assertRefused(key, key, "holds no certificate");
        assertRefused(server.certificate(), server.certificate(), "holds no private key");
        assertRefused(server.certificate(), elliptic.key(), "is no RSA key");
        assertRefused(server.certificate(), another.key(), "is not the key of the certificate");
        Path old = directory.resolve("old.pem");
        Files.writeString(old, Authority.pem("RSA PRIVATE KEY", new byte[] {1, 2, 3}));
        assertRefused(server.certificate(), old, "openssl pkcs8 -topk8");
        Files.writeString(old, Authority.pem("ENCRYPTED PRIVATE KEY", new byte[] {1, 2, 3}));
        assertRefused(server.certificate(), old, "ENCRYPTED PRIVATE KEY");
    }

    // ---- HTTP

    @Test
    void curlReachesTheAdminInterfaceOverHttps() throws IOException {
        List<String> curl = Foreign.require("curl", "curl", List.of(List.of("curl", "--version")));
        String url = "https://localhost:" + common.node().httpsPort() + "/v1/status";
        var answer = curl(curl, ours, url);
        assertThat(answer.code()).as(answer.output()).isZero();
        assertThat(answer.output()).contains("\"version\"");
        assertThat(curl(curl, theirs, url).code()).isEqualTo(60);
    }

    @Test
    void theCommandLineReachesTheNodeOverHttps() throws Exception {
        String at = "localhost:" + common.node().httpsPort();
        String ca = ours.certificate().toString();
        Cli.Result status = Cli.alone().launch("status", "--node", at, "--cacert", ca);
        assertThat(status.code()).as(status.err()).isZero();
        assertThat(status.out()).isNotEmpty();
        Cli stranger = Cli.alone().with("PARLEY_CACERT", theirs.certificate().toString());
        Cli.Result refused = stranger.run("status", "--node", at);
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("no answer from " + at);
        Cli.Result none = Cli.alone().run("status", "--node", at, "--cacert", "missing.pem");
        assertThat(none.code()).isNotZero();
        assertThat(none.err()).contains("missing.pem");
    }

    private static Foreign.Result curl(List<String> curl, Authority trusted, String url) {
        return Foreign.run(
                Foreign.with(
                        curl,
                        1,
                        "--silent",
                        "--show-error",
                        "--cacert",
                        trusted.certificate().toString(),
                        "--user",
                        "guest:guest",
                        url),
                Map.of(),
                Duration.ofSeconds(30));
    }
}
