package dev.parley.node;

import dev.parley.front.amqp.AmqpConnection;
import dev.parley.front.amqp.Broker;
import dev.parley.front.http.HttpListener;
import dev.parley.front.http.HttpService;
import dev.parley.front.wire.AmqpListener;
import dev.parley.front.wire.Arrivals;
import dev.parley.front.wire.Round;
import dev.parley.front.wire.Tls;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The ports that a node listens on, in plain text and with TLS, opened last and closed first.
final class Doors {
    private static final Logger LOG = LoggerFactory.getLogger(Doors.class);

    private final Config config;
    private final EventLoopGroup loops;
    private final Round round;
    private final Arrivals arrivals;
    private final List<AmqpListener> amqp = new ArrayList<>();
    private final List<HttpListener> http = new ArrayList<>();
    private int amqpPort = -1;
    private int amqpsPort = -1;
    private int httpPort = -1;
    private int httpsPort = -1;

    Doors(Config config, EventLoopGroup loops, Round round) {
        this.config = config;
        this.loops = loops;
        this.round = round;
        this.arrivals = new Arrivals(config.amqp().arrivalsMax());
    }

    /// @param tls null: no port speaks it
    /// @throws IOException if a port cannot be had
    void open(Broker broker, HttpService admin, @Nullable Tls tls) throws IOException {
        if (!loopback() && (config.amqpPort() >= 0 || config.httpPort() >= 0)) {
            LOG.warn(
                    "{} is reachable from elsewhere in plain text, passwords included: see"
                            + " docs/operating/security.md",
                    config.bind());
        }
        amqpPort = amqp(broker, config.amqpPort(), null);
        httpPort = http(admin, config.httpPort(), null);
        TlsConfig secure = config.tls();
        if (secure != null && tls != null) {
            amqpsPort = amqp(broker, secure.amqpsPort(), tls);
            httpsPort = http(admin, secure.httpsPort(), tls);
        }
    }

    /// The address that all of them are on.
    String bind() {
        return config.bind();
    }

    boolean loopback() {
        return new InetSocketAddress(config.bind(), 0).getAddress().isLoopbackAddress();
    }

    private int amqp(Broker broker, int port, @Nullable Tls tls) throws IOException {
        if (port < 0) {
            return -1;
        }
        AmqpListener listener =
                bind(
                        port,
                        address -> new AmqpListener(loops, address, broker, round, arrivals, tls));
        amqp.add(listener);
        return listener.port();
    }

    private int http(HttpService admin, int port, @Nullable Tls tls) throws IOException {
        if (port < 0) {
            return -1;
        }
        HttpListener listener = bind(port, address -> new HttpListener(loops, address, admin, tls));
        http.add(listener);
        return listener.port();
    }

    private <T> T bind(int port, Function<InetSocketAddress, T> listener) throws IOException {
        try {
            return listener.apply(new InetSocketAddress(config.bind(), port));
        } catch (Exception e) {
            // Netty throws what the operating system says, whatever its type.
            throw new IOException(
                    "cannot listen on %s port %d: %s"
                            .formatted(config.bind(), port, e.getMessage()),
                    e);
        }
    }

    int amqpPort() {
        return amqpPort;
    }

    int amqpsPort() {
        return amqpsPort;
    }

    int httpPort() {
        return httpPort;
    }

    int httpsPort() {
        return httpsPort;
    }

    // ---- on the event loop

    void tick() {
        amqp.forEach(AmqpListener::onTick);
    }

    void onRoom() {
        amqp.forEach(AmqpListener::onRoom);
    }

    /// The AMQP connections that are there.
    List<AmqpConnection> connections() {
        List<AmqpConnection> all = new ArrayList<>();
        amqp.forEach(listener -> all.addAll(listener.connections()));
        return all;
    }

    /// AMQP connections that are there.
    int size() {
        return amqp.stream().mapToInt(AmqpListener::size).sum();
    }

    void shutdown() {
        amqp.forEach(AmqpListener::shutdown);
    }

    void closeAll() {
        amqp.forEach(AmqpListener::closeAll);
    }

    /// Takes no more requests over HTTP; any thread.
    void closeHttp() {
        http.forEach(HttpListener::close);
    }
}
