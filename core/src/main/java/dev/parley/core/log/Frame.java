package dev.parley.core.log;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.zip.CRC32C;

/// The layout of a frame: what one shard appended between two seals, atomic on disk.
///
/// | at | bytes | holds |
/// | --- | --- | --- |
/// | 0 | 4 | magic |
/// | 4 | 4 | length of header and records, a multiple of 8 |
/// | 8 | 4 | CRC32C of the directory's number, the header from 12 on and every record's length, checksum and type |
/// | 12 | 2 | shard |
/// | 14 | 1 | flags: 1 = goes on in the shard's next frame |
/// | 15 | 1 | format version |
/// | 16 | 8 | epoch |
/// | 24 | 8 | number of the frame in this log |
/// | 32 | 8 | number of the frame in this shard |
/// | 40 | 8 | address below which everything was durable |
/// | 48 | 4 | number of records |
/// | 52 | 4 | zero |
/// | 56 | 8 | sequence of the segment |
///
/// A record is its payload's length (4), CRC32C of type and payload (4), type (1), payload, and
/// zeros up to a multiple of 8. The segment's sequence in the header makes what is left in a
/// recycled file invalid. The directory's number, which nobody outside knows, goes into the
/// checksum, so that no message can carry something in its body that would pass for a frame.
final class Frame {
    static final int MAGIC = 0x504C4652;
    static final int VERSION = 1;
    static final int HEADER = 64;
    static final int RECORD_HEADER = 9;
    static final int CONTINUED = 1;

    private Frame() {}

    /// Bytes that a record with a payload of `size` takes.
    static int recordBytes(int size) {
        return RECORD_HEADER + size + 7 & ~7;
    }

    /// The checksum of a record's type and payload; `at` is where the record begins.
    static int recordChecksum(CRC32C crc, ByteBuffer in, int at, int size) {
        crc.reset();
        update(crc, in, at + 8, 1 + size);
        return (int) crc.getValue();
    }

    /// Takes in `length` bytes from `at` on. Moves the buffer's position and limit meanwhile, so
    /// that no view is made for every record: nobody else may be using them.
    private static void update(CRC32C crc, ByteBuffer in, int at, int length) {
        int position = in.position();
        int limit = in.limit();
        Objects.checkFromIndexSize(at, length, limit);
        crc.update(in.limit(at + length).position(at));
        in.limit(limit).position(position);
    }

    private static void begin(CRC32C crc, long directory) {
        crc.reset();
        for (int shift = 56; shift >= 0; shift -= 8) {
            crc.update((int) (directory >>> shift));
        }
    }

    /// Computes the checksum of the frame at `at`, whose records' checksums are in place.
    static int checksum(CRC32C crc, long directory, ByteBuffer in, int at) {
        int length = in.getInt(at + 4);
        int records = in.getInt(at + 48);
        begin(crc, directory);
        update(crc, in, at + 12, HEADER - 12);
        int record = at + HEADER;
        for (int i = 0; i < records; i++) {
            update(crc, in, record, RECORD_HEADER);
            record += recordBytes(in.getInt(record));
        }
        if (record != at + length) {
            throw new IllegalStateException(
                    "frame of " + length + " bytes ends at " + (record - at));
        }
        return (int) crc.getValue();
    }

    /// Whether there is a frame at `at` in a segment whose bytes end at `limit`: its header, and
    /// the heads of its records. Trusts no length.
    static boolean valid(
            CRC32C crc, long directory, ByteBuffer in, int at, int limit, long segment) {
        if (limit - at < HEADER || in.getInt(at) != MAGIC) {
            return false;
        }
        int length = in.getInt(at + 4);
        int records = in.getInt(at + 48);
        if (length < HEADER
                || (length & 7) != 0
                || length > limit - at
                || records < 0
                || records > length / 8
                || in.getLong(at + 56) != segment
                || in.get(at + 15) != VERSION) {
            return false;
        }
        begin(crc, directory);
        update(crc, in, at + 12, HEADER - 12);
        int record = at + HEADER;
        int end = at + length;
        for (int i = 0; i < records; i++) {
            if (end - record < RECORD_HEADER) {
                return false;
            }
            int size = in.getInt(record);
            if (size < 0 || size > end - record - RECORD_HEADER) {
                return false;
            }
            update(crc, in, record, RECORD_HEADER);
            record += recordBytes(size);
        }
        return record == end && (int) crc.getValue() == in.getInt(at + 8);
    }

    /// Whether every payload of a valid frame matches its checksum.
    static boolean payloadsMatch(CRC32C crc, ByteBuffer in, int at) {
        int records = in.getInt(at + 48);
        int record = at + HEADER;
        for (int i = 0; i < records; i++) {
            int size = in.getInt(record);
            if (recordChecksum(crc, in, record, size) != in.getInt(record + 4)) {
                return false;
            }
            record += recordBytes(size);
        }
        return true;
    }
}
