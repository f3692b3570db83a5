package dev.parley.core.log;

import dev.parley.core.log.Segment.Header;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Reads what an earlier run left: finds the valid frames of each shard behind its snapshot, the
/// end of the log, and damage.
///
/// A frame that is not valid is a torn tail if nothing shows that it had been durable: then the log
/// ends there and the next segment's header says so for ever. If a later frame or header of the log
/// says that everything up to beyond it had been durable, it is damage: the shards that miss a
/// frame are corrupt, and nothing is cut.
final class Recovery {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Disk disk;
    private final int segmentBytes;
    private final CRC32C crc = new CRC32C();
    private ByteBuffer buffer = NOTHING; // a segment's bytes, while run() works

    private final long[] from;
    private final FrameList[] frames;
    private final long[] turns;
    private final @Nullable String[] corrupt;
    private final boolean[] suspect;

    private long lastFrame = -1;
    private long durableSeen;
    private long end;
    private long lastSegment = -1;
    private boolean cut;
    private final List<Hole> holes = new ArrayList<>();
    private final List<String> dead = new ArrayList<>();

    private record Hole(String file, long address, long missing) {}

    /// The frames of one shard in order: address and length in turn.
    static final class FrameList {
        private long[] words = new long[64];
        private int size;

        void add(long address, int length) {
            if (size + 2 > words.length) {
                words = Arrays.copyOf(words, words.length * 2);
            }
            words[size++] = address;
            words[size++] = length;
        }

        int size() {
            return size / 2;
        }

        long address(int index) {
            return words[index * 2];
        }

        int length(int index) {
            return (int) words[index * 2 + 1];
        }
    }

    /// @param from for each shard, the position of its snapshot: frames below are not needed
    Recovery(Disk disk, LogConfig config, long[] from) {
        this.disk = disk;
        this.segmentBytes = config.segmentBytes();
        this.from = from;
        int shards = from.length;
        frames = new FrameList[shards];
        turns = new long[shards];
        corrupt = new String[shards];
        suspect = new boolean[shards];
        for (int i = 0; i < shards; i++) {
            frames[i] = new FrameList();
            turns[i] = -1;
        }
    }

    /// Looks through the segments. A segment's worth of memory is used meanwhile, and given back.
    void run() {
        try (Arena arena = Arena.ofConfined()) {
            if (disk.list().stream().anyMatch(Segment::isSegment)) {
                buffer = arena.allocate(segmentBytes).asByteBuffer();
                look();
            }
        } finally {
            buffer = NOTHING;
        }
    }

    private void look() {
        List<Long> sequences = new ArrayList<>();
        for (String name : disk.list()) {
            if (Segment.isSegment(name)) {
                sequences.add(Segment.sequence(name));
            }
        }
        long start = Arrays.stream(from).min().orElse(0);
        List<Header> headers = readHeaders(sequences);
        for (Header header : headers) {
            durableSeen = Math.max(durableSeen, header.durable());
        }
        for (int i = 0; i < headers.size() && !cut; i++) {
            if ((headers.get(i).sequence() + 1) * segmentBytes > start) {
                scan(headers, i);
            }
        }
        blame();
    }

    private List<Header> readHeaders(List<Long> sequences) {
        List<Header> headers = new ArrayList<>();
        for (long sequence : sequences) {
            String name = Segment.name(sequence);
            Disk.File file = disk.open(name, false);
            try {
                ByteBuffer in = ByteBuffer.allocate(Segment.HEADER);
                file.read(in, 0);
                Header header = Segment.decode(in.flip());
                if (header != null && header.sequence() == sequence) {
                    headers.add(header);
                } else if (sequence != sequences.getLast() || holdsFrames(name, sequence)) {
                    throw new CorruptLogException(name + " has a damaged header");
                } else {
                    dead.add(name);
                }
                lastSegment = Math.max(lastSegment, sequence);
            } finally {
                file.close();
            }
        }
        return headers;
    }

    /// Whether a file without a header has anything of the log in it.
    private boolean holdsFrames(String name, long sequence) {
        int limit = load(name);
        for (int at = Segment.HEADER; at <= limit - Frame.HEADER; at += 8) {
            if (Frame.verify(crc, buffer, at, limit, sequence) == Frame.Verdict.VALID) {
                return true;
            }
        }
        return false;
    }

