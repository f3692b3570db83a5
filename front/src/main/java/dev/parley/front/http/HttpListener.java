package dev.parley.front.http;

import dev.parley.front.http.HttpService.Request;
import dev.parley.front.http.HttpService.Response;
import io.netty.bootstrap.ServerBootstrap;
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
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// Accepts HTTP/1.1 requests on one port; bodies up to [#BODY_MAX] bytes.
public final class HttpListener {
    /// A larger body is answered with 413.
    private static final int BODY_MAX = 24 << 20;

    private static final int IDLE_SECONDS = 60;

    private final Channel server;

    public HttpListener(EventLoopGroup loops, InetSocketAddress address, HttpService service) {
        server =
                new ServerBootstrap()
                        .group(loops)
                        .channel(NioServerSocketChannel.class)
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        channel.pipeline()
                                                .addLast(new ReadTimeoutHandler(IDLE_SECONDS))
                                                .addLast(new HttpServerCodec())
                                                .addLast(new HttpObjectAggregator(BODY_MAX))
                                                .addLast(new Handler(service));
                                    }
                                })
                        .bind(address)
                        .syncUninterruptibly()
                        .channel();
    }

    public int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    public void close() {
        server.close();
    }

    private static final class Handler extends SimpleChannelInboundHandler<FullHttpRequest> {
        private final HttpService service;

        Handler(HttpService service) {
            this.service = service;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            boolean keepAlive = HttpUtil.isKeepAlive(request);
            if (!request.decoderResult().isSuccess()) {
                answer(context, Response.text(400, "malformed request\n"), false);
                return;
            }
            QueryStringDecoder uri = new QueryStringDecoder(request.uri());
            Map<String, String> query = new LinkedHashMap<>();
            uri.parameters().forEach((name, values) -> query.put(name, values.getFirst()));
            boolean loopback =
                    context.channel().remoteAddress() instanceof InetSocketAddress from
                            && from.getAddress().isLoopbackAddress();
            service.serve(
                    new Request(
                            request.method().name(),
                            uri.path(),
                            query,
                            request.content().toString(StandardCharsets.UTF_8),
                            request.headers().get(HttpHeaderNames.AUTHORIZATION),
                            loopback),
                    response -> answer(context, response, keepAlive));
        }

        private static void answer(
                ChannelHandlerContext context, Response response, boolean keepAlive) {
            byte[] body = response.bytes();
            FullHttpResponse out =
                    new DefaultFullHttpResponse(
                            HttpVersion.HTTP_1_1,
                            HttpResponseStatus.valueOf(response.status()),
                            Unpooled.wrappedBuffer(body));
            out.headers().set(HttpHeaderNames.CONTENT_TYPE, response.type());
            out.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
            if (response.status() == 401) {
                out.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Basic realm=\"Parley\"");
            }
            HttpUtil.setKeepAlive(out, keepAlive);
            var written = context.writeAndFlush(out);
            if (!keepAlive) {
                written.addListener(ChannelFutureListener.CLOSE);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // A peer that resets, idles or sends garbage ends its own connection only.
            context.close();
        }
    }
}
