package dev.parley.front.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

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
    private final ExtendedHandle sizes = new ReadSizes(connections::get, false).newHandle();
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

    /// Those that share are read into the same memory, which must have been given back.
    @Test
    void shareOneBufferWhichIsLargeWhereMuchComes() {
        ExtendedHandle one = new ReadSizes(connections::get, true).newHandle();
        ByteBuf first = one.allocate(UnpooledByteBufAllocator.DEFAULT);
        assertThat(first.writableBytes()).isEqualTo(64 * KIB);
        assertThatIllegalStateException()
                .isThrownBy(() -> one.allocate(UnpooledByteBufAllocator.DEFAULT));
        first.writeLong(1).release();
        assertThat(one.allocate(UnpooledByteBufAllocator.DEFAULT)).isSameAs(first);
        assertThat(first.readableBytes()).isZero();
        first.release();
        for (int n = 0; n < 20; n++) {
            one.reset(config);
            one.attemptedBytesRead(64 * KIB);
            one.lastBytesRead(512 * KIB);
            one.readComplete();
        }
        ByteBuf much = one.allocate(UnpooledByteBufAllocator.DEFAULT);
        assertThat(much.writableBytes()).isEqualTo(512 * KIB);
        much.release();
        connections.set(1_000);
        assertThat(one.allocate(UnpooledByteBufAllocator.DEFAULT)).isSameAs(first);
    }
}
