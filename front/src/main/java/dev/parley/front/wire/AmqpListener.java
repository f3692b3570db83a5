package dev.parley.front.wire;

import dev.parley.front.amqp.AmqpConnection;
import dev.parley.front.amqp.Broker;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Accepts AMQP clients on one port. Everything here runs on the event loop, but for construction
/// and [#port].
public final class AmqpListener {
    private final Channel server;
    private final Set<AmqpSocket> sockets = new LinkedHashSet<>();

    /// Binds; throws what the operating system says if it cannot.
    ///
    /// @param arrivals shared by all listeners of a node
    /// @param tls null: plain text
    public AmqpListener(
            EventLoopGroup loops,
            InetSocketAddress address,
            Broker broker,
            Round round,
            Arrivals arrivals,
            @Nullable Tls tls) {
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(loops)
                        .channel(NioServerSocketChannel.class)
                        .option(ChannelOption.SO_BACKLOG, 1024)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(
                                ChannelOption.WRITE_BUFFER_WATER_MARK,
                                new WriteBufferWaterMark(256 << 10, 1 << 20))
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        if (tls != null) {
                                            channel.pipeline()
                                                    .addLast(tls.handler(channel.alloc()));
                                        }
                                        channel.pipeline()
                                                .addLast(
                                                        new AmqpSocket(
                                                                broker, round, sockets, arrivals,
                                                                tls));
                                    }
                                });
        server = bootstrap.bind(address).syncUninterruptibly().channel();
    }

    public int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /// Lets every connection look at the clock; about twice a second.
    public void onTick() {
        for (AmqpSocket socket : Set.copyOf(sockets)) {
            socket.connection().onTick();
        }
    }

    /// Tells publishers whether there is room.
    public void onRoom() {
        for (AmqpSocket socket : Set.copyOf(sockets)) {
            socket.connection().onAlarm();
        }
    }

    /// The connections that are there.
    public List<AmqpConnection> connections() {
        return sockets.stream().map(AmqpSocket::connection).toList();
    }

    /// Connections that are there.
    public int size() {
        return sockets.size();
    }

    /// Takes no more connections and asks those that are there to go.
    public void shutdown() {
        server.close();
        for (AmqpSocket socket : Set.copyOf(sockets)) {
            AmqpConnection connection = socket.connection();
            connection.shutdown("the node is shutting down");
        }
    }

    /// Closes what is still open.
    public void closeAll() {
        for (AmqpSocket socket : Set.copyOf(sockets)) {
            socket.closeNow();
        }
    }
}
