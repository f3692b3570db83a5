package dev.parley.bench.host;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/// What the disk itself takes for a confirm: 1 KiB written and synced into a zero-filled file.
public record DiskProbe(double medianMillis, double p99Millis, String fileSystem) {

    private static final int WRITE_BYTES = 1_024;
    private static final int FILE_BYTES = 8 << 20;
    private static final int SYNCS_MAX = 2_000;
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final double NANOS_PER_MILLI = 1e6;

    /// Measures in a directory; at most 2,000 syncs and 5 s.
    public static DiskProbe measure(Path directory) throws IOException {
        Path file = directory.resolve("disk-probe");
        var histogram = new Histogram(3);
        try (FileChannel channel = FileChannel.open(file, CREATE_NEW, WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocateDirect(FILE_BYTES);
            while (zeros.hasRemaining()) {
                channel.write(zeros);
            }
            channel.force(true);
            ByteBuffer block = ByteBuffer.allocateDirect(WRITE_BYTES);
            long began = System.nanoTime();
            for (int i = 0; i < SYNCS_MAX && System.nanoTime() - began < DEADLINE_NANOS; i++) {
                block.putLong(0, i).clear();
                long before = System.nanoTime();
                while (block.hasRemaining()) {
                    long at = (long) i * WRITE_BYTES + block.position();
                    channel.write(block, at);
                }
                channel.force(false);
                histogram.recordValue(System.nanoTime() - before);
            }
        } finally {
            Files.deleteIfExists(file);
        }
        return new DiskProbe(
                histogram.getValueAtPercentile(50) / NANOS_PER_MILLI,
                histogram.getValueAtPercentile(99) / NANOS_PER_MILLI,
                Files.getFileStore(directory).type());
    }
}
