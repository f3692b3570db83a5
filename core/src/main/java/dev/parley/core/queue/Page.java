package dev.parley.core.queue;

import dev.parley.api.Awaited;
import dev.parley.core.log.VolatileStore;
import dev.parley.core.shard.SnapshotWriter;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A run of [#ENTRIES] consecutive entries of a level: where each message lies and how it stands.
///
/// | state | means | may become |
/// | --- | --- | --- |
/// | GONE | never was, or settled | – |
/// | READY | waits for a consumer | TAKEN, LEAVING, DYING, DAMAGED |
/// | TAKEN | a consumer has it | READY, RESTING, LEAVING, DYING |
/// | RESTING | has come back and is tried again later | READY |
/// | HELD | waits for others of its group | READY, TAKEN |
/// | LEAVING | settled; its record goes with this turn | GONE |
/// | DYING | on its way to the dead letters | GONE |
/// | DAMAGED | cannot be read back; kept, reported, never delivered | – |
///
/// A page is **cold** when its arrays live in a record of the log only: it keeps that record's
/// position, which of its entries have gone since, and what else changed. Cold or not is a matter
/// of memory, not of state: [#load] brings back exactly what was there.
final class Page {
    static final int ENTRIES = 512;
    static final int BITS = 9;

    static final int GONE = 0;
    static final int READY = 1;
    static final int TAKEN = 2;
    static final int LEAVING = 3;
    static final int DYING = 4;
    static final int DAMAGED = 5;
    static final int RESTING = 6;
    static final int HELD = 7;
    private static final int STATE = 0x07;
    private static final int REDELIVERED = 0x08;
    private static final int OWN_EXPIRY = 0x10;

    /// Only in an encoded entry: when it is tried again follows.
    private static final int HAS_REST = 0x20;

    /// Bytes of the fixed part of one encoded entry: index, flags, failures, position, size,
    /// expiry.
    private static final int ENCODED_ENTRY = 2 + 1 + 2 + 8 + 4 + 8;

    /// The number of failed deliveries is not counted beyond.
    static final int FAILURES_MAX = 65_535;

    private byte @Nullable [] flags = new byte[ENTRIES];
    private long[] positions = new long[ENTRIES];
    private int[] sizes = new int[ENTRIES];
    private long @Nullable [] expiries;
    private short @Nullable [] failures;
    private long @Nullable [] rests;

    /// Who has the entries that are taken.
    private @Nullable Holding @Nullable [] holdings;

    private int rested;
    private long overheads;
    private int added;
    private int live;
    private int ready;
    private int volatileEntries;
    private long bytes;

    // Only when the page was written to the log:
    private long record;
    private int recordBytes;
    private long @Nullable [] goneSince; // one bit for each entry that is not there
    private Map<Integer, Integer> failuresSince = Map.of();
    private Map<Integer, Long> restedSince = Map.of();
    private Map<Integer, Long> movedSince = Map.of();
    private Map<Long, Long> segments = Map.of();
    private long earliest;
    private boolean lost;

    boolean cold() {
        return flags == null;
    }

    int live() {
        return live;
    }

    /// Entries that are ready; only of a page that is not cold.
    int ready() {
        return ready;
    }

    long bytes() {
        return bytes;
    }

    /// Whether the page is cold and its record cannot be read: its messages are out of reach.
    boolean lost() {
        return lost;
    }

    void lose() {
        lost = true;
    }

    long record() {
        return record;
    }

    int recordBytes() {
        return recordBytes;
    }

    /// @param overhead bytes of the message's record besides its body
    void add(int index, long position, int size, long expiry, int overhead) {
        byte[] states = states();
        if ((states[index] & STATE) != GONE) {
            throw new IllegalStateException("entry " + index + " of a page is there already");
        }
        overheads += overhead;
        added++;
        states[index] = READY;
        positions[index] = position;
        sizes[index] = size;
        if (expiry != 0) {
            if (expiries == null) {
                expiries = new long[ENTRIES];
            }
            expiries[index] = expiry;
        }
        live++;
        ready++;
        bytes += size;
        if (position < 0) {
            volatileEntries++;
        }
        // What stands in a record is no longer the whole page.
        forgetRecord();
    }

    int state(int index) {
        return states()[index] & STATE;
    }

    void state(int index, int state) {
        byte[] states = states();
        ready += (state == READY ? 1 : 0) - ((states[index] & STATE) == READY ? 1 : 0);
        states[index] = (byte) (states[index] & ~STATE | state);
        if (holdings != null) {
            holdings[index] = null;
        }
    }

    /// Who has an entry that is taken; null if it is not known.
    @Nullable Holding holding(int index) {
        return holdings == null ? null : holdings[index];
    }

    /// Says who has the entry, until it stands otherwise.
    void holding(int index, Holding by) {
        if (holdings == null) {
            holdings = new Holding[ENTRIES];
        }
        holdings[index] = by;
    }

    boolean redelivered(int index) {
        return (states()[index] & REDELIVERED) != 0;
    }

    void markRedelivered(int index) {
        if (!redelivered(index)) {
            states()[index] |= REDELIVERED;
            // The record does not say so; without its arrays the page would forget it.
            forgetRecord();
        }
    }

    long position(int index) {
        return positions[index];
    }

    int size(int index) {
        return sizes[index];
    }

    long expiry(int index) {
        return expiries == null ? 0 : expiries[index];
    }

    int failures(int index) {
        return failures == null ? 0 : Short.toUnsignedInt(failures[index]);
    }

    /// Sets the number of failed deliveries, at most [#FAILURES_MAX].
    void failures(int index, int count) {
        if (record != 0) {
            failuresSince = put(failuresSince, index, count);
        }
        if (flags != null) {
            if (failures == null) {
                failures = new short[ENTRIES];
            }
            failures[index] = (short) Math.min(count, FAILURES_MAX);
        }
    }

    /// Whether any entry may rest.
    boolean rests() {
        return rested > 0;
    }

    /// Until when the message rests before it is tried again; 0: it does not.
    long rest(int index) {
        return rests == null ? 0 : rests[index];
    }

    void rest(int index, long due) {
        if (record != 0) {
            restedSince = put(restedSince, index, due);
        }
        if (flags != null) {
            if (rests == null) {
                if (due == 0) {
                    return;
                }
                rests = new long[ENTRIES];
            }
            rested += (due == 0 ? 0 : 1) - (rests[index] == 0 ? 0 : 1);
            rests[index] = due;
        }
    }

    /// Whether the message's publisher gave it a time to live.
    boolean ownExpiry(int index) {
        return (states()[index] & OWN_EXPIRY) != 0;
    }

    void markOwnExpiry(int index) {
        states()[index] |= OWN_EXPIRY;
    }

    /// Bytes of a message's record here besides its body, on the average.
    int overhead() {
        return added == 0 ? 0 : (int) (overheads / added);
    }

    /// About what a message with a body of `size` bytes takes in the log.
    private long footprint(long size) {
        return size + overhead();
    }

    /// The earliest expiry in a page that is cold; `Long.MAX_VALUE` if none.
    long earliest() {
        return earliest;
    }

    /// The same, looked up in a page that is not.
    long findEarliest() {
        byte[] states = states();
        long found = Long.MAX_VALUE;
        for (int i = 0; i < ENTRIES; i++) {
            if ((states[i] & STATE) != GONE && expiry(i) != 0) {
                found = Math.min(found, expiry(i));
            }
        }
        return found;
    }

    /// The message lies elsewhere now.
    void move(int index, long position) {
        if (record != 0) {
            movedSince = put(movedSince, index, position);
        }
        if (flags != null) {
            positions[index] = position;
        }
    }

    /// Whether the entry is (still) there; known without loading the page.
    boolean present(int index) {
        if (flags != null) {
            return (flags[index] & STATE) != GONE;
        }
        return goneSince != null && (goneSince[index >>> 6] & 1L << index) == 0;
    }

    /// The entry is settled for good. Returns the bytes of its body; an average in a cold page.
    int remove(int index) {
        if (!present(index)) {
            return 0;
        }
        if (goneSince != null) {
            goneSince[index >>> 6] |= 1L << index;
        }
        int size = flags == null ? (int) (bytes / live) : sizes[index];
        if (flags != null) {
            ready -= (flags[index] & STATE) == READY ? 1 : 0;
            flags[index] = GONE;
            if (holdings != null) {
                holdings[index] = null;
            }
            if (positions[index] < 0) {
                volatileEntries--;
            }
            if (rests != null && rests[index] != 0) {
                rests[index] = 0;
                rested--;
            }
        }
        live--;
        bytes -= size;
        return size;
    }

    /// Whether the page can do without its arrays: nobody has any of its messages and all of them
    /// are in the log.
    boolean coolable() {
        if (flags == null || live == 0 || volatileEntries > 0) {
            return false;
        }
        for (byte flag : flags) {
            int state = flag & STATE;
            if (state != GONE && state != READY) {
                return false;
            }
        }
        return true;
    }

    /// Whether the record that the page was loaded from still serves, so that it needs no new one.
    boolean recorded() {
        return record != 0;
    }

    int encodedSize() {
        int resting = 0;
        for (int i = 0; i < ENTRIES && rested > 0; i++) {
            resting += present(i) && rest(i) != 0 ? 1 : 0;
        }
        return 2 + 4 + live * ENCODED_ENTRY + resting * 8;
    }

    /// Writes the arrays, the entries that are there only, all of them as ready: who has them, and
    /// what could not be read, is for the present owner to know.
    void encode(ByteBuffer out) {
        byte[] states = states();
        out.putShort((short) live).putInt(overhead());
        for (int i = 0; i < ENTRIES; i++) {
            if ((states[i] & STATE) != GONE) {
                int marks = states[i] & (REDELIVERED | OWN_EXPIRY) | READY;
                long rest = rest(i);
                out.putShort((short) i)
                        .put((byte) (rest == 0 ? marks : marks | HAS_REST))
                        .putShort((short) failures(i))
                        .putLong(positions[i])
                        .putInt(sizes[i])
                        .putLong(expiry(i));
                if (rest != 0) {
                    out.putLong(rest);
                }
            }
        }
    }

    /// Reads what [#encode] wrote into a page without entries.
    void decode(ByteBuffer in) {
        int count = Short.toUnsignedInt(in.getShort());
        int overhead = in.getInt();
        for (int n = 0; n < count; n++) {
            int index = Short.toUnsignedInt(in.getShort());
            byte flag = in.get();
            int failed = Short.toUnsignedInt(in.getShort());
            long position = in.getLong();
            if ((flag & STATE) != READY) {
                throw new IllegalStateException("entry " + index + " of a page is not there");
            }
            add(index, position, in.getInt(), in.getLong(), overhead);
            states()[index] = (byte) (flag & ~HAS_REST);
            if ((flag & HAS_REST) != 0) {
                rest(index, in.getLong());
            }
            if (failed > 0) {
                failures(index, failed);
            }
        }
    }

    /// Lets go of the arrays; the record at `position`, whose entries are given, holds them.
    /// Returns by how much the bytes known so far were wrong.
    ///
    /// At replay the page may be cold already: its former owner had loaded it and written it anew.
    long cool(long position, int size, ByteBuffer entries, SegmentOf segmentOf) {
        long estimate = bytes;
        if (flags == null) {
            emptyArrays();
            forgetRecord();
            decode(entries);
        }
        byte[] states = states();
        segments = findSegments(segmentOf);
        record = position;
        recordBytes = size;
        goneSince = new long[ENTRIES / 64];
        for (int i = 0; i < ENTRIES; i++) {
            if ((states[i] & STATE) == GONE) {
                goneSince[i >>> 6] |= 1L << i;
            }
        }
        failuresSince = Map.of();
        restedSince = Map.of();
        movedSince = Map.of();
        earliest = findEarliest();
        dropArrays();
        return bytes - estimate;
    }

    /// Lets go of the arrays again; the record they were loaded from and what has changed since are
    /// kept.
    ///
    /// A snapshot has meanwhile told of what is alive only, and what is not may be gone by now: no
    /// later one may ask for it again.
    void coolAgain(SegmentOf segmentOf) {
        segments = findSegments(segmentOf);
        earliest = findEarliest();
        dropArrays();
    }

    /// What the entries that are there take in each segment of the log.
    private Map<Long, Long> findSegments(SegmentOf segmentOf) {
        byte[] states = states();
        Map<Long, Long> found = new LinkedHashMap<>();
        // Neighbours mostly lie in one segment: they are counted together.
        long segment = -1;
        long together = 0;
        for (int i = 0; i < ENTRIES; i++) {
            if ((states[i] & STATE) == GONE || positions[i] <= 0) {
                continue;
            }
            long here = segmentOf.segment(positions[i]);
            if (here != segment && segment >= 0) {
                found.merge(segment, together, Long::sum);
                together = 0;
            }
            segment = here;
            together += footprint(sizes[i]);
        }
        if (segment >= 0) {
            found.merge(segment, together, Long::sum);
        }
        return found;
    }

    private void emptyArrays() {
        flags = new byte[ENTRIES];
        positions = new long[ENTRIES];
        sizes = new int[ENTRIES];
        rests = null;
        rested = 0;
        live = 0;
        ready = 0;
        bytes = 0;
        overheads = 0;
        added = 0;
    }

    private void dropArrays() {
        flags = null;
        positions = new long[0];
        sizes = new int[0];
        expiries = null;
        failures = null;
        rests = null;
        holdings = null;
        rested = 0;
    }

    /// Brings the arrays back from the record's payload (the part that [#encode] wrote), with what
    /// has changed since. Returns by how much the bytes known so far were wrong.
    long load(ByteBuffer in) {
        long[] gone = goneSince;
        Map<Integer, Integer> failedLater = failuresSince;
        Map<Integer, Long> restedLater = restedSince;
        Map<Integer, Long> movedLater = movedSince;
        Map<Long, Long> kept = segments;
        long at = record;
        int size = recordBytes;
        long estimate = bytes;
        emptyArrays();
        decode(in);
        for (int i = 0; i < ENTRIES; i++) {
            if (gone != null && (gone[i >>> 6] & 1L << i) != 0) {
                remove(i);
            }
        }
        // What went after it changed stays gone.
        failedLater.forEach((index, count) -> {
            if (present(index)) {
                failures(index, count);
            }
        });
        restedLater.forEach((index, due) -> {
            if (present(index)) {
                rest(index, due);
            }
        });
        movedLater.forEach((index, position) -> {
            if (present(index)) {
                move(index, position);
            }
        });
        record = at;
        recordBytes = size;
        goneSince = gone;
        failuresSince = failedLater;
        restedSince = restedLater;
        movedSince = movedLater;
        segments = kept;
        return bytes - estimate;
    }

    /// Whether messages of a cold page, or the page itself, lie in the segment.
    boolean touches(long segment, SegmentOf segmentOf) {
        if (segments.containsKey(segment) || segmentOf.segment(record) == segment) {
            return true;
        }
        for (Map.Entry<Integer, Long> moved : movedSince.entrySet()) {
            if (present(moved.getKey()) && segmentOf.segment(moved.getValue()) == segment) {
                return true;
            }
        }
        return false;
    }

    /// The record no longer says what the page is, or must go.
    void forgetRecord() {
        record = 0;
        recordBytes = 0;
        goneSince = null;
        failuresSince = Map.of();
        restedSince = Map.of();
        movedSince = Map.of();
        segments = Map.of();
    }

    /// Gives back what the page holds in the volatile store.
    void eachVolatile(VolatileStore store) {
        releaseVolatile(store, true);
    }

    /// The same for the messages that are ready.
    void eachReadyVolatile(VolatileStore store) {
        releaseVolatile(store, false);
    }

    private void releaseVolatile(VolatileStore store, boolean all) {
        byte[] states = flags;
        if (states == null || volatileEntries == 0) {
            return;
        }
        for (int i = 0; i < ENTRIES; i++) {
            int state = states[i] & STATE;
            if (positions[i] < 0 && (all ? state != GONE : state == READY)) {
                store.release(positions[i], sizes[i]);
            }
        }
    }

    /// What this page keeps alive in the log: all that the last [#save] named, since the next start
    /// asks for it.
    void eachSegment(SegmentOf segmentOf, Keep keep) {
        if (flags == null) {
            segments.forEach(keep::keep);
            long size = footprint(live == 0 ? 0 : bytes / live);
            movedSince.forEach((index, position) -> {
                if (present(index)) {
                    keep.keep(segmentOf.segment(position), size);
                }
            });
        } else {
            Map<Long, Long> found = findSegments(segmentOf);
            found.forEach(keep::keep);
            if (record != 0) {
                for (long named : segments.keySet()) {
                    if (!found.containsKey(named)) {
                        // Nothing is there any more: almost no bytes, but 0 would let it go.
                        keep.keep(named, 1);
                    }
                }
                // The next snapshot need not name what nothing lies in now.
                segments = found;
            }
        }
        if (record != 0) {
            keep.keep(segmentOf.segment(record), recordBytes);
        }
    }

    /// Writes the page, or a reference to its record with what has changed since.
    void save(SnapshotWriter out) {
        if (record == 0) {
            Page durable = volatileEntries == 0 ? this : withoutVolatile();
            out.putByte(0);
            durable.encode(out.room(durable.encodedSize()));
            return;
        }
        out.putByte(1).putLong(record).putInt(recordBytes).putInt(live).putLong(bytes);
        out.putLong(cold() ? earliest : findEarliest()).putInt(overhead());
        for (int i = 0; i < ENTRIES / 64; i++) {
            out.putLong(goneSince == null ? 0 : goneSince[i]);
        }
        out.putInt(failuresSince.size());
        failuresSince.forEach((index, count) -> out.putInt(index).putInt(count));
        out.putInt(restedSince.size());
        restedSince.forEach((index, due) -> out.putInt(index).putLong(due));
        Map<Integer, Long> moved = new LinkedHashMap<>(movedSince);
        moved.keySet().removeIf(index -> !present(index));
        out.putInt(moved.size());
        moved.forEach((index, position) -> out.putInt(index).putLong(position));
        out.putInt(segments.size());
        segments.forEach((segment, size) -> out.putLong(segment).putLong(size));
    }

    static Page restore(ByteBuffer in) {
        Page page = new Page();
        if (in.get() == 0) {
            page.decode(in);
            return page;
        }
        page.dropArrays();
        page.record = in.getLong();
        page.recordBytes = in.getInt();
        page.live = in.getInt();
        page.bytes = in.getLong();
        page.earliest = in.getLong();
        page.overheads = in.getInt();
        page.added = 1;
        long[] gone = new long[ENTRIES / 64];
        for (int i = 0; i < gone.length; i++) {
            gone[i] = in.getLong();
        }
        page.goneSince = gone;
        for (int n = in.getInt(); n > 0; n--) {
            page.failuresSince = put(page.failuresSince, in.getInt(), in.getInt());
        }
        for (int n = in.getInt(); n > 0; n--) {
            page.restedSince = put(page.restedSince, in.getInt(), in.getLong());
        }
        for (int n = in.getInt(); n > 0; n--) {
            page.movedSince = put(page.movedSince, in.getInt(), in.getLong());
        }
        Map<Long, Long> found = new LinkedHashMap<>();
        for (int n = in.getInt(); n > 0; n--) {
            found.put(in.getLong(), in.getLong());
        }
        page.segments = found;
        return page;
    }

    private Page withoutVolatile() {
        Page durable = new Page();
        byte[] states = states();
        for (int i = 0; i < ENTRIES; i++) {
            if ((states[i] & STATE) != GONE && positions[i] > 0) {
                durable.add(i, positions[i], sizes[i], expiry(i), overhead());
                durable.state(i, states[i] & STATE);
                durable.states()[i] = states[i];
                durable.failures(i, failures(i));
                durable.rest(i, rest(i));
            }
        }
        return durable;
    }

    private byte[] states() {
        byte[] present = flags;
        if (present == null) {
            throw new IllegalStateException("page at " + record + " is cold");
        }
        return present;
    }

    private static <V> Map<Integer, V> put(Map<Integer, V> map, int index, V value) {
        Map<Integer, V> target = map.isEmpty() ? new LinkedHashMap<>() : map;
        target.put(index, value);
        return target;
    }

    /// Who has a message, while he has it.
    @FunctionalInterface
    interface Holding {
        Awaited.Holder who();
    }

    /// Which storage unit a position lies in.
    @FunctionalInterface
    interface SegmentOf {
        long segment(long position);
    }

    /// Takes note of what is alive in a storage unit.
    @FunctionalInterface
    interface Keep {
        void keep(long segment, long bytes);
    }
}
