package dev.parley.front.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import java.nio.ByteBuffer;

/// What the sockets of an event loop read into: one buffer for all of them, since a [ClientSocket]
/// gives back what it was handed before the next one reads.
///
/// Not for TLS, which keeps what is not a whole record yet.
final class ReadBuffer extends DefaultMaxMessagesRecvByteBufAllocator {
    private static final int BYTES = 64 << 10;

    /// Reads of one socket before others have their turn.
    private static final int READS = 16;

    private final ByteBuf buffer = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(BYTES));

    ReadBuffer() {
        super(READS);
    }

    @Override
    public MaxMessageHandle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public int guess() {
                return BYTES;
            }

            @Override
            public ByteBuf allocate(ByteBufAllocator allocator) {
                if (buffer.refCnt() > 1) {
                    throw new IllegalStateException("somebody still reads what was read before");
                }
                return buffer.clear().retain();
            }
        };
    }
}
