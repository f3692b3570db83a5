package dev.parley.core.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.shard.Golden;
import dev.parley.core.shard.MemoryLog;
import dev.parley.core.shard.Mutator;
import dev.parley.core.shard.TestDecision;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/// The stream machine's records and snapshot: golden bytes of format 1, and what it does with bytes
/// that were changed at random although all checksums were right.
class StreamMutationTest {
    /// A life of one shard in which every type of record is written.
    private static StreamStage life() {
        StreamStage stage = new StreamStage();
        stage.create(1, StreamSpec.EVERYTHING);
        stage.create(2, new StreamSpec(60_000, 10_000, 25, false));
        stage.create(3, new StreamSpec(StreamSpec.NONE, StreamSpec.NONE, StreamSpec.NONE, true));
        stage.create(4, StreamSpec.EVERYTHING);
        stage.give(new StreamCommand.Delete(null, 0, 4, false));
        stage.publish(1, 0, 11);
        stage.publish(2, 0, 40);
        stage.publish(1, 12, 12);
        TestReader client = new TestReader();
        stage.publish(client, 1, "größe", 1, "large".repeat(80));
        for (int n = 0; n < 24; n++) {
            stage.publish(client, 3, "s" + n % 3, n, "v" + n);
        }
        stage.publish(client, 3, "s1", 0, "");
        stage.give(
                new StreamCommand.Accept(
                        7, 9, List.of(1L, 3L, 4L), StreamStage.message("both", 5, "moved")));
        stage.turn();
        stage.publish(1, 13, 22);
        TestReader reader = stage.attach(1, new Start.At(3), "cursor", 5);
        stage.settle(reader, 1, 3, 4);
        stage.move(2, "done", 30);
        stage.move(2, "gone", 31);
        stage.move(2, "gone", -1);
        for (long segment = 1; segment <= stage.segment(stage.log.end()); segment++) {
            stage.sparse(segment);
        }
        stage.publish(1, 23, 25);
        return stage;
    }

    private static Map<Long, MemoryLog.Entry> records(StreamStage stage) {
        return stage.log.after(0);
    }

    private static byte[] bytes(ByteBuffer payload) {
        byte[] bytes = new byte[payload.remaining()];
        payload.duplicate().get(bytes);
        return bytes;
    }

    private static StreamMachine machine() {
        StreamStage stage = new StreamStage();
        return new StreamMachine(stage, stage, StreamStage.SMALL);
    }

    @Test
    void everyTypeOfRecordIsWritten() {
        TreeSet<Integer> types = new TreeSet<>();
        records(life()).values().forEach(one -> types.add(one.type()));
        TreeSet<Integer> all = new TreeSet<>();
        for (int type = Records.CREATE; type <= Records.ATTEMPT; type++) {
            all.add(type);
        }
        assertThat(types).isEqualTo(all);
    }

    @Test
    void recordsAndSnapshotAreThoseOfFormat1() {
        StreamStage stage = life();
        ByteBuffer out = ByteBuffer.allocate(1 << 16);
        records(stage)
                .forEach((position, one) -> {
                    out.put((byte) one.type()).putLong(position);
                    out.putInt(one.payload().remaining()).put(one.payload().duplicate());
                });
        Golden.check("stream/records", bytes(out.flip()));
        byte[] snapshot = stage.state();
        Golden.check("stream/snapshot", snapshot);
        StreamMachine restored = machine();
        restored.restore(ByteBuffer.wrap(Golden.read("stream/snapshot")));
        assertThat(TestDecision.snapshot(restored)).isEqualTo(snapshot);
    }

    @Test
    void aSnapshotFromAnything() {
        byte[] snapshot = life().state();
        check(
                20_000,
                mutator -> {
                    StreamMachine machine = machine();
                    machine.restore(ByteBuffer.wrap(mutator.mutate(snapshot, true)));
                    return machine;
                });
    }

    @Test
    void recordsFromAnything() {
        List<Map.Entry<Long, MemoryLog.Entry>> records =
                new ArrayList<>(records(life()).entrySet());
        check(
                10_000,
                mutator -> {
                    StreamMachine machine = machine();
                    int changed = mutator.random().nextInt(records.size());
                    for (int i = 0; i < records.size(); i++) {
                        MemoryLog.Entry one = records.get(i).getValue();
                        boolean change = i == changed || mutator.random().nextInt(100) == 0;
                        byte[] payload = bytes(one.payload());
                        payload = change ? mutator.mutate(payload, true) : payload;
                        machine.apply(
                                one.type(), records.get(i).getKey(), ByteBuffer.wrap(payload));
                    }
                    return machine;
                });
    }

    /// One try with a mutator.
    private interface Attempt {
        StreamMachine with(Mutator mutator);
    }

    private static void check(int rounds, Attempt attempt) {
        int[] taken = {0};
        int[] refused = {0};
        Assertions.assertTimeoutPreemptively(
                Duration.ofMinutes(3),
                () -> {
                    for (int seed = 0; seed < rounds; seed++) {
                        try {
                            TestDecision.snapshot(attempt.with(new Mutator(seed)));
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
