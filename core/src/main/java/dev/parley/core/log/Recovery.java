package dev.parley.core.log;

import dev.parley.core.log.Segment.Header;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Reads what an earlier run left: finds the valid frames of each shard behind its snapshot, the
/// end of the log, and damage.
///
/// A frame that is not valid is a torn tail if nothing shows that it had been durable: then the log
/// ends there and the next segment's header says so for ever. If a later frame, a later header or a
/// snapshot says that everything up to beyond it had been durable, it is damage, a hole: nothing is
/// cut, and the shards that miss a frame are corrupt ([Track]).
final class Recovery {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /// Stands for the segment before where a damaged header does not tell it.
    private static final long UNTOLD = -2;

    /// How many frames are missing where only the number of bytes is known.
    private static final long UNKNOWN = Long.MAX_VALUE / 4;

    private final Disk disk;
    private final long directory;
    private final int segmentBytes;
    private final Track[] tracks;
    private final CRC32C crc = new CRC32C();
    private ByteBuffer buffer = NOTHING; // a segment's bytes, while run() works

    private final List<Header> headers = new ArrayList<>();
    private final List<String> dead = new ArrayList<>();
    private long lastFrame;
    private long durableSeen;
    private long end;
    private long lastSegment = -1;
    private boolean cut;

    private long missing;
    private @Nullable String firstHole;

    /// @param tracks for each shard where its replay begins; they take what is found
    Recovery(Disk disk, long directory, int segmentBytes, Track[] tracks) {
        this.disk = disk;
        this.directory = directory;
        this.segmentBytes = segmentBytes;
        this.tracks = tracks;
    }

    /// Looks through the segments. As much memory as the largest takes is used meanwhile, and given
    /// back.
    ///
    /// @throws CorruptLogException if the directory as a whole cannot be trusted
    void run() {
        List<Long> sequences = new ArrayList<>();
        for (String name : disk.list()) {
            if (Segment.isSegment(name)) {
                sequences.add(Segment.sequence(name));
            }
        }
        if (!sequences.isEmpty()) {
            lastSegment = sequences.getLast();
        }
        long start = Long.MAX_VALUE;
        for (Track track : tracks) {
            start = Math.min(start, track.from());
            durableSeen = Math.max(durableSeen, track.from());
        }
        // What lies wholly below is never read again but record by record.
        long needed = start;
        sequences.removeIf(sequence -> (sequence + 1) * segmentBytes <= needed);
        try (Arena arena = Arena.ofConfined()) {
            if (!sequences.isEmpty()) {
                buffer = arena.allocate(largest(sequences)).asByteBuffer();
            }
            look(sequences, start);
        } finally {
            buffer = NOTHING;
        }
    }

    /// How much is to be read at a time: what the files hold, whatever the directory says of them.
    int largest(List<Long> sequences) {
        long most = 0;
        for (long sequence : sequences) {
            Disk.File file = disk.open(Segment.name(sequence), false);
            try {
                most = Math.max(most, file.size());
            } finally {
                file.close();
            }
        }
        return (int) Math.min(most, segmentBytes);
    }

    private void look(List<Long> sequences, long start) {
        readHeaders(sequences);
        end = start;
        for (int i = 0; i < headers.size() && !cut; i++) {
            enter(i, start);
            scan(i);
        }
        if (end < durableSeen) {
            hole(end, durableSeen, UNKNOWN);
            end = durableSeen;
        }
        blame();
        makeDurable(headers);
    }

    /// What was read back but is not known to be durable may stand in the machine's memory only:
    /// the process died before it was synced, or the sync failed. Written and synced once more,
    /// before anything rests on it.
    private void makeDurable(List<Header> headers) {
        for (Header header : headers) {
            long base = header.sequence() * segmentBytes;
            long from = Math.max(durableSeen, base);
            long to = Math.min(end, base + segmentBytes);
            if (from >= to) {
                continue;
            }
            String name = Segment.name(header.sequence());
            int limit = load(name, segmentBytes);
            Disk.File file = disk.open(name, false);
            try {
                int at = (int) (from - base);
                int length = Math.min(limit, (int) (to - base)) - at;
                if (length > 0) {
                    file.write(buffer.slice(at, length), at);
                    file.sync();
                }
            } finally {
                file.close();
            }
        }
    }

