package dev.parley.core.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// A file that holds one stretch of the log's address space.
///
/// The first [#HEADER] bytes say what it is and where the log before it ends, so that a missing
/// file or a lost tail is found. Addresses: sequence * segmentBytes + offset in the file.
final class Segment {
    static final int HEADER = 4096;
    private static final long MAGIC = 0x5041524C45594C47L;
    private static final byte[] PURPOSE =
            "Parley write-ahead log segment, format 1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int FIXED = 72;
    private static final Pattern NAME = Pattern.compile("log-[0-7][0-9a-f]{15}");

    private Segment() {}

    /// @param sequence the segment's number, never used again
    /// @param epoch the start of the node that wrote it
    /// @param firstFrame number of the frame that comes first in it
    /// @param previous sequence of the segment before, or -1
    /// @param previousEnd address at which the log in that segment ends
    /// @param durable address below which everything was durable when this was written
    record Header(
            long directory,
            long sequence,
            int segmentBytes,
            long epoch,
            long firstFrame,
            long previous,
            long previousEnd,
            long durable) {}

    static String name(long sequence) {
        return "log-%016x".formatted(sequence);
    }

    static boolean isSegment(String name) {
        return NAME.matcher(name).matches();
    }

    static long sequence(String name) {
        return Long.parseLong(name.substring(4), 16);
    }

    static ByteBuffer encode(Header header) {
        ByteBuffer out = ByteBuffer.allocateDirect(HEADER);
        out.putLong(MAGIC)
                .putLong(header.directory())
                .putLong(header.sequence())
                .putInt(header.segmentBytes())
                .putInt(1)
                .putLong(header.epoch())
                .putLong(header.firstFrame())
                .putLong(header.previous())
                .putLong(header.previousEnd())
                .putLong(header.durable());
        out.position(FIXED + 8).put(PURPOSE);
        out.putInt(HEADER - 4, checksum(out));
        return out.clear();
    }

    /// The header, or null if these bytes are none.
    static @Nullable Header decode(ByteBuffer in) {
        if (in.remaining() < HEADER || in.getLong(0) != MAGIC) {
            return null;
        }
        if (in.getInt(HEADER - 4) != checksum(in) || in.getInt(28) != 1) {
            return null;
        }
        return new Header(
                in.getLong(8),
                in.getLong(16),
                in.getInt(24),
                in.getLong(32),
                in.getLong(40),
                in.getLong(48),
                in.getLong(56),
                in.getLong(64));
    }

    private static int checksum(ByteBuffer in) {
        CRC32C crc = new CRC32C();
        crc.update(in.slice(0, HEADER - 4));
        return (int) crc.getValue();
    }
}
