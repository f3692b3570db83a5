package dev.parley.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// The n-th call of the disk fails, for every n of a run with turns, snapshots, recycling and
/// reads; then the node starts again from what a crash may have left.
class FaultTest {
    /// What a shard may hold: everything durable for certain, and what was done since.
    private static final class Ledger {
        private final Map<Integer, Boolean> certain = new TreeMap<>();
        private final Map<Integer, Boolean> since = new TreeMap<>();

        void put(int number) {
            since.put(number, true);
        }

        void drop(int number) {
            since.put(number, false);
        }

        void durable() {
            certain.putAll(since);
            since.clear();
        }

        void check(Shelf shelf, String where) {
            Map<Integer, Boolean> may = new TreeMap<>(certain);
            may.putAll(since);
            for (int number : shelf.numbers()) {
                assertThat(may).as("invented, %s", where).containsKey(number);
            }
            certain.forEach((number, there) -> {
                if (!since.containsKey(number)) {
                    assertThat(shelf.numbers().contains(number))
                            .as("%d, %s", number, where)
                            .isEqualTo(there);
                }
            });
        }
    }

    private final Ledger[] ledgers = {new Ledger(), new Ledger(), new Ledger()};

    /// Works until it is done or the disk breaks; the same for the same number.
    private void work(TestLog log, int from) {
        for (int i = from; i < from + 60; i++) {
            int shard = i % 3;
            Shelf shelf = log.shelf(shard);
            shelf.put(i, "x".repeat(i * 37 % 1900));
            ledgers[shard].put(i);
            if (i % 4 != 0 && shelf.numbers().size() > 2) {
                int oldest = shelf.numbers().get(1);
                shelf.drop(oldest);
                ledgers[shard].drop(oldest);
            }
            if (i % 2 == 0) {
                for (Shelf one : log.shelves()) {
                    one.seal();
                }
                log.settle();
                for (int j = 0; j < 3; j++) {
                    if (log.shelf(j).failure() == null
                            && log.shelf(j).log().undurableBytes() == 0) {
                        ledgers[j].durable();
                    }
                }
            }
            if (i % 12 == 11 && shelf.failure() == null) {
                for (Shelf one : log.shelves()) {
                    one.seal();
                    one.snapshot();
                }
            }
            shelf.log().read(shelf.position(shelf.numbers().getFirst()), 100);
        }
        log.settle();
    }

    /// Starts and works; false when the start itself met the broken disk.
    private boolean run(MemoryDisk disk, int from) {
        TestLog log;
        try {
            log = new TestLog(disk);
        } catch (DiskException e) {
            assertThat(disk.broken()).isTrue();
            return false;
        }
        assertThat(log.closed()).isEmpty();
        for (int i = 0; i < 3; i++) {
            ledgers[i].check(log.shelf(i), "start at " + from);
            settleWith(ledgers[i], log.shelf(i));
        }
        work(log, from);
        return true;
    }

    /// What was uncertain is what it is from now on.
    private static void settleWith(Ledger ledger, Shelf shelf) {
        ledger.durable();
        ledger.certain.replaceAll((number, there) -> shelf.numbers().contains(number));
    }

    @Test
    void everyCallThatFails() {
        int failing = 0;
        boolean broke = true;
        while (broke) {
            for (int i = 0; i < 3; i++) {
                ledgers[i] = new Ledger();
            }
            Random random = new Random(failing);
            MemoryDisk disk = new MemoryDisk();
            run(disk, 0);
            MemoryDisk second = disk.afterCrash(random);
            second.breakAt(failing);
            run(second, 100);
            broke = second.broken();
            MemoryDisk third = second.afterCrash(random);
            assertThat(run(third, 200)).as("call %d", failing).isTrue();
            MemoryDisk fourth = third.afterCrash(random);
            assertThat(run(fourth, 300)).as("call %d", failing).isTrue();
            failing++;
        }
        assertThat(failing).isGreaterThan(300);
    }
}
