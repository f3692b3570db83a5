package dev.parley.front.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// An answer that goes on: pieces of a body that has no end yet.
final class OpenAnswer implements Line {
    /// What may wait in the socket before the writer is asked to wait, and how little again.
    static final WriteBufferWaterMark WATER = new WriteBufferWaterMark(16 << 10, 64 << 10);

    /// A client gets this long to read the rest.
    private static final long GOODBYE_MILLIS = 2_000;

    private final ChannelHandlerContext context;
    private @Nullable Peer peer;
    private boolean flushing;
    private boolean ended;

    OpenAnswer(ChannelHandlerContext context) {
        this.context = context;
        context.channel().config().setWriteBufferWaterMark(WATER);
    }

    /// @param writer who goes on with the answer
    void begin(Peer writer) {
        peer = writer;
    }

    void onWritability() {
        Peer writer = peer;
        if (writer != null && writable()) {
            writer.onWritable();
        }
    }

    void onGone() {
        ended = true;
        Peer writer = peer;
        if (writer != null) {
            peer = null;
            writer.onGone();
        }
    }

    @Override
    public void write(ByteBuffer... parts) {
        if (!ended) {
            context.write(new DefaultHttpContent(joined(context, parts)), context.voidPromise());
            flushSoon();
        }
    }

    /// What is shared with others must not be written from: its position would move.
    static ByteBuf joined(ChannelHandlerContext context, ByteBuffer... parts) {
        int size = 0;
        for (ByteBuffer part : parts) {
            size += part.remaining();
        }
        ByteBuf whole = context.alloc().directBuffer(size);
        for (ByteBuffer part : parts) {
            whole.writeBytes(part.duplicate());
        }
        return whole;
    }

    /// One flush for all that is written until the loop comes round.
    private void flushSoon() {
        if (!flushing) {
            flushing = true;
            context.executor()
                    .execute(() -> {
                        flushing = false;
                        context.flush();
                    });
        }
    }

    @Override
    public boolean writable() {
        return !ended && context.channel().isWritable();
    }

    @Override
    public void ping() {
        // There is no such thing in HTTP/1.1.
    }

    @Override
    public void reading(boolean on) {
        // What the client sends meanwhile is passed over anyway.
    }

    @Override
    public void end(int code, String why) {
        if (!ended) {
            ended = true;
            context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
                    .addListener(ChannelFutureListener.CLOSE);
            // Who does not read would never have the last of it.
            context.executor()
                    .schedule(() -> context.close(), GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void abort() {
        ended = true;
        context.close();
    }
}
