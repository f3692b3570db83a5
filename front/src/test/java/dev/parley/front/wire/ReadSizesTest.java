package dev.parley.front.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Reads grow while they come full, and not beyond what all connections may keep of them.
class ReadSizesTest {
    private static final int KIB = 1 << 10;

    private final AtomicInteger connections = new AtomicInteger(1);
    private final ExtendedHandle sizes = new ReadSizes(connections::get).newHandle();
    private final ChannelConfig config = new EmbeddedChannel().config();

    /// Fills reads until it is the others' turn; returns the bytes.
    private int turn() {
        sizes.reset(config);
        int all = 0;
        do {
            ByteBuf read = sizes.allocate(UnpooledByteBufAllocator.DEFAULT);
            int size = read.writableBytes();
            read.release();
            sizes.attemptedBytesRead(size);
            sizes.lastBytesRead(size);
            sizes.incMessagesRead(1);
            all += size;
        } while (sizes.continueReading(() -> true));
        sizes.readComplete();
        return all;
    }

    @Test
    void growAsLongAsTheyComeFull() {
        assertThat(sizes.guess()).isEqualTo(2 * KIB);
        for (int n = 0; n < 5; n++) {
            assertThat(turn()).isLessThan(2 << 20);
        }
        assertThat(sizes.guess()).isEqualTo(512 * KIB);
        assertThat(turn()).isEqualTo(1 << 20);
    }

    @Test
    void areSmallerWhereManyAreConnected() {
        for (int n = 0; n < 5; n++) {
            turn();
        }
        connections.set(256);
        assertThat(sizes.guess()).isEqualTo(256 * KIB);
        connections.set(100_000);
        assertThat(sizes.guess()).isEqualTo(64 * KIB);
        assertThat(turn()).isEqualTo(1 << 20);
        connections.set(0);
        assertThat(sizes.guess()).isEqualTo(512 * KIB);
    }
}
