package dev.parley.core.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// A stretch of one segment that was read from disk; each record's checksum is compared when it is
/// asked for.
final class LogBlock implements Log.Block {
    private final long from;
    private final ByteBuffer bytes;
    private final CRC32C crc = new CRC32C();

    LogBlock(long from, ByteBuffer bytes) {
        this.from = from;
        this.bytes = bytes;
    }

    @Override
    public @Nullable ByteBuffer payload(long position) {
        if (position < from || position - from > bytes.limit() - Frame.RECORD_HEADER) {
            return null;
        }
        int at = (int) (position - from);
        int size = bytes.getInt(at);
        if (size < 0 || size > bytes.limit() - at - Frame.RECORD_HEADER) {
            return null;
        }
        if (Frame.recordChecksum(crc, bytes, at, size) != bytes.getInt(at + 4)) {
            return null;
        }
        return bytes.slice(at + Frame.RECORD_HEADER, size);
    }

    @Override
    public int bytes() {
        return bytes.capacity();
    }
}
