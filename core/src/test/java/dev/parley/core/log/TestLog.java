package dev.parley.core.log;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// A local engine over a [MemoryDisk] with all its threads played by the test.
final class TestLog {
    static final int SEGMENT = 16 << 10;

    /// Small enough that a test sees many segments and chunks.
    static final LogConfig CONFIG =
            new LogConfig(3, SEGMENT, 4 << 10, 16 << 10, 32 << 10, 0, 1 << 20);

    private final LocalEngine engine;
    private final List<Shelf> shelves = new ArrayList<>();
    private final Map<Integer, String> closed = new LinkedHashMap<>();

    TestLog(Disk disk) {
        this(disk, CONFIG);
    }

    /// Time flies: nothing that is written waits to be synced.
    TestLog(Disk disk, LogConfig config) {
        this(disk, config, flying());
    }

    private static LongSupplier flying() {
        AtomicLong ticks = new AtomicLong();
        return () -> ticks.addAndGet(LogWriter.UNAWAITED_MILLIS);
    }

    TestLog(Disk disk, LogConfig config, LongSupplier ticks) {
        this(disk, config, ticks, () -> {});
    }

    TestLog(Disk disk, LogConfig config, LongSupplier ticks, Runnable wakeWriter) {
        engine =
                LocalEngine.start(
                        disk, config, 0x1234L, ticks, wakeWriter, () -> {}, () -> {}, () -> {});
        for (int i = 0; i < engine.shards(); i++) {
            Shelf shelf = new Shelf(engine);
            shelves.add(shelf);
            try {
                shelf.open(i);
            } catch (CorruptLogException e) {
                closed.put(i, String.valueOf(e.getMessage()));
            }
        }
    }

    LocalEngine engine() {
        return engine;
    }

    Shelf shelf(int shard) {
        return shelves.get(shard);
    }

    List<Shelf> shelves() {
        return shelves;
    }

    /// The shards that could not be opened, and why.
    Map<Integer, String> closed() {
        return closed;
    }

    /// Puts and seals.
    void put(int shard, int number, String text) {
        shelf(shard).put(number, text);
        shelf(shard).seal();
    }

    /// Hands what is sealed to the writer.
    void flush() {
        engine.flush(0);
    }

    /// Everything that can be done now: written, synced, read, freed, told.
    void settle() {
        boolean worked = true;
        for (int n = 0; worked; n++) {
            engine.flush(0);
            worked = engine.writer().turn();
            worked |= engine.keeper().turn();
            worked |= engine.reader().turn();
            worked |= engine.poll(0) > 0;
            if (n > 10_000) {
                throw new IllegalStateException("the log does not come to rest");
            }
        }
    }

    void snapshotAll() {
        for (int i = 0; i < shelves.size(); i++) {
            if (!closed.containsKey(i)) {
                shelf(i).snapshot();
            }
        }
        settle();
    }
}
