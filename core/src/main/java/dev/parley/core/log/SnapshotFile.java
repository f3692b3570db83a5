package dev.parley.core.log;

import dev.parley.core.log.Log.LiveSegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A shard's state at one position, in a file of its own.
///
/// Written under another name, synced, read back and compared, renamed; only then do older
/// snapshots go.
record SnapshotFile(int shard, long position, ByteBuffer state, List<LiveSegment> live) {
    private static final long MAGIC = 0x5041524C4559534EL;
    private static final byte[] PURPOSE =
            "Parley snapshot of one shard, format 1\n\0".getBytes(StandardCharsets.US_ASCII);
    private static final int FIXED = 8 + 40 + 4 + 4 + 8 + 8 + 4 + 4;

    static boolean isSnapshot(String name) {
        return name.startsWith("snapshot-") && !name.endsWith(".new");
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

    static void write(
            Disk disk, int shard, long position, ByteBuffer state, List<LiveSegment> live) {
        int size = FIXED + live.size() * 16 + state.remaining();
        ByteBuffer out = ByteBuffer.allocate(size);
        out.putLong(MAGIC).put(PURPOSE).putInt(1).putInt(shard).putLong(position);
        out.putLong(state.remaining()).putInt(live.size());
        for (LiveSegment one : live) {
            out.putLong(one.segment()).putLong(one.bytes());
        }
        out.put(state.duplicate());
        out.putInt(LogKeeper.crc(out.slice(0, size - 4)));
        String name = name(shard, position);
        String fresh = name + ".new";
        Disk.File file = disk.open(fresh, true);
        try {
            file.truncate(0);
            file.write(out.flip(), 0);
            file.sync();
        } finally {
            file.close();
        }
        if (read(disk, fresh) == null) {
            throw new DiskException(
                    DiskException.Kind.FAILED, fresh + " does not read back as it was written");
        }
        disk.rename(fresh, name);
        disk.syncDirectory();
        for (String other : disk.list()) {
            if (isSnapshot(other) && shard(other) == shard && position(other) < position) {
                disk.delete(other);
            }
        }
    }

    /// The snapshot in a file, or null if it is not whole.
    static @Nullable SnapshotFile read(Disk disk, String name) {
        Disk.File file = disk.open(name, false);
        try {
            long size = file.size();
            if (size < FIXED || size > Integer.MAX_VALUE) {
                return null;
            }
            ByteBuffer in = ByteBuffer.allocate((int) size);
            file.read(in, 0);
            in.flip();
            if (in.remaining() < FIXED
                    || in.getInt(in.limit() - 4) != LogKeeper.crc(in.slice(0, in.limit() - 4))
                    || in.getLong(0) != MAGIC
                    || in.getInt(48) != 1) {
                return null;
            }
            int shard = in.getInt(52);
            long position = in.getLong(56);
            long bytes = in.getLong(64);
            List<LiveSegment> live = new ArrayList<>();
            in.position(76);
            for (int n = in.getInt(72); n > 0; n--) {
                live.add(new LiveSegment(in.getLong(), in.getLong()));
            }
            return new SnapshotFile(shard, position, in.slice(in.position(), (int) bytes), live);
        } finally {
            file.close();
        }
    }
}
