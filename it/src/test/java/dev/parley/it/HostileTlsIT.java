package dev.parley.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import dev.parley.front.wire.CertificateName;
import dev.parley.it.Authority.Identity;
import dev.parley.node.TlsConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Handshakes made to harm: at most their own connection ends, in bounded time, and everybody else
/// goes on.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class HostileTlsIT {
    private static final int ARRIVALS = 28;
    private static final int DEADLINE_MILLIS = 30_000;

    @TempDir static Path directory = Path.of("unset");

    @SuppressWarnings("NullAway") // set before the first test
    private Authority authority = null;

    @SuppressWarnings("NullAway") // likewise
    private SecureNode node = null;

    @SuppressWarnings("NullAway") // likewise
    private Connection bystander = null;

    @BeforeAll
    void start() throws IOException {
        authority = Authority.make(directory, "ours");
        Identity server = authority.server("EC", "dns:localhost,ip:127.0.0.1");
        node =
                SecureNode.start(
                        SecureNode.impatient(ARRIVALS),
                        new TlsConfig(
                                server.certificate(),
                                server.key(),
                                null,
                                TlsConfig.Client.NONE,
                                CertificateName.DISTINGUISHED_NAME,
                                0,
                                0));
    }

    @AfterAll
    void stop() {
        node.close();
    }

    @BeforeEach
    void connectBystander() {
        bystander = connect();
    }

    /// The node gives little time, which a busy machine may not have at the first try.
    private Connection connect() {
        return Awaitility.await()
                .atMost(Duration.ofMillis(DEADLINE_MILLIS))
                .ignoreExceptions()
                .until(
                        () -> SecureNode.connect(node.secure(authority.trusting("TLS"))),
                        Connection::isOpen);
    }

    @AfterEach
    void bystanderIsUnharmed() throws IOException {
        try (Connection connection = bystander) {
            Channel channel = connection.createChannel();
            String queue = channel.queueDeclare().getQueue();
            channel.basicPublish("", queue, null, "alive".getBytes(US_ASCII));
            assertThat(channel.basicGet(queue, true).getBody()).asString().isEqualTo("alive");
        }
    }

    private Socket dial(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(DEADLINE_MILLIS);
        return socket;
    }

    /// Reads until the node ends the connection; a read that times out fails the test.
    private static void awaitEnd(Socket socket) throws IOException {
        byte[] buffer = new byte[4_096];
        try {
            while (socket.getInputStream().read(buffer) >= 0) {
                // An alert, or what was said before.
            }
        } catch (SocketException | SSLException e) {
            // A reset is an end as well.
            assertThat(e).isNotNull();
        }
    }

    private static void awaitEnds(List<Socket> sockets) throws IOException {
        for (Socket socket : sockets) {
            awaitEnd(socket);
            socket.close();
        }
    }

    /// A hello as a client of this JDK says it.
    private byte[] hello() throws SSLException {
        SSLEngine engine = authority.trusting("TLS").createSSLEngine("localhost", 1);
        engine.setUseClientMode(true);
        ByteBuffer out = ByteBuffer.allocate(64 << 10);
        engine.beginHandshake();
        engine.wrap(ByteBuffer.allocate(0), out);
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    private List<Integer> ports() {
        return List.of(node.node().amqpsPort(), node.node().httpsPort());
    }

    @Test
    void garbageInsteadOfAHelloEndsTheConnection() throws IOException {
        long seed = 42;
        byte[] noise = new byte[5_000];
        new Random(seed).nextBytes(noise);
        List<byte[]> attacks =
                List.of(
                        "GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII),
                        new byte[] {'A', 'M', 'Q', 'P', 0, 0, 9, 1},
                        new byte[] {22, 3, 1, (byte) 0xFF, (byte) 0xFF, 1, 0, 0, 0},
                        new byte[1_000],
                        noise);
        List<Socket> attackers = new ArrayList<>();
        for (int port : ports()) {
            for (byte[] attack : attacks) {
                Socket socket = dial(port);
                attackers.add(socket);
                socket.getOutputStream().write(attack);
            }
        }
        awaitEnds(attackers);
        assertThat(bystander.isOpen()).isTrue();
    }

    @Test
    void flippedBytesInAHelloEndTheConnection() throws IOException {
        Random random = new Random(7);
        // As many at a time as there are places, since many a hello is still good, and the node
        // then takes a second to say goodbye.
        for (int i = 0; i < 2; i++) {
            List<Socket> broken = new ArrayList<>();
            while (broken.size() < ARRIVALS) {
                byte[] hello = hello();
                for (int flips = 0; flips < 3; flips++) {
                    hello[random.nextInt(hello.length)] ^= (byte) (1 + random.nextInt(255));
                }
                Socket socket = dial(node.node().amqpsPort());
                broken.add(socket);
                socket.getOutputStream().write(hello);
                socket.shutdownOutput();
            }
            awaitEnds(broken);
        }
        assertThat(bystander.isOpen()).isTrue();
    }

    @Test
    void halfAHandshakeAndSilenceEndsInTime() throws IOException {
        byte[] hello = hello();
        List<Socket> silent = new ArrayList<>();
        for (int port : ports()) {
            for (int sent : new int[] {0, 1, hello.length / 2, hello.length}) {
                Socket socket = dial(port);
                silent.add(socket);
                socket.getOutputStream().write(hello, 0, sent);
            }
        }
        awaitEnds(silent);
        assertThat(bystander.isOpen()).isTrue();
    }

    @Test
    void silenceAfterTheHandshakeEndsInTime() throws IOException {
        try (Socket socket =
                authority
                        .trusting("TLS")
                        .getSocketFactory()
                        .createSocket("localhost", node.node().amqpsPort())) {
            socket.setSoTimeout(DEADLINE_MILLIS);
            ((SSLSocket) socket).startHandshake();
            awaitEnd(socket);
        }
        assertThat(bystander.isOpen()).isTrue();
    }

    @Test
    void manyThatNeverFinishMakeWayForOneThatDoes() throws IOException {
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 5 * ARRIVALS; i++) {
                silent.add(dial(i % 2 == 0 ? node.node().amqpsPort() : node.node().amqpPort()));
            }
            try (Connection late = connect()) {
                assertThat(late.isOpen()).isTrue();
            }
            for (Socket socket : silent) {
                awaitEnd(socket);
            }
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    void opensslGetsTheVersionsThatThereAreAndNoOther() throws IOException {
        List<String> openssl =
                Foreign.require("openssl", "openssl", List.of(List.of("openssl", "version")));
        assertThat(handshake(openssl, "-tls1_3").output()).contains("Verify return code: 0 (ok)");
        assertThat(handshake(openssl, "-tls1_2").output()).contains("Verify return code: 0 (ok)");
        assertThat(handshake(openssl, "-tls1_1").code()).isNotZero();
        assertThat(handshake(openssl, "-tls1_2", "-cipher", "NULL:aNULL:@SECLEVEL=0").code())
                .isNotZero();
    }

    private Foreign.Result handshake(List<String> openssl, String... options) {
        List<String> command =
                Foreign.with(
                        openssl,
                        1,
                        "s_client",
                        "-connect",
                        "localhost:" + node.node().amqpsPort(),
                        "-servername",
                        "localhost",
                        "-CAfile",
                        authority.certificate().toString());
        command.addAll(List.of(options));
        return Foreign.run(shell(command), Map.of(), Duration.ofSeconds(30));
    }

    /// With an empty standard input, so that it ends by itself.
    private static List<String> shell(List<String> command) {
        List<String> all = new ArrayList<>(List.of("sh", "-c", "\"$@\" </dev/null", "sh"));
        all.addAll(command);
        return all;
    }
}
