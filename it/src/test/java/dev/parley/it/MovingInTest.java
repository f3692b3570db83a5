package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// From another broker into a node: `parley import` and `parley shovel`.
@Timeout(120)
class MovingInTest {

    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private static Foreign.Result parley(String... arguments) {
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.parley.cli.Main");
        return Foreign.run(Foreign.with(command, command.size(), arguments), Map.of(), DEADLINE);
    }

    /// The export is one that RabbitMQ 3.10.8 made, of users and queues made up for it.
    @Test
    void exportOfARabbitMqIsTakenOver() throws Exception {
        String export = Foreign.script("resources/rabbitmq-definitions.json");
        try (TestNode node = TestNode.start(Broker.freshDirectory("import"));
                ManagementApi api = ManagementApi.of(node.httpPort())) {
            String at = "127.0.0.1:" + node.httpPort();
            for (int time = 1; time <= 2; time++) {
                Foreign.Result result = parley("import", "--node", at, export);
                assertThat(result.code()).as(result.output()).isZero();
                assertThat(result.output())
                        .contains(
                                "imported 4 queues",
                                "imported 3 users",
                                "imported 4 bindings",
                                "imported 1 policies",
                                "imported 1 operator policies")
                        .doesNotContain("left out");
            }
            assertThat(api.read("queues/shop/orders.s").path("type").asString())
                    .isEqualTo("stream");
            assertThat(api.read("queues/shop/orders.eu").path("effective_policy_definition"))
                    .hasToString("{\"ha-mode\":\"all\",\"message-ttl\":60000,\"max-length\":5000}");
            assertThat(api.read("exchanges/shop/orders/bindings/source").size()).isEqualTo(3);
            // SHA-256 and SHA-512 with RabbitMQ's salt; the passwords are those of the export.
            login(node, "clerk", "flour", "shop");
            try (ManagementApi clerk = new ManagementApi(node.httpPort(), "clerk", "flour");
                    ManagementApi miller = new ManagementApi(node.httpPort(), "miller", "grain");
                    ManagementApi wrong = new ManagementApi(node.httpPort(), "clerk", "flower")) {
                assertThat(clerk.get("whoami").status()).isEqualTo(200);
                assertThat(miller.get("whoami").text()).contains("Not management user");
                assertThat(wrong.get("whoami").text()).contains("Login failed");
            }
            // A hash that is quick to guess is made anew when somebody comes in with its password.
            Awaitility.await()
                    .atMost(DEADLINE)
                    .until(() -> algorithm(api, "clerk").equals("parley"));
            Awaitility.await()
                    .atMost(DEADLINE)
                    .until(() -> algorithm(api, "miller").equals("parley"));
            login(node, "clerk", "flour", "shop");
            // What a node exports it takes back, its own hashes included.
            String own = api.get("definitions").text();
            assertThat(api.post("definitions", own).status()).isEqualTo(204);
        }
    }

    private static String algorithm(ManagementApi api, String user) {
        return api.read("definitions")
                .path("users")
                .valueStream()
                .filter(one -> one.path("name").asString().equals(user))
                .findFirst()
                .orElseThrow()
                .path("hashing_algorithm")
                .asString();
    }

    private static void login(TestNode node, String user, String password, String host)
            throws Exception {
        ConnectionFactory factory = Broker.factory(Broker.url(node.amqpPort()));
        factory.setUsername(user);
        factory.setPassword(password);
        factory.setVirtualHost(host);
        try (Connection connection = Broker.connect(factory)) {
            assertThat(connection.isOpen()).isTrue();
        }
    }

    @Test
    void queueIsDrainedIntoAnotherNode() throws Exception {
        try (TestNode from = TestNode.start(Broker.freshDirectory("shovel-from"));
                TestNode to = TestNode.start(Broker.freshDirectory("shovel-to"))) {
            drain(Broker.url(from.amqpPort()), Broker.url(to.amqpPort()));
        }
    }

    @Test
    void queueIsDrainedFromARunningRabbitMq() throws Exception {
        try (RabbitNode from = RabbitNode.require();
                TestNode to = TestNode.start(Broker.freshDirectory("shovel-rabbit"))) {
            drain(from.url(), Broker.url(to.amqpPort()));
        }
    }

    private static void drain(URI from, URI to) throws Exception {
        int messages = 2_500; // more than may be on their way at a time
        try (Connection source = Broker.connect(Broker.factory(from));
                Connection target = Broker.connect(Broker.factory(to))) {
            Channel filling = source.createChannel();
            filling.queueDeclare("moving", true, false, false, Map.of());
            filling.confirmSelect();
            for (int i = 0; i < messages; i++) {
                filling.basicPublish(
                        "",
                        "moving",
                        MessageProperties.PERSISTENT_TEXT_PLAIN.builder().userId("guest").build(),
                        Integer.toString(i).getBytes(UTF_8));
            }
            filling.waitForConfirmsOrDie(30_000);
            Foreign.Result missing = shovel(from, to);
            assertThat(missing.code()).isEqualTo(1);
            assertThat(missing.output()).contains("no queue 'moving'");
            assertThat(filling.messageCount("moving")).isEqualTo(messages);
            Foreign.Result done = shovel(from, to, "--declare");
            assertThat(done.output()).contains("moved " + messages + " messages");
            assertThat(done.code()).isZero();
            assertThat(filling.messageCount("moving")).isZero();
            Channel reading = target.createChannel();
            for (int i = 0; i < messages; i++) {
                GetResponse got = reading.basicGet("moving", true);
                assertThat(got).as("message " + i).isNotNull();
                assertThat(new String(got.getBody(), UTF_8)).isEqualTo(Integer.toString(i));
                assertThat(got.getProps().getDeliveryMode()).isEqualTo(2);
            }
        }
    }

    private static Foreign.Result shovel(URI from, URI to, String... more) {
        List<String> command =
                List.of(
                        "shovel",
                        "--from",
                        from.toString(),
                        "--to",
                        to.toString(),
                        "--queue",
                        "moving");
        return parley(Foreign.with(command, command.size(), more).toArray(String[]::new));
    }
}
