package dev.parley.bench.load;

import static dev.parley.bench.load.Frames.code;

import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One connection with one channel, as guest in the virtual host "/", without heartbeats.
///
/// It begins blocking: each call returns with the broker's answer. A `Load` then takes it over and
/// reads without blocking; what comes goes to `Events`. Used by one thread at a time.
public final class Link implements AutoCloseable {

    /// What a broker sends on its own.
    interface Events {
        /// A message has come whole; `stamp` is the first eight bytes of its body.
        void onDelivery(long tag, long stamp);

        /// Publishes are confirmed, or refused.
        void onConfirm(long tag, boolean multiple, boolean accepted);
    }

    /// Enough for calls; connections that carry messages need room for a whole frame and more.
    public static final int CALLS_ONLY_BYTES = 8 << 10;

    static final int MESSAGES_BYTES = 384 << 10;
    static final int FRAME_MAX = 128 << 10;
    static final int CHANNEL = 1;

    private static final int DELIVER = code(60, 60);
    private static final int ACK = code(60, 80);
    private static final int NACK = code(60, 120);
    private static final int RETURN = code(60, 50);
    private static final int CHANNEL_CLOSE = code(20, 40);
    private static final int CONNECTION_CLOSE = code(10, 50);
    private static final int START = code(10, 10);
    private static final int TUNE = code(10, 30);
    private static final int OPEN_OK = code(10, 41);
    private static final int CHANNEL_OPEN_OK = code(20, 11);
    private static final int CONNECTION_CLOSE_OK = code(10, 51);

    /// Deleting a deep queue takes its time.
    private static final int ANSWER_MILLIS = 120_000;

    private static final int PIPELINED = 100;
    private static final int BUFFER = 1 << 20;
    private static final byte[] GREETING = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
    private static final int DURABLE = 2;
    private static final int NO_WAIT = 8;
    private static final int NO_ACK = 2;

    private final SocketChannel channel;
    private final ByteBuffer in;
    private @Nullable Events events;
    private int awaited;
    private int answers;
    private long tag;
    private long stamp;
    private long bodyLeft;
    private boolean bodyBegins;
    private long readAt;

    private Link(SocketChannel channel, int receiveBytes) {
        this.channel = channel;
        this.in = ByteBuffer.allocateDirect(receiveBytes);
    }

    /// Connects, logs in and opens the channel.
    public static Link open(InetSocketAddress broker, int receiveBytes) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.connect(broker);
            channel.socket().setSoTimeout(ANSWER_MILLIS);
            var link = new Link(channel, receiveBytes);
            link.call(List.of(GREETING), START);
            link.call(List.of(startOk()), TUNE);
            link.send(Frames.method(0, code(10, 31), Link::tuneOk));
            link.call(List.of(Frames.method(0, code(10, 40), Link::slash)), OPEN_OK);
            byte[] open = Frames.method(CHANNEL, code(20, 10), out -> out.writeByte(0));
            link.call(List.of(open), CHANNEL_OPEN_OK);
            return link;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static byte[] startOk() {
        return Frames.method(
                0,
                code(10, 11),
                out -> {
                    Frames.table(out, "product", "parley-bench");
                    Frames.shortString(out, "PLAIN");
                    Frames.longString(out, "\0guest\0guest");
                    Frames.shortString(out, "en_US");
                });
    }

    private static void tuneOk(DataOutputStream out) throws IOException {
        out.writeShort(CHANNEL);
        out.writeInt(FRAME_MAX);
        out.writeShort(0);
    }

    private static void slash(DataOutputStream out) throws IOException {
        Frames.shortString(out, "/");
        out.writeShort(0);
    }

