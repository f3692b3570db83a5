package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.core.log.Disk;
import dev.parley.core.log.LocalEngine;
import dev.parley.core.log.Log;
import dev.parley.core.log.LogConfig;
import dev.parley.core.log.LogFailure;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Real threads on a real disk: everything becomes durable, in order and once, through many
/// segments.
@Timeout(60)
class WritersTest {
    private static final int RECORDS = 2_000;
    private static final int BYTES = 1_000;

    /// Small segments, so that their openings come between the syncs.
    private static final LogConfig CONFIG =
            new LogConfig(1, 64 << 10, 16 << 10, 64 << 10, 1 << 30, 0, 1 << 20);

    @TempDir Path directory;
    private @Nullable Writers writers;

    @SuppressWarnings("NullAway") // JUnit fills in the directory.
    WritersTest() {}

    private void wake() {
        Writers all = writers;
        if (all != null) {
            all.wake();
        }
    }

    private LocalEngine engine(Disk disk) {
        return LocalEngine.start(
                disk, CONFIG, 1, () -> 0, this::wake, () -> {}, () -> {}, () -> {});
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE})
    void whatIsAwaitedBecomesDurable(long longSyncNanos) throws Exception {
        try (FileDisk disk = new FileDisk(directory)) {
            LocalEngine engine = engine(disk);
            Reader owner = new Reader();
            Log log = engine.open(0, 0, owner);
            List<Throwable> deaths = new ArrayList<>();
            Writers all = new Writers(engine.writer(), longSyncNanos, deaths::add);
            writers = all;
            all.start();
            for (int n = 0; n < RECORDS; n++) {
                log.append(1, BYTES).putInt(n);
                log.hurry();
                log.seal();
                engine.flush(0);
                if (n % 50 == 0) {
                    awaitDurable(engine, log);
                }
            }
            awaitDurable(engine, log);
            all.stop();
            engine.close();
            assertThat(deaths).isEmpty();
            assertThat(owner.failures).isEmpty();
        }
        try (FileDisk disk = new FileDisk(directory)) {
            writers = null;
            Reader owner = new Reader();
            LocalEngine engine = engine(disk);
            engine.open(0, 0, owner);
            engine.close();
            assertThat(owner.numbers).hasSize(RECORDS).isSorted().doesNotHaveDuplicates();
        }
    }

    /// The second thread's sync is the one by which two are found to be of no use, and what the
    /// first had to leave to whoever ends last is left to nobody.
    @Test
    void whatIsLeftToTheSecondThreadIsDoneThoughItIsNotToGoOn() throws Exception {
        SyncTimes times = new SyncTimes(0);
        for (int n = 0; n < 2 * SyncTimes.SAMPLES - 1; n++) {
            times.learn(n < SyncTimes.SAMPLES ? 1 : Long.MAX_VALUE / 1_000, n >= SyncTimes.SAMPLES);
        }
        assertThat(times.abreast()).isTrue();
        try (FileDisk files = new FileDisk(directory)) {
            GatedDisk disk = new GatedDisk(files);
            LocalEngine engine = engine(disk);
            Log log = engine.open(0, 0, new Reader());
            Writers all = new Writers(engine.writer(), times, _ -> {});
            writers = all;
            append(engine, log, BYTES);
            assertThat(engine.writer().turn()).isTrue();
            all.start();
            disk.close();
            append(engine, log, BYTES);
            await().until(() -> disk.waits("parley-log-1") || disk.waits("parley-log-2"));
            append(engine, log, BYTES);
            await().until(() -> disk.waits("parley-log-1") && disk.waits("parley-log-2"));
            append(engine, log, 60_000); // opens a segment, which is synced alone
            disk.pass("parley-log-1");
            await().until(() -> !disk.waits("parley-log-1") && rests("parley-log-1"));
            disk.open();
            // Without that it lies for ten seconds.
            await().atMost(Duration.ofSeconds(5))
                    .until(() -> {
                        engine.poll(0);
                        return log.durable() > log.position();
                    });
            assertThat(times.abreast()).isFalse();
            all.stop();
            engine.close();
        }
    }

    private static boolean rests(String thread) {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(one ->
                        one.getName().equals(thread)
                                && one.getState() == Thread.State.TIMED_WAITING);
    }

    private static void append(LocalEngine engine, Log log, int bytes) {
        log.append(1, bytes).put(new byte[bytes]);
        log.hurry();
        log.seal();
        engine.flush(0);
    }

    private static void awaitDurable(LocalEngine engine, Log log) {
        await().pollInterval(Duration.ofMillis(1))
                .until(() -> {
                    engine.poll(0);
                    return log.durable() > log.position();
                });
    }

    /// Remembers what was replayed.
    private static final class Reader implements Log.Owner {
        private final List<Integer> numbers = new ArrayList<>();
        private final List<LogFailure> failures = new ArrayList<>();

        @Override
        public void restore(ByteBuffer state) {}

        @Override
        public void replay(int type, long position, ByteBuffer payload) {
            numbers.add(payload.getInt());
        }

        @Override
        public void onDurable(long position) {}

        @Override
        public void onRead(long position, Log.@Nullable Block block) {}

        @Override
        public void onSnapshot() {}

        @Override
        public void onSparse(long segment) {}

        @Override
        public void onRoom(boolean roomy) {}

        @Override
        public void onFailure(LogFailure failure) {
            failures.add(failure);
        }
    }
}
