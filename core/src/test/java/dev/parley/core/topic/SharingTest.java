package dev.parley.core.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.parley.core.topic.TestDevice.Got;
import dev.parley.core.topic.TopicCommand.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SharingTest {
    private static final String GROUP = "$share/g/a";

    private final Town town = new Town();
    private final TopicStage stage = town.stage(0);
    private final TestDevice publisher = new TestDevice("publisher");

    private TestDevice member(TopicStage where, String name, int qos) {
        TestDevice device = where.attach(name);
        where.subscribe(device, GROUP, qos);
        return device;
    }

    private static TopicCommand.Gather gather() {
        return new TopicCommand.Gather(Town.HOST, GROUP);
    }

    @Test
    void membersShareWhatComes() {
        TestDevice one = member(stage, "one", 1);
        TestDevice two = member(stage, "two", 1);
        for (int n = 0; n < 10; n++) {
            stage.publish(publisher, "a", "m" + n, 1);
        }
        stage.turn();
        assertThat(one.got.size()).isEqualTo(5);
        assertThat(two.got.size()).isEqualTo(5);
    }

    @Test
    void whoGoesLeavesWhatItDidNotAcknowledge() {
        TestDevice one = member(stage, "one", 2);
        TestDevice two = member(stage, "two", 1);
        two.ready = false;
        for (int n = 0; n < 6; n++) {
            stage.publish(publisher, "a", "m" + n, 1 + n / 2 % 2);
        }
        stage.turn();
        List<Got> had = one.take();
        assertThat(had).hasSize(3);
        stage.settle(one, had.getFirst().packetId(), Step.ACKNOWLEDGED);
        stage.turn();
        stage.drop(one);
        two.ready = true;
        stage.give(new TopicCommand.Resume(two, two.session));
        stage.turn();
        List<String> sentTwice = had.stream().filter(got -> got.qos() == 2).map(Got::body).toList();
        List<String> bodies = two.takeBodies();
        assertThat(bodies).doesNotContain(had.getFirst().body());
        assertThat(bodies).doesNotContainAnyElementsOf(sentTwice);
        assertThat(bodies).hasSize(5 - sentTwice.size()).doesNotHaveDuplicates();
        assertThat(sentTwice).hasSize(1);
        // It ends where it began.
        TestDevice again = stage.attach("one");
        assertThat(again.take())
                .extracting(Got::body, Got::repeated)
                .containsExactly(tuple(sentTwice.getFirst(), true));
    }

    @Test
    void waitsWhenNobodyIsThereAndGoesToWhoComes() {
        TestDevice one = member(stage, "one", 1);
        TestDevice two = member(stage, "two", 1);
        stage.drop(one);
        stage.drop(two);
        for (int n = 0; n < 6; n++) {
            stage.publish(publisher, "a", "m" + n, 1);
        }
        stage.turn();
        TestDevice again = stage.attach("two");
        stage.give(gather());
        stage.turn();
        assertThat(again.takeBodies())
                .containsExactlyInAnyOrder("m0", "m1", "m2", "m3", "m4", "m5");
    }

    @Test
    void messagesFollowAMemberToAnotherShardOnce() {
        TopicStage far = town.stage(3);
        TestDevice one = member(stage, "one", 1);
        TestDevice two = member(far, "two", 1);
        stage.drop(one);
        far.drop(two);
        for (int n = 0; n < 20; n++) {
            stage.publish(publisher, "a", "m" + n, 1);
        }
        town.turn();
        TestDevice again = far.attach("two");
        stage.dropSent(true);
        stage.give(gather());
        town.turn();
        int there = again.got.size();
        assertThat(there).isLessThan(20);
        stage.dropSent(false);
        stage.crash();
        town.turn();
        stage.crash();
        town.turn();
        assertThat(again.take()).extracting(Got::body).hasSize(20).doesNotHaveDuplicates();
        assertThat(stage.statuses().shard().moving()).isZero();
        assertThat(stage.statuses().shard().bodies()).isZero();
    }

    @Test
    void whatAnEndingSessionLeavesGoesToAMemberThatIsAwayToo() {
        TestDevice one = member(stage, "one", 1);
        TestDevice two = member(stage, "two", 1);
        stage.drop(two);
        stage.publish(publisher, "a", "m", 1);
        stage.turn();
        assertThat(one.takeBodies()).containsExactly("m");
        stage.give(new TopicCommand.End(new TestDevice("admin"), 1, one.session));
        stage.turn();
        TestDevice again = stage.attach("two");
        assertThat(again.takeBodies()).containsExactly("m");
    }

    @Test
    void aMessageForAMemberThatIsGoneFindsAnother() {
        TestDevice one = member(stage, "one", 1);
        TestDevice two = member(stage, "two", 1);
        Target target = new Target(one.session, new Terms(1, false, List.of(), GROUP));
        stage.give(new TopicCommand.End(new TestDevice("admin"), 1, one.session));
        stage.give(
                new TopicCommand.Publish(
                        publisher,
                        1,
                        null,
                        Town.HOST,
                        TopicStage.message("a", "m", 1),
                        TopicHost.NOWHERE,
                        List.of(target)));
        stage.turn();
        assertThat(two.takeBodies()).containsExactly("m");
    }

    @Test
    void aPublishThatMustNotHappenTwiceReachesOtherShardsOnce() {
        TopicStage far = town.stage(3);
        TestDevice here = stage.attach("here");
        stage.subscribe(here, "a", 2);
        TestDevice there = far.attach("there");
        far.subscribe(there, "a", 2);
        TestDevice sender = stage.attach("sender");
        List<Long> tokens = new ArrayList<>();
        for (int n = 1; n <= 10; n++) {
            tokens.add(stage.publishOnce(sender, "a", "m" + n, n));
            if (n == 5) {
                stage.turn();
                stage.dropSent(true);
            }
        }
        town.turn();
        assertThat(sender.accepted).isEqualTo(tokens);
        stage.dropSent(false);
        far.crash();
        stage.crash();
        town.turn();
        TestDevice thereAgain = far.attach("there");
        town.turn();
        assertThat(here.takeBodies())
                .containsExactly("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9", "m10");
        assertThat(thereAgain.takeBodies())
                .containsExactly("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9", "m10");
        assertThat(there.takeBodies()).containsExactly("m1", "m2", "m3", "m4", "m5");
    }

    @Test
    void aMessageGoesToAnyNumberOfOtherShardsSessionsOnAnyTerms() {
        TestDevice sender = stage.attach("sender");
        TopicStage other = town.stage(1);
        TestDevice there = other.attach("there");
        other.drop(there);
        List<Target> targets =
                IntStream.rangeClosed(1, 70_000)
                        .mapToObj(id ->
                                new Target(there.session, new Terms(1, false, List.of(id), "")))
                        .toList();
        long token = sender.nextToken();
        stage.give(
                new TopicCommand.Publish(
                        sender,
                        token,
                        new TopicCommand.Origin(sender.session, 1),
                        Town.HOST,
                        TopicStage.message("a", "m", 2),
                        TopicHost.NOWHERE,
                        targets));
        stage.turn();
        assertThat(sender.accepted).containsExactly(token);
        stage.crash();
        town.turn();
        SessionStatus status = other.status(there);
        assertThat(status.waiting()).isEqualTo(TopicStage.CONFIG.sessionMessagesMax());
        assertThat(status.refused()).isEqualTo(70_000 - status.waiting());
        assertThat(stage.statuses().shard().moving()).isZero();
    }

    @Test
    void aRecordFitsIntoASegmentHoweverLongTheGroupsAre() {
        TestDevice here = stage.attach("here");
        TestDevice there = town.stage(1).attach("there");
        List<Target> targets = new ArrayList<>();
        for (int n = 0; n < 1_000; n++) {
            String group = "$share/%04d%s/a".formatted(n, "g".repeat(1_000));
            targets.add(new Target(here.session, new Terms(1, false, List.of(), group)));
            targets.add(new Target(there.session, new Terms(1, false, List.of(), group)));
        }
        stage.give(
                new TopicCommand.Publish(
                        publisher,
                        1,
                        null,
                        Town.HOST,
                        TopicStage.message("a", "m", 1),
                        TopicHost.NOWHERE,
                        targets));
        town.turn();
        assertThat(stage.log.positions(Records.PUBLISH))
                .hasSizeGreaterThan(4)
                .allMatch(at -> stage.log.payload(at).remaining() < 1 << 20);
        assertThat(stage.status(here).waiting() + stage.status(here).inFlight()).isEqualTo(1_000);
        SessionStatus far = town.stage(1).status(there);
        assertThat(far.waiting() + far.inFlight()).isEqualTo(1_000);
    }
}
