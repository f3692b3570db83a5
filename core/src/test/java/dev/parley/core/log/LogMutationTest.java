package dev.parley.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.shard.Mutator;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/// Readers of the log against files that were changed at random, with and without their checksums
/// put right again: a clear refusal or a start, never a loop, never memory by a length that nobody
/// checked, never a removal.
class LogMutationTest {
    private static final int ROUNDS = 6_000;
    private static final Duration LONG = Duration.ofMinutes(3);

    private static MemoryDisk directory() {
        MemoryDisk disk = new MemoryDisk();
        TestLog log = new TestLog(disk);
        for (int i = 0; i < 40; i++) {
            log.shelf(i % 3).put(i, "x".repeat(i * 40));
            log.shelf((i + 1) % 3).put(100 + i, "y".repeat(i));
            for (Shelf shelf : log.shelves()) {
                shelf.seal();
            }
            log.settle();
            if (i == 12) {
                log.snapshotAll();
            }
        }
        return disk;
    }

    @Test
    void aStartFromAnything() {
        MemoryDisk whole = directory();
        List<String> files = whole.kept();
        Assertions.assertTimeoutPreemptively(
                LONG,
                () -> {
                    for (int seed = 0; seed < ROUNDS; seed++) {
                        Mutator mutator = new Mutator(seed);
                        MemoryDisk disk = whole.copy();
                        String name = files.get(mutator.random().nextInt(files.size()));
                        byte[] bytes = mutator.mutate(whole.bytes(name), true);
                        if (mutator.random().nextInt(4) > 0) {
                            repair(name, bytes);
                        }
                        disk.put(name, bytes);
                        start(disk, "seed " + seed + ", " + name);
                    }
                });
    }

    private static void start(MemoryDisk disk, String where) {
        List<String> before = disk.kept();
        try {
            TestLog log = new TestLog(disk);
            for (int shard = 0; shard < 3; shard++) {
                if (!log.closed().containsKey(shard)) {
                    Shelf shelf = log.shelf(shard);
                    for (int number : shelf.numbers()) {
                        shelf.log().read(shelf.position(number), 100);
                    }
                    log.put(shard, 1, "goes on");
                }
            }
            log.settle();
        } catch (CorruptLogException e) {
            assertThat(e).as(where).message().isNotBlank();
            assertThat(disk.kept()).as(where).isEqualTo(before);
        } catch (RuntimeException e) {
            throw new AssertionError(where, e);
        }
    }

    /// Puts the checksums of a file of directory 0x1234 right.
    static void repair(String name, byte[] bytes) {
        ByteBuffer out = ByteBuffer.wrap(bytes);
        if (name.equals("parley.log") && bytes.length == 128) {
            out.putInt(124, LogKeeper.crc(out.slice(0, 124)));
        } else if (SnapshotFile.isSnapshot(name) && bytes.length > 4) {
            out.putInt(bytes.length - 4, LogKeeper.crc(out.slice(0, bytes.length - 4)));
        } else if (Segment.isSegment(name) && bytes.length >= Segment.HEADER) {
            int end = Segment.HEADER - 4;
            out.putInt(end, LogKeeper.crc(out.slice(0, end)));
            repairFrames(out);
        }
    }

    private static void repairFrames(ByteBuffer out) {
        CRC32C crc = new CRC32C();
        for (int at = Segment.HEADER; at <= out.limit() - Frame.HEADER; at += 8) {
            if (out.getInt(at) == Frame.MAGIC) {
                repairFrame(out, at, crc);
            }
        }
    }

    /// Does nothing to one that is too broken to have a checksum.
    private static void repairFrame(ByteBuffer out, int at, CRC32C crc) {
        try {
            int record = at + Frame.HEADER;
            for (int n = out.getInt(at + 48); n > 0; n--) {
                int size = out.getInt(record);
                out.putInt(record + 4, Frame.recordChecksum(crc, out, record, size));
                record += Frame.recordBytes(size);
            }
            out.putInt(at + 8, Frame.checksum(crc, 0x1234, out, at));
        } catch (IllegalStateException | IndexOutOfBoundsException e) {
            assertThat(e).isNotNull();
        }
    }

    @Test
    void headersFromAnything() {
        MemoryDisk whole = directory();
        byte[] segment = whole.bytes(Segment.name(0));
        String snapshot = whole.list().stream().filter(SnapshotFile::isSnapshot).findFirst().get();
        int read = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            Mutator mutator = new Mutator(seed);
            byte[] header = mutator.mutate(segment, true);
            if (header.length >= Segment.HEADER) {
                repair(Segment.name(0), header);
            }
            read += Segment.decode(ByteBuffer.wrap(header)) == null ? 0 : 1;
            MemoryDisk disk = new MemoryDisk();
            byte[] state = mutator.mutate(whole.bytes(snapshot), true);
            repair(snapshot, state);
            disk.put(snapshot, state);
            SnapshotFile found = SnapshotFile.read(disk, snapshot);
            assertThat(found == null ? 0 : found.state().remaining()).isLessThan(state.length + 1);
            byte[] identity = mutator.mutate(whole.bytes("parley.log"), true);
            repair("parley.log", identity);
            disk.put("parley.log", identity);
            try {
                Identity one = Identity.read(disk);
                assertThat(one == null ? 1 : one.shards()).isBetween(1, 4096);
            } catch (CorruptLogException e) {
                assertThat(e).message().contains("parley.log");
            }
        }
        assertThat(read).as("headers that were still whole").isPositive();
    }
}
