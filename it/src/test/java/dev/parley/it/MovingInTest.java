package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// From another broker into a node: `parley import` and `parley shovel`.
@Timeout(120)
class MovingInTest {

    private static final Duration DEADLINE = Duration.ofSeconds(60);

    /// In this process; a shovel that is to be killed gets its own.
    private static Foreign.Result parley(String... arguments) {
        Cli.Result result = Cli.alone().run(arguments);
        return new Foreign.Result(result.code(), result.out() + result.err());
    }

    private static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(Program.jvm("tool"));
        command.addAll(
                List.of(
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "dev.parley.cli.Main"));
        return Foreign.with(command, command.size(), arguments);
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
            fill(filling, messages);
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

    private static void fill(Channel filling, int messages) throws Exception {
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
    }

    private static Foreign.Result shovel(URI from, URI to, String... more) {
        return parley(shoveling(from, to, more));
    }

    private static String[] shoveling(URI from, URI to, String... more) {
        List<String> command =
                List.of(
                        "shovel",
                        "--from",
                        from.toString(),
                        "--to",
                        to.toString(),
                        "--queue",
                        "moving");
        return Foreign.with(command, command.size(), more).toArray(String[]::new);
    }

    enum Victim {
        SHOVEL,
        SOURCE,
        TARGET
    }

    /// One of the three is killed in the middle: the target takes no more than so many, and the
    /// rest is on its way or still where it was.
    @ParameterizedTest
    @EnumSource(Victim.class)
    void nothingIsLostWhenOneOfThemIsKilled(Victim victim) throws Exception {
        int messages = 2_500;
        int first = 400;
        try (TestNode from = TestNode.start(Broker.freshDirectory("shovel-killed-from"));
                TestNode to = TestNode.start(Broker.freshDirectory("shovel-killed-to"));
                ManagementApi api = ManagementApi.of(to.httpPort())) {
            URI source = Broker.url(from.amqpPort());
            URI target = Broker.url(to.amqpPort());
            api.put(
                    "policies/%2F/full",
                    """
                    {"pattern": "^moving$",
                     "definition": {"max-length": %d, "overflow": "block"}}
                    """
                            .formatted(first));
            onChannel(source, on -> fill(on, messages));
            Process shovel =
                    new ProcessBuilder(command(shoveling(source, target, "--declare")))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            try {
                onChannel(
                        target,
                        on -> {
                            await(() -> countOf(on) == first);
                        });
                switch (victim) {
                    case SHOVEL -> shovel.destroyForcibly();
                    case SOURCE -> from.kill();
                    case TARGET -> to.kill();
                }
                assertThat(shovel.waitFor(DEADLINE)).isTrue();
            } finally {
                shovel.destroyForcibly();
            }
            if (victim == Victim.SOURCE) {
                from.restart();
            } else if (victim == Victim.TARGET) {
                to.restart();
            }
            // What the shovel had is back in its queue.
            onChannel(source, on -> await(() -> on.consumerCount("moving") == 0));
            onChannel(source, on -> assertThat(on.messageCount("moving")).isPositive());
            assertThat(api.delete("policies/%2F/full").status()).isEqualTo(204);
            Foreign.Result again = shovel(source, target);
            assertThat(again.code()).as(again.output()).isZero();
            onChannel(source, on -> assertThat(on.messageCount("moving")).isZero());
            onChannel(target, on -> checkAllThere(on, messages));
        }
    }

    private interface Work {
        void on(Channel channel) throws Exception;
    }

    private static void onChannel(URI broker, Work work) throws Exception {
        try (Connection connection = Broker.connect(Broker.factory(broker))) {
            work.on(connection.createChannel());
        }
    }

    /// Messages in the queue; 0 while nobody has declared it.
    private static long countOf(Channel on) throws Exception {
        try (Channel looking = on.getConnection().createChannel()) {
            return looking.messageCount("moving");
        } catch (IOException e) {
            return 0;
        }
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().atMost(DEADLINE).until(condition);
    }

    /// All of them, and as documented few twice: the thousand under way, and those whose
    /// acknowledgement had arrived and was not written yet.
    private static void checkAllThere(Channel on, int messages) throws Exception {
        Set<Integer> missing = new HashSet<>();
        for (int i = 0; i < messages; i++) {
            missing.add(i);
        }
        int twice = 0;
        GetResponse got;
        while ((got = on.basicGet("moving", true)) != null) {
            twice += missing.remove(Integer.valueOf(new String(got.getBody(), UTF_8))) ? 0 : 1;
        }
        assertThat(missing).isEmpty();
        assertThat(twice).isLessThanOrEqualTo(2_000);
    }
}
