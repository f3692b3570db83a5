package dev.parley.front.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What is said to a client that reads late or not at all, and when it is taken for gone.
class TextFramesTest {
    @Test
    void aReasonIsCutBetweenItsCharacters() {
        assertThat(TextFrames.cut("short")).isEqualTo("short");
        assertThat(TextFrames.cut("ü".repeat(200))).isEqualTo("ü".repeat(61));
        assertThat(TextFrames.cut("a" + "😀".repeat(200)).getBytes(UTF_8)).hasSize(121);
        assertThat(TextFrames.cut("a".repeat(200))).hasSize(123);
    }

    private static int pings(EmbeddedChannel channel) {
        int pings = 0;
        for (Object out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            pings += out instanceof PingWebSocketFrame ? 1 : 0;
            ReferenceCountUtil.release(out);
        }
        return pings;
    }

    @Test
    void whoReadsLateIsAskedOnceUntilItAnswers() {
        TextFrames frames = new TextFrames();
        EmbeddedChannel channel = new EmbeddedChannel(frames);
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        frames.ping();
        frames.ping();
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
        channel.flush();
        assertThat(pings(channel)).isEqualTo(1);
        channel.writeInbound(new PongWebSocketFrame());
        frames.ping();
        assertThat(pings(channel)).isEqualTo(1);
    }

    @Test
    void nobodyIsSilentWhileNobodyListens() {
        TextFrames frames = new TextFrames();
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.freezeTime();
        channel.pipeline().addLast(new Silence(60), frames);
        frames.reading(false);
        later(channel, 119);
        frames.reading(true);
        later(channel, 59);
        assertThat(channel.isOpen()).isTrue();
        later(channel, 61);
        assertThat(channel.isOpen()).isFalse();
    }

    private static void later(EmbeddedChannel channel, int seconds) {
        for (int i = 0; i < seconds; i++) {
            channel.advanceTimeBy(1, TimeUnit.SECONDS);
            channel.runScheduledPendingTasks();
            channel.runPendingTasks();
        }
    }
}