    private void readHeaders(List<Long> sequences) {
        for (long sequence : sequences) {
            String name = Segment.name(sequence);
            ByteBuffer in = ByteBuffer.allocate(Segment.HEADER);
            Disk.File file = disk.open(name, false);
            try {
                file.read(in, 0);
            } finally {
                file.close();
            }
            Header header = Segment.decode(in.flip());
            if (header == null || header.sequence() != sequence) {
                header = fromFirstFrame(name, sequence);
            } else if (header.directory() != directory || header.segmentBytes() != segmentBytes) {
                throw new CorruptLogException(name + " belongs to another data directory");
            }
            if (header != null) {
                headers.add(header);
                durableSeen = Math.max(durableSeen, header.durable());
            } else if (sequence != sequences.getLast() || holdsFrames(name, sequence)) {
                throw new CorruptLogException(
                        name + " has a damaged header: nothing is served and nothing deleted");
            } else {
                dead.add(name);
            }
        }
    }

    /// What a damaged header said, as far as the frame behind it tells; null if that one is damaged
    /// too. Of the log before it only the number of the last frame is known then, which is enough
    /// to see whether any is missing.
    private @Nullable Header fromFirstFrame(String name, long sequence) {
        int at = Segment.HEADER;
        if (!Frame.valid(crc, directory, buffer, at, load(name, segmentBytes), sequence)) {
            return null;
        }
        return new Header(
                directory,
                sequence,
                segmentBytes,
                buffer.getLong(at + 16),
                buffer.getLong(at + 24),
                UNTOLD,
                0,
                buffer.getLong(at + 40));
    }

    /// Whether a file without a header has anything of the log in it.
    private boolean holdsFrames(String name, long sequence) {
        int limit = load(name, segmentBytes);
        for (int at = Segment.HEADER; at <= limit - Frame.HEADER; at += 8) {
            if (Frame.valid(crc, directory, buffer, at, limit, sequence)) {
                return true;
            }
        }
        return false;
    }

    /// Compares what a segment's header says of the log before it with what there is.
    private void enter(int index, long start) {
        Header header = headers.get(index);
        long before = header.previous() == UNTOLD ? base(header) : header.previousEnd();
        if (index == 0) {
            if (before > start) {
                hole(start, before, UNKNOWN);
            }
            lastFrame = header.firstFrame() - 1;
        } else if (header.firstFrame() > lastFrame + 1 || end < header.previousEnd()) {
            hole(end, before, Math.max(1, header.firstFrame() - lastFrame - 1));
            lastFrame = Math.max(lastFrame, header.firstFrame() - 1);
        }
        end = base(header) + Segment.HEADER;
    }

    private long base(Header header) {
        return header.sequence() * segmentBytes;
    }

    private void scan(int index) {
        Header header = headers.get(index);
        long base = base(header);
        Header next = index + 1 < headers.size() ? headers.get(index + 1) : null;
        boolean follows = next != null && next.previous() == header.sequence();
        int stop = segmentBytes;
        if (next != null && follows) {
            stop = Math.clamp(next.previousEnd() - base, 0, segmentBytes);
        }
        // Where the next one does not tell where this one ends, its first frame tells.
        long below = next != null && next.previous() == UNTOLD ? next.firstFrame() : Long.MAX_VALUE;
        String name = Segment.name(header.sequence());
        stop = Math.min(stop, load(name, stop));
        long proven = -1;
        int at = Segment.HEADER;
        while (at < stop && lastFrame + 1 < below) {
            boolean frame = isNext(at, stop, header);
            if (frame && Frame.payloadsMatch(crc, buffer, at)) {
                take(base + at, at);
            } else {
                if (proven < 0) {
                    proven = provenBehind(index, at, stop);
                    load(name, stop);
                }
                if (proven <= base + at) {
                    cutBehind(index);
                    return;
                }
                int found = frame ? at : findFrame(at, stop, header);
                if (found < 0 || buffer.getLong(found + 24) >= below) {
                    return; // what follows, if anything, shows how much is missing
                }
                if (frame) {
                    takeDamaged(base + at, at);
                } else {
                    long number = buffer.getLong(found + 24);
                    hole(base + at, base + found, number - lastFrame - 1);
                    lastFrame = number - 1;
                    at = found;
                    continue;
                }
            }
            at += buffer.getInt(at + 4);
            end = base + at;
        }
    }