    private void scan(List<Header> headers, int index) {
        Header header = headers.get(index);
        Header next = index + 1 < headers.size() ? headers.get(index + 1) : null;
        String name = Segment.name(header.sequence());
        int limit = load(name);
        long base = header.sequence() * segmentBytes;
        int stop = limit;
        if (next != null && next.previous() != header.sequence()) {
            throw new CorruptLogException(
                    Segment.name(next.previous())
                            + " is missing in front of "
                            + Segment.name(next.sequence()));
        }
        if (next != null) {
            stop = (int) Math.min(limit, next.previousEnd() - base);
        }
        if (lastFrame >= 0 && header.firstFrame() > lastFrame + 1) {
            damaged(name, base, header.firstFrame() - lastFrame - 1);
        }
        lastFrame = Math.max(lastFrame, header.firstFrame() - 1);
        int at = Segment.HEADER;
        end = base + at;
        while (at < stop) {
            if (isNext(at, stop, header)) {
                take(base, at);
                at += buffer.getInt(at + 4);
                end = base + at;
                continue;
            }
            int found = findFrame(at + 8, stop, header);
            long durable = found < 0 ? durableSeen : durableIn(found, stop, header);
            if (durable <= base + at && next != null) {
                durable = durableBehind(headers, index);
                load(name);
            }
            if (durable <= base + at) {
                cutBehind(headers, index);
                return;
            }
            if (found < 0) {
                if (next != null) {
                    damaged(name, base + at, Math.max(1, next.firstFrame() - lastFrame - 1));
                    lastFrame = next.firstFrame() - 1;
                } else {
                    damaged(name, base + at, 1);
                }
                return;
            }
            damaged(name, base + at, buffer.getLong(found + 24) - lastFrame - 1);
            lastFrame = buffer.getLong(found + 24) - 1;
            at = found;
        }
    }

    /// The log ends here; segments behind hold nothing that was promised.
    private void cutBehind(List<Header> headers, int index) {
        cut = true;
        for (Header later : headers.subList(index + 1, headers.size())) {
            dead.add(Segment.name(later.sequence()));
        }
    }

    /// The highest durable address that the frames of later segments tell of.
    private long durableBehind(List<Header> headers, int index) {
        long highest = durableSeen;
        for (Header later : headers.subList(index + 1, headers.size())) {
            int limit = load(Segment.name(later.sequence()));
            int found = findFrame(Segment.HEADER, limit, later);
            if (found >= 0) {
                highest = Math.max(highest, durableIn(found, limit, later));
            }
        }
        return highest;
    }

    private void damaged(String name, long address, long missing) {
        holes.add(new Hole(name, address, missing));
        suspectAll();
    }

    private void suspectAll() {
        Arrays.fill(suspect, true);
    }

    private int load(String name) {
        buffer.clear();
        Disk.File file = disk.open(name, false);
        try {
            return file.read(buffer, 0);
        } finally {
            file.close();
        }
    }

    private boolean isNext(int at, int stop, Header header) {
        return Frame.verify(crc, buffer, at, stop, header.sequence()) == Frame.Verdict.VALID
                && buffer.getLong(at + 16) == header.epoch()
                && buffer.getLong(at + 24) == lastFrame + 1
                && Frame.payloadsMatch(crc, buffer, at);
    }

    /// The next valid frame in this segment that continues the log behind a hole, or -1.
    private int findFrame(int from, int stop, Header header) {
        for (int at = from; at <= stop - Frame.HEADER; at += 8) {
            if (buffer.getInt(at) == Frame.MAGIC
                    && Frame.verify(crc, buffer, at, stop, header.sequence()) == Frame.Verdict.VALID
                    && buffer.getLong(at + 16) == header.epoch()
                    && buffer.getLong(at + 24) > lastFrame
                    && Frame.payloadsMatch(crc, buffer, at)) {
                return at;
            }
        }
        return -1;
    }

    /// The highest durable address that any frame from `found` on tells of.
    private long durableIn(int found, int stop, Header header) {
        long highest = durableSeen;
        for (int at = found; at >= 0; ) {
            highest = Math.max(highest, buffer.getLong(at + 40));
            at = findFrame(at + buffer.getInt(at + 4), stop, header);
        }
        return highest;
    }

