package dev.parley.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.GetResponse;
import dev.parley.it.RawAmqp.Bytes;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// A publisher that a full queue holds back, and who is gone before there is room.
@Timeout(120)
class HeldBackTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int BOUND = 3;
    private static final int MESSAGES = 20;

    /// How the node reads its sockets, and what heartbeat the publisher asks for.
    enum Sockets {
        /// Without a heartbeat: the socket's end is seen at once.
        LINUX("", 0),
        /// Nothing is heard of a socket that is not read, but that it takes no heartbeat.
        JDK("-Dio.netty.transport.noNative=true", 5);

        private final String options;
        private final int heartbeat;

        Sockets(String options, int heartbeat) {
            this.options = options;
            this.heartbeat = heartbeat;
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoIsGoneIsNotWaitedFor(Sockets sockets) throws Exception {
        try (TestNode node =
                        TestNode.start(
                                Broker.freshDirectory("held-back"),
                                Map.of("JAVA_TOOL_OPTIONS", sockets.options));
                ManagementApi api = ManagementApi.of(node.httpPort());
                Connection connection =
                        Broker.connect(Broker.factory(Broker.url(node.amqpPort())))) {
            Channel channel = connection.createChannel();
            channel.queueDeclare(
                    "q", true, false, false, Map.of("x-max-length", BOUND, "x-overflow", "block"));
            try (RawAmqp publisher = RawAmqp.open(node.amqpPort(), 0, 131_072, sockets.heartbeat)) {
                publisher.openChannel(1);
                for (int n = 0; n < MESSAGES; n++) {
                    publish(publisher, n);
                }
                await(() -> states(api).contains("blocked"));
            }
            await(() -> states(api).equals(List.of("running")));
            // What was taken is there, in order; the rest is nobody's.
            long taken = channel.messageCount("q");
            assertThat(taken).isBetween((long) BOUND, BOUND + 1L);
            for (int n = 0; n < taken; n++) {
                assertThat(text(channel.basicGet("q", true))).isEqualTo("" + n);
            }
            channel.confirmSelect();
            channel.basicPublish("", "q", null, "next".getBytes(UTF_8));
            channel.waitForConfirmsOrDie(30_000);
            assertThat(text(channel.basicGet("q", true))).isEqualTo("next");
            assertThat(channel.basicGet("q", true)).isNull();
        }
    }

    private static void publish(RawAmqp publisher, int number) throws IOException {
        byte[] body = Integer.toString(number).getBytes(UTF_8);
        publisher.send(
                1, RawAmqp.method(60, 40), new Bytes().u16(0).shortText("").shortText("q").u8(0));
        publisher.frame(
                RawAmqp.HEADER,
                1,
                new Bytes().u16(60).u16(0).u32(0).u32(body.length).u16(0).toByteArray());
        publisher.frame(RawAmqp.BODY, 1, body);
    }

    private static List<String> states(ManagementApi api) {
        return api.read("connections")
                .valueStream()
                .map((JsonNode one) -> one.path("state").asString())
                .toList();
    }

    private static String text(GetResponse got) {
        return new String(got.getBody(), UTF_8);
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().atMost(DEADLINE).until(condition);
    }
}
