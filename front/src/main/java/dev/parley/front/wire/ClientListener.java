package dev.parley.front.wire;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Accepts the clients of one protocol on one port. Everything here runs on the event loop, but for
/// construction and [#port].
public abstract sealed class ClientListener extends ClientSockets
        permits AmqpListener, MqttListener {
    /// How much may wait for a client that does not read, and how little again.
    static final WriteBufferWaterMark WATER = new WriteBufferWaterMark(256 << 10, 1 << 20);

    private final Channel server;

    ClientListener(
            EventLoopGroup loops,
            InetSocketAddress address,
            Round round,
            Arrivals arrivals,
            @Nullable Tls tls,
            Function<ClientSocket, Session> protocol) {
        super(round, arrivals, protocol);
        ReadSizes reads = new ReadSizes(this::size, tls == null);
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(loops)
                        .channel(Sockets.listening())
                        .option(ChannelOption.SO_BACKLOG, 1024)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER)
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        channel.config().setRecvByteBufAllocator(reads);
                                        if (tls != null) {
                                            channel.pipeline()
                                                    .addLast(tls.handler(channel.alloc()));
                                        }
                                        channel.pipeline().addLast(one(tls, tls == null));
                                    }
                                });
        server = bootstrap.bind(address).syncUninterruptibly().channel();
    }

    public int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    @Override
    public void shutdown() {
        server.close();
        super.shutdown();
    }
}
