package dev.parley.front.wire;

import dev.parley.front.amqp.AmqpConnection;
import dev.parley.front.mqtt.MqttConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// One client's socket: hands bytes to its [Session] and writes what that has to say.
///
/// What the connection cannot take yet is kept; while it is paused nothing more is read, so at most
/// one read and one frame are held.
final class ClientSocket extends ChannelInboundHandlerAdapter
        implements AmqpConnection.Wire, MqttConnection.Wire, Round.Writer {
    /// Time that a client gets to close its side when the node has closed its own.
    private static final long LINGER_MILLIS = 1_000;

    /// Time that a client gets to read the last that is said to it.
    private static final long FAREWELL_MILLIS = 30_000;

    /// A buffer of the session from this size on is written as it is, if it lies outside the heap.
    private static final int SHARED = 16 << 10;

    /// Memory taken ahead for a frame whose beginning is kept, and for one of whom nobody knows
    /// yet; what comes beyond it makes it grow.
    private static final int KEPT_AHEAD = 1 << 20;

    private static final int KEPT_UNKNOWN = 4 << 10;

    private final Round round;
    private final Set<ClientSocket> sockets;
    private final Arrivals arrivals;
    private final @Nullable Tls tls;
    private final boolean plain;
    private final Session session;
    private final Consumer<ByteBuffer> output = this::add;
    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf kept;
    private boolean inRound;
    private boolean pending;
    private boolean reading;
    private boolean closing;
    private boolean ended;
    private boolean arriving = true;

    /// Closes the socket if the client does not, once all is said.
    private @Nullable Future<?> patience;

    /// @param tls null: plain text
    /// @param plain whether its bytes are those of the socket, which can be ended without a word
    ClientSocket(
            Round round,
            Set<ClientSocket> sockets,
            Arrivals arrivals,
            @Nullable Tls tls,
            boolean plain,
            Function<ClientSocket, Session> protocol) {
        this.plain = plain;
        this.round = round;
        this.sockets = sockets;
        this.arrivals = arrivals;
        this.tls = tls;
        this.session = protocol.apply(this);
    }

    Session session() {
        return session;
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
        session.onDisconnected();
        if (patience != null) {
            patience.cancel(false);
        }
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
        if (closing) {
            read.release();
            return;
        }
        try {
            completeKept(read);
            if (kept == null && read.isReadable()) {
                take(read);
                keepRest(read);
            }
        } finally {
            read.release();
        }
        steer();
    }

    /// Adds to what is kept as much as makes it whole, so that the rest need not be copied.
    private void completeKept(ByteBuf read) {
        ByteBuf before;
        while ((before = kept) != null && read.isReadable()) {
            int there = before.readableBytes();
            int missing = session.needed(view(before)) - there;
            boolean whole = missing <= 0 || session.paused();
            int more = whole ? read.readableBytes() : Math.min(missing, read.readableBytes());
            before.writeBytes(read, more);
            takeKept();
        }
    }

    /// The buffer's own view where it has one: nobody else uses the buffer meanwhile.
    private static ByteBuffer view(ByteBuf bytes) {
        return bytes.nioBufferCount() == 1
                ? bytes.internalNioBuffer(bytes.readerIndex(), bytes.readableBytes())
                : bytes.nioBuffer();
    }

    private void take(ByteBuf bytes) {
        reading = true;
        ByteBuffer in = view(bytes);
        int before = in.position();
        try {
            session.read(in);
        } finally {
            reading = false;
        }
        bytes.skipBytes(in.position() - before);
        settleIn();
    }

    /// Gives up the place among those who arrive. A login is answered later than it is read, and
    /// its client may say nothing for a long time.
    private void settleIn() {
        if (arriving && session.open()) {
            arriving = false;
            arrivals.remove(this);
        }
    }

    private void keepRest(ByteBuf bytes) {
        if (bytes.isReadable()) {
            ByteBuffer rest = bytes.nioBuffer();
            // A promised length alone takes no memory of note, and none before the login.
            int most = session.open() ? KEPT_AHEAD : KEPT_UNKNOWN;
            int room = Math.max(Math.min(session.needed(rest), most), bytes.readableBytes());
            ByteBuf larger = bytes.alloc().directBuffer(room);
            larger.writeBytes(bytes);
            kept = larger;
        }
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
            here.channel().config().setAutoRead(!session.paused() || closing);
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
                    if (!session.paused()) {
                        takeKept();
                    }
                    steer();
                    closeIfDone();
                });
    }

    /// A client that has ended its side is gone; but while the session is paused, what came before
    /// is still to be taken, unless that may never be.
    private void closeIfDone() {
        if (ended && (closing || !session.paused() || session.awaitsRoom())) {
            closeNow();
        }
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
        try {
            session.drain(output);
        } catch (RuntimeException | OutOfMemoryError e) {
            // Part of what was to be said is lost, so the rest makes no sense to the client.
            here.close();
            throw e;
        }
        settleIn();
        if (closing) {
            ChannelFuture said = here.writeAndFlush(Unpooled.EMPTY_BUFFER);
            said.addListener(_ -> linger(here));
            if (!said.isDone()) {
                closeIn(here, FAREWELL_MILLIS);
            }
            return;
        }
        if (pending) {
            pending = false;
            here.flush();
        }
        if (session.wantsRoom()) {
            here.executor().execute(session::onFlushed);
        }
    }

    /// Ends what is said, and waits a moment for the client to do the same: were the socket closed
    /// while the client still sends, its kernel would throw away the last words unread.
    private void linger(ChannelHandlerContext here) {
        if (!plain || !(here.channel() instanceof DuplexChannel both)) {
            here.close();
        } else if (!both.isOutputShutdown()) {
            both.shutdownOutput();
            closeIn(here, LINGER_MILLIS);
        }
    }

    private void closeIn(ChannelHandlerContext here, long millis) {
        if (patience != null) {
            patience.cancel(false);
        }
        patience = here.executor().schedule(this::closeNow, millis, TimeUnit.MILLISECONDS);
    }

    private void add(ByteBuffer bytes) {
        ChannelHandlerContext here = context;
        if (here == null) {
            return; // it was written to before it had a socket
        }
        pending = true;
        // Only what nobody writes into again: AMQP output is a buffer that the next one borrows.
        if (bytes.isDirect() && bytes.isReadOnly() && bytes.remaining() >= SHARED) {
            here.write(Unpooled.wrappedBuffer(bytes), here.voidPromise());
            return;
        }
        ByteBuf copy = here.alloc().directBuffer(bytes.remaining());
        if (bytes.hasArray()) {
            // Of a buffer Netty would take a view of its own first.
            int from = bytes.arrayOffset() + bytes.position();
            copy.writeBytes(bytes.array(), from, bytes.remaining());
        } else {
            copy.writeBytes(bytes);
        }
        here.write(copy, here.voidPromise());
    }

    @Override
    public boolean borrow(ByteBuffer bytes, Runnable done) {
        ChannelHandlerContext here = context;
        if (here == null) {
            return false;
        }
        pending = true;
        here.write(Unpooled.wrappedBuffer(bytes)).addListener(_ -> done.run());
        return true;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext told, Object event) {
        if (tls != null && event instanceof SslHandshakeCompletionEvent handshake) {
            tls.onHandshake(handshake, peer());
        }
        if (event instanceof ChannelInputShutdownEvent) {
            ended = true;
            closeIfDone();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        if (changed.channel().isWritable()) {
            session.onWritable();
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
            LoggerFactory.getLogger(ClientSocket.class)
                    .error("connection from {} failed", peer(), cause);
        }
        failed.close();
    }
}
