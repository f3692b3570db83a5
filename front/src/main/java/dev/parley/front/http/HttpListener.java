package dev.parley.front.http;

import dev.parley.front.http.HttpService.Answer;
import dev.parley.front.http.HttpService.Request;
import dev.parley.front.http.HttpService.Response;
import dev.parley.front.wire.Tls;
import dev.parley.front.wire.WebSocketClients;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts HTTP/1.1 requests on one port; bodies up to [#BODY_MAX] bytes.
public final class HttpListener {
    private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);

    /// A larger body is answered with 413.
    private static final int BODY_MAX = 24 << 20;

    private static final int IDLE_SECONDS = 60;

    /// Requests of one connection that wait for their turn; at the bound it is no longer read.
    private static final int PIPELINED_MAX = 4;

    private final Channel server;

    /// Connections at a time; one more is closed at once.
    private static final int CONNECTIONS_MAX = 4_096;

    private final AtomicInteger connections = new AtomicInteger();

    /// @param webSockets who takes connections that become WebSockets
    /// @param tls null: plain text
    public HttpListener(
            EventLoopGroup loops,
            InetSocketAddress address,
            HttpService service,
            WebSocketClients webSockets,
            @Nullable Tls tls) {
        server =
                new ServerBootstrap()
                        .group(loops)
                        .channel(NioServerSocketChannel.class)
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
                                        channel.pipeline()
                                                .addLast(new ReadTimeoutHandler(IDLE_SECONDS))
                                                .addLast(new HttpServerCodec())
                                                .addLast(new HttpObjectAggregator(BODY_MAX))
                                                .addLast(
                                                        new Handler(
                                                                service,
                                                                new Way(webSockets, tls, gone)));
                                    }
                                })
                        .bind(address)
                        .syncUninterruptibly()
                        .channel();
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
    /// @param gone said when a connection is none of HTTP any more
    private record Way(WebSocketClients clients, @Nullable Tls tls, Runnable gone) {
        /// Leaves HTTP; returns the answer if it may not.
        @Nullable Response leave(ChannelHandlerContext context, FullHttpRequest request) {
            if (!clients.admits(request)) {
                return Response.text(403, "pages from there may not connect\n");
            }
            if (!clients.adopt(context, request, tls)) {
                return Response.text(400, "the subprotocol mqtt is spoken here\n");
            }
            context.pipeline().remove(ReadTimeoutHandler.class);
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
        private final ArrayDeque<FullHttpRequest> waiting = new ArrayDeque<>();
        private @Nullable Sent serving;
        private final Way way;

        Handler(HttpService service, Way way) {
            this.service = service;
            this.way = way;
        }

        /// One request at a time: what is pipelined waits, so that answers keep their order.
        /// Reading goes on meanwhile, or nobody would notice that the peer has gone.
        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            if (serving == null) {
                serve(context, request);
                return;
            }
            waiting.add(request.retain());
            if (waiting.size() >= PIPELINED_MAX) {
                context.channel().config().setAutoRead(false);
            }
        }

        private void serve(ChannelHandlerContext context, FullHttpRequest request) {
            Sent answer = new Sent(context, HttpUtil.isKeepAlive(request));
            serving = answer;
            if (WebSocketClients.wanted(request)) {
                Response refusal = way.leave(context, request);
                if (refusal == null) {
                    context.pipeline().remove(this);
                } else {
                    answer.send(refusal);
                }
                return;
            }
            Request read;
            try {
                read = read(context, request);
            } catch (IllegalArgumentException e) {
                answer.send(Response.text(400, "malformed request\n"));
                return;
            }
            try {
                service.serve(read, answer);
            } catch (RuntimeException e) {
                LOG.error("{} {} failed", request.method(), request.uri(), e);
                answer.send(Response.text(500, "the node failed to answer; its log says why\n"));
            }
        }

        private void next(ChannelHandlerContext context) {
            FullHttpRequest request = waiting.poll();
            if (request == null) {
                return;
            }
            context.channel().config().setAutoRead(true);
            try {
                serve(context, request);
            } finally {
                request.release();
            }
        }

        private static Request read(ChannelHandlerContext context, FullHttpRequest request) {
            if (!request.decoderResult().isSuccess()) {
                throw new IllegalArgumentException(request.decoderResult().cause());
            }
            QueryStringDecoder uri = new QueryStringDecoder(request.uri());
            Map<String, String> query = new LinkedHashMap<>();
            uri.parameters().forEach((name, values) -> query.put(name, values.getFirst()));
            return new Request(
                    request.method().name(),
                    segments(uri.rawPath()),
                    query,
                    ByteBuffer.wrap(ByteBufUtil.getBytes(request.content())),
                    request.headers().get(HttpHeaderNames.CONTENT_TYPE),
                    request.headers().get(HttpHeaderNames.AUTHORIZATION),
                    context.channel().remoteAddress() instanceof InetSocketAddress from
                            ? from
                            : InetSocketAddress.createUnresolved("unknown", 0));
        }

        private static List<String> segments(String rawPath) {
            List<String> segments = new ArrayList<>();
            for (String segment :
                    rawPath.substring(rawPath.startsWith("/") ? 1 : 0).split("/", -1)) {
                // A plus sign is itself in a path.
                segments.add(QueryStringDecoder.decodeComponent(segment.replace("+", "%2B")));
            }
            return segments;
        }

        /// The answer to the request that is being served.
        private final class Sent implements Answer {
            private final ChannelHandlerContext context;
            private final boolean keepAlive;
            private @Nullable Runnable onGone;

            Sent(ChannelHandlerContext context, boolean keepAlive) {
                this.context = context;
                this.keepAlive = keepAlive;
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
                byte[] body = response.bytes();
                FullHttpResponse out =
                        new DefaultFullHttpResponse(
                                HttpVersion.HTTP_1_1,
                                HttpResponseStatus.valueOf(response.status()),
                                Unpooled.wrappedBuffer(body));
                if (response.status() != 204) {
                    out.headers().set(HttpHeaderNames.CONTENT_TYPE, response.type());
                    out.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
                }
                response.headers().forEach((name, value) -> out.headers().set(name, value));
                HttpUtil.setKeepAlive(out, keepAlive);
                var written = context.writeAndFlush(out);
                if (keepAlive) {
                    next(context);
                } else {
                    written.addListener(ChannelFutureListener.CLOSE);
                }
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            Sent gone = serving;
            serving = null;
            waiting.forEach(FullHttpRequest::release);
            waiting.clear();
            if (gone != null && gone.onGone != null) {
                gone.onGone.run();
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
