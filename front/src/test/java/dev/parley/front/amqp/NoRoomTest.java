package dev.parley.front.amqp;

import static dev.parley.front.amqp.Script.b;
import static dev.parley.front.amqp.Script.bytes;
import static dev.parley.front.amqp.Script.h;
import static dev.parley.front.amqp.Script.i;
import static dev.parley.front.amqp.Script.join;
import static dev.parley.front.amqp.Script.s;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Who publishes while the disk has no room is told, whenever that begins, and nobody else.
class NoRoomTest {
    private static final String BLOCKED = "10.60";
    private static final String UNBLOCKED = "10.61";
    private static final String NACK = "60.120";
    private static final byte[] NO_ARGUMENTS = i(0);
    private static final byte[] PERSISTENT = {0x10, 0, 2};

    private final LoopBroker broker = new LoopBroker();

    /// A client that wants to be told, with a durable queue and confirms.
    private LoopSession publisher() {
        byte[] flag = join(s("connection.blocked"), b('t'), b(1));
        byte[] capabilities = join(s("capabilities"), b('F'), i(flag.length), flag);
        byte[] properties = join(i(capabilities.length), capabilities);
        LoopSession session = new LoopSession(broker);
        session.feed(Script.handshake(0, properties));
        Script opening =
                new Script()
                        .method(1, 20, 10, s(""))
                        .method(1, 50, 10, h(0), s("q"), b(2), NO_ARGUMENTS)
                        .method(1, 85, 10, b(0));
        session.feed(join(opening.frames()));
        return session;
    }

    private static byte[][] publish() {
        return new Script()
                .method(1, 60, 40, h(0), s(""), s("q"), b(0))
                .content(1, PERSISTENT, bytes("a message"))
                .frames();
    }

    @Test
    void whoPublishesFromThenOnIsRefusedAndTold() {
        LoopSession publisher = publisher();
        broker.room(false);
        publisher.feed(join(publish()));
        assertThat(publisher.said()).containsOnlyOnce(BLOCKED).containsOnlyOnce(NACK);
        broker.room(true);
        publisher.feed(join(publish()));
        assertThat(publisher.said()).containsOnlyOnce(UNBLOCKED).containsOnlyOnce(NACK);
    }

    @Test
    void whoIsInTheMiddleOfAPublishIsToldToo() {
        LoopSession publisher = publisher();
        byte[][] frames = publish();
        publisher.feed(frames[0]);
        broker.room(false);
        publisher.feed(join(frames[1], frames[2]));
        assertThat(publisher.said()).containsOnlyOnce(BLOCKED).containsOnlyOnce(NACK);
    }

    @Test
    void whoHasStoppedPublishingIsLeftAlone() {
        LoopSession publisher = publisher();
        publisher.feed(join(publish()));
        broker.room(false);
        publisher.feed(join(new Script().frame(8, 0, new byte[0]).frames()));
        assertThat(publisher.said()).doesNotContain(BLOCKED, NACK);
    }
}
