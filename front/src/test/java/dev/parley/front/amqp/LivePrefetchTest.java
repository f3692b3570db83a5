package dev.parley.front.amqp;

import static dev.parley.front.amqp.Script.b;
import static dev.parley.front.amqp.Script.bytes;
import static dev.parley.front.amqp.Script.h;
import static dev.parley.front.amqp.Script.i;
import static dev.parley.front.amqp.Script.join;
import static dev.parley.front.amqp.Script.s;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import org.junit.jupiter.api.Test;

/// Whether a consumer follows a `basic.qos` that comes after it: by whom the node says it is, and
/// by what the consumer asks for.
class LivePrefetchTest {
    private static final byte[] NONE = i(0);
    private static final byte[] LIVE = flag("x-live-prefetch", true);
    private static final byte[] FIXED = flag("x-live-prefetch", false);
    private static final byte[] OWN = Script.table("x-prefetch", 1);

    @Test
    void underRabbitsNameOnlyWhoAsksFollows() {
        assertThat(followed("RabbitMQ", NONE)).isFalse();
        assertThat(followed("RabbitMQ", FIXED)).isFalse();
        assertThat(followed("RabbitMQ", LIVE)).isTrue();
    }

    @Test
    void underAnotherNameAllFollowWhoDoNotSayOtherwise() {
        assertThat(followed("Parley", NONE)).isTrue();
        assertThat(followed("Parley", LIVE)).isTrue();
        assertThat(followed("Parley", FIXED)).isFalse();
        assertThat(followed("Parley", OWN)).isFalse();
    }

    /// Whether a consumer with room for one message gets two more when the channel's prefetch
    /// becomes three.
    private static boolean followed(String product, byte[] arguments) {
        AmqpConfig plain = AmqpConfig.DEFAULT;
        AmqpConfig config =
                new AmqpConfig(
                        product,
                        plain.version(),
                        plain.frameMax(),
                        plain.channelMax(),
                        plain.heartbeatSeconds(),
                        plain.handshakeMillis(),
                        plain.arrivalsMax(),
                        plain.messageBytesMax(),
                        plain.outputBytesMax());
        LoopSession session = new LoopSession(new LoopBroker(config));
        session.feed(Script.handshake());
        Script begin =
                new Script()
                        .method(1, 20, 10, s(""))
                        .method(1, 50, 10, h(0), s("q"), b(2), NONE)
                        .method(1, 60, 10, i(0), h(1), b(0))
                        .method(1, 60, 20, h(0), s("q"), s("tag"), b(0), arguments);
        for (int n = 0; n < 4; n++) {
            begin.method(1, 60, 40, h(0), s(""), s("q"), b(0))
                    .content(1, new byte[] {0, 0}, bytes("m"));
        }
        session.feed(join(begin.frames()));
        assertThat(deliveries(session)).isEqualTo(1);
        session.feed(join(new Script().method(1, 60, 10, i(0), h(3), b(0)).frames()));
        int now = deliveries(session);
        assertThat(now).isIn(1, 3);
        return now == 3;
    }

    private static int deliveries(LoopSession session) {
        return Collections.frequency(session.said(), "60.60");
    }

    private static byte[] flag(String name, boolean on) {
        byte[] field = join(s(name), b('t'), b(on ? 1 : 0));
        return join(i(field.length), field);
    }
}
