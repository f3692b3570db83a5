package dev.parley.core.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assertions;

/// What the records and the snapshot of every machine have to stand: they are the golden bytes of
/// their format, and bytes that were changed at random although all checksums were right are taken
/// or refused, in a time that can be waited for.
public final class MachineTrial {
    private static final int SNAPSHOTS = 20_000;

    private final Supplier<? extends Machine> make;

    /// @param make makes a machine that knows nothing yet
    public MachineTrial(Supplier<? extends Machine> make) {
        this.make = make;
    }

    /// @param folder where the golden files are
    public void isGolden(String folder, List<Written> records, byte[] snapshot) {
        ByteBuffer out = ByteBuffer.allocate(1 << 17);
        for (Written one : records) {
            out.put((byte) one.type()).putLong(one.position());
            out.putInt(one.payload().length).put(one.payload());
        }
        byte[] bytes = new byte[out.position()];
        out.flip().get(bytes);
        Golden.check(folder + "/records", bytes);
        isGolden(folder, snapshot);
    }

    /// The snapshot alone.
    public void isGolden(String folder, byte[] snapshot) {
        Golden.check(folder + "/snapshot", snapshot);
        Machine restored = make.get();
        restored.restore(ByteBuffer.wrap(Golden.read(folder + "/snapshot")));
        assertThat(TestDecision.snapshot(restored)).isEqualTo(snapshot);
    }

    /// Whether a machine reads the golden records and snapshot of an earlier version, which say the
    /// same; returns the types of those records.
    public Set<Integer> readsEarlier(String folder) {
        Machine replayed = make.get();
        ByteBuffer in = ByteBuffer.wrap(Golden.read(folder + "/records-1"));
        Set<Integer> types = new TreeSet<>();
        while (in.hasRemaining()) {
            int type = in.get();
            types.add(type);
            long position = in.getLong();
            ByteBuffer payload = in.slice(in.position() + 4, in.getInt());
            in.position(in.position() + payload.remaining());
            replayed.apply(type, position, payload);
        }
        Machine restored = make.get();
        restored.restore(ByteBuffer.wrap(Golden.read(folder + "/snapshot-1")));
        assertThat(TestDecision.snapshot(restored)).isEqualTo(TestDecision.snapshot(replayed));
        return types;
    }

    /// Whether every type from the first to the last is among the records.
    ///
    /// @param but those that are not written any more
    public static void hasAllTypes(List<Written> records, int first, int last, int... but) {
        Set<Integer> all = new TreeSet<>();
        for (int type = first; type <= last; type++) {
            all.add(type);
        }
        for (int type : but) {
            all.remove(type);
        }
        Set<Integer> types = new TreeSet<>();
        records.forEach(one -> types.add(one.type()));
        assertThat(types).isEqualTo(all);
    }

    public void snapshotsFromAnything(byte[] snapshot) {
        tryOut(
                SNAPSHOTS,
                mutator -> {
                    Machine machine = make.get();
                    machine.restore(ByteBuffer.wrap(mutator.mutate(snapshot, true)));
                    return machine;
                });
    }

    public void recordsFromAnything(List<Written> records, int rounds) {
        tryOut(
                rounds,
                mutator -> {
                    Machine machine = make.get();
                    int changed = mutator.random().nextInt(records.size());
                    for (int i = 0; i < records.size(); i++) {
                        Written one = records.get(i);
                        boolean change = i == changed || mutator.random().nextInt(100) == 0;
                        byte[] payload =
                                change ? mutator.mutate(one.payload(), true) : one.payload();
                        machine.apply(one.type(), one.position(), ByteBuffer.wrap(payload));
                    }
                    return machine;
                });
    }

    private static void tryOut(int rounds, Function<Mutator, Machine> attempt) {
        int[] taken = {0};
        int[] refused = {0};
        Assertions.assertTimeoutPreemptively(
                Duration.ofMinutes(3),
                () -> {
                    for (int seed = 0; seed < rounds; seed++) {
                        try {
                            TestDecision.snapshot(attempt.apply(new Mutator(seed)));
                            taken[0]++;
                        } catch (RuntimeException e) {
                            // The log turns it into a refusal that names shard and cause.
                            refused[0]++;
                        }
                    }
                });
        assertThat(taken[0]).isPositive();
        assertThat(refused[0]).isEqualTo(rounds - taken[0]).isPositive();
    }
}
