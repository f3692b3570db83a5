package dev.parley.front.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The bodies of one connection's requests while they come and until they are answered: who names
/// no login sends small ones only, and all connections share the memory for large ones.
///
/// Stands before what gathers bodies, which would gather first. A request that is refused comes out
/// as one that could not be read, for a [Refused].
final class Bodies extends ChannelInboundHandlerAdapter {
    /// A body up to this size comes from everybody, and always.
    static final int SMALL = 64 << 10;

    /// Why a body is not taken.
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final int status;

        Refused(int status, String why) {
            super(why, null, false, false);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    /// Memory for large bodies.
    static final class Pool {
        private final long most;
        private final AtomicLong used = new AtomicLong();

        Pool(long most) {
            this.most = most;
        }

        boolean take(long bytes) {
            if (used.addAndGet(bytes) <= most) {
                return true;
            }
            used.addAndGet(-bytes);
            return false;
        }

        void give(long bytes) {
            used.addAndGet(-bytes);
        }

        long used() {
            return used.get();
        }
    }

    private final Pool pool;
    private final int most;

    /// The request whose body comes, and how much of it has come.
    private @Nullable HttpRequest asked;

    private long come;

    /// What this connection has of the pool.
    private long taken;

    private boolean refused;

    /// @param most bytes of a body of somebody who names a login
    Bodies(Pool pool, int most) {
        this.pool = pool;
        this.most = most;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        Refused why = refused ? null : refusal(message);
        if (why != null) {
            refused = true;
            context.fireChannelRead(refusal(why));
        }
        if (refused) {
            ReferenceCountUtil.release(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    private @Nullable Refused refusal(Object message) {
        if (message instanceof HttpRequest request) {
            asked = request;
            come = 0;
            if (!request.decoderResult().isSuccess()) {
                return null; // it is answered as what it is
            }
            long length = HttpUtil.getContentLength(request, -1L);
            if (length > bound(request)) {
                return tooLarge(request, length);
            }
        }
        HttpRequest request = asked;
        if (request == null || !(message instanceof HttpContent content)) {
            return null;
        }
        long before = counted(come);
        come += content.content().readableBytes();
        if (come > bound(request)) {
            return tooLarge(request, come);
        }
        long more = counted(come) - before;
        if (!pool.take(more)) {
            return new Refused(503, "too many large bodies are on their way\n");
        }
        taken += more;
        return null;
    }

    /// Who is asked for a login comes back with one.
    private Refused tooLarge(HttpRequest request, long bytes) {
        return bytes > most || hasLogin(request)
                ? new Refused(413, "the body is too large\n")
                : new Refused(401, "a body of this size needs a login\n");
    }

    private int bound(HttpRequest request) {
        return hasLogin(request) ? most : SMALL;
    }

    private static boolean hasLogin(HttpRequest request) {
        return request.headers().contains(HttpHeaderNames.AUTHORIZATION);
    }

    private static long counted(long bytes) {
        return Math.max(0, bytes - SMALL);
    }

    private DefaultFullHttpRequest refusal(Refused why) {
        HttpRequest request = asked;
        if (request == null) {
            throw new IllegalStateException("there is a request");
        }
        var out =
                new DefaultFullHttpRequest(
                        request.protocolVersion(), request.method(), request.uri());
        out.headers().set(request.headers());
        out.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        out.setDecoderResult(DecoderResult.failure(why));
        return out;
    }

    /// A body is no longer needed.
    void done(int bytes) {
        long back = Math.min(taken, counted(bytes));
        taken -= back;
        pool.give(back);
    }

    /// Nor is any other of this connection.
    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        pool.give(taken);
        taken = 0;
    }
}
