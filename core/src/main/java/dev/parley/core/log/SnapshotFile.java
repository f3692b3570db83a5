package dev.parley.core.log;

import dev.parley.core.log.Log.LiveSegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// A shard's state at one position, in a file of its own.
///
/// Written under another name, synced, read back and compared, renamed; only then do older
/// snapshots go.
///
/// @param turn the number of the shard's last frame below `position`
record SnapshotFile(int shard, long position, long turn, ByteBuffer state, List<LiveSegment> live) {
    private static final long MAGIC = 0x5041524C4559534EL;
    private static final byte[] PURPOSE =
            "Parley snapshot of one shard, format 1\n\0".getBytes(StandardCharsets.US_ASCII);
    private static final int LIST = 84;
    private static final int FIXED = LIST + 4;

    /// Bytes written or read at once.
    private static final int PIECE = 256 << 10;

    private static final Pattern NAME = Pattern.compile("snapshot-[0-9]{4}-[0-7][0-9a-f]{15}");

    static boolean isSnapshot(String name) {
        return NAME.matcher(name).matches();
    }

    static int shard(String name) {
        return Integer.parseInt(name.substring(9, 13));
    }

    static long position(String name) {
        return Long.parseLong(name.substring(14), 16);
    }

    static String name(int shard, long position) {
        return "snapshot-%04d-%016x".formatted(shard, position);
    }

    /// Makes it durable and removes older ones of the same shard.
    void write(Disk disk) {
        String name = name(shard, position);
        String fresh = name + ".new";
        try {
            write(disk, fresh);
            disk.rename(fresh, name);
        } catch (DiskException e) {
            remove(disk, fresh);
            throw e;
        }
        disk.syncDirectory();
        for (String other : disk.list()) {
            if (isSnapshot(other) && shard(other) == shard && position(other) < position) {
                disk.delete(other);
            }
        }
    }

    private void write(Disk disk, String fresh) {
        int sum;
        Disk.File file = disk.open(fresh, true);
        try {
            file.truncate(0);
            sum = writeTo(file);
            file.sync();
        } finally {
            file.close();
        }
        if (checksum(disk, fresh, sum) != sum) {
            throw new DiskException(
                    DiskException.Kind.FAILED, fresh + " does not read back as it was written");
        }
    }

    /// Where the disk fails a second time there is nothing more to be done about it.
    private static void remove(Disk disk, String fresh) {
        try {
            disk.delete(fresh);
        } catch (DiskException e) {
            return; // removed at the next start
        }
    }

    private int writeTo(Disk.File file) {
        ByteBuffer head = ByteBuffer.allocate(LIST + live.size() * 16);
        head.putLong(MAGIC).put(PURPOSE).putInt(1).putInt(shard).putLong(position).putLong(turn);
        head.putLong(state.remaining()).putInt(live.size());
        for (LiveSegment one : live) {
            head.putLong(one.segment()).putLong(one.bytes());
        }
        CRC32C crc = new CRC32C();
        long at = write(file, crc, head.flip(), 0);
        at = write(file, crc, state.duplicate(), at);
        int sum = (int) crc.getValue();
        file.write(ByteBuffer.allocate(4).putInt(sum).flip(), at);
        return sum;
    }

    private static long write(Disk.File file, CRC32C crc, ByteBuffer bytes, long at) {
        long to = at;
        while (bytes.hasRemaining()) {
            ByteBuffer piece = bytes.slice(bytes.position(), Math.min(PIECE, bytes.remaining()));
            crc.update(piece.duplicate());
            file.write(piece.duplicate(), to);
            to += piece.limit();
            bytes.position(bytes.position() + piece.limit());
        }
        return to;
    }

    /// The checksum of a file's contents if it ends with `expected`, else another number.
    private static int checksum(Disk disk, String name, int expected) {
        Disk.File file = disk.open(name, false);
        try {
            CRC32C crc = new CRC32C();
            long left = file.size() - 4;
            ByteBuffer piece = ByteBuffer.allocate(Math.clamp(left, 0, PIECE));
            for (long at = 0; left > 0; ) {
                int read = file.read(piece.clear().limit((int) Math.min(PIECE, left)), at);
                if (read <= 0) {
                    return ~expected;
                }
                crc.update(piece.flip());
                at += read;
                left -= read;
            }
            ByteBuffer end = ByteBuffer.allocate(4);
            file.read(end, file.size() - 4);
            return end.getInt(0) == expected ? (int) crc.getValue() : ~expected;
        } finally {
            file.close();
        }
    }

    /// The snapshot in a file, or null if it is not whole.
    static @Nullable SnapshotFile read(Disk disk, String name) {
        Disk.File file = disk.open(name, false);
        try {
            long size = file.size();
            if (size < FIXED || size > Integer.MAX_VALUE - 8) {
                return null;
            }
            ByteBuffer in = ByteBuffer.allocate((int) size);
            file.read(in, 0);
            return decode(in.flip());
        } finally {
            file.close();
        }
    }

    /// Trusts no length, although the checksum was right.
    private static @Nullable SnapshotFile decode(ByteBuffer in) {
        int end = in.limit() - 4;
        if (end < LIST
                || in.getInt(end) != LogKeeper.crc(in.slice(0, end))
                || in.getLong(0) != MAGIC
                || in.getInt(48) != 1) {
            return null;
        }
        long bytes = in.getLong(72);
        int count = in.getInt(80);
        if (count < 0 || bytes < 0 || LIST + count * 16L + bytes != end) {
            return null;
        }
        List<LiveSegment> live = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            live.add(new LiveSegment(in.getLong(LIST + i * 16), in.getLong(LIST + i * 16 + 8)));
        }
        return new SnapshotFile(
                in.getInt(52),
                in.getLong(56),
                in.getLong(64),
                in.slice(LIST + count * 16, (int) bytes),
                live);
    }
}
