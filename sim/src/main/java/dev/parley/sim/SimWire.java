package dev.parley.sim;

import dev.parley.front.amqp.AmqpConnection;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A socket without a network: bytes on their way to the node, and frames on their way back.
///
/// Behaves towards the connection as the real socket does, between one event loop's rounds.
final class SimWire implements AmqpConnection.Wire {
    /// Who is at the other end.
    interface Peer {
        /// Bytes that the node has sent in this round.
        void onBytes(ByteBuffer bytes);

        /// Everybody has got what was sent in this round.
        void onRoundEnd();

        /// The node has closed.
        void onEnd();

        /// Whether the other end takes more bytes.
        boolean takes();
    }

    private final SimNode node;
    private final Peer peer;
    private final AmqpConnection connection;
    private byte[] outgoing = new byte[1024];
    private int outgoingEnd;
    private byte[] kept = new byte[0];
    private long sent;
    private long consumed;
    private boolean inRound;

    /// What the node has said in this round.
    private @Nullable ByteBuffer said;

    private boolean reading;
    private boolean closing;
    private boolean gone;

    SimWire(SimNode node, Peer peer) {
        this.node = node;
        this.peer = peer;
        this.connection = new AmqpConnection(node.broker(), this);
        node.add(this);
    }

    AmqpConnection connection() {
        return connection;
    }

    /// Octets given to [#send] so far.
    long sent() {
        return sent;
    }

    /// Octets that the connection has taken so far.
    long consumed() {
        return consumed;
    }

    boolean gone() {
        return gone;
    }

    void send(byte[] bytes) {
        if (outgoing.length < outgoingEnd + bytes.length) {
            outgoing =
                    Arrays.copyOf(
                            outgoing, Math.max(outgoing.length * 2, outgoingEnd + bytes.length));
        }
        System.arraycopy(bytes, 0, outgoing, outgoingEnd, bytes.length);
        outgoingEnd += bytes.length;
        sent += bytes.length;
    }

    /// Octets that have not arrived yet.
    int underway() {
        return outgoingEnd;
    }

    /// Whether the node reads this socket now.
    boolean readable() {
        return !gone && outgoingEnd > 0 && (closing || !connection.paused());
    }

    /// Lets up to `most` octets arrive.
    void arrive(int most) {
        int length = Math.min(most, outgoingEnd);
        byte[] all = Arrays.copyOf(kept, kept.length + length);
        System.arraycopy(outgoing, 0, all, kept.length, length);
        System.arraycopy(outgoing, length, outgoing, 0, outgoingEnd - length);
        outgoingEnd -= length;
        kept = all;
        take();
    }

    private void take() {
        reading = true;
        ByteBuffer in = ByteBuffer.wrap(kept);
        connection.read(in);
        consumed += in.position();
        kept = Arrays.copyOfRange(kept, in.position(), kept.length);
        reading = false;
    }

    /// The client's end breaks; what is under way is lost.
    void breakDown() {
        if (!gone) {
            gone = true;
            node.remove(this);
            connection.onDisconnected();
            node.soon();
        }
    }

    /// The client has read: the node may write again.
    void drained() {
        if (!gone) {
            connection.onWritable();
            node.soon();
        }
    }

    void write() {
        inRound = false;
        if (gone) {
            return;
        }
        connection.drain(this::say);
        ByteBuffer now = said;
        if (now != null) {
            said = null;
            peer.onBytes(now.flip());
        }
        if (closing) {
            breakDown();
            return;
        }
        if (connection.wantsRoom()) {
            node.execute(() -> {
                if (!gone) {
                    connection.onFlushed();
                }
            });
        }
    }

    private void say(ByteBuffer output) {
        ByteBuffer before = said;
        int there = before == null ? 0 : before.position();
        ByteBuffer all = ByteBuffer.allocate(there + output.remaining());
        said = (before == null ? all : all.put(before.flip())).put(output);
    }

    @Override
    public boolean borrow(ByteBuffer bytes, Runnable done) {
        ByteBuffer view = bytes.duplicate();
        boolean taken = node.loans().take(bytes, done);
        if (taken) {
            say(view);
        }
        return taken;
    }

    /// After all sockets were written.
    void roundEnded() {
        peer.onRoundEnd();
        if (closing && gone) {
            peer.onEnd();
        }
    }

    @Override
    public void flushSoon() {
        if (!inRound) {
            inRound = true;
            node.writes(this);
        }
    }

    @Override
    public void resume() {
        if (gone || reading) {
            return;
        }
        node.execute(() -> {
            if (!gone && !connection.paused()) {
                take();
            }
        });
    }

    @Override
    public void later(Runnable task, long millis) {
        node.later(task, millis);
    }

    @Override
    public void close() {
        closing = true;
        flushSoon();
    }

    @Override
    public long backlog() {
        return 0;
    }

    @Override
    public boolean writable() {
        return !gone && peer.takes();
    }

    @Override
    public InetSocketAddress address() {
        return InetSocketAddress.createUnresolved("sim", 0);
    }

    @Override
    public @Nullable String certificateName() {
        return null;
    }

    @Override
    public String peer() {
        return "sim";
    }
}
