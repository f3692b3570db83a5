package dev.parley.bench.jmh;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What the checksum of one record costs: CRC32C over a direct buffer.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Crc32cBench {

    /// How many bytes are summed at once.
    @Param({"1024", "65536"})
    public int bytes;

    private ByteBuffer buffer = ByteBuffer.allocateDirect(0);
    private final CRC32C crc = new CRC32C();

    /// Fills the buffer with something that is not all zeros.
    @Setup
    public void fill() {
        buffer = ByteBuffer.allocateDirect(bytes);
        for (int i = 0; i < bytes; i++) {
            buffer.put(i, (byte) (i * 31));
        }
    }

    /// One record's checksum.
    @Benchmark
    public long checksum() {
        crc.reset();
        crc.update(buffer.rewind());
        return crc.getValue();
    }
}
