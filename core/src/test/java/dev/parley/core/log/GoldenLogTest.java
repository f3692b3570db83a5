package dev.parley.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.shard.Golden;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A data directory of format 1: today's code writes the same bytes, and reads them.
class GoldenLogTest {
    private static final List<String> FILES =
            List.of(
                    "log-0000000000000000",
                    "log-0000000000000001",
                    "log-0000000000001003",
                    "parley.log",
                    "snapshot-0000-00000000000011d8",
                    "snapshot-0002-00000000000011d8");

    private static MemoryDisk write() {
        MemoryDisk disk = new MemoryDisk();
        TestLog log = new TestLog(disk);
        log.put(0, 1, "one");
        log.put(1, 2, "two, of another shard");
        log.settle();
        log.shelf(2).put(3, "three");
        log.shelf(0).put(4, "four, in between");
        log.shelf(2).put(5, "five");
        log.shelf(2).drop(3);
        log.shelf(0).seal();
        log.shelf(2).seal();
        log.settle();
        log.shelf(0).snapshot();
        log.shelf(2).snapshot();
        log.settle();
        log.put(1, 6, "x".repeat(9000));
        log.put(1, 7, "y".repeat(9000));
        log.settle();
        TestLog second = new TestLog(disk);
        second.put(0, 8, "of the second start");
        second.settle();
        return disk;
    }

    @Test
    void todaysCodeWritesTheSameBytes() {
        MemoryDisk disk = write();
        assertThat(disk.kept()).isEqualTo(FILES);
        for (String name : FILES) {
            Golden.check("log/" + name, disk.bytes(name));
        }
    }

    @Test
    void todaysCodeReadsThem() {
        MemoryDisk disk = new MemoryDisk();
        for (String name : FILES) {
            disk.put(name, Golden.read("log/" + name));
        }
        TestLog log = new TestLog(disk);
        assertThat(log.closed()).isEmpty();
        assertThat(log.shelf(0).numbers()).containsExactly(1, 4, 8);
        assertThat(log.shelf(0).replayed()).containsExactly("of the second start");
        assertThat(log.shelf(1).numbers()).containsExactly(2, 6, 7);
        assertThat(log.shelf(2).numbers()).containsExactly(5);
        assertThat(log.shelf(0).log().epoch()).isEqualTo(3);
        for (Shelf shelf : log.shelves()) {
            for (int number : shelf.numbers()) {
                shelf.log().read(shelf.position(number), 16);
            }
            log.settle();
            assertThat(shelf.blocks()).hasSameSizeAs(shelf.numbers()).doesNotContainValue(null);
        }
    }
}
