package dev.parley.front.amqp;

import static dev.parley.front.amqp.Script.b;
import static dev.parley.front.amqp.Script.h;
import static dev.parley.front.amqp.Script.s;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// A connection that has room for a few deliveries at a time shares it among its channels.
class FullConnectionTest {
    private static final int ROOM = 1_000;
    private static final int MESSAGES = 40;
    private static final byte[] NONE = {0, 0, 0, 0};

    private final LoopBroker broker =
            new LoopBroker(
                    new AmqpConfig(
                            "RabbitMQ", "3.13.7", 131_072, 2047, 60, 10_000, 4_096, 1 << 20, ROOM));
    private final AmqpConnection connection = new AmqpConnection(broker, new Pipe());
    private final Map<Integer, Integer> delivered = new TreeMap<>();

    @Test
    void noChannelWaitsForAnotherThatHasMore() {
        feed(Script.handshake(0));
        for (int channel = 1; channel <= 3; channel++) {
            String queue = "q" + channel;
            Script script =
                    new Script()
                            .method(channel, 20, 10, s(""))
                            .method(channel, 50, 10, h(0), s(queue), b(0), NONE);
            for (int n = 0; n < MESSAGES; n++) {
                script.method(channel, 60, 40, h(0), s(""), s(queue), b(0))
                        .content(channel, new byte[] {0, 0}, new byte[400]);
            }
            feed(Script.join(script.frames()));
        }
        for (int channel = 1; channel <= 3; channel++) {
            Script script =
                    new Script().method(channel, 60, 20, h(0), s("q" + channel), s(""), b(2), NONE);
            feed(Script.join(script.frames()));
        }
        for (int n = 0; n < 12; n++) {
            connection.onFlushed();
            broker.turn();
            drain();
        }
        assertThat(delivered.values().stream().mapToInt(count -> count).sum())
                .as("there is more than there was room for")
                .isBetween(15, 2 * MESSAGES);
        assertThat(delivered).containsOnlyKeys(1, 2, 3);
        assertThat(delivered.values()).allMatch(count -> count >= 5);
    }

    private void feed(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        while (in.hasRemaining()) {
            connection.read(in);
            broker.turn();
            drain();
        }
    }

    private void drain() {
        connection.drain(out -> {
            while (out.hasRemaining()) {
                int type = out.get();
                int channel = out.getShort();
                ByteBuffer payload = out.slice(out.position() + 4, out.getInt(out.position()));
                out.position(out.position() + 4 + payload.remaining() + 1);
                if (type == 1 && payload.getInt() == (60 << 16 | 60)) {
                    delivered.merge(channel, 1, Integer::sum);
                }
            }
        });
    }
}
