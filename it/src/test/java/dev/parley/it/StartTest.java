package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.MessageProperties;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// `parley start`: where its settings come from, and when it refuses to start.
class StartTest {
    private static String[] start(Path data, String... flags) {
        List<String> all =
                new ArrayList<>(
                        List.of(
                                "start",
                                "--amqp-port",
                                "0",
                                "--mqtt-port",
                                "0",
                                "--http-port",
                                "0",
                                "--data"));
        all.add(data.toString());
        all.addAll(List.of(flags));
        return all.toArray(String[]::new);
    }

    private static void refused(Cli.Result result, String... words) {
        assertThat(result.err().lines()).as(result.err()).hasSize(1);
        assertThat(result.err()).startsWith("parley: ").contains(words);
        assertThat(result.out()).isEmpty();
        assertThat(result.code()).isEqualTo(1);
    }

    @Test
    void aFlagWinsOverAVariableAndThatOverTheFile() throws Exception {
        Path data = Broker.freshDirectory("settings");
        Path file = data.resolveSibling("parley.conf");
        Files.writeString(
                file,
                """
                amqp.product = FromFile
                amqp.version = 1.file
                amqp.heartbeat = 7s
                """);
        Map<String, String> environment =
                Map.of(
                        "PARLEY_CONFIG", file.toString(),
                        "PARLEY_AMQP_VERSION", "2.variable",
                        "PARLEY_AMQP_HEARTBEAT", "8");
        List<String> flags = List.of("--amqp-heartbeat", "9");
        try (TestNode node = TestNode.start(data, environment, flags);
                Connection connection =
                        Broker.connect(Broker.factory(Broker.url(node.amqpPort())))) {
            Map<String, Object> said = connection.getServerProperties();
            assertThat(String.valueOf(said.get("product"))).isEqualTo("FromFile");
            assertThat(String.valueOf(said.get("version"))).isEqualTo("2.variable");
            assertThat(connection.getHeartbeat()).isEqualTo(9);
        }
    }

    /// As on every system but Linux.
    @Test
    void theJdksSocketsDoWhereLinuxOwnCannotBeHad() throws Exception {
        Map<String, String> environment =
                Map.of("JAVA_TOOL_OPTIONS", "-Dio.netty.transport.noNative=true");
        try (TestNode node =
                        TestNode.start(Broker.freshDirectory("sockets"), environment, List.of());
                Connection connection =
                        Broker.connect(Broker.factory(Broker.url(node.amqpPort())));
                Channel channel = connection.createChannel()) {
            channel.confirmSelect();
            channel.queueDeclare("work", true, false, false, Map.of());
            channel.basicPublish(
                    "", "work", MessageProperties.PERSISTENT_BASIC, "one".getBytes(UTF_8));
            channel.waitForConfirmsOrDie(30_000);
            assertThat(channel.basicGet("work", true).getBody()).asString(UTF_8).isEqualTo("one");
            Path maps = Path.of("/proc", Long.toString(node.pid()), "maps");
            if (Files.exists(maps)) {
                assertThat(Files.readString(maps)).doesNotContain("netty_transport_native_epoll");
            }
        }
    }

    @Test
    void aFaultInTheConfigurationIsNamed() throws Exception {
        Path data = Broker.freshDirectory("faults");
        Path file = data.resolveSibling("parley.conf");
        Files.writeString(file, "bind = 127.0.0.1\namqp.prot = 5672\n");
        Cli cli = Cli.alone();
        refused(
                cli.launch(start(data, "--config", file.toString())),
                "parley.conf:2: unknown key 'amqp.prot' (did you mean 'amqp.port'?)");
        refused(
                cli.launch(start(data, "--config", "nowhere.conf")),
                "no configuration file nowhere.conf");
        refused(
                cli.with("PARLEY_LOG_CACHE", "plenty").launch(start(data)),
                "PARLEY_LOG_CACHE: 'plenty' is no");
        assertThat(data).doesNotExist();
    }

    @Test
    void aDirectoryBelongsToOneNode() throws Exception {
        Path data = Broker.freshDirectory("twice");
        try (TestNode node = TestNode.start(data)) {
            refused(Cli.alone().launch(start(data)), data.toString(), "in use");
            assertThat(Cli.of(node).run("status").code()).isZero();
        }
    }

    @Test
    void aPortThatIsTakenIsNamed() throws Exception {
        Path data = Broker.freshDirectory("port");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            Cli.Result result =
                    Cli.alone()
                            .launch(
                                    "start",
                                    "--data",
                                    data.toString(),
                                    "--mqtt-port",
                                    "0",
                                    "--http-port",
                                    "0",
                                    "--amqp-port",
                                    port);
            refused(result, port, "in use");
        }
    }

    @Test
    void withoutUsersOnlyLoopbackIsBound() throws Exception {
        Path data = Broker.freshDirectory("open");
        refused(Cli.alone().launch(start(data, "--bind", "0.0.0.0")), "0.0.0.0", "without users");
        try (TestNode node = TestNode.start(data)) {
            byte[] password = Cli.utf8("secret\n");
            Cli.Result added =
                    Cli.of(node).run(password, "user", "add", "ann", "--tag", "administrator");
            assertThat(added.code()).isZero();
            node.stop();
        }
        List<String> flags = List.of("--bind", "0.0.0.0");
        try (TestNode node = TestNode.start(data, Map.of(), flags)) {
            Cli ann = Cli.of(node).with("PARLEY_USER", "ann").with("PARLEY_PASSWORD", "secret");
            assertThat(ann.run("status").code()).isZero();
            node.stop();
        }
    }
}
