package dev.parley.core.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.shard.MachineTrial;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The stream machine's records and snapshot: golden bytes, and what it does with bytes that were
/// changed at random although all checksums were right.
class StreamMutationTest {
    private final MachineTrial trial = new MachineTrial(StreamMutationTest::machine);

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

    private static StreamMachine machine() {
        StreamStage stage = new StreamStage();
        return new StreamMachine(stage, stage, StreamStage.SMALL);
    }

    @Test
    void everyTypeOfRecordIsWritten() {
        MachineTrial.hasAllTypes(life().written(), Records.CREATE, Records.ATTEMPT);
    }

    @Test
    void recordsAndSnapshotAreThoseOfTheFormat() {
        StreamStage stage = life();
        trial.isGolden("stream", stage.written(), stage.state());
    }

    /// When nothing was said of what cursors handed out.
    @Test
    void recordsAndSnapshotOfEarlierVersionsAreRead() {
        assertThat(trial.readsEarlier("stream"))
                .contains(Records.CURSOR)
                .doesNotContain(Records.ATTEMPT);
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
