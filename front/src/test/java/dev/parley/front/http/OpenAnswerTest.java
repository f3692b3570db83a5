package dev.parley.front.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// The end of an answer that goes on.
class OpenAnswerTest {
    /// A peer that reads nothing: no write is ever done.
    private static final class Deaf extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            ReferenceCountUtil.release(message);
        }
    }

    @Test
    void itEndsThoughNobodyReadsIt() {
        Deaf deaf = new Deaf();
        ChannelInboundHandlerAdapter last = new ChannelInboundHandlerAdapter();
        EmbeddedChannel channel = new EmbeddedChannel(deaf, last);
        channel.freezeTime();
        new OpenAnswer(channel.pipeline().context(last)).end(0, "");
        channel.runPendingTasks();
        assertThat(channel.isOpen()).isTrue();
        channel.advanceTimeBy(2, TimeUnit.SECONDS);
        channel.runPendingTasks();
        assertThat(channel.isOpen()).isFalse();
    }
}
