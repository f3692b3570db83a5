package dev.parley.front.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.front.wire.WebSocketClients.Frames;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How a WebSocket with MQTT ends, by a clock that the test moves.
class WebSocketFramesTest {
    /// Takes what is said and never gets rid of it, as the socket of a client that does not read.
    private static final class Blocked extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            ReferenceCountUtil.release(message);
        }
    }

    private final EmbeddedChannel line = new EmbeddedChannel();

    WebSocketFramesTest() {
        line.freezeTime();
    }

    @AfterEach
    void end() {
        line.finishAndReleaseAll();
    }

    private void passes(long millis) {
        line.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        line.runScheduledPendingTasks();
        line.runPendingTasks();
    }

    @Test
    void theClientIsToldAndGetsTheTimeToSayTheSame() {
        line.pipeline().addLast(new Frames());
        line.pipeline().close();
        CloseWebSocketFrame said = line.readOutbound();
        assertThat(said.statusCode()).isEqualTo(1000);
        said.release();
        line.writeOutbound(Unpooled.wrappedBuffer(new byte[1]));
        assertThat(line.<Object>readOutbound()).isNull();
        passes(Frames.LINGER_MILLIS - 1);
        line.writeInbound(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(new byte[1])));
        assertThat(line.<Object>readInbound()).isNull();
        assertThat(line.isOpen()).isTrue();
        line.writeInbound(new CloseWebSocketFrame());
        assertThat(line.isOpen()).isFalse();
        passes(Frames.LINGER_MILLIS);
    }

    @Test
    void whoDoesNotReadIsClosedAllTheSame() {
        line.pipeline().addLast(new Blocked()).addLast(new Frames());
        line.pipeline().close();
        passes(Frames.LINGER_MILLIS - 1);
        assertThat(line.isOpen()).isTrue();
        passes(1);
        assertThat(line.isOpen()).isFalse();
    }
}
