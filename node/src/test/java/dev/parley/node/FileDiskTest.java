package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.core.log.Disk;
import dev.parley.core.log.DiskException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real directory: one process at a time, and files that read back as they were written.
class FileDiskTest {
    @TempDir Path directory;

    /// Opens the directory in a process of its own and says what came of it.
    static final class Second {
        private Second() {}

        public static void main(String[] arguments) throws IOException {
            try {
                new FileDisk(Path.of(arguments[0])).close();
                System.out.print("opened");
            } catch (IllegalStateException e) {
                System.out.print(e.getMessage());
            }
        }
    }

    private String second() throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Second.class.getName(),
                                directory.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return said;
    }

    @Test
    void aSecondProcessIsToldWhoHasTheDirectory() throws IOException, InterruptedException {
        try (FileDisk disk = new FileDisk(directory)) {
            assertThat(second())
                    .isEqualTo(
                            "data directory %s is in use by process %d",
                            directory, ProcessHandle.current().pid());
            assertThat(disk.list()).isEmpty();
        }
        assertThat(second()).isEqualTo("opened");
    }

    @Test
    void aSecondNodeInTheSameProcessIsRefusedToo() throws IOException {
        try (FileDisk disk = new FileDisk(directory)) {
            assertThatThrownBy(() -> new FileDisk(directory))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("in use by another node of this process");
            assertThat(disk.list()).isEmpty();
        }
    }

    @Test
    void whatWasWrittenIsRead() throws IOException {
        byte[] bytes = new byte[1_000_003];
        new Random(1).nextBytes(bytes);
        try (FileDisk disk = new FileDisk(directory)) {
            Disk.File file = disk.open("one", true);
            file.write(ByteBuffer.wrap(bytes), 10);
            file.write(ByteBuffer.allocateDirect(1000).put(bytes, 0, 1000).flip(), 2_000_000);
            file.sync();
            for (ByteBuffer target :
                    List.of(
                            ByteBuffer.allocate(bytes.length),
                            ByteBuffer.allocateDirect(bytes.length))) {
                assertThat(file.read(target, 10)).isEqualTo(bytes.length);
                assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(bytes));
            }
            assertThat(file.read(ByteBuffer.allocate(5000), 2_000_000)).isEqualTo(1000);
            assertThat(file.read(ByteBuffer.allocate(10), 3_000_000)).isZero();
            assertThat(file.size()).isEqualTo(2_001_000);
            file.truncate(10);
            assertThat(file.size()).isEqualTo(10);
            file.close();
        }
    }

    @Test
    void namesAreSortedAndTheLockIsNotAmongThem() throws IOException {
        try (FileDisk disk = new FileDisk(directory)) {
            disk.open("b", true).close();
            disk.open("a", true).close();
            disk.rename("b", "c");
            disk.syncDirectory();
            assertThat(disk.list()).containsExactly("a", "c");
            disk.delete("a");
            disk.delete("never there");
            assertThat(disk.exists("a")).isFalse();
            assertThat(disk.list()).containsExactly("c");
            assertThat(disk.usableBytes()).isPositive();
        }
    }

    @Test
    void aFailureSaysWhatWasTriedOnWhichFile() throws IOException {
        try (FileDisk disk = new FileDisk(directory)) {
            assertThatThrownBy(() -> disk.open("missing", false))
                    .isInstanceOfSatisfying(
                            DiskException.class,
                            e -> assertThat(e.kind()).isEqualTo(DiskException.Kind.FAILED))
                    .hasMessageContaining("open missing");
        }
    }

    /// Linux has a file for which there is never any room.
    @Test
    void noRoomIsToldFromOtherFailures() throws IOException {
        Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")), "there is no /dev/full here");
        Files.createSymbolicLink(directory.resolve("full"), Path.of("/dev/full"));
        try (FileDisk disk = new FileDisk(directory)) {
            Disk.File file = disk.open("full", false);
            assertThatThrownBy(() -> file.write(ByteBuffer.allocate(100), 0))
                    .isInstanceOfSatisfying(
                            DiskException.class,
                            e -> assertThat(e.kind()).isEqualTo(DiskException.Kind.FULL));
            file.close();
        }
        Files.delete(directory.resolve("full"));
    }
}
