package dev.parley.front.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.timeout.ReadTimeoutHandler;

/// Ends a WebSocket whose client says nothing; not while nobody listens.
final class Silence extends ReadTimeoutHandler {
    Silence(int seconds) {
        super(seconds);
    }

    @Override
    protected void readTimedOut(ChannelHandlerContext context) throws Exception {
        if (context.channel().config().isAutoRead()) {
            super.readTimedOut(context);
        }
    }
}
