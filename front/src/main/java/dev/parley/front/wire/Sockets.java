package dev.parley.front.wire;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;

/// The kind of sockets that a node listens with: Linux' own where they can be had, else the JDK's.
///
/// Linux' tell each event once, in the order in which they came, so that what one client sends
/// before another does is read first. The JDK's selector gives them in the order of a hash table.
/// `-Dio.netty.transport.noNative=true` takes the JDK's everywhere.
public final class Sockets {
    private Sockets() {}

    /// What an event loop waits for its sockets with.
    public static IoHandlerFactory handlers() {
        return Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    }

    /// A socket that listens, for a loop with such [#handlers].
    public static Class<? extends ServerChannel> listening() {
        return Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }
}