    /// Declares queues, many at a time.
    ///
    /// @param type what `x-queue-type` says; empty: nothing
    public void declareQueues(List<String> names, boolean durable, String type) throws IOException {
        List<byte[]> calls =
                names.stream()
                        .map(name ->
                                Frames.method(
                                        CHANNEL,
                                        code(50, 10),
                                        out -> {
                                            out.writeShort(0);
                                            Frames.shortString(out, name);
                                            out.writeByte(durable ? DURABLE : 0);
                                            Frames.table(out, "x-queue-type", type);
                                        }))
                        .toList();
        call(calls, code(50, 11));
    }

    /// Deletes queues and what is in them.
    public void deleteQueues(List<String> names) throws IOException {
        List<byte[]> calls =
                names.stream()
                        .map(name ->
                                Frames.method(
                                        CHANNEL,
                                        code(50, 40),
                                        out -> {
                                            out.writeShort(0);
                                            Frames.shortString(out, name);
                                            out.writeByte(0);
                                        }))
                        .toList();
        call(calls, code(50, 41));
    }

    /// Declares a durable exchange.
    public void declareExchange(String name, String type) throws IOException {
        byte[] call =
                Frames.method(
                        CHANNEL,
                        code(40, 10),
                        out -> {
                            out.writeShort(0);
                            Frames.shortString(out, name);
                            Frames.shortString(out, type);
                            out.writeByte(DURABLE);
                            out.writeInt(0);
                        });
        call(List.of(call), code(40, 11));
    }

    public void deleteExchange(String name) throws IOException {
        byte[] call =
                Frames.method(
                        CHANNEL,
                        code(40, 20),
                        out -> {
                            out.writeShort(0);
                            Frames.shortString(out, name);
                            out.writeByte(0);
                        });
        call(List.of(call), code(40, 21));
    }

    /// Binds a queue by each of the keys.
    public void bind(String queue, String exchange, List<String> keys) throws IOException {
        List<byte[]> calls =
                keys.stream()
                        .map(key ->
                                Frames.method(
                                        CHANNEL,
                                        code(50, 20),
                                        out -> {
                                            out.writeShort(0);
                                            Frames.shortString(out, queue);
                                            Frames.shortString(out, exchange);
                                            Frames.shortString(out, key);
                                            out.writeByte(0);
                                            out.writeInt(0);
                                        }))
                        .toList();
        call(calls, code(50, 21));
    }

    /// Publishes one persistent message and waits for nothing.
    public void publish(String queue, int bytes) throws IOException {
        send(new Template("", queue, bytes, true).encoded());
    }

    /// Asks for confirms.
    void confirm() throws IOException {
        call(List.of(Frames.method(CHANNEL, code(85, 10), out -> out.writeByte(0))), code(85, 11));
    }

    /// Subscribes to each of the queues, once for each time it is named; does not wait for answers,
    /// since messages may come between them.
    ///
    /// @param prefetch most messages of a consumer that are not acknowledged; 0: acknowledges by
    ///   itself
    void consume(List<String> queues, int prefetch) throws IOException {
        if (prefetch > 0) {
            byte[] qos =
                    Frames.method(
                            CHANNEL,
                            code(60, 10),
                            out -> {
                                out.writeInt(0);
                                out.writeShort(prefetch);
                                out.writeByte(0);
                            });
            call(List.of(qos), code(60, 11));
        }
        var batch = ByteBuffer.allocate(BUFFER);
        for (int i = 0; i < queues.size(); i++) {
            String queue = queues.get(i);
            String name = "c" + i;
            batch.put(
                    Frames.method(
                            CHANNEL,
                            code(60, 20),
                            out -> {
                                out.writeShort(0);
                                Frames.shortString(out, queue);
                                Frames.shortString(out, name);
                                out.writeByte(NO_WAIT | (prefetch > 0 ? 0 : NO_ACK));
                                out.writeInt(0);
                            }));
        }
        batch.flip();
        while (batch.hasRemaining()) {
            channel.write(batch);
        }
    }

    /// The orderly end.
    public void hangUp() throws IOException {
        byte[] close =
                Frames.method(
                        0,
                        code(10, 50),
                        out -> {
                            out.writeShort(200);
                            Frames.shortString(out, "bye");
                            out.writeInt(0);
                        });
        call(List.of(close), CONNECTION_CLOSE_OK);
        close();
    }

