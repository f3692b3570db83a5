package dev.parley.front.http;

import dev.parley.front.http.HttpService.Answer;
import dev.parley.front.http.HttpService.Request;
import dev.parley.front.http.HttpService.Response;
import dev.parley.front.wire.Sockets;
import dev.parley.front.wire.Tls;
import dev.parley.front.wire.WebSocketClients;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts HTTP/1.1 requests on one port; bodies up to [#BODY_MAX] bytes of whose login is right.
public final class HttpListener {
    private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);

    /// A larger body is answered with 413.
    private static final int BODY_MAX = 24 << 20;

    private static final int IDLE_SECONDS = 60;

    /// Requests of one connection that wait for their turn; at the bound it is no longer read.
    private static final int PIPELINED_MAX = 4;

    /// Requests of one connection that may have come with those that were read last; one more ends
    /// it.
    private static final int WAITING_MAX = 256;

    private final Channel server;

    /// Connections at a time that ask and are answered; one more is closed at once.
    private static final int CONNECTIONS_MAX = 4_096;

    private final AtomicInteger connections = new AtomicInteger();

    /// @param webSockets who takes connections that speak MQTT
    /// @param tls null: plain text
    public HttpListener(
            EventLoopGroup loops,
            InetSocketAddress address,
            HttpService service,
            HttpConfig config,
            WebSocketClients webSockets,
            @Nullable Tls tls) {
        Origins origins = new Origins(config.origins(), tls != null);
        Bodies.Pool pool =
                new Bodies.Pool(Math.max(2L * BODY_MAX, Runtime.getRuntime().maxMemory() / 8));
        RequestReader reader = new RequestReader(origins);
        Bodies.Gate gate = (channel, head, answer) -> admit(service, reader, channel, head, answer);
        server =
                new ServerBootstrap()
                        .group(loops)
                        .channel(Sockets.listening())
                        .childOption(ChannelOption.SO_KEEPALIVE, true)
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        Runnable gone = taken(channel);
                                        if (gone == null) {
                                            return;
                                        }
                                        if (tls != null) {
                                            channel.pipeline()
                                                    .addLast(tls.handler(channel.alloc()));
                                        }
                                        Bodies bodies = new Bodies(pool, BODY_MAX, gate);
                                        channel.pipeline()
                                                .addLast(new ReadTimeoutHandler(IDLE_SECONDS))
                                                .addLast(new HttpServerCodec())
                                                .addLast(bodies)
                                                .addLast(new HttpObjectAggregator(BODY_MAX))
                                                .addLast(
                                                        new Handler(
                                                                service,
                                                                origins,
                                                                bodies,
                                                                new Way(webSockets, tls, gone)));
                                    }
                                })
                        .bind(address)
                        .syncUninterruptibly()
                        .channel();
    }

    private static void admit(
            HttpService service,
            RequestReader reader,
            Channel channel,
            HttpRequest head,
            Consumer<Boolean> answer) {
        Request request;
        try {
            request = reader.read(channel, head, ByteBuffer.allocate(0));
        } catch (IllegalArgumentException e) {
            answer.accept(false); // nobody's
            return;
        }
        service.admit(request, answer);
    }

    /// Counts a connection in; returns what counts it out, once, or null if there are too many.
    private @Nullable Runnable taken(SocketChannel channel) {
        if (connections.incrementAndGet() > CONNECTIONS_MAX) {
            connections.decrementAndGet();
            channel.close();
            return null;
        }
        AtomicBoolean counted = new AtomicBoolean(true);
        Runnable gone =
                () -> {
                    if (counted.compareAndSet(true, false)) {
                        connections.decrementAndGet();
                    }
                };
        channel.closeFuture().addListener(closed -> gone.run());
        return gone;
    }

    /// The way out of HTTP.
    ///
    /// @param gone said when a connection asks for nothing any more
    private record Way(WebSocketClients clients, @Nullable Tls tls, Runnable gone) {
        /// Leaves HTTP; returns the answer if it may not.
        @Nullable Response leave(ChannelHandlerContext context, FullHttpRequest request) {
            if (!clients.adopt(context, request, tls)) {
                return Response.text(400, "the subprotocol mqtt is spoken here\n");
            }
            context.pipeline().remove(ReadTimeoutHandler.class);
            context.pipeline().remove(Bodies.class);
            gone.run();
            return null;
        }
    }

    public int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    public void close() {
        server.close();
    }

    private static final class Handler extends SimpleChannelInboundHandler<FullHttpRequest> {
        private final HttpService service;
        private final Origins origins;
        private final RequestReader reader;
        private final Bodies bodies;
        private final ArrayDeque<FullHttpRequest> waiting = new ArrayDeque<>();
        private @Nullable Sent serving;
        private final Way way;

        /// The answer that goes on, if there is one.
        private @Nullable OpenAnswer open;

        /// Whether requests are taken from those that wait further down the stack.
        private boolean going;

        /// Whether the connection is not read from until fewer wait.
        private boolean full;

        /// Whether the last answer has been given.
        private boolean last;

        Handler(HttpService service, Origins origins, Bodies bodies, Way way) {
            this.service = service;
            this.origins = origins;
            this.reader = new RequestReader(origins);
            this.bodies = bodies;
            this.way = way;
        }

        /// One request at a time: what is pipelined waits, so that answers keep their order.
        /// Reading goes on meanwhile, or nobody would notice that the peer has gone.
        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            if (open != null || last) {
                bodies.done(request.content().readableBytes());
                return; // it gets no other answer
            }
            if (waiting.size() >= WAITING_MAX) {
                context.close();
                return;
            }
            waiting.add(request.retain());
            goOn(context);
        }

        /// Serves what waits, as long as answers are given at once and are read: those of a peer
        /// that asks and does not read are not even made.
        private void goOn(ChannelHandlerContext context) {
            if (going) {
                return;
            }
            going = true;
            try {
                while (serving == null && !last && context.channel().isWritable()) {
                    FullHttpRequest request = waiting.poll();
                    if (request == null) {
                        break;
                    }
                    try {
                        serve(context, request);
                    } finally {
                        request.release();
                    }
                }
            } finally {
                going = false;
            }
            if (full != waiting.size() >= PIPELINED_MAX) {
                full = !full;
                bodies.full(full);
            }
        }

        /// Forgets what waits.
        private void drop() {
            for (FullHttpRequest one : waiting) {
                bodies.done(one.content().readableBytes());
                one.release();
            }
            waiting.clear();
            if (full) {
                full = false;
                bodies.full(false);
            }
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext context) {
            drop();
        }

        private void serve(ChannelHandlerContext context, FullHttpRequest request) {
            Sent answer = new Sent(context, request);
            serving = answer;
            Response refusal = origins(request);
            if (refusal == null && WebSocketClients.wanted(request)) {
                refusal = way.leave(context, request);
                if (refusal == null) {
                    context.pipeline().remove(this);
                    return;
                }
            }
            if (refusal != null) {
                answer.send(refusal);
                return;
            }
            Request read;
            try {
                read = read(context, request);
            } catch (Bodies.Refused e) {
                Response told = Response.text(e.status(), String.valueOf(e.getMessage()));
                answer.send(
                        e.status() == 401
                                ? told.with("WWW-Authenticate", "Basic realm=\"Parley\"")
                                : told);
                return;
            } catch (IllegalArgumentException e) {
                answer.send(Response.text(400, "malformed request\n"));
                return;
            }
            try {
                service.serve(read, answer);
            } catch (RuntimeException e) {
                // Without its query, which may hold a token.
                LOG.error("{} /{} failed", read.method(), String.join("/", read.path()), e);
                answer.send(Response.text(500, "the node failed to answer; its log says why\n"));
            }
        }

        /// The answer to a page that may not ask, or to one that asks whether it may; otherwise
        /// null.
        private @Nullable Response origins(FullHttpRequest request) {
            HttpHeaders headers = request.headers();
            String origin = headers.get(HttpHeaderNames.ORIGIN);
            if (!origins.admits(origin, headers.get(HttpHeaderNames.HOST))) {
                return Response.text(
                        403, "pages from there may not ask: http.origins says which may\n");
            }
            boolean preflight =
                    request.method().equals(HttpMethod.OPTIONS)
                            && origin != null
                            && headers.contains(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD);
            if (!preflight) {
                return null;
            }
            Response told = Response.empty(204);
            for (Map.Entry<String, String> one : origins.preflight(origin).entrySet()) {
                told = told.with(one.getKey(), one.getValue());
            }
            return told;
        }

        private Request read(ChannelHandlerContext context, FullHttpRequest request) {
            if (request.decoderResult().cause() instanceof Bodies.Refused why) {
                throw why;
            }
            if (!request.decoderResult().isSuccess()) {
                throw new IllegalArgumentException(request.decoderResult().cause());
            }
            ByteBuffer body = ByteBuffer.wrap(ByteBufUtil.getBytes(request.content()));
            return reader.read(context.channel(), request, body);
        }

        /// The answer to the request that is being served.
        private final class Sent implements Answer {
            private final ChannelHandlerContext context;
            private final boolean keepAlive;

            /// The request without its body.
            private final FullHttpRequest asked;

            private final int bodyBytes;

            private @Nullable Runnable onGone;

            Sent(ChannelHandlerContext context, FullHttpRequest request) {
                this.context = context;
                this.keepAlive = HttpUtil.isKeepAlive(request);
                this.bodyBytes = request.content().readableBytes();
                this.asked =
                        new DefaultFullHttpRequest(
                                request.protocolVersion(),
                                request.method(),
                                request.uri(),
                                Unpooled.EMPTY_BUFFER,
                                request.headers(),
                                EmptyHttpHeaders.INSTANCE);
            }

            @Override
            public void onGone(Runnable action) {
                onGone = action;
            }

            @Override
            public void send(Response response) {
                if (serving != this) {
                    return;
                }
                serving = null;
                bodies.done(bodyBytes);
                FullHttpResponse out =
                        new DefaultFullHttpResponse(
                                HttpVersion.HTTP_1_1,
                                HttpResponseStatus.valueOf(response.status()),
                                Unpooled.wrappedBuffer(response.body()));
                if (response.status() != 204) {
                    out.headers()
                            .setInt(HttpHeaderNames.CONTENT_LENGTH, response.body().remaining());
                }
                head(out, response);
                HttpUtil.setKeepAlive(out, keepAlive);
                var written = context.writeAndFlush(out);
                if (keepAlive) {
                    goOn(context);
                } else {
                    last = true;
                    written.addListener(ChannelFutureListener.CLOSE);
                }
            }

            private void head(HttpResponse out, Response response) {
                if (response.status() != 204) {
                    out.headers().set(HttpHeaderNames.CONTENT_TYPE, response.type());
                }
                response.headers().forEach((name, value) -> out.headers().set(name, value));
                origins.headers(asked.headers().get(HttpHeaderNames.ORIGIN))
                        .forEach((name, value) -> out.headers().set(name, value));
            }

            @Override
            public boolean stream(Response response, Function<Line, Line.Peer> peer) {
                if (serving != this || !context.channel().isActive()) {
                    return false;
                }
                serving = null;
                HttpResponse out =
                        new DefaultHttpResponse(
                                HttpVersion.HTTP_1_1,
                                HttpResponseStatus.valueOf(response.status()));
                head(out, response);
                boolean chunked = asked.protocolVersion().equals(HttpVersion.HTTP_1_1);
                HttpUtil.setTransferEncodingChunked(out, chunked);
                out.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
                leave();
                OpenAnswer line = new OpenAnswer(context);
                open = line;
                context.write(out, context.voidPromise());
                line.write(response.body());
                line.begin(peer.apply(line));
                return true;
            }

            /// A connection that asks for nothing more may be silent for as long as it likes.
            private void leave() {
                last = true;
                drop();
                way.gone().run();
                bodies.done(bodyBytes);
                context.pipeline().remove(ReadTimeoutHandler.class);
            }

            @Override
            public boolean upgrade(
                    String protocol, int messageMax, Function<Line, Line.Peer> peer) {
                Channel channel = context.channel();
                if (serving != this || !channel.isActive()) {
                    return false;
                }
                WebSocketServerHandshaker handshaker =
                        new WebSocketServerHandshakerFactory("", protocol, false, messageMax)
                                .newHandshaker(asked);
                if (handshaker == null) {
                    Response refusal = Response.text(426, "version 13 of WebSocket is spoken\n");
                    send(refusal.with("Sec-WebSocket-Version", "13"));
                    return false;
                }
                try {
                    handshaker.handshake(channel, asked);
                } catch (WebSocketHandshakeException e) {
                    send(Response.text(400, "a handshake of WebSocket is malformed\n"));
                    return false;
                }
                serving = null;
                leave();
                TextFrames line = new TextFrames();
                channel.config().setWriteBufferWaterMark(OpenAnswer.WATER);
                channel.pipeline()
                        .addLast(new Silence(IDLE_SECONDS))
                        .addLast(new WebSocketFrameAggregator(messageMax))
                        .addLast(line);
                channel.pipeline().remove(bodies);
                channel.pipeline().remove(Handler.this);
                line.begin(peer.apply(line));
                return true;
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            OpenAnswer line = open;
            if (line != null) {
                line.onWritability();
            } else {
                goOn(context);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            Sent gone = serving;
            serving = null;
            last = true;
            drop();
            if (gone != null && gone.onGone != null) {
                gone.onGone.run();
            }
            OpenAnswer line = open;
            if (line != null) {
                open = null;
                line.onGone();
            }
            context.fireChannelInactive();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // A peer that resets, idles or sends garbage ends its own connection only.
            context.close();
        }
    }
}
