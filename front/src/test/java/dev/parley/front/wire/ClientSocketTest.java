package dev.parley.front.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.front.amqp.AmqpConnection;
import dev.parley.front.amqp.LoopBroker;
import dev.parley.front.amqp.Script;
import dev.parley.front.mqtt.LoopTopics;
import dev.parley.front.mqtt.MqttConnection;
import dev.parley.front.mqtt.TestCatalog;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DuplexChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Who closes a socket, and when, by a clock that the test moves.
class ClientSocketTest {
    /// What Netty's channel for tests says when no task waits for time.
    private static final long NOTHING_WAITS = -1;

    private static final byte[] CLOSE_OK = {1, 0, 0, 0, 0, 0, 4, 0, 10, 0, 51, (byte) 0xCE};

    private final LoopBroker broker = new LoopBroker();
    private final Set<ClientSocket> sockets = new LinkedHashSet<>();
    private final Line line = new Line();
    private final Round round =
            new Round(
                    line.eventLoop(),
                    () -> {
                        broker.turn();
                        return -1;
                    });
    private final ClientSocket socket =
            new ClientSocket(
                    round,
                    sockets,
                    new Arrivals(10),
                    null,
                    true,
                    wire -> new Session.Amqp(new AmqpConnection(broker, wire)));

    ClientSocketTest() {
        line.freezeTime();
        line.pipeline().addLast(socket);
    }

    @AfterEach
    void end() {
        line.finishAndReleaseAll();
    }

    @Test
    void whoSaidGoodbyeClosesTheSocketItself() {
        says(Script.handshake());
        assertThat(socket.session().open()).isTrue();
        heard();
        says(Script.goodbye());
        assertThat(heard()).isEqualTo(CLOSE_OK);
        passes(900);
        says(Script.goodbye()); // more goes unheard, and hurts nobody
        assertThat(heard()).isEmpty();
        assertThat(line.isOutputShutdown()).isFalse();
        assertThat(line.isOpen()).isTrue();
        assertThat(line.runScheduledPendingTasks()).isEqualTo(NOTHING_WAITS);
        line.close();
        assertThat(sockets).isEmpty();
        assertThat(line.runScheduledPendingTasks()).isEqualTo(NOTHING_WAITS);
    }

    @Test
    void whoSaidGoodbyeAndStaysIsClosedInTheEnd() {
        says(Script.join(Script.handshake(), Script.goodbye()));
        passes(1_000);
        assertThat(line.isOutputShutdown()).isTrue();
        assertThat(line.isOpen()).isTrue();
        passes(1_000);
        assertThat(line.isOpen()).isFalse();
        assertThat(sockets).isEmpty();
    }

    @Test
    void whoIsRefusedReadsWhyAndNoTaskOutlivesIt() {
        says("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(heard(), StandardCharsets.US_ASCII)).startsWith("AMQP");
        assertThat(line.isOutputShutdown()).isTrue();
        assertThat(line.isOpen()).isTrue();
        assertThat(line.runScheduledPendingTasks()).isPositive();
        line.close();
        assertThat(sockets).isEmpty();
        assertThat(line.runScheduledPendingTasks()).isEqualTo(NOTHING_WAITS);
    }

    @Test
    void aLengthTakesNoMemoryBeforeTheLogin() {
        UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
        byte[] hello = Script.handshake();
        line.writeInbound(memory.heapBuffer().writeBytes(hello, 0, 7));
        assertThat(memory.metric().usedDirectMemory()).isBetween(7L, 64L);
        line.writeInbound(memory.heapBuffer().writeBytes(hello, 7, hello.length - 7));
        line.runPendingTasks();
        assertThat(socket.session().open()).isTrue();
        assertThat(memory.metric().usedDirectMemory()).isZero();
    }

    @Test
    void aLongConnectIsKeptAsItComes() {
        UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
        LoopTopics topics = new LoopTopics(TestCatalog.make());
        Function<ClientSocket, Session> mqtt =
                wire -> new Session.Mqtt(new MqttConnection(topics, wire));
        EmbeddedChannel other = new EmbeddedChannel();
        other.pipeline()
                .addLast(new ClientSocket(round, sockets, new Arrivals(10), null, true, mqtt));
        byte[] connectOf90000Octets = {0x10, (byte) 0x90, (byte) 0xBF, 5};
        other.writeInbound(memory.heapBuffer().writeBytes(connectOf90000Octets));
        assertThat(memory.metric().usedDirectMemory()).isBetween(4L, 4L << 10);
        other.writeInbound(memory.heapBuffer().writeZero(80_000));
        assertThat(other.isOpen()).isTrue();
        assertThat(memory.metric().usedDirectMemory()).isBetween(80_004L, 160_008L);
        other.finishAndReleaseAll();
        assertThat(memory.metric().usedDirectMemory()).isZero();
    }

    private void says(byte[] bytes) {
        line.writeInbound(Unpooled.copiedBuffer(bytes));
        line.runPendingTasks();
    }

    private byte[] heard() {
        ByteBuf all = Unpooled.buffer();
        for (ByteBuf one; (one = line.readOutbound()) != null; one.release()) {
            all.writeBytes(one);
        }
        byte[] bytes = new byte[all.readableBytes()];
        all.readBytes(bytes);
        return bytes;
    }

    private void passes(long millis) {
        broker.pass(millis);
        line.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        line.runScheduledPendingTasks();
        if (line.isOpen()) {
            socket.session().onTick();
        }
        line.runPendingTasks();
    }

    /// A channel of which the node's side can be ended alone, as a socket's can.
    private static final class Line extends EmbeddedChannel implements DuplexChannel {
        private boolean ended;

        @Override
        public boolean isOutputShutdown() {
            return ended || !isOpen();
        }

        @Override
        public ChannelFuture shutdownOutput() {
            return shutdownOutput(newPromise());
        }

        @Override
        public ChannelFuture shutdownOutput(ChannelPromise promise) {
            ended = true;
            return promise.setSuccess();
        }

        @Override
        public boolean isInputShutdown() {
            return !isOpen();
        }

        @Override
        public ChannelFuture shutdownInput() {
            throw new UnsupportedOperationException("the node never does");
        }

        @Override
        public ChannelFuture shutdownInput(ChannelPromise promise) {
            throw new UnsupportedOperationException("the node never does");
        }

        @Override
        public boolean isShutdown() {
            return isOutputShutdown() && isInputShutdown();
        }

        @Override
        public ChannelFuture shutdown() {
            return close();
        }

        @Override
        public ChannelFuture shutdown(ChannelPromise promise) {
            return close(promise);
        }
    }
}
