package dev.parley.front.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.util.UncheckedBooleanSupplier;
import java.nio.ByteBuffer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// How much is read from a socket at once, the more, the more comes; and into what.
///
/// The sockets of an event loop read into one buffer, since a [ClientSocket] gives back what it was
/// handed before the next one reads; not those with TLS, which keeps what is not a whole record
/// yet.
///
/// A connection that is paused keeps what it cannot take of its last read. So that all of them
/// together do not keep more than before there were large reads, or [#ALL], reads are large only
/// where there are not too many connections.
final class ReadSizes extends AdaptiveRecvByteBufAllocator {
    private static final int LEAST = 64;
    private static final int FIRST = 2 << 10;

    /// What each may read however many they are.
    private static final int EACH = 64 << 10;

    private static final int MOST = 512 << 10;
    private static final int ALL = 64 << 20;

    /// What is read of one before it is the others' turn.
    private static final int TURN = 1 << 20;

    private static final int READS = 16;

    private final IntSupplier connections;
    private final boolean shared;

    /// What all read into, and what those do from which much comes.
    private @Nullable ByteBuf small;

    private @Nullable ByteBuf large;

    /// @param shared whether what was read is given back before the next read
    ReadSizes(IntSupplier connections, boolean shared) {
        super(LEAST, FIRST, MOST);
        maxMessagesPerRead(READS);
        this.connections = connections;
        this.shared = shared;
    }

    int most() {
        return Math.clamp(ALL / Math.max(1, connections.getAsInt()), EACH, MOST);
    }

    private ByteBuf sharedFor(int bytes) {
        boolean much = bytes == MOST;
        ByteBuf buffer = much ? large : small;
        if (buffer == null) {
            int size = much ? MOST : EACH;
            buffer = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(size));
            large = much ? buffer : large;
            small = much ? small : buffer;
        }
        if (buffer.refCnt() > 1) {
            throw new IllegalStateException("somebody still reads what was read before");
        }
        return buffer.clear().retain();
    }

    @Override
    public ExtendedHandle newHandle() {
        return new Sizes((ExtendedHandle) super.newHandle());
    }

    private final class Sizes extends DelegatingHandle implements ExtendedHandle {
        private int turn;

        Sizes(ExtendedHandle adaptive) {
            super(adaptive);
        }

        @Override
        public int guess() {
            return Math.min(super.guess(), most());
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator memory) {
            return shared ? sharedFor(guess()) : memory.ioBuffer(guess());
        }

        @Override
        public void reset(ChannelConfig config) {
            turn = 0;
            super.reset(config);
        }

        @Override
        public void lastBytesRead(int bytes) {
            turn += Math.max(0, bytes);
            super.lastBytesRead(bytes);
        }

        @Override
        public boolean continueReading() {
            return turn < TURN && super.continueReading();
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
            return turn < TURN && ((ExtendedHandle) delegate()).continueReading(maybeMore);
        }
    }
}
