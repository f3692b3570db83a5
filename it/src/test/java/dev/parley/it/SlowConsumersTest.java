package dev.parley.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Consumers whose sockets are full at the same time get their own bytes, all of them.
@Timeout(120)
class SlowConsumersTest {
    private static final int BODY = 200_000;
    private static final int MESSAGES = 100;
    private static final int DELIVER = RawAmqp.method(60, 60);

    private static byte[] body(int consumer, int number) {
        byte[] body = new byte[BODY];
        Arrays.fill(body, (byte) (consumer * MESSAGES + number));
        return body;
    }

    private static RawAmqp consume(int port, String queue) throws IOException {
        RawAmqp raw = RawAmqp.open(port);
        raw.openChannel(1);
        raw.send(
                1,
                RawAmqp.method(60, 20),
                new RawAmqp.Bytes().u16(0).shortText(queue).shortText("c").u8(2).u32(0));
        raw.await(RawAmqp.method(60, 21));
        return raw;
    }

    private static void readOne(RawAmqp raw, byte[] wanted) throws IOException {
        raw.await(DELIVER);
        assertThat(raw.read().type()).isEqualTo(RawAmqp.HEADER);
        int at = 0;
        while (at < BODY) {
            RawAmqp.Frame frame = raw.read();
            assertThat(frame.type()).isEqualTo(RawAmqp.BODY);
            int end = at + frame.payload().length;
            assertThat(Arrays.equals(frame.payload(), Arrays.copyOfRange(wanted, at, end)))
                    .as("octets %d to %d", at, end)
                    .isTrue();
            at = end;
        }
    }

    @Test
    void eachGetsItsOwn() throws Exception {
        try (TestNode node = TestNode.start(Broker.freshDirectory("slow-consumers"));
                Connection connection =
                        Broker.connect(Broker.factory(Broker.url(node.amqpPort())));
                Channel channel = connection.createChannel()) {
            channel.confirmSelect();
            for (int consumer = 0; consumer < 2; consumer++) {
                channel.queueDeclare("slow" + consumer, true, false, false, null);
                for (int i = 0; i < MESSAGES; i++) {
                    channel.basicPublish(
                            "",
                            "slow" + consumer,
                            MessageProperties.PERSISTENT_BASIC,
                            body(consumer, i));
                }
            }
            channel.waitForConfirmsOrDie(30_000);
            try (RawAmqp first = consume(node.amqpPort(), "slow0");
                    RawAmqp second = consume(node.amqpPort(), "slow1")) {
                // More than the sockets' buffers take is on its way to both.
                Awaitility.await()
                        .atMost(Duration.ofSeconds(30))
                        .until(() ->
                                channel.messageCount("slow0") < MESSAGES - 10
                                        && channel.messageCount("slow1") < MESSAGES - 10);
                for (int i = 0; i < MESSAGES; i++) {
                    readOne(first, body(0, i));
                    readOne(second, body(1, i));
                }
            }
        }
    }
}
