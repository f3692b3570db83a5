package dev.parley.bench.topic;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;

/// The one thread that all of a load generator's connections live on: whoever calls `turn`.
final class Loop implements AutoCloseable {

    private static final int IN_BYTES = 256 << 10;

    /// What a channel does when it is ready.
    interface Ready {
        void onReady(SelectionKey key) throws IOException;
    }

    private final Selector selector;

    /// What is read lies here until its reader returns; one for all connections.
    private final ByteBuffer in = ByteBuffer.allocateDirect(IN_BYTES);

    Loop() throws IOException {
        selector = Selector.open();
    }

    SelectionKey register(SelectableChannel channel, int interest, Ready ready) throws IOException {
        channel.configureBlocking(false);
        return channel.register(selector, interest, ready);
    }

    /// Serves every channel that is ready; waits for one, at most so long, unless that is 0.
    int turn(long waitMillis) throws IOException {
        int ready = waitMillis == 0 ? selector.selectNow() : selector.select(waitMillis);
        if (ready > 0) {
            for (SelectionKey key : selector.selectedKeys()) {
                if (key.isValid()) {
                    ((Ready) key.attachment()).onReady(key);
                }
            }
            selector.selectedKeys().clear();
        }
        return ready;
    }

    ByteBuffer in() {
        return in;
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
