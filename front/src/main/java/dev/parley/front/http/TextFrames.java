package dev.parley.front.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A WebSocket whose two sides send texts.
final class TextFrames extends ChannelInboundHandlerAdapter implements Line {
    /// A client gets this long to answer that it closes, too.
    private static final long GOODBYE_MILLIS = 2_000;

    /// Bytes of a reason that fit into a frame that closes.
    private static final int REASON_MAX = 123;

    private @Nullable Peer peer;
    private @Nullable ChannelHandlerContext context;
    private boolean flushing;
    private boolean closing;

    /// Whether a ping has not been answered yet.
    private boolean asked;

    /// @param speaker who answers
    void begin(Peer speaker) {
        peer = speaker;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    private ChannelHandlerContext here() {
        ChannelHandlerContext one = context;
        if (one == null) {
            throw new IllegalStateException("not in a pipeline yet");
        }
        return one;
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        try {
            switch (message) {
                case TextWebSocketFrame frame when !closing -> text(frame.content());
                case PingWebSocketFrame frame -> {
                    // Who asks and does not read gets no answer.
                    if (!closing && from.channel().isWritable()) {
                        from.writeAndFlush(new PongWebSocketFrame(frame.content().retain()));
                    }
                }
                case CloseWebSocketFrame frame when closing -> from.close();
                case CloseWebSocketFrame frame -> {
                    closing = true;
                    from.writeAndFlush(frame.retain()).addListener(ChannelFutureListener.CLOSE);
                }
                case PongWebSocketFrame frame -> asked = false;
                case WebSocketFrame frame when !closing ->
                        end(WebSocketCloseStatus.INVALID_MESSAGE_TYPE.code(), "texts only");
                default -> {
                    // Comes too late.
                }
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void text(ByteBuf content) {
        Peer speaker = peer;
        if (speaker != null) {
            speaker.onText(content.nioBuffer());
        }
    }

    @Override
    public void write(ByteBuffer... parts) {
        if (!closing) {
            here().write(
                            new TextWebSocketFrame(OpenAnswer.joined(here(), parts)),
                            here().voidPromise());
            flushSoon();
        }
    }

    private void flushSoon() {
        if (!flushing) {
            flushing = true;
            here().executor()
                    .execute(() -> {
                        flushing = false;
                        here().flush();
                    });
        }
    }

    @Override
    public boolean writable() {
        return !closing && here().channel().isWritable();
    }

    @Override
    public void ping() {
        // Whoever reads late is there all the same, but has to be asked only once for that.
        if (!closing && (!asked || here().channel().isWritable())) {
            asked = true;
            here().writeAndFlush(new PingWebSocketFrame());
        }
    }

    @Override
    public void reading(boolean on) {
        ChannelConfig config = here().channel().config();
        boolean was = config.isAutoRead();
        config.setAutoRead(on || closing);
        Silence silence = here().pipeline().get(Silence.class);
        if (!was && config.isAutoRead() && silence != null) {
            silence.resetReadTimeout();
        }
    }

    @Override
    public void end(int code, String why) {
        if (closing) {
            return;
        }
        closing = true;
        reading(true);
        here().writeAndFlush(new CloseWebSocketFrame(code, cut(why)));
        here().executor().schedule(() -> here().close(), GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /// As much of a reason as fits, in whole characters.
    static String cut(String why) {
        byte[] bytes = why.getBytes(StandardCharsets.UTF_8);
        int end = Math.min(bytes.length, REASON_MAX);
        while (end > 0 && end < bytes.length && (bytes[end] & 0xC0) == 0x80) {
            end--;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }

    @Override
    public void abort() {
        closing = true;
        here().close();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        Peer speaker = peer;
        if (speaker != null && writable()) {
            speaker.onWritable();
        }
        changed.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ended) {
        closing = true;
        Peer speaker = peer;
        if (speaker != null) {
            peer = null;
            speaker.onGone();
        }
        ended.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
        switch (cause) {
            // The decoder has said so already.
            case CorruptedWebSocketFrameException broken -> closing = true;
            case TooLongFrameException large ->
                    end(WebSocketCloseStatus.MESSAGE_TOO_BIG.code(), "the text is too long");
            // A peer that resets or is silent ends its own connection only.
            default -> failed.close();
        }
    }
}
