package dev.parley.bench.jmh;

import dev.parley.core.log.LocalEngine;
import dev.parley.core.log.Log;
import dev.parley.core.log.LogConfig;
import dev.parley.core.log.LogFailure;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What a record costs the log from its append until it is told durable, with both threads' work
/// done in one and a disk that costs nothing but a copy. The zeros of new segments are in it.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LogAppendBench {
    private static final int BATCH = 64;

    /// Bytes of a record's payload.
    @Param({"16", "1024", "65536"})
    public int bytes;

    private LocalEngine engine = start();
    private Log log = engine.open(0, 0, new Nobody());
    private byte[] payload = {};

    private static LocalEngine start() {
        LogConfig config =
                new LogConfig(1, 64 << 20, 1 << 20, 64L << 20, Long.MAX_VALUE / 2, 0, 1 << 20);
        return LocalEngine.start(
                new ForgetfulDisk(), config, 1, () -> 0, () -> {}, () -> {}, () -> {}, () -> {});
    }

    /// An engine of its own for each size.
    @Setup
    public void open() {
        engine = start();
        log = engine.open(0, 0, new Nobody());
        payload = new byte[bytes];
    }

    /// One record, one turn, one sync.
    @Benchmark
    public long turnOfOne() {
        log.append(1, bytes).put(payload);
        log.seal();
        return write();
    }

    /// A round of turns that share one sync.
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long turnsThatShareASync() {
        for (int i = 0; i < BATCH; i++) {
            log.append(1, bytes).put(payload);
            log.seal();
        }
        return write();
    }

    private long write() {
        engine.flush(0);
        engine.writer().turn();
        engine.poll(0);
        return log.durable();
    }

    /// An owner that does not care.
    private static final class Nobody implements Log.Owner {
        @Override
        public void restore(ByteBuffer state) {
            throw new IllegalStateException("there was no snapshot");
        }

        @Override
        public void replay(int type, long position, ByteBuffer payload) {
            throw new IllegalStateException("there was no record");
        }

        @Override
        public void onDurable(long position) {
            // Asked for instead.
        }

        @Override
        public void onRead(long position, Log.@Nullable Block block) {
            throw new IllegalStateException("nothing was asked for");
        }

        @Override
        public void onSnapshot() {
            // None is written.
        }

        @Override
        public void onSparse(long segment) {
            // Nothing is alive.
        }

        @Override
        public void onRoom(boolean roomy) {
            // There is always room.
        }

        @Override
        public void onFailure(LogFailure failure) {
            throw new IllegalStateException(failure.detail());
        }
    }
}
