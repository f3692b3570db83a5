package dev.parley.core.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What a data directory is: who made it, into how many shards it is divided, how often it was
/// opened.
///
/// Rewritten at every start with the next epoch, before anything is served.
record Identity(long directory, int shards, int segmentBytes, long epoch, long segment) {
    private static final String NAME = "parley.log";
    private static final long MAGIC = 0x5041524C45594944L;
    private static final byte[] PURPOSE =
            "Parley data directory, format 1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int SIZE = 128;

    static @Nullable Identity read(Disk disk) {
        if (!disk.exists(NAME)) {
            return null;
        }
        Disk.File file = disk.open(NAME, false);
        try {
            ByteBuffer in = ByteBuffer.allocate(SIZE);
            file.read(in, 0);
            in.flip();
            if (in.remaining() < SIZE
                    || in.getLong(0) != MAGIC
                    || in.getInt(SIZE - 4) != LogKeeper.crc(in.slice(0, SIZE - 4))) {
                throw new CorruptLogException(
                        NAME + " is damaged: nothing is served and nothing deleted");
            }
            if (in.getInt(8) != 1) {
                throw new CorruptLogException(NAME + " has format " + in.getInt(8) + ", not 1");
            }
            Identity found =
                    new Identity(
                            in.getLong(16),
                            in.getInt(24),
                            in.getInt(28),
                            in.getLong(32),
                            in.getLong(40));
            if (!LogConfig.allows(found.shards, found.segmentBytes)
                    || found.epoch < 0
                    || found.segment < 0
                    || found.segment > Long.MAX_VALUE / 4 / found.segmentBytes) {
                throw new CorruptLogException(NAME + " makes no sense: " + found);
            }
            return found;
        } finally {
            file.close();
        }
    }

    void write(Disk disk) {
        ByteBuffer out = ByteBuffer.allocate(SIZE);
        out.putLong(0, MAGIC)
                .putInt(8, 1)
                .putLong(16, directory)
                .putInt(24, shards)
                .putInt(28, segmentBytes)
                .putLong(32, epoch)
                .putLong(40, segment)
                .put(64, PURPOSE)
                .putInt(SIZE - 4, LogKeeper.crc(out.slice(0, SIZE - 4)));
        String fresh = NAME + ".new";
        Disk.File file = disk.open(fresh, true);
        try {
            file.truncate(0);
            file.write(out, 0);
            file.sync();
        } finally {
            file.close();
        }
        disk.rename(fresh, NAME);
        disk.syncDirectory();
    }
}
