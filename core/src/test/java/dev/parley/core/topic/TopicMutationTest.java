package dev.parley.core.topic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.shard.Golden;
import dev.parley.core.shard.MachineTrial;
import dev.parley.core.shard.TestDecision;
import dev.parley.core.topic.TopicCommand.Step;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The topic machine's records and snapshot: golden bytes, and what it does with bytes that were
/// changed at random although all checksums were right.
class TopicMutationTest {
    private final MachineTrial trial = new MachineTrial(TopicMutationTest::machine);

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

    private static TopicMachine machine() {
        Town town = new Town();
        TopicStage stage = town.stage(1);
        return new TopicMachine(stage, stage, TopicStage.CONFIG);
    }

    @Test
    void everyTypeOfRecordIsWritten() {
        // Earlier versions wrote SETTLE.
        MachineTrial.hasAllTypes(
                life().written(), Records.OPEN, Records.SETTLE_RUN, Records.SETTLE);
    }

    @Test
    void recordsAndSnapshotAreThoseOfTheFormat() {
        TopicStage stage = life();
        trial.isGolden("topic", stage.written(), stage.state());
    }

    /// When what was settled was written one by one.
    @Test
    void recordsAndSnapshotOfEarlierVersionsAreRead() {
        assertThat(trial.readsEarlier("topic"))
                .contains(Records.SETTLE)
                .doesNotContain(Records.SETTLE_RUN);
        byte[] snapshot = Golden.read("topic/snapshot-1");
        TopicMachine restored = machine();
        restored.restore(ByteBuffer.wrap(snapshot));
        assertThat(TestDecision.snapshot(restored)).isEqualTo(snapshot);
    }

    @Test
    void aSnapshotFromAnything() {
        trial.snapshotsFromAnything(life().state());
    }

    @Test
    void recordsFromAnything() {
        trial.recordsFromAnything(life().written(), 10_000);
    }
}
