package dev.parley.it;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/// The broker under test: a Parley node of our own, or one that already runs.
///
/// `PARLEY_IT_AMQP_URL` (environment, or system property of the same name) points at a running one.
public final class Broker implements AutoCloseable {

    private static final String OVERRIDE = "PARLEY_IT_AMQP_URL";

    private static final int RABBITMQ_HTTP_PORT = 15672;

    private final URI uri;
    private final Optional<TestNode> node;

    private Broker(URI uri, Optional<TestNode> node) {
        this.uri = uri;
        this.node = node;
    }

    /// The URL of a broker that already runs, if the environment names one.
    static Optional<URI> running() {
        return Optional.ofNullable(System.getProperty(OVERRIDE))
                .or(() -> Optional.ofNullable(System.getenv(OVERRIDE)))
                .map(URI::create);
    }

    /// The broker that runs already, or a fresh node on a directory under `target`.
    static Broker open() {
        Optional<URI> given = running();
        if (given.isPresent()) {
            return new Broker(given.get(), Optional.empty());
        }
        TestNode node = TestNode.start(freshDirectory("shared"));
        return new Broker(url(node.amqpPort()), Optional.of(node));
    }

    /// A new data directory under `target`; kept for whoever looks into a failure.
    public static Path freshDirectory(String name) {
        return DataDirectories.fresh(name);
    }

    static URI url(int port) {
        return URI.create("amqp://guest:guest@127.0.0.1:" + port + "/%2f");
    }

    URI uri() {
        return uri;
    }

    int port() {
        return uri.getPort();
    }

    /// Where the HTTP API is: RabbitMQ's own port, unless the node is ours.
    int httpPort() {
        return node.map(TestNode::httpPort).orElse(RABBITMQ_HTTP_PORT);
    }

    /// True where the process is ours: it may be killed, looked into and configured.
    boolean ours() {
        return node.isPresent();
    }

    ConnectionFactory factory() {
        return factory(uri);
    }

    static ConnectionFactory factory(URI uri) {
        var factory = new ConnectionFactory();
        try {
            factory.setUri(uri);
        } catch (Exception e) {
            throw new IllegalArgumentException("not an AMQP URL: " + uri, e);
        }
        factory.setAutomaticRecoveryEnabled(false);
        factory.setConnectionTimeout(15_000);
        factory.setHandshakeTimeout(30_000);
        return factory;
    }

    Connection connect() throws IOException {
        return connect(factory());
    }

    static Connection connect(ConnectionFactory factory) throws IOException {
        try {
            return factory.newConnection();
        } catch (TimeoutException e) {
            throw new IOException("no connection in time to port " + factory.getPort(), e);
        }
    }

    @Override
    public void close() {
        node.ifPresent(TestNode::close);
    }
}
