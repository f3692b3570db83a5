package dev.parley.core.topic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.shard.Golden;
import dev.parley.core.shard.MemoryLog;
import dev.parley.core.shard.Mutator;
import dev.parley.core.shard.TestDecision;
import dev.parley.core.topic.TopicCommand.Step;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/// The topic machine's records and snapshot: golden bytes of format 1, and what it does with bytes
/// that were changed at random although all checksums were right.
class TopicMutationTest {
    /// A life of one shard in which every type of record is written.
    private static TopicStage life() {
        Town town = new Town();
        TopicStage stage = town.stage(1);
        TopicStage far = town.stage(3);
        town.keeper = 1;
        TestDevice device = stage.attach("déviçe");
        Will will = new Will(TopicStage.message("will", "dead", 1), true, 0);
        TestDevice mortal = stage.attach(new TestDevice("mortal"), false, 60, 5, will);
        TestDevice there = far.attach("there");
        far.subscribe(there, "a", 2);
        far.subscribe(there, "$share/g/s", 1);
        stage.subscribe(device, new Subscription("a/#", 2, false, true, 7));
        stage.subscribe(device, new Subscription("will", 1, true, false, 0));
        stage.subscribe(device, "$share/g/s", 1);
        stage.subscribe(device, "gone", 0);
        stage.give(
                new TopicCommand.Unsubscribe(
                        device, device.nextToken(), device.session, List.of("gone")));
        stage.turn();
        stage.publish(device, TopicStage.message("a", "first", 1, 1_790_000_100_000L), true, null);
        stage.turn();
        stage.settle(device, 1, Step.ACKNOWLEDGED);
        stage.publishOnce(mortal, "a", "second", 7);
        stage.publishOnce(mortal, "a", "third", 8);
        town.turn();
        stage.settle(device, 2, Step.RECEIVED);
        stage.give(new TopicCommand.Release(mortal, mortal.session, 7));
        stage.turn();
        far.drop(there);
        stage.publish(new TestDevice(), "s", "shared", 1);
        stage.publish(new TestDevice(), "s", "shared too", 1);
        town.turn();
        stage.drop(mortal);
        stage.drop(device);
        TestDevice again = far.attach("there");
        stage.give(new TopicCommand.Gather(Town.HOST, "$share/g/s"));
        town.turn();
        far.acknowledgeAll(again);
        stage.sparse(stage.segment(stage.log.end() - 1));
        stage.publish(
                new TestDevice(),
                TopicStage.message("soon", "over", 1, stage.now() + 5_000),
                true,
                null);
        stage.turn();
        stage.pass(20_000);
        TestDevice brief = stage.attach(new TestDevice("brief"), false, 0, 5, null);
        stage.drop(brief);
        far.dropSent(true);
        stage.dropSent(true);
        TestDevice back = stage.attach("déviçe");
        stage.publishOnce(back, "a", "on its way", 9);
        stage.turn();
        stage.give(
                new TopicCommand.Attach(
                        new TestDevice(), 1, "gone", "no more", false, 1000, 5, null, null));
        stage.turn();
        town.gone.add("gone");
        stage.give(new TopicCommand.Drop());
        stage.turn();
        return stage;
    }

    private static Map<Long, MemoryLog.Entry> records(TopicStage stage) {
        return stage.log.after(0);
    }

    private static byte[] bytes(ByteBuffer payload) {
        byte[] bytes = new byte[payload.remaining()];
        payload.duplicate().get(bytes);
        return bytes;
    }

    private static TopicMachine machine() {
        Town town = new Town();
        TopicStage stage = town.stage(1);
        return new TopicMachine(stage, stage, TopicStage.CONFIG);
    }

    @Test
    void everyTypeOfRecordIsWritten() {
        TreeSet<Integer> types = new TreeSet<>();
        records(life()).values().forEach(one -> types.add(one.type()));
        TreeSet<Integer> all = new TreeSet<>();
        for (int type = Records.OPEN; type <= Records.DROP; type++) {
            all.add(type);
        }
        assertThat(types).isEqualTo(all);
    }

    @Test
    void recordsAndSnapshotAreThoseOfFormat1() {
        TopicStage stage = life();
        ByteBuffer out = ByteBuffer.allocate(1 << 16);
        records(stage)
                .forEach((position, one) -> {
                    out.put((byte) one.type()).putLong(position);
                    out.putInt(one.payload().remaining()).put(one.payload().duplicate());
                });
        Golden.check("topic/records", bytes(out.flip()));
        byte[] snapshot = stage.state();
        Golden.check("topic/snapshot", snapshot);
        TopicMachine restored = machine();
        restored.restore(ByteBuffer.wrap(Golden.read("topic/snapshot")));
        assertThat(TestDecision.snapshot(restored)).isEqualTo(snapshot);
    }

    @Test
    void aSnapshotFromAnything() {
        byte[] snapshot = life().state();
        check(
                20_000,
                mutator -> {
                    TopicMachine machine = machine();
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
                    TopicMachine machine = machine();
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
        TopicMachine with(Mutator mutator);
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