    private void take(long base, int at) {
        lastFrame++;
        durableSeen = Math.max(durableSeen, buffer.getLong(at + 40));
        int shard = Short.toUnsignedInt(buffer.getShort(at + 12));
        if (shard >= frames.length) {
            throw new CorruptLogException("a frame names shard " + shard + " of " + frames.length);
        }
        long turn = buffer.getLong(at + 32);
        if (turns[shard] >= 0 && turn != turns[shard] + 1) {
            corrupt[shard] = "frames " + (turns[shard] + 1) + " to " + (turn - 1) + " are missing";
        }
        if (turns[shard] >= 0) {
            suspect[shard] = false;
        }
        turns[shard] = turn;
        if (base + at >= from[shard]) {
            frames[shard].add(base + at, buffer.getInt(at + 4));
        }
    }

    /// Says which shards a hole has hit: those that miss a turn; and where the frames missing are
    /// more than these explain, every shard that showed no later turn.
    private void blame() {
        if (holes.isEmpty()) {
            return;
        }
        Hole hole = holes.getFirst();
        String where = hole.file() + " is damaged at " + hole.address() % segmentBytes;
        for (int i = 0; i < corrupt.length; i++) {
            if (corrupt[i] != null || suspect[i]) {
                corrupt[i] = where + (corrupt[i] == null ? "" : ": " + corrupt[i]);
            }
        }
    }

    /// Gives the records of a shard, from its snapshot on, to its owner.
    void replay(int shard, Log.Owner owner) {
        String damage = corrupt[shard];
        if (damage != null) {
            throw new CorruptLogException("shard " + shard + ": " + damage);
        }
        FrameList list = frames[shard];
        int complete = list.size();
        Window window = new Window();
        while (complete > 0 && continues(window, list.address(complete - 1))) {
            complete--;
        }
        for (int i = 0; i < complete; i++) {
            ByteBuffer frame = window.at(list.address(i), list.length(i));
            int start = frame.position();
            int records = frame.getInt(start + 48);
            int record = start + Frame.HEADER;
            for (int n = 0; n < records; n++) {
                int size = frame.getInt(record);
                int type = Byte.toUnsignedInt(frame.get(record + 8));
                long position = list.address(i) + record - start;
                owner.replay(type, position, frame.slice(record + Frame.RECORD_HEADER, size));
                record += Frame.recordBytes(size);
            }
        }
        window.close();
        frames[shard] = new FrameList();
    }

    private static boolean continues(Window window, long address) {
        ByteBuffer header = window.at(address, Frame.HEADER);
        return (header.get(header.position() + 14) & Frame.CONTINUED) != 0;
    }

    /// A moving view of the log for one pass over it.
    private final class Window {
        private static final int BYTES = 4 << 20;
        private ByteBuffer bytes = ByteBuffer.allocate(0);
        private long start;
        private Disk.@Nullable File file;
        private long opened = -1;

        ByteBuffer at(long address, int length) {
            if (address < start || address + length > start + bytes.limit()) {
                long segment = address / segmentBytes;
                if (segment != opened) {
                    close();
                    file = disk.open(Segment.name(segment), false);
                    opened = segment;
                }
                int offset = (int) (address % segmentBytes);
                int size = Math.min(Math.max(length, BYTES), segmentBytes - offset);
                if (bytes.capacity() < size) {
                    bytes = ByteBuffer.allocate(size);
                }
                bytes.clear().limit(size);
                if (file != null) {
                    file.read(bytes, offset);
                }
                bytes.flip();
                start = address;
            }
            int at = (int) (address - start);
            return bytes.duplicate().position(at);
        }

        void close() {
            if (file != null) {
                file.close();
                file = null;
            }
        }
    }

    /// The last valid frame's number.
    long lastFrame() {
        return Math.max(0, lastFrame);
    }

    /// The address at which the valid log ends.
    long end() {
        return end;
    }

    /// The highest segment there is, -1 if none.
    long lastSegment() {
        return lastSegment;
    }

    /// The number of a shard's last frame.
    long turn(int shard) {
        return Math.max(0, turns[shard]);
    }

    /// Files with nothing in them that was promised.
    List<String> dead() {
        return dead;
    }
}
