package dev.parley.core.queue;

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
/// | TAKEN | a consumer has it | READY, LEAVING, DYING |
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
    private static final int STATE = 0x07;
    private static final int REDELIVERED = 0x08;

    /// Bytes of the fixed part of one encoded entry: index, flags, failures, position, size,
    /// expiry.
    private static final int ENCODED_ENTRY = 2 + 1 + 1 + 8 + 4 + 8;

    private byte @Nullable [] flags = new byte[ENTRIES];
    private long[] positions = new long[ENTRIES];
    private int[] sizes = new int[ENTRIES];
    private long @Nullable [] expiries;
    private byte @Nullable [] failures;
    private int live;
    private int volatileEntries;
    private long bytes;

    // Only when the page was written to the log:
    private long record;
    private int recordBytes;
    private long @Nullable [] goneSince; // one bit for each entry that is not there
    private Map<Integer, Integer> failuresSince = Map.of();
    private Map<Integer, Long> movedSince = Map.of();
    private Map<Long, Long> segments = Map.of();
    private boolean loading;

    boolean cold() {
        return flags == null;
    }

    int live() {
        return live;
    }

    long bytes() {
        return bytes;
    }

    boolean loading() {
        return loading;
    }

    void loading(boolean now) {
        loading = now;
    }

    long record() {
        return record;
    }

    int recordBytes() {
        return recordBytes;
    }

    void add(int index, long position, int size, long expiry) {
        byte[] states = states();
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
        states[index] = (byte) (states[index] & ~STATE | state);
    }

    boolean redelivered(int index) {
        return (states()[index] & REDELIVERED) != 0;
    }

    void markRedelivered(int index) {
        states()[index] |= REDELIVERED;
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
        return failures == null ? 0 : Byte.toUnsignedInt(failures[index]);
    }

    /// Sets the number of failed deliveries, at most 255.
    void failures(int index, int count) {
        if (record != 0) {
            failuresSince = put(failuresSince, index, count);
        }
        if (flags != null) {
            if (failures == null) {
                failures = new byte[ENTRIES];
            }
            failures[index] = (byte) Math.min(count, 255);
        }
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
            flags[index] = GONE;
            if (positions[index] < 0) {
                volatileEntries--;
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
        return 2 + live * ENCODED_ENTRY;
    }

    /// Writes the arrays, the entries that are there only.
    void encode(ByteBuffer out) {
        byte[] states = states();
        out.putShort((short) live);
        for (int i = 0; i < ENTRIES; i++) {
            if ((states[i] & STATE) != GONE) {
                out.putShort((short) i)
                        .put((byte) (states[i] & REDELIVERED | durableState(states[i])))
                        .put((byte) failures(i))
                        .putLong(positions[i])
                        .putInt(sizes[i])
                        .putLong(expiry(i));
            }
        }
    }

    /// Reads what [#encode] wrote into a page without entries.
    void decode(ByteBuffer in) {
        int count = Short.toUnsignedInt(in.getShort());
        for (int n = 0; n < count; n++) {
            int index = Short.toUnsignedInt(in.getShort());
            byte flag = in.get();
            int failed = Byte.toUnsignedInt(in.get());
            long position = in.getLong();
            add(index, position, in.getInt(), in.getLong());
            states()[index] = flag;
            if (failed > 0) {
                failures(index, failed);
            }
        }
    }

    private static int durableState(byte flag) {
        return (flag & STATE) == DAMAGED ? DAMAGED : READY;
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
        Map<Long, Long> found = new LinkedHashMap<>();
        for (int i = 0; i < ENTRIES; i++) {
            if ((states[i] & STATE) != GONE) {
                found.merge(
                        segmentOf.segment(positions[i]), Records.footprint(sizes[i]), Long::sum);
            }
        }
        segments = found;
        record = position;
        recordBytes = size;
        goneSince = new long[ENTRIES / 64];
        for (int i = 0; i < ENTRIES; i++) {
            if ((states[i] & STATE) == GONE) {
                goneSince[i >>> 6] |= 1L << i;
            }
        }
        failuresSince = Map.of();
        movedSince = Map.of();
        dropArrays();
        return bytes - estimate;
    }

    /// Lets go of the arrays again; the record they were loaded from and what has changed since are
    /// kept.
    void coolAgain() {
        dropArrays();
    }

    private void emptyArrays() {
        flags = new byte[ENTRIES];
        positions = new long[ENTRIES];
        sizes = new int[ENTRIES];
        live = 0;
        bytes = 0;
    }

    private void dropArrays() {
        flags = null;
        positions = new long[0];
        sizes = new int[0];
        expiries = null;
        failures = null;
    }

    /// Brings the arrays back from the record's payload (the part that [#encode] wrote), with what
    /// has changed since. Returns by how much the bytes known so far were wrong.
    long load(ByteBuffer in) {
        long[] gone = goneSince;
        Map<Integer, Integer> failedLater = failuresSince;
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
        failedLater.forEach(this::failures);
        movedLater.forEach(this::move);
        record = at;
        recordBytes = size;
        goneSince = gone;
        failuresSince = failedLater;
        movedSince = movedLater;
        segments = kept;
        loading = false;
        return bytes - estimate;
    }

    /// Whether messages of a cold page, or the page itself, lie in the segment.
    boolean touches(long segment, SegmentOf segmentOf) {
        return segments.containsKey(segment) || segmentOf.segment(record) == segment;
    }

    /// The record no longer says what the page is, or must go.
    void forgetRecord() {
        record = 0;
        recordBytes = 0;
        goneSince = null;
        failuresSince = Map.of();
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

    /// What this page keeps alive in the log.
    void eachSegment(SegmentOf segmentOf, Keep keep) {
        if (flags == null) {
            segments.forEach(keep::keep);
            long size = Records.footprint(live == 0 ? 0 : bytes / live);
            movedSince.forEach((index, position) -> keep.keep(segmentOf.segment(position), size));
        } else {
            for (int i = 0; i < ENTRIES; i++) {
                if ((flags[i] & STATE) != GONE && positions[i] > 0) {
                    keep.keep(segmentOf.segment(positions[i]), Records.footprint(sizes[i]));
                }
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
        for (int i = 0; i < ENTRIES / 64; i++) {
            out.putLong(goneSince == null ? 0 : goneSince[i]);
        }
        out.putInt(failuresSince.size());
        failuresSince.forEach((index, count) -> out.putInt(index).putInt(count));
        out.putInt(movedSince.size());
        movedSince.forEach((index, position) -> out.putInt(index).putLong(position));
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
        long[] gone = new long[ENTRIES / 64];
        for (int i = 0; i < gone.length; i++) {
            gone[i] = in.getLong();
        }
        page.goneSince = gone;
        for (int n = in.getInt(); n > 0; n--) {
            page.failuresSince = put(page.failuresSince, in.getInt(), in.getInt());
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
                durable.add(i, positions[i], sizes[i], expiry(i));
                durable.states()[i] = states[i];
                durable.failures(i, failures(i));
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
