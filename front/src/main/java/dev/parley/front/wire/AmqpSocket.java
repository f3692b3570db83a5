package dev.parley.front.wire;

import dev.parley.front.amqp.AmqpConnection;
import dev.parley.front.amqp.Broker;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// One client's socket: hands bytes to its [AmqpConnection] and writes what that has to say.
///
/// What the connection cannot take yet is kept; while it is paused nothing more is read, so at most
/// one read and one frame are held.
final class AmqpSocket extends ChannelInboundHandlerAdapter
        implements AmqpConnection.Wire, Round.Writer {
    private final Round round;
    private final Set<AmqpSocket> sockets;
    private final Arrivals arrivals;
    private final @Nullable Tls tls;
    private final AmqpConnection connection;
    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf kept;
    private boolean inRound;
    private boolean reading;
    private boolean closing;
    private boolean arriving = true;

    /// @param tls null: plain text
    AmqpSocket(
            Broker broker,
            Round round,
            Set<AmqpSocket> sockets,
            Arrivals arrivals,
            @Nullable Tls tls) {
        this.round = round;
        this.sockets = sockets;
        this.arrivals = arrivals;
        this.tls = tls;
        this.connection = new AmqpConnection(broker, this);
    }

    AmqpConnection connection() {
        return connection;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        sockets.add(this);
        if (!arrivals.add(this)) {
            added.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext gone) {
        sockets.remove(this);
        arrivals.remove(this);
        connection.onDisconnected();
        ByteBuf left = kept;
        if (left != null) {
            kept = null;
            left.release();
        }
        round.soon();
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        ByteBuf read = (ByteBuf) message;
        ByteBuf before = kept;
        if (before == null) {
            take(read);
            keepOrRelease(read);
        } else {
            before.writeBytes(read);
            read.release();
            takeKept();
        }
        steer();
    }

    private void take(ByteBuf bytes) {
        reading = true;
        ByteBuffer in = bytes.nioBuffer();
        int before = in.position();
        connection.read(in);
        bytes.skipBytes(in.position() - before);
        reading = false;
        if (arriving && connection.open()) {
            arriving = false;
            arrivals.remove(this);
        }
    }

    private void keepOrRelease(ByteBuf bytes) {
        if (bytes.isReadable()) {
            ByteBuffer rest = bytes.nioBuffer();
            int room = Math.max(AmqpConnection.needed(rest), bytes.readableBytes());
            // A frame's length was checked against frame-max before its bytes are waited for.
            ByteBuf larger = bytes.alloc().directBuffer(Math.min(room, 1 << 20));
            larger.writeBytes(bytes);
            kept = larger;
        }
        bytes.release();
    }

    private void takeKept() {
        ByteBuf all = kept;
        if (all == null) {
            return;
        }
        take(all);
        if (!all.isReadable()) {
            kept = null;
            all.release();
        } else {
            all.discardSomeReadBytes();
        }
    }

    /// Reads on, or not, as the connection can take more.
    private void steer() {
        ChannelHandlerContext here = context;
        if (here != null) {
            here.channel().config().setAutoRead(!connection.paused() || closing);
        }
    }

    @Override
    public void resume() {
        ChannelHandlerContext here = context;
        if (here == null || reading) {
            return;
        }
        here.executor()
                .execute(() -> {
                    if (!connection.paused()) {
                        takeKept();
                    }
                    steer();
                });
    }

    @Override
    public void flushSoon() {
        if (!inRound) {
            inRound = true;
            round.add(this);
        }
    }

    @Override
    public void write() {
        inRound = false;
        ChannelHandlerContext here = context;
        if (here == null) {
            return;
        }
        ByteBuffer output = connection.output();
        if (output.hasRemaining()) {
            ByteBuf bytes = here.alloc().directBuffer(output.remaining());
            bytes.writeBytes(output);
            connection.written();
            if (closing) {
                here.writeAndFlush(bytes).addListener(ChannelFutureListener.CLOSE);
                return;
            }
            here.writeAndFlush(bytes, here.voidPromise());
        } else if (closing) {
            here.close();
            return;
        }
        if (connection.wantsRoom()) {
            here.executor().execute(connection::onFlushed);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext told, Object event) {
        if (tls != null && event instanceof SslHandshakeCompletionEvent handshake) {
            tls.onHandshake(handshake, peer());
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        if (changed.channel().isWritable()) {
            connection.onWritable();
            round.soon();
        }
    }

    @Override
    public void later(Runnable task, long millis) {
        ChannelHandlerContext here = context;
        if (here != null) {
            here.executor().schedule(task, millis, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void close() {
        closing = true;
        flushSoon();
    }

    void closeNow() {
        ChannelHandlerContext here = context;
        if (here != null) {
            here.close();
        }
    }

    @Override
    public long backlog() {
        ChannelHandlerContext here = context;
        ChannelOutboundBuffer buffer =
                here == null ? null : here.channel().unsafe().outboundBuffer();
        // Netty counts a buffer down only when all of it is gone.
        return buffer == null ? 0 : buffer.totalPendingWriteBytes() - buffer.currentProgress();
    }

    @Override
    public boolean writable() {
        ChannelHandlerContext here = context;
        return here != null && here.channel().isWritable();
    }

    @Override
    public InetSocketAddress address() {
        ChannelHandlerContext here = context;
        return here != null && here.channel().remoteAddress() instanceof InetSocketAddress address
                ? address
                : InetSocketAddress.createUnresolved("unknown", 0);
    }

    @Override
    public @Nullable String certificateName() {
        ChannelHandlerContext here = context;
        return tls == null || here == null ? null : tls.nameOf(here);
    }

    @Override
    public String peer() {
        ChannelHandlerContext here = context;
        return here == null ? "?" : String.valueOf(here.channel().remoteAddress());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
        // A reset, a broken pipe or broken TLS ends this connection; anything else is our mistake
        // and is told.
        if (!(cause instanceof IOException) && !(cause.getCause() instanceof SSLException)) {
            LoggerFactory.getLogger(AmqpSocket.class)
                    .error("connection from {} failed", peer(), cause);
        }
        failed.close();
    }
}
