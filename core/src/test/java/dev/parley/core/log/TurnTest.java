package dev.parley.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A turn's records are all there after a crash, or none of them is; and what was cut stays cut.
class TurnTest {
    private static final int PARTS = 12;

    /// A shard's turn of several records, larger than a chunk, and with `bytes` = 2000 larger than
    /// a segment.
    private static void turn(Shelf shelf, int turn, int bytes) {
        for (int part = 0; part < PARTS; part++) {
            shelf.put(turn * PARTS + part, new byte[bytes]);
        }
    }

    /// Every turn is whole or not there; returns which are.
    private static List<Integer> wholeTurns(Shelf shelf) {
        List<Integer> turns = new ArrayList<>();
        List<Integer> numbers = shelf.numbers();
        assertThat(numbers.size() % PARTS).as("parts of turns in %s", numbers).isZero();
        for (int i = 0; i < numbers.size(); i += PARTS) {
            assertThat(numbers.get(i) % PARTS).isZero();
            assertThat(numbers.get(i + PARTS - 1)).isEqualTo(numbers.get(i) + PARTS - 1);
            turns.add(numbers.get(i) / PARTS);
        }
        return turns;
    }

    /// Crash at any byte, restart, work, crash, restart: the cut turn never comes back.
    @Test
    void aTurnOfManySegmentsIsWholeOrNotThereAtEveryOffset() {
        MemoryDisk disk = new MemoryDisk();
        TestLog log = new TestLog(disk);
        turn(log.shelf(0), 0, 100);
        log.shelf(0).seal();
        log.settle();
        MemoryDisk before = disk.afterCrash();
        turn(log.shelf(0), 1, 2000);
        log.shelf(0).seal();
        log.settle();
        MemoryDisk after = disk.afterCrash();
        List<String> touched = new ArrayList<>();
        for (String name : after.list()) {
            if (Segment.isSegment(name)) {
                touched.add(name);
            }
        }
        assertThat(touched).hasSizeGreaterThan(2);
        for (int file = 0; file < touched.size(); file++) {
            // Every byte around frame borders is covered by the small steps of the test below.
            for (int cut = 0; cut <= TestLog.SEGMENT; cut += 257) {
                check(cutAt(before, after, touched, file, cut), file + " at " + cut);
            }
        }
    }

    /// What a crash leaves that kept all written before some byte and nothing behind it.
    private static MemoryDisk cutAt(
            MemoryDisk before, MemoryDisk after, List<String> files, int file, int cut) {
        MemoryDisk disk = before.copy();
        for (int i = 0; i <= file; i++) {
            String name = files.get(i);
            byte[] bytes = after.bytes(name).clone();
            byte[] old = before.exists(name) ? before.bytes(name) : new byte[TestLog.SEGMENT];
            if (i == file) {
                System.arraycopy(old, cut, bytes, cut, bytes.length - cut);
            }
            disk.put(name, bytes);
        }
        return disk;
    }

    private static void check(MemoryDisk disk, String where) {
        TestLog log = new TestLog(disk);
        assertThat(log.closed()).as(where).isEmpty();
        List<Integer> turns = wholeTurns(log.shelf(0));
        assertThat(turns).as(where).first().isEqualTo(0);
        turn(log.shelf(0), 9, 100);
        log.shelf(0).seal();
        log.settle();
        turns.add(9);
        MemoryDisk second = disk.afterCrash();
        assertThat(wholeTurns(new TestLog(second).shelf(0))).as(where).isEqualTo(turns);
        MemoryDisk third = second.afterCrash();
        assertThat(wholeTurns(new TestLog(third).shelf(0))).as(where).isEqualTo(turns);
    }

    @Test
    void everyByteOfASmallTail() {
        MemoryDisk disk = new MemoryDisk();
        TestLog log = new TestLog(disk);
        turn(log.shelf(0), 0, 1);
        log.shelf(0).seal();
        log.settle();
        MemoryDisk before = disk.afterCrash();
        turn(log.shelf(0), 1, 2);
        log.shelf(0).seal();
        turn(log.shelf(0), 3, 2);
        log.shelf(0).seal();
        log.settle();
        MemoryDisk after = disk.afterCrash();
        String name = Segment.name(0);
        int first = firstDifference(before.bytes(name), after.bytes(name));
        int last = (int) (log.shelf(0).log().head() % TestLog.SEGMENT);
        for (int cut = first; cut <= last; cut++) {
            check(cutAt(before, after, List.of(name), 0, cut), "at " + cut);
        }
    }

    private static int firstDifference(byte[] one, byte[] other) {
        int at = 0;
        while (one[at] == other[at]) {
            at++;
        }
        return at;
    }

    /// Other shards' records come between; the turn is one all the same.
    @Test
    void aTurnThatOthersInterruptIsWholeOrNotThere() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            MemoryDisk disk = new MemoryDisk();
            TestLog log = new TestLog(disk);
            for (int shard = 0; shard < 3; shard++) {
                turn(log.shelf(shard), 0, 10);
                log.shelf(shard).seal();
            }
            log.settle();
            for (int part = 0; part < PARTS; part++) {
                for (int shard = 0; shard < 3; shard++) {
                    log.shelf(shard).put(PARTS + part, new byte[random.nextInt(900)]);
                }
            }
            for (int shard = 0; shard < 3; shard++) {
                log.shelf(shard).seal();
            }
            write(log, disk, random);
            MemoryDisk left = disk.afterCrash(random);
            TestLog again = new TestLog(left);
            assertThat(again.closed()).as("seed %d", seed).isEmpty();
            for (int shard = 0; shard < 3; shard++) {
                assertThat(wholeTurns(again.shelf(shard))).as("seed %d", seed).startsWith(0);
            }
        }
    }

    /// The disk breaks somewhere in the middle of writing.
    private static void write(TestLog log, MemoryDisk disk, Random random) {
        log.flush();
        disk.breakAt(random.nextInt(12));
        log.engine().writer().turn();
    }

    @Test
    void aFlushEndsTurns() {
        MemoryDisk disk = new MemoryDisk();
        TestLog log = new TestLog(disk);
        log.shelf(0).put(1, "one");
        log.shelf(1).put(1, "other");
        log.settle(); // nobody has sealed
        TestLog again = new TestLog(disk.afterCrash());
        assertThat(again.shelf(0).replayed()).containsExactly("one");
        assertThat(again.shelf(1).replayed()).containsExactly("other");
    }
}
