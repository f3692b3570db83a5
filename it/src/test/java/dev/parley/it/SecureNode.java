package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import dev.parley.core.log.LogConfig;
import dev.parley.front.amqp.AmqpConfig;
import dev.parley.front.mqtt.MqttConfig;
import dev.parley.node.Config;
import dev.parley.node.Node;
import dev.parley.node.TlsConfig;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// A node in the test's own process, configured as the test wants it, on free loopback ports.
final class SecureNode implements AutoCloseable {
    private static final int HANDSHAKE_MILLIS = 2_000;

    private final Node node;
    private final HttpClient http = HttpClient.newHttpClient();

    private SecureNode(Node node) {
        this.node = node;
    }

    /// With little time for handshakes and few places for those that are not done.
    static AmqpConfig impatient(int arrivals) {
        AmqpConfig usual = AmqpConfig.DEFAULT;
        return new AmqpConfig(
                usual.product(),
                usual.version(),
                usual.frameMax(),
                usual.channelMax(),
                usual.heartbeatSeconds(),
                HANDSHAKE_MILLIS,
                arrivals,
                usual.messageBytesMax(),
                usual.outputBytesMax());
    }

    static SecureNode start(AmqpConfig amqp, @Nullable TlsConfig tls) throws IOException {
        return start(Broker.freshDirectory("secure"), amqp, tls);
    }

    static SecureNode start(Path directory, AmqpConfig amqp, @Nullable TlsConfig tls)
            throws IOException {
        return new SecureNode(
                Node.start(
                        new Config(directory, "127.0.0.1", 0, 0, LogConfig.DEFAULT, amqp, tls)
                                .withMqtt(0, MqttConfig.DEFAULT)));
    }

    Node node() {
        return node;
    }

    /// A client over TLS that verifies what it is shown, as everybody should.
    ConnectionFactory secure(SSLContext context) {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("localhost");
        factory.setPort(node.amqpsPort());
        factory.setAutomaticRecoveryEnabled(false);
        factory.useSslProtocol(context);
        factory.enableHostnameVerification();
        return factory;
    }

    ConnectionFactory plain(String user, String password) {
        ConnectionFactory factory = Broker.factory(Broker.url(node.amqpPort()));
        factory.setUsername(user);
        factory.setPassword(password);
        return factory;
    }

    static Connection connect(ConnectionFactory factory) throws IOException {
        try {
            return factory.newConnection();
        } catch (TimeoutException e) {
            throw new IOException("no connection in time", e);
        }
    }

    /// A user who may do everything in `/`.
    void addUser(String name, String password) throws IOException {
        String body = "{\"password\": \"" + password + "\"}";
        assertThat(ask("PUT", "/v1/users/" + encoded(name), body).statusCode()).isEqualTo(204);
        permit(name, "/");
    }

    void permit(String name, String vhost) throws IOException {
        String path = "/v1/users/" + encoded(name) + "/permissions/" + encoded(vhost);
        String all = "{\"configure\": \".*\", \"write\": \".*\", \"read\": \".*\"}";
        assertThat(ask("PUT", path, all).statusCode()).isEqualTo(204);
    }

    private static String encoded(String name) {
        return URLEncoder.encode(name, UTF_8).replace("+", "%20");
    }

    /// Asks the admin interface as guest.
    HttpResponse<String> ask(String method, String path, String body) throws IOException {
        return ask(method, path, body, "guest", "guest");
    }

    HttpResponse<String> ask(String method, String path, String body, String user, String password)
            throws IOException {
        String login = Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.httpPort() + path))
                        .header("Authorization", "Basic " + login)
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() {
        http.close();
        node.close();
    }
}
