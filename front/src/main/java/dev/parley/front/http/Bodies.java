package dev.parley.front.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The bodies of one connection's requests while they come and until they are answered: who has no
/// login that is right sends small ones only, and all connections share the memory for large ones.
///
/// Stands before what gathers bodies, which would gather first. While somebody finds out about a
/// login nothing more is read. A request that is refused comes out as one that could not be read,
/// for a [Refused].
final class Bodies extends ChannelDuplexHandler {
    /// A body up to this size comes from everybody, and always.
    static final int SMALL = 64 << 10;

    /// Finds out whether the login that a request brings is right, and says so on the event loop.
    @FunctionalInterface
    interface Gate {
        void admit(Channel channel, HttpRequest head, Consumer<Boolean> answer);
    }

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
    private final Gate gate;
    private @Nullable Channel channel;

    /// The request whose body comes, and how much of it has come.
    private @Nullable HttpRequest asked;

    private long come;

    /// Whether its login is right.
    private boolean admitted;

    /// Whether that is being found out, and what has come meanwhile.
    private boolean asking;

    private final ArrayDeque<Object> held = new ArrayDeque<>();

    /// Whether there are requests enough to be answered first.
    private boolean full;

    /// What this connection has of the pool.
    private long taken;

    private boolean refused;

    /// @param most bytes of a body of somebody whose login is right
    Bodies(Pool pool, int most, Gate gate) {
        this.pool = pool;
        this.most = most;
        this.gate = gate;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        channel = context.channel();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (refused) {
            ReferenceCountUtil.release(message);
        } else if (asking) {
            held.add(message);
        } else {
            take(context, message);
        }
    }

    /// What gathers a body reads on by itself where nothing is read automatically. While a login is
    /// asked about that would fill [#held] without bound; [#steer] reads again after the answer.
    @Override
    public void read(ChannelHandlerContext context) {
        if (!asking) {
            context.read();
        }
    }

    private void take(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request && request != asked) {
            asked = request;
            come = 0;
            admitted = false;
        }
        HttpRequest request = asked;
        if (request == null || !request.decoderResult().isSuccess()) {
            context.fireChannelRead(message); // it is answered as what it is
            return;
        }
        long size = size(message);
        if (size > SMALL && size <= most && !admitted && hasLogin(request)) {
            held.addFirst(message); // it may be one of those held, and the others come after it
            ask(context, request);
            return;
        }
        Refused why = refusal(request, size, message);
        if (why == null) {
            context.fireChannelRead(message);
        } else {
            ReferenceCountUtil.release(message);
            refuse(context, request, why);
        }
    }

    /// How large the body is, as far as can be known.
    private long size(Object message) {
        long more = message instanceof HttpContent part ? part.content().readableBytes() : 0;
        return message instanceof HttpRequest head
                ? Math.max(more, HttpUtil.getContentLength(head, 0L))
                : come + more;
    }

    private void ask(ChannelHandlerContext context, HttpRequest request) {
        asking = true;
        steer();
        gate.admit(context.channel(), request, right -> onAdmitted(context, request, right));
    }

    private void onAdmitted(ChannelHandlerContext context, HttpRequest request, boolean right) {
        if (!asking) {
            return; // the connection has ended
        }
        asking = false;
        admitted = right;
        if (!right) {
            refuse(context, request, new Refused(401, "a body of this size needs a login\n"));
        }
        while (!asking && !held.isEmpty()) {
            channelRead(context, held.remove());
        }
        steer();
    }

    private void refuse(ChannelHandlerContext context, HttpRequest request, Refused why) {
        refused = true;
        context.fireChannelRead(refusal(request, why));
    }

    /// There are requests enough to be answered first, or no more.
    void full(boolean now) {
        full = now;
        steer();
    }

    private void steer() {
        Channel one = channel;
        if (one != null && one.isActive()) {
            one.config().setAutoRead(!full && !asking);
        }
    }

    private @Nullable Refused refusal(HttpRequest request, long size, Object message) {
        if (size > (admitted ? most : SMALL)) {
            return tooLarge(request, size);
        }
        if (!(message instanceof HttpContent content)) {
            return null;
        }
        long before = counted(come);
        come += content.content().readableBytes();
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

    private static boolean hasLogin(HttpRequest request) {
        return request.headers().contains(HttpHeaderNames.AUTHORIZATION);
    }

    private static long counted(long bytes) {
        return Math.max(0, bytes - SMALL);
    }

    private static DefaultFullHttpRequest refusal(HttpRequest request, Refused why) {
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
        if (asking) {
            asking = false;
            steer(); // who is left reads on, and no answer does that any more
        }
        held.forEach(ReferenceCountUtil::release);
        held.clear();
        pool.give(taken);
        taken = 0;
    }
}
