package dev.parley.front.amqp;

import static dev.parley.front.amqp.Script.b;
import static dev.parley.front.amqp.Script.h;
import static dev.parley.front.amqp.Script.i;
import static dev.parley.front.amqp.Script.join;
import static dev.parley.front.amqp.Script.s;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/// A client that waits for direct replies and does not read them: others may go on replying, and
/// what waits for it is bounded all the same.
class SlowAskerTest {
    private static final String RETURN = "60.50";
    private static final int OUTPUT_MAX = 4096;
    private static final int REPLY = 10_000;

    private final LoopBroker broker =
            new LoopBroker(
                    new AmqpConfig(
                            "RabbitMQ", "0", 131_072, 2047, 60, 10_000, 9, 1 << 20, OUTPUT_MAX));
    private final Pipe pipe = new Pipe();
    private final AmqpConnection asking = new AmqpConnection(broker, pipe);
    private final LoopSession replier = new LoopSession(broker);

    private void write() {
        asking.drain(output -> pipe.backlog += pipe.full ? output.remaining() : 0);
    }

    private String ask() {
        byte[][] consuming =
                new Script()
                        .method(1, 20, 10, s(""))
                        .method(1, 60, 20, h(0), s("amq.rabbitmq.reply-to"), s("r"), b(2), i(0))
                        .frames();
        ByteBuffer in = ByteBuffer.wrap(join(Script.handshake(), join(consuming)));
        while (in.hasRemaining()) {
            asking.read(in);
            broker.turn();
        }
        write();
        AmqpChannel channel = asking.channels().iterator().next();
        String address = channel.consumers().replyAddress();
        assertThat(address).isNotNull();
        return String.valueOf(address);
    }

    private void reply(String address) {
        Script reply =
                new Script()
                        .method(1, 60, 40, h(0), s(""), s(address), b(1))
                        .content(1, new byte[] {0, 0}, new byte[REPLY]);
        replier.feed(join(reply.frames()));
        write();
    }

    @Test
    void getsNoMoreRepliesThanFit() {
        String address = ask();
        replier.feed(
                join(Script.handshake(), join(new Script().method(1, 20, 10, s("")).frames())));
        reply(address);
        assertThat(replier.said()).doesNotContain(RETURN);
        pipe.full = true;
        for (int n = 0; n < 100; n++) {
            reply(address);
        }
        assertThat(pipe.backlog).isBetween(64L * OUTPUT_MAX, 64L * OUTPUT_MAX + 2 * REPLY);
        assertThat(replier.said()).contains(RETURN);
        pipe.full = false;
        pipe.backlog = 0;
        long returned = replier.said().stream().filter(RETURN::equals).count();
        reply(address);
        assertThat(replier.said().stream().filter(RETURN::equals)).hasSize((int) returned);
        assertThat(pipe.closed).as("nobody is sent away").isFalse();
    }
}
