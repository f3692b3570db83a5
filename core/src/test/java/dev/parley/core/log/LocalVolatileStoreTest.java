package dev.parley.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Messages that need no disk spill over their budget, are read back as they were, and give back
/// what they used.
class LocalVolatileStoreTest {
    private static final int SPAN = 256 << 10;

    private final MemoryDisk disk = new MemoryDisk();
    private final ArrayDeque<Runnable> keeper = new ArrayDeque<>();
    private final ArrayDeque<Runnable> loop = new ArrayDeque<>();
    private final Shelf owner = new Shelf(new TestLog(disk).engine());
    private final LocalVolatileStore store =
            new LocalVolatileStore(disk, "spill-0000", 2L * SPAN, keeper::add, loop::add, owner);

    private long put(int seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        store.append(size).put(bytes);
        return store.position();
    }

    private void settle() {
        while (!keeper.isEmpty() || !loop.isEmpty()) {
            while (!keeper.isEmpty()) {
                keeper.remove().run();
            }
            while (!loop.isEmpty()) {
                loop.remove().run();
            }
        }
    }

    private void check(long position, int seed, int size) {
        ByteBuffer payload = store.cached(position);
        if (payload == null) {
            store.read(position, size);
            settle();
            Log.Block block = owner.blocks().get(position);
            assertThat(block).as("block of %d", position).isNotNull();
            payload = block == null ? null : block.payload(position);
        }
        byte[] expected = new byte[size];
        new Random(seed).nextBytes(expected);
        assertThat(payload).isEqualTo(ByteBuffer.wrap(expected));
    }

    @Test
    void positionsAreNegativeAndFall() {
        long last = 0;
        for (int i = 0; i < 1000; i++) {
            long position = put(i, i * 3);
            assertThat(position).isLessThan(last);
            last = position;
        }
    }

    @Test
    void whatIsOverTheBudgetSpillsAndComesBack() {
        List<Long> positions = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            positions.add(put(i, 100_000));
            settle();
        }
        assertThat(store.cached(positions.getFirst())).isNull();
        assertThat(store.cached(positions.getLast())).isNotNull();
        assertThat(disk.bytes("spill-0000").length).isPositive();
        for (int i = 0; i < 40; i++) {
            check(positions.get(i), i, 100_000);
        }
    }

    @Test
    void oneMessageLargerThanASpan() {
        List<Long> positions = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            positions.add(put(i, 3 * SPAN + 17));
            settle();
        }
        for (int i = 0; i < 6; i++) {
            check(positions.get(i), i, 3 * SPAN + 17);
        }
    }

    /// One old message stays for ever while many come and go: the file does not grow with them.
    @Test
    void theSpillFileIsUsedAgainAndGivenBack() {
        long stays = put(1, 200_000);
        List<Long> others = new ArrayList<>();
        for (int round = 0; round < 50; round++) {
            for (int i = 0; i < 8; i++) {
                others.add(put(i, 200_000));
                settle();
            }
            for (int i = 0; i < 8; i++) {
                check(others.get(i), i, 200_000);
                store.release(others.get(i), 200_000);
            }
            others.clear();
            settle();
        }
        assertThat(disk.bytes("spill-0000").length).isLessThan(12 * SPAN);
        check(stays, 1, 200_000);
        store.release(stays, 200_000);
        put(0, SPAN); // lets the chunk that was being filled go
        settle();
        assertThat(disk.bytes("spill-0000").length).isZero();
    }

    @Test
    void aFullDiskKeepsThemInMemory() {
        disk.capacity(disk.used());
        List<Long> positions = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            positions.add(put(i, 100_000));
            settle();
        }
        for (int i = 0; i < 20; i++) {
            assertThat(store.cached(positions.get(i))).isNotNull();
            check(positions.get(i), i, 100_000);
        }
    }

    @Test
    void whatWasReleasedCannotBeReleasedAgain() {
        long position = put(1, 10);
        store.release(position, 10);
        assertThatThrownBy(() -> store.release(position, 10))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anythingComesBackAsItWas() {
        Random random = new Random(7);
        Map<Long, int[]> there = new LinkedHashMap<>();
        for (int i = 0; i < 3000; i++) {
            int size = random.nextInt(20) == 0 ? random.nextInt(600_000) : random.nextInt(4000);
            there.put(put(i, size), new int[] {i, size});
            if (random.nextInt(3) == 0) {
                settle();
            }
            while (there.size() > 60) {
                List<Long> all = new ArrayList<>(there.keySet());
                long position = all.get(random.nextInt(all.size()));
                int[] what = there.remove(position);
                if (what != null) {
                    check(position, what[0], what[1]);
                    store.release(position, what[1]);
                }
            }
        }
        settle();
        there.forEach((position, what) -> check(position, what[0], what[1]));
    }

    /// The whole way through the engine: both threads are woken.
    @Test
    void theEngineWakesWhoHasToDoIt() {
        List<String> woken = new ArrayList<>();
        LocalEngine engine =
                LocalEngine.start(
                        new MemoryDisk(),
                        TestLog.CONFIG,
                        1,
                        () -> 0,
                        () -> woken.add("writer"),
                        () -> woken.add("keeper"),
                        () -> woken.add("reader"),
                        () -> woken.add("loop"));
        Shelf shelf = new Shelf(engine);
        VolatileStore one = engine.volatileStore(0, 0, shelf);
        one.append(10);
        woken.clear();
        one.read(one.position(), 10);
        assertThat(woken).containsExactly("keeper");
        woken.clear();
        engine.keeper().turn();
        assertThat(woken).contains("loop");
    }
}