    /// The log ends here; segments behind hold nothing that was promised.
    private void cutBehind(int index) {
        cut = true;
        for (Header later : headers.subList(index + 1, headers.size())) {
            dead.add(Segment.name(later.sequence()));
        }
    }

    /// The highest durable address that anything behind `at` tells of. Reads other segments into
    /// the buffer.
    private long provenBehind(int index, int at, int stop) {
        long highest = highestDurable(at, stop, headers.get(index));
        for (Header later : headers.subList(index + 1, headers.size())) {
            int limit = load(Segment.name(later.sequence()), segmentBytes);
            highest = Math.max(highest, highestDurable(Segment.HEADER, limit, later));
        }
        return highest;
    }

    private long highestDurable(int from, int stop, Header header) {
        long highest = durableSeen;
        int at = findFrame(from, stop, header);
        while (at >= 0) {
            highest = Math.max(highest, buffer.getLong(at + 40));
            at = findFrame(at + buffer.getInt(at + 4), stop, header);
        }
        return highest;
    }

    private int load(String name, int bytes) {
        buffer.clear().limit(Math.min(bytes, buffer.capacity()));
        Disk.File file = disk.open(name, false);
        try {
            return file.read(buffer, 0);
        } finally {
            file.close();
        }
    }

    private boolean isNext(int at, int stop, Header header) {
        return Frame.valid(crc, directory, buffer, at, stop, header.sequence())
                && buffer.getLong(at + 16) == header.epoch()
                && buffer.getLong(at + 24) == lastFrame + 1;
    }

    /// The next whole frame of the log in this segment, or -1.
    private int findFrame(int from, int stop, Header header) {
        for (int at = from; at <= stop - Frame.HEADER; at += 8) {
            if (buffer.getInt(at) == Frame.MAGIC
                    && Frame.valid(crc, directory, buffer, at, stop, header.sequence())
                    && buffer.getLong(at + 16) == header.epoch()
                    && buffer.getLong(at + 24) > lastFrame
                    && Frame.payloadsMatch(crc, buffer, at)) {
                return at;
            }
        }
        return -1;
    }

    private void take(long address, int at) {
        lastFrame++;
        durableSeen = Math.max(durableSeen, buffer.getLong(at + 40));
        boolean goesOn = (buffer.get(at + 14) & Frame.CONTINUED) != 0;
        track(at)
                .add(
                        address,
                        buffer.getInt(at + 4),
                        buffer.getLong(at + 32),
                        buffer.getLong(at + 16),
                        goesOn);
    }

    /// A frame whose header is whole says itself whom its damage concerns.
    private void takeDamaged(long address, int at) {
        lastFrame++;
        track(at).damaged(address, buffer.getLong(at + 32), place(address) + " is damaged");
    }

    private Track track(int at) {
        int shard = Short.toUnsignedInt(buffer.getShort(at + 12));
        if (shard >= tracks.length) {
            throw new CorruptLogException(
                    "frame %d names shard %d of %d"
                            .formatted(buffer.getLong(at + 24), shard, tracks.length));
        }
        return tracks[shard];
    }

    private String place(long address) {
        return Segment.name(address / segmentBytes) + " at " + address % segmentBytes;
    }

    private void hole(long from, long to, long frames) {
        missing = Math.min(UNKNOWN, missing + frames);
        if (firstHole == null) {
            firstHole = place(from) + " is damaged or missing";
        }
        for (Track track : tracks) {
            track.suspect(to);
        }
    }

    /// Says which shards the holes have hit: those that miss a frame; and, unless that explains all
    /// that is missing, those of which nothing came later.
    private void blame() {
        long explained = 0;
        for (Track track : tracks) {
            track.endTurns();
            explained += track.missing();
        }
        for (Track track : tracks) {
            track.blame(firstHole, explained < missing);
        }
    }

    /// The last valid frame's number.
    long lastFrame() {
        return lastFrame;
    }

    /// The address at which the valid log ends.
    long end() {
        return end;
    }

    /// The highest segment there is, -1 if none.
    long lastSegment() {
        return lastSegment;
    }

    /// Files with nothing in them that was promised, ascending.
    List<String> dead() {
        return dead;
    }
}