    /// Closes the socket and says nothing.
    @Override
    public void close() throws IOException {
        channel.close();
    }

    /// Hands the connection over to somebody who reads and writes without blocking.
    SocketChannel handOver(Events receiver) throws IOException {
        events = receiver;
        channel.configureBlocking(false);
        return channel;
    }

    /// Reads what is there.
    void read() throws IOException {
        if (channel.read(in) < 0) {
            throw new EOFException("the broker has closed a connection");
        }
        readAt = System.nanoTime();
        parse();
    }

    /// When what is being handed out was read.
    long readAt() {
        return readAt;
    }

    private void send(byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /// Sends calls and waits for as many answers of a kind.
    private void call(List<byte[]> calls, int answer) throws IOException {
        InputStream stream = channel.socket().getInputStream();
        byte[] piece = new byte[in.capacity()];
        awaited = answer;
        for (int from = 0; from < calls.size(); from += PIPELINED) {
            List<byte[]> some = calls.subList(from, Math.min(calls.size(), from + PIPELINED));
            answers = 0;
            send(
                    Frames.bytes(out -> {
                        for (byte[] one : some) {
                            out.write(one);
                        }
                    }));
            while (answers < some.size()) {
                int read = stream.read(piece, 0, in.remaining());
                if (read < 0) {
                    throw new EOFException("the broker has closed a connection");
                }
                in.put(piece, 0, read);
                parse();
            }
        }
        awaited = 0;
    }

    private void parse() throws IOException {
        in.flip();
        while (in.remaining() >= Frames.OVERHEAD) {
            int at = in.position();
            int size = in.getInt(at + 3);
            if (in.remaining() < size + Frames.OVERHEAD) {
                break;
            }
            int payload = at + Frames.HEAD;
            switch (in.get(at)) {
                case Frames.METHOD -> onMethod(payload);
                case Frames.HEADER -> onHeader(payload);
                case Frames.BODY -> onBody(payload, size);
                default -> {} // heartbeats
            }
            in.position(at + size + Frames.OVERHEAD);
        }
        in.compact();
        if (!in.hasRemaining()) {
            throw new IOException("a frame larger than agreed upon");
        }
    }

    private void onMethod(int at) throws IOException {
        int code = in.getInt(at);
        int arguments = at + Integer.BYTES;
        if (code == DELIVER) {
            tag = in.getLong(arguments + 1 + (in.get(arguments) & 0xFF));
        } else if (code == ACK || code == NACK) {
            Events receiver = events;
            if (receiver != null) {
                boolean multiple = (in.get(arguments + Long.BYTES) & 1) != 0;
                receiver.onConfirm(in.getLong(arguments), multiple, code == ACK);
            }
        } else if (code == awaited) {
            answers++;
        } else if (code == CHANNEL_CLOSE || code == CONNECTION_CLOSE || code == RETURN) {
            byte[] text = new byte[in.get(arguments + Short.BYTES) & 0xFF];
            in.get(arguments + Short.BYTES + 1, text);
            throw new IOException(
                    "the broker says %d %s"
                            .formatted(
                                    in.getShort(arguments),
                                    new String(text, StandardCharsets.UTF_8)));
        }
    }

    private void onHeader(int at) {
        bodyLeft = in.getLong(at + Integer.BYTES);
        bodyBegins = true;
        stamp = 0;
        if (bodyLeft == 0) {
            delivered();
        }
    }

    private void onBody(int at, int size) {
        if (bodyBegins && size >= Long.BYTES) {
            stamp = in.getLong(at);
        }
        bodyBegins = false;
        bodyLeft -= size;
        if (bodyLeft == 0) {
            delivered();
        }
    }

    private void delivered() {
        Events receiver = events;
        if (receiver != null) {
            receiver.onDelivery(tag, stamp);
        }
    }
}
