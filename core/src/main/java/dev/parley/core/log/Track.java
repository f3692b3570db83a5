package dev.parley.core.log;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What recovery finds of one shard: its frames behind its snapshot, in order, and whether any is
/// missing.
///
/// Frames of a shard are numbered without a gap and a snapshot knows the number of the last one
/// that it covers, so that every missing frame shows as soon as a later one comes. Where none comes
/// the shard stays suspect.
final class Track {
    /// Reads this much at once.
    private static final int WINDOW = 1 << 20;

    /// Reading over a gap of this size costs less than reading once more.
    private static final int GAP = 8 << 10;

    private final long from;
    private long turn;
    private long[] addresses = new long[16];
    private int[] lengths = new int[16];
    private int size;
    private int openFrom = -1;
    private long openEpoch;
    private boolean suspect;
    private long missing;
    private @Nullable String damage;

    /// @param from position of the snapshot: frames below are not needed
    /// @param turn number of the last frame below
    Track(long from, long turn) {
        this.from = from;
        this.turn = turn;
    }

    long from() {
        return from;
    }

    /// The number of the shard's last frame.
    long turn() {
        return turn;
    }

    /// The next frame. One without its turn's end at the end of an epoch belongs to a turn that the
    /// crash cut off: it goes, now and at every later start.
    void add(long address, int length, long number, long epoch, boolean goesOn) {
        if (address < from) {
            return;
        }
        expect(number);
        if (openFrom >= 0 && openEpoch != epoch) {
            endTurns();
        }
        if (openFrom < 0 && goesOn) {
            openFrom = size;
            openEpoch = epoch;
        }
        if (!goesOn) {
            openFrom = -1;
        }
        if (size == addresses.length) {
            addresses = Arrays.copyOf(addresses, size * 2);
            lengths = Arrays.copyOf(lengths, size * 2);
        }
        addresses[size] = address;
        lengths[size] = length;
        size++;
    }

    /// The next frame is there, but not its contents.
    void damaged(long address, long number, String what) {
        if (address >= from) {
            expect(number);
            corrupt(what);
        }
    }

    private void expect(long number) {
        if (number != turn + 1) {
            corrupt("frames " + (turn + 1) + " to " + (number - 1) + " are missing");
            missing += Math.max(0, number - turn - 1);
        }
        turn = number;
        suspect = false;
    }

    /// Frames below `end` are missing, of whichever shard.
    void suspect(long end) {
        suspect |= from < end;
    }

    /// Nothing follows that could end an open turn.
    void endTurns() {
        if (openFrom >= 0) {
            size = openFrom;
            openFrom = -1;
        }
    }

    /// How many frames are known to be missing.
    long missing() {
        return missing;
    }

    /// @param hole where the first hole is
    /// @param unexplained whether more frames are missing than the shards miss that know of it
    void blame(@Nullable String hole, boolean unexplained) {
        if (hole == null || (damage == null && !(suspect && unexplained))) {
            return;
        }
        damage = damage == null ? hole : hole + ": " + damage;
    }

    /// The shard cannot be opened.
    void corrupt(String what) {
        if (damage == null) {
            damage = what;
        }
    }

    /// Why the shard cannot be opened, or null.
    @Nullable String damage() {
        return damage;
    }

    /// Gives the records to the shard's owner, and forgets where they are.
    void replay(Disk disk, int segmentBytes, Log.Owner owner) {
        for (int i = 0; i < size; ) {
            int last = lastOfWindow(i, segmentBytes);
            ByteBuffer bytes = read(disk, segmentBytes, i, last);
            for (int first = i; i <= last; i++) {
                replay(bytes, (int) (addresses[i] - addresses[first]), addresses[i], owner);
            }
        }
        size = 0;
        addresses = new long[0];
        lengths = new int[0];
    }

    private int lastOfWindow(int first, int segmentBytes) {
        long segment = addresses[first] / segmentBytes;
        int last = first;
        while (last + 1 < size
                && addresses[last + 1] / segmentBytes == segment
                && addresses[last + 1] - end(last) <= GAP
                && end(last + 1) - addresses[first] <= WINDOW) {
            last++;
        }
        return last;
    }

    private long end(int index) {
        return addresses[index] + lengths[index];
    }

    private ByteBuffer read(Disk disk, int segmentBytes, int first, int last) {
        ByteBuffer bytes = ByteBuffer.allocate((int) (end(last) - addresses[first]));
        String name = Segment.name(addresses[first] / segmentBytes);
        Disk.File file = disk.open(name, false);
        try {
            file.read(bytes, addresses[first] % segmentBytes);
        } finally {
            file.close();
        }
        if (bytes.hasRemaining()) {
            throw new CorruptLogException(name + " became shorter while it was read");
        }
        return bytes.flip();
    }

    private static void replay(ByteBuffer bytes, int at, long address, Log.Owner owner) {
        int record = at + Frame.HEADER;
        for (int n = bytes.getInt(at + 48); n > 0; n--) {
            int size = bytes.getInt(record);
            int type = Byte.toUnsignedInt(bytes.get(record + 8));
            long position = address + record - at;
            owner.replay(type, position, bytes.slice(record + Frame.RECORD_HEADER, size));
            record += Frame.recordBytes(size);
        }
    }
}
