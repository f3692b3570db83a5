package dev.parley.bench.topic;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/// A connection that cuts what it reads into MQTT packets and gathers what it is given to send.
final class Link implements Loop.Ready {

    private static final int OUT_BYTES = 512;
    private static final int LENGTH_BYTES_MAX = 4;

    /// Who uses the link.
    interface User {

        /// The connection stands.
        void onOpen() throws IOException;

        /// A whole packet: its first byte, and its body between two indices of the buffer.
        void onPacket(int head, ByteBuffer in, int from, int to) throws IOException;

        /// The other side has ended the connection, or it has failed.
        void onEnd(String why) throws IOException;
    }

    private final Loop loop;
    private final User user;
    private final SocketChannel channel;
    private final SelectionKey key;
    private ByteBuffer out = ByteBuffer.allocateDirect(OUT_BYTES);
    private byte[] rest = new byte[0];
    private boolean blocked;

    private Link(Loop loop, SocketChannel channel, int interest, User user) throws IOException {
        this.loop = loop;
        this.user = user;
        this.channel = channel;
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        this.key = loop.register(channel, interest, this);
    }

    /// Begins to connect; when it is `connected` at once, `onOpen` is not called.
    static Link connect(Loop loop, InetSocketAddress to, User user) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        boolean done = channel.connect(to);
        int interest = done ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT;
        return new Link(loop, channel, interest, user);
    }

    /// Takes over a connection that a listener has accepted.
    static Link accepted(Loop loop, SocketChannel channel, User user) throws IOException {
        return new Link(loop, channel, SelectionKey.OP_READ, user);
    }

    @Override
    public void onReady(SelectionKey ready) throws IOException {
        if (ready.isConnectable()) {
            finish();
        }
        if (key.isValid() && ready.isReadable()) {
            read();
        }
        flush();
    }

    /// Room for so many bytes more, which the caller writes at once; `flush` sends them.
    ByteBuffer out(int bytes) {
        if (out.remaining() < bytes) {
            int wanted = Math.max(out.capacity() * 2, out.position() + bytes);
            out = ByteBuffer.allocateDirect(wanted).put(out.flip());
        }
        return out;
    }

    void send(byte[] packet) {
        out(packet.length).put(packet);
    }

    /// Sends what the socket takes; the rest follows when it takes more.
    void flush() throws IOException {
        if (out.position() == 0 || !channel.isConnected()) {
            return;
        }
        out.flip();
        try {
            channel.write(out);
        } catch (IOException e) {
            end(e.getMessage());
            return;
        }
        boolean left = out.hasRemaining();
        out.compact();
        if (left != blocked) {
            blocked = left;
            key.interestOps(SelectionKey.OP_READ | (left ? SelectionKey.OP_WRITE : 0));
        }
    }

    /// Whether the socket did not take everything.
    boolean blocked() {
        return blocked;
    }

    boolean connected() {
        return channel.isConnected();
    }

    boolean open() {
        return channel.isOpen();
    }

    void close() throws IOException {
        key.cancel();
        channel.close();
    }

    /// Ends the connection as a power cut would: the other side gets a reset.
    void cut() throws IOException {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        close();
    }

    private void finish() throws IOException {
        try {
            channel.finishConnect();
        } catch (IOException e) {
            end(e.getMessage());
            return;
        }
        key.interestOps(SelectionKey.OP_READ);
        user.onOpen();
    }

    private void end(@Nullable String why) throws IOException {
        close();
        user.onEnd(why == null ? "no reason is known" : why);
    }

    private void read() throws IOException {
        ByteBuffer in = loop.in();
        in.clear().put(rest);
        int count;
        try {
            count = channel.read(in);
        } catch (IOException e) {
            end(e.getMessage());
            return;
        }
        if (count < 0) {
            end("closed by the other side");
            return;
        }
        int end = in.position();
        int at = 0;
        while (channel.isOpen()) {
            int bodyAt = bodyAt(in, at, end);
            if (bodyAt < 0) {
                break;
            }
            int bodyEnd = bodyAt + length(in, at + 1, bodyAt);
            if (bodyEnd > end) {
                break;
            }
            user.onPacket(in.get(at) & 0xff, in, bodyAt, bodyEnd);
            at = bodyEnd;
        }
        if (at == end) {
            rest = rest.length == 0 ? rest : new byte[0];
        } else {
            rest = new byte[end - at];
            in.get(at, rest);
        }
    }

    /// Where the body of the packet at an index begins; -1 while that is not here yet.
    private static int bodyAt(ByteBuffer in, int at, int end) throws IOException {
        for (int i = at + 1; i < end; i++) {
            if (in.get(i) >= 0) {
                return i + 1;
            }
            if (i - at == LENGTH_BYTES_MAX) {
                throw new IOException("a packet's length of more than four bytes");
            }
        }
        return -1;
    }

    private static int length(ByteBuffer in, int from, int to) {
        int length = 0;
        for (int i = from, shift = 0; i < to; i++, shift += 7) {
            length |= (in.get(i) & 0x7f) << shift;
        }
        return length;
    }
}
