package dev.parley.it.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.parley.core.log.LogConfig;
import dev.parley.front.amqp.AmqpConfig;
import dev.parley.front.mqtt.MqttConfig;
import dev.parley.it.AdminClient;
import dev.parley.it.Broker;
import dev.parley.node.Config;
import dev.parley.node.Node;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/// Opens Parley nodes on request, for programs too: in this process, since a machine that starts
/// anew for each script would be late for it.
final class ParleyMqttPeer implements MqttPeer {

    /// Opens a node at the port after `-p`, and closes it at the signal that ends it.
    private static final String PROGRAM =
            """
            #!/bin/sh
            port=1883
            while [ $# -gt 0 ]; do
              [ "$1" != -p ] || port=$2
              shift
            done
            ask() { curl -sS --fail-with-body --noproxy '*' --data "$port" "http://ADDRESS/$1" >&2; }
            ask open || exit 1
            trap 'kill $!; ask close; exit 0' TERM INT
            sleep 3600 2>/dev/null >/dev/null &
            wait $!
            """;

    private static final int PACKET_MAX = 4 << 20;

    /// Mosquitto's own bound: 200 separators.
    private static final int LEVELS_MAX = 201;

    private static final LogConfig LOG =
            new LogConfig(4, 8 << 20, 64 << 10, 4 << 20, 32 << 20, 64 << 20, 4 << 20);

    /// Terse, and with bounds that their tests can reach.
    private static final MqttConfig PROFILE = profile(MqttConfig.DEFAULT);

    private record Opened(Node node, Path directory) {}

    private interface Answer {
        void to(int port) throws IOException;
    }

    private final Map<Integer, Opened> nodes = new ConcurrentHashMap<>();
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;
    private final Path program;

    private ParleyMqttPeer(HttpServer server, Path program) {
        this.server = server;
        this.program = program;
    }

    static ParleyMqttPeer start() {
        try {
            HttpServer server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            Path program = Files.createTempFile("parley-as-mosquitto", ".sh");
            String address = "127.0.0.1:" + server.getAddress().getPort();
            Files.writeString(program, PROGRAM.replace("ADDRESS", address));
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
            var peer = new ParleyMqttPeer(server, program);
            server.setExecutor(peer.workers);
            server.createContext("/open", exchange -> serve(exchange, peer::open));
            server.createContext("/close", exchange -> serve(exchange, peer::close));
            server.start();
            // The first takes the longest, longer than scripts wait.
            peer.close(peer.open());
            return peer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void serve(HttpExchange exchange, Answer answer) throws IOException {
        byte[] said = new byte[0];
        int code = 200;
        try {
            String asked = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            answer.to(Integer.parseInt(asked.strip()));
        } catch (IOException | RuntimeException | AssertionError e) {
            code = 500;
            said = String.valueOf(e).getBytes(UTF_8);
        }
        exchange.sendResponseHeaders(code, said.length == 0 ? -1 : said.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(said);
        }
        exchange.close();
    }

    private static MqttConfig profile(MqttConfig all) {
        return new MqttConfig(
                PACKET_MAX,
                20,
                all.inflightMax(),
                10,
                60,
                all.sessionExpiryMaxSeconds(),
                all.queuedMessagesMax(),
                all.queuedBytesMax(),
                all.filtersMax(),
                LEVELS_MAX,
                all.handshakeMillis(),
                all.outputBytesMax(),
                false,
                "guest",
                false,
                all.slow(),
                all.rates(),
                all.kept());
    }

    /// With a filter that nobody may subscribe to.
    @Override
    public int open() {
        int port = Ports.free();
        try {
            Node node = open(port);
            new AdminClient(node::httpPort)
                    .ask(
                            "PUT",
                            List.of("users", "guest", "topic-permissions", "/", "amq.topic"),
                            "{\"write\": \".*\", \"read\": \"^(?!test\\\\.nosubscribe$)\"}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return port;
    }

    private Node open(int port) throws IOException {
        Path data = Broker.freshDirectory("mqtt");
        Path directory = data.getParent();
        if (directory == null) {
            throw new IllegalStateException("a data directory without a parent");
        }
        Config config =
                new Config(data, "127.0.0.1", -1, 0, LOG, AmqpConfig.DEFAULT)
                        .withMqtt(port, PROFILE);
        Node node = Node.start(config);
        nodes.put(port, new Opened(node, directory));
        return node;
    }

    private void close(int port) throws IOException {
        Opened opened = nodes.remove(port);
        if (opened == null) {
            throw new IOException("no node at " + port);
        }
        opened.node().close();
        delete(opened.directory());
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }

    @Override
    public int packetMax() {
        return PACKET_MAX;
    }

    @Override
    public Path program() {
        return program;
    }

    @Override
    public void close() {
        server.stop(0);
        workers.close();
        try {
            for (int port : nodes.keySet()) {
                close(port);
            }
            Files.delete(program);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
