package dev.parley.node;

import dev.parley.front.amqp.AmqpConnection;
import dev.parley.front.home.Home;
import dev.parley.front.http.HttpListener;
import dev.parley.front.http.HttpService;
import dev.parley.front.wire.AmqpListener;
import dev.parley.front.wire.Arrivals;
import dev.parley.front.wire.ClientSockets;
import dev.parley.front.wire.MqttListener;
import dev.parley.front.wire.Round;
import dev.parley.front.wire.Tls;
import dev.parley.front.wire.WebSocketClients;
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
    private final List<MqttListener> mqtt = new ArrayList<>();
    private final List<WebSocketClients> webSockets = new ArrayList<>();
    private final List<HttpListener> http = new ArrayList<>();
    private int amqpPort = -1;
    private int amqpsPort = -1;
    private int mqttPort = -1;
    private int mqttsPort = -1;
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
    void open(Home home, HttpService admin, @Nullable Tls tls) throws IOException {
        boolean plain = config.amqpPort() >= 0 || config.mqttPort() >= 0 || config.httpPort() >= 0;
        if (!loopback() && plain) {
            LOG.warn(
                    "{} is reachable from elsewhere in plain text, passwords included: see"
                            + " docs/operating/security.md",
                    config.bind());
        }
        amqpPort = amqp(home, config.amqpPort(), null);
        mqttPort = mqtt(home, config.mqttPort(), null);
        WebSocketClients clients = new WebSocketClients(home, round, arrivals);
        webSockets.add(clients);
        httpPort = http(admin, clients, config.httpPort(), null);
        TlsConfig secure = config.tls();
        if (secure != null && tls != null) {
            amqpsPort = amqp(home, secure.amqpsPort(), tls);
            mqttsPort = mqtt(home, secure.mqttsPort(), tls);
            httpsPort = http(admin, clients, secure.httpsPort(), tls);
        }
    }

    /// The address that all of them are on.
    String bind() {
        return config.bind();
    }

    boolean loopback() {
        return new InetSocketAddress(config.bind(), 0).getAddress().isLoopbackAddress();
    }

    private int amqp(Home home, int port, @Nullable Tls tls) throws IOException {
        if (port < 0) {
            return -1;
        }
        AmqpListener listener =
                bind(port, address -> new AmqpListener(loops, address, home, round, arrivals, tls));
        amqp.add(listener);
        return listener.port();
    }

    private int mqtt(Home home, int port, @Nullable Tls tls) throws IOException {
        if (port < 0) {
            return -1;
        }
        MqttListener listener =
                bind(port, address -> new MqttListener(loops, address, home, round, arrivals, tls));
        mqtt.add(listener);
        return listener.port();
    }

    private int http(HttpService admin, WebSocketClients clients, int port, @Nullable Tls tls)
            throws IOException {
        if (port < 0) {
            return -1;
        }
        HttpListener listener =
                bind(
                        port,
                        address ->
                                new HttpListener(
                                        loops, address, admin, config.http(), clients, tls));
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

    int mqttPort() {
        return mqttPort;
    }

    int mqttsPort() {
        return mqttsPort;
    }

    int httpPort() {
        return httpPort;
    }

    int httpsPort() {
        return httpsPort;
    }

    // ---- on the event loop

    private List<ClientSockets> clients() {
        List<ClientSockets> all = new ArrayList<>(amqp);
        all.addAll(mqtt);
        all.addAll(webSockets);
        return all;
    }

    void tick() {
        clients().forEach(ClientSockets::onTick);
    }

    void onRoom() {
        clients().forEach(ClientSockets::onRoom);
    }

    /// The AMQP connections that are there.
    List<AmqpConnection> connections() {
        List<AmqpConnection> all = new ArrayList<>();
        amqp.forEach(listener -> all.addAll(listener.connections()));
        return all;
    }

    /// AMQP and MQTT connections that are there.
    int size() {
        return clients().stream().mapToInt(ClientSockets::size).sum();
    }

    void shutdown() {
        clients().forEach(ClientSockets::shutdown);
    }

    void closeAll() {
        clients().forEach(ClientSockets::closeAll);
    }

    /// Takes no more requests over HTTP; any thread.
    void closeHttp() {
        http.forEach(HttpListener::close);
    }
}
