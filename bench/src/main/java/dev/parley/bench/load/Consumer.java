package dev.parley.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.List;

/// One connection that consumes, from one queue or from many; acknowledgements of what was read at
/// once go out at once.
final class Consumer implements Link.Events, Load.Port {

    private static final byte[] ACK =
            Frames.method(
                    Link.CHANNEL,
                    Frames.code(60, 80),
                    out -> {
                        out.writeLong(0);
                        out.writeByte(0);
                    });
    private static final int TAG_AT = Frames.HEAD + Integer.BYTES;

    private final Link link;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final Tally tally;
    private final boolean acknowledges;
    private final ByteBuffer out;

    Consumer(Link link, List<String> queues, int prefetch, Tally tally, Selector selector)
            throws IOException {
        this.link = link;
        this.tally = tally;
        acknowledges = prefetch > 0;
        // No more than this can be without acknowledgement.
        out = ByteBuffer.allocateDirect(Math.max(1, queues.size() * prefetch) * ACK.length);
        link.consume(queues, prefetch);
        channel = link.handOver(this);
        key = channel.register(selector, SelectionKey.OP_READ, this);
    }

    @Override
    public void onReady() throws IOException {
        if (key.isReadable()) {
            link.read();
        }
        if (out.position() > 0) {
            out.flip();
            channel.write(out);
            out.compact();
            boolean all = out.position() == 0;
            int wanted = all ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE;
            if (key.interestOps() != wanted) {
                key.interestOps(wanted);
            }
        }
    }

    @Override
    public void onDelivery(long tag, long stamp) {
        tally.delivered++;
        tally.latency.recordValue(Math.max(0, link.readAt() - stamp));
        if (acknowledges) {
            int at = out.position();
            out.put(ACK).putLong(at + TAG_AT, tag);
        }
    }

    @Override
    public void onConfirm(long tag, boolean multiple, boolean accepted) {
        throw new IllegalStateException("a confirm for a consumer");
    }

    @Override
    public void close() throws IOException {
        link.close();
    }
}
