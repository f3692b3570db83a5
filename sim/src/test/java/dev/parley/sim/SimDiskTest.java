package dev.parley.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.core.log.Disk;
import dev.parley.core.log.DiskException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What the simulated disk keeps, and what it may lose.
class SimDiskTest {
    private static final int SECTOR = 512;

    private static SimDisk disk(long seed) {
        return new SimDisk(new Dice(seed), new History(false));
    }

    private static void write(Disk.File file, int at, int length, int value) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            bytes.put((byte) value);
        }
        file.write(bytes.flip(), at);
    }

    private static int read(Disk disk, String name, int at) {
        ByteBuffer one = ByteBuffer.allocate(1);
        disk.open(name, false).read(one, at);
        return one.get(0);
    }

    @Test
    void whatWasSyncedIsKept() {
        for (long seed = 0; seed < 50; seed++) {
            SimDisk disk = disk(seed);
            Disk.File file = disk.open("a", true);
            write(file, 0, 4 * SECTOR, 1);
            file.sync();
            disk.syncDirectory();
            write(file, SECTOR, SECTOR, 2);
            disk.losePower();
            assertThat(read(disk, "a", 0)).isEqualTo(1);
            assertThat(read(disk, "a", SECTOR)).isIn(1, 2);
        }
    }

    @Test
    void whatWasNotSyncedIsKeptLostOrTorn() {
        Set<String> seen = new HashSet<>();
        for (long seed = 0; seed < 100; seed++) {
            SimDisk disk = disk(seed);
            Disk.File file = disk.open("a", true);
            write(file, 0, 2 * SECTOR, 1);
            file.sync();
            disk.syncDirectory();
            write(file, 0, 2 * SECTOR, 2);
            disk.losePower();
            seen.add(read(disk, "a", 0) + " " + read(disk, "a", SECTOR));
        }
        assertThat(seen).containsExactlyInAnyOrder("1 1", "2 2", "1 2", "2 1");
    }

    @Test
    void namesWithoutADirectorySyncMayGoOrComeBack() {
        Set<Boolean> created = new HashSet<>();
        Set<Boolean> deleted = new HashSet<>();
        for (long seed = 0; seed < 50; seed++) {
            SimDisk disk = disk(seed);
            disk.open("old", true);
            disk.syncDirectory();
            disk.open("new", true);
            disk.delete("old");
            disk.losePower();
            created.add(disk.exists("new"));
            deleted.add(disk.exists("old"));
        }
        assertThat(created).containsExactlyInAnyOrder(true, false);
        assertThat(deleted).containsExactlyInAnyOrder(true, false);
    }

    @Test
    void aSyncAfterAFailedOneDoesNotHelp() {
        int lost = 0;
        for (long seed = 0; seed < 50; seed++) {
            SimDisk disk = disk(seed);
            Disk.File file = disk.open("a", true);
            write(file, 0, SECTOR, 1);
            file.sync();
            disk.syncDirectory();
            write(file, 0, SECTOR, 2);
            disk.failIn(0, SimDisk.Fault.FAILED, 1);
            assertThatThrownBy(file::sync).isInstanceOf(DiskException.class);
            disk.failNoMore();
            file.sync();
            assertThat(read(disk, "a", 0)).isEqualTo(2);
            disk.losePower();
            lost += read(disk, "a", 0) == 1 ? 1 : 0;
        }
        assertThat(lost).isBetween(1, 49);
    }

    @Test
    void aFullDiskTakesNoMore() {
        SimDisk disk = disk(1);
        disk.capacity(3 * SECTOR);
        Disk.File file = disk.open("a", true);
        write(file, 0, 2 * SECTOR, 1);
        assertThat(disk.usableBytes()).isEqualTo(SECTOR);
        assertThatThrownBy(() -> write(file, 2 * SECTOR, 2 * SECTOR, 1))
                .isInstanceOfSatisfying(
                        DiskException.class,
                        e -> assertThat(e.kind()).isEqualTo(DiskException.Kind.FULL));
        write(file, 0, 2 * SECTOR, 2);
        assertThat(read(disk, "a", 0)).isEqualTo(2);
    }
}
