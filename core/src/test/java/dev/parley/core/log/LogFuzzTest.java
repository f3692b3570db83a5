package dev.parley.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.shard.Seeds;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What the fuzzer does with the files of a log: it writes one of them anew. The log opens or says
/// that it is damaged; it never removes what it does not understand; and shards that open work, and
/// open again.
class LogFuzzTest {
    private static final MemoryDisk WHOLE = directory();
    private static final List<String> FILES = WHOLE.kept();
    private static final int HEAD = 128;

    /// Three runs, each of which wrote a little into a segment of its own; snapshots in the second.
    private static MemoryDisk directory() {
        MemoryDisk disk = new MemoryDisk();
        for (int run = 0; run < 3; run++) {
            TestLog log = new TestLog(disk);
            for (int i = 0; i < 6; i++) {
                log.shelf(i % 3).put(i + 10 * run, "x".repeat(i * 9));
                log.shelf((i + 1) % 3).put(100 + i + 10 * run, "y".repeat(i));
                log.shelves().forEach(Shelf::seal);
                log.settle();
                if (run == 1 && i == 3) {
                    log.snapshotAll();
                }
            }
            log.engine().close();
        }
        return disk;
    }

    /// The first byte names the file, the second says with bit 0 that checksums are put right and
    /// with bit 1 that the file ends where the input ends. A segment's input leaves the zeros
    /// behind its header out.
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 2) {
            return;
        }
        String name = FILES.get(Byte.toUnsignedInt(input[0]) % FILES.size());
        byte[] bytes = Arrays.copyOfRange(input, 2, input.length);
        if (Segment.isSegment(name)) {
            bytes = segment(bytes, (input[1] & 2) != 0);
        }
        if ((input[1] & 1) != 0) {
            LogMutationTest.repair(name, bytes);
        }
        MemoryDisk disk = WHOLE.copy();
        disk.put(name, bytes);
        Set<Integer> opened = start(disk, 1);
        if (opened != null) {
            Set<Integer> again = start(disk.copy(), 2);
            check(again != null && again.containsAll(opened), "it does not open a second time");
        }
    }

    private static byte[] segment(byte[] input, boolean cut) {
        int length = Segment.HEADER + Math.max(0, input.length - HEAD);
        byte[] bytes = new byte[cut ? length : Math.max(length, TestLog.SEGMENT)];
        System.arraycopy(input, 0, bytes, 0, Math.min(input.length, HEAD));
        if (input.length > HEAD) {
            System.arraycopy(input, HEAD, bytes, Segment.HEADER, input.length - HEAD);
        }
        return bytes;
    }

    /// The shards that opened, or null where the whole directory is refused.
    private static @Nullable Set<Integer> start(MemoryDisk disk, int round) {
        List<String> before = disk.kept();
        TestLog log;
        try {
            log = new TestLog(disk);
        } catch (CorruptLogException e) {
            check(disk.kept().equals(before), "files went: " + before);
            return null;
        }
        Set<Integer> opened = new TreeSet<>();
        for (int shard = 0; shard < log.engine().shards(); shard++) {
            if (!log.closed().containsKey(shard)) {
                opened.add(shard);
                Shelf shelf = log.shelf(shard);
                for (int number : shelf.numbers()) {
                    shelf.log().read(shelf.position(number), 100);
                }
                log.put(shard, 1000 + round, "goes on");
                check(round < 2 || shelf.replayed().contains("goes on"), "what was put is lost");
            }
        }
        log.settle();
        if (!log.closed().isEmpty()) {
            check(disk.kept().containsAll(before), "files went beside damage: " + before);
        }
        return opened;
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    @Test
    void theSeedsOpen() {
        Map<String, byte[]> made = new TreeMap<>();
        for (int file = 0; file < FILES.size(); file++) {
            String name = FILES.get(file);
            byte[] bytes = WHOLE.bytes(name);
            if (Segment.isSegment(name)) {
                bytes = compact(bytes);
            }
            byte[] seed = new byte[2 + bytes.length];
            seed[0] = (byte) file;
            seed[1] = 1;
            System.arraycopy(bytes, 0, seed, 2, bytes.length);
            made.put(name, seed);
        }
        Map<String, byte[]> seeds = Seeds.of("log", made);
        seeds.values().forEach(LogFuzzTest::fuzzerTestOneInput);
        assertThat(FILES).filteredOn(Segment::isSegment).hasSize(3);
        assertThat(start(WHOLE.copy(), 1)).hasSize(3);
    }

    private static byte[] compact(byte[] segment) {
        int end = segment.length;
        while (segment[end - 1] == 0) {
            end--;
        }
        byte[] bytes = new byte[HEAD + end - Segment.HEADER];
        System.arraycopy(segment, 0, bytes, 0, HEAD);
        System.arraycopy(segment, Segment.HEADER, bytes, HEAD, end - Segment.HEADER);
        return bytes;
    }
}
