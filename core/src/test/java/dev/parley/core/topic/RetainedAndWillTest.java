package dev.parley.core.topic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.Reason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetainedAndWillTest {
    private final Town town = new Town();
    private final TopicStage stage = town.stage(0);
    private final TestDevice publisher = new TestDevice("publisher");

    private void retain(String topic, String body) {
        stage.publish(publisher, TopicStage.message(topic, body, 1), true, null);
        stage.turn();
    }

    private List<String> found(String filter) {
        return stage.retained(filter, 3).stream().map(RetainedAndWillTest::text).toList();
    }

    private static String text(TopicMessage message) {
        return message.topic() + "=" + StandardCharsets.UTF_8.decode(message.payload());
    }

    @Test
    void theLastMessageOfATopicIsKept() {
        retain("a/b", "1");
        retain("a/b", "2");
        retain("a", "3");
        retain("ab", "4");
        retain("$SYS/x", "5");
        assertThat(found("a/b")).containsExactly("a/b=2");
        assertThat(found("a/#")).containsExactly("a=3", "a/b=2");
        assertThat(found("+/b")).containsExactly("a/b=2");
        assertThat(found("#")).containsExactly("a=3", "a/b=2", "ab=4");
        assertThat(found("$SYS/#")).containsExactly("$SYS/x=5");
        stage.crash();
        retain("a", "");
        assertThat(found("#")).containsExactly("a/b=2", "ab=4");
        assertThat(stage.statuses().shard().retained()).isEqualTo(3);
        assertThat(stage.statuses().shard().bodies()).isEqualTo(3);
    }

    @Test
    void manyAreFoundInStretchesAndReadFromTheLog() {
        for (int n = 0; n < TopicStage.CONFIG.retainedMax(); n++) {
            retain("t/%03d/x".formatted(n), "m" + n);
        }
        stage.log.cool();
        assertThat(found("t/+/x")).hasSize(50).doesNotHaveDuplicates().isSorted();
        stage.publish(publisher, TopicStage.message("more", "m", 1), true, null);
        stage.turn();
        assertThat(publisher.refused).singleElement().isInstanceOf(Reason.Full.class);
        retain("t/007/x", "again");
        assertThat(found("t/007/#")).containsExactly("t/007/x=again");
    }

    @Test
    void retainedMessagesExpire() {
        long soon = stage.now() + 3_000;
        stage.publish(publisher, TopicStage.message("a", "m", 1, soon), true, null);
        retain("b", "stays");
        assertThat(found("#")).containsExactly("a=m", "b=stays");
        stage.pass(3_000);
        assertThat(found("#")).containsExactly("b=stays");
        assertThat(stage.statuses().shard().retained()).isEqualTo(2);
        stage.pass(20_000);
        assertThat(stage.statuses().shard().retained()).isEqualTo(1);
    }

    @Test
    void anotherShardKeepsWhatIsPublishedOnce() {
        town.keeper = 3;
        TestDevice sender = stage.attach("sender");
        stage.publish(
                sender,
                TopicStage.message("a", "m", 2),
                true,
                new TopicCommand.Origin(sender.session, 1));
        town.turn();
        assertThat(town.stage(3).retained("#", 5))
                .extracting(RetainedAndWillTest::text)
                .containsExactly("a=m");
        assertThat(found("#")).isEmpty();
    }

    @Test
    void survivorsAreCopiedSoThatSegmentsCanGo() {
        retain("old", "kept");
        TestDevice device = stage.attach("device");
        stage.subscribe(device, "x", 1);
        stage.drop(device);
        stage.publish(publisher, "x", "waits", 1);
        stage.turn();
        long segment = stage.segment(stage.log.positions(Records.PUBLISH).getFirst());
        while (stage.segment(stage.log.end()) == segment) {
            retain("other", "x".repeat(1000));
        }
        stage.log.cool();
        stage.sparse(segment);
        stage.takeSnapshot();
        stage.log.loseSegment(segment);
        stage.crash();
        assertThat(found("old")).containsExactly("old=kept");
        assertThat(stage.attach("device").takeBodies()).containsExactly("waits");
    }

    // ---- wills

    private static Will will(String body, long delaySeconds, boolean retain) {
        return new Will(TopicStage.message("will", body, 1), retain, delaySeconds);
    }

    private TestDevice mortal(String body, long delaySeconds, long expirySeconds) {
        return stage.attach(
                new TestDevice("mortal"), false, expirySeconds, 20, will(body, delaySeconds, true));
    }

    private TestDevice watcher() {
        TestDevice watcher = stage.attach("watcher");
        stage.subscribe(watcher, "will", 1);
        return watcher;
    }

    @Test
    void aWillIsPublishedWhenItsConnectionBreaks() {
        TestDevice watcher = watcher();
        stage.drop(mortal("dead", 0, 100));
        assertThat(watcher.takeBodies()).containsExactly("dead");
        assertThat(town.wills).containsExactly("will=dead");
        assertThat(found("will")).containsExactly("will=dead");
        stage.crash();
        stage.pass(1_000_000);
        assertThat(town.wills).hasSize(1);
    }

    @Test
    void aWillThatIsNotPermittedWhenItIsDueReachesNobodyAndIsOver() {
        TestDevice watcher = watcher();
        stage.drop(mortal("dead", 10, 100));
        town.forbidden.add("will");
        stage.pass(10_000);
        assertThat(watcher.takeBodies()).isEmpty();
        town.forbidden.clear();
        stage.crash();
        stage.pass(1_000_000);
        assertThat(town.wills).isEmpty();
        assertThat(found("will")).isEmpty();
    }

    @Test
    void aFarewellTakesTheWillBack() {
        TestDevice device = mortal("dead", 0, 100);
        stage.give(new TopicCommand.Detach(device, device.session, false, -1));
        stage.turn();
        stage.pass(1_000_000);
        assertThat(town.wills).isEmpty();
    }

    @Test
    void aWillWaitsForItsDelayAlsoAcrossACrash() {
        TestDevice watcher = watcher();
        stage.drop(mortal("dead", 10, 100));
        stage.pass(9_999);
        stage.crash();
        assertThat(town.wills).isEmpty();
        stage.pass(1);
        assertThat(town.wills).containsExactly("will=dead");
        assertThat(watcher.got).isEmpty();
        assertThat(stage.attach("watcher").takeBodies()).containsExactly("dead");
    }

    @Test
    void theTimeOfAWillBeginsWhenItIsPublished() {
        watcher();
        TopicMessage message = TopicStage.message("will", "dead", 1);
        TestDevice mortal = new TestDevice("mortal");
        stage.attach(mortal, false, 100, 20, new Will(message, true, 10, 5_000));
        stage.pass(60_000);
        stage.drop(mortal);
        stage.takeSnapshot();
        stage.crash();
        stage.pass(10_000);
        TestDevice watcher = stage.attach("watcher");
        assertThat(watcher.got)
                .extracting(TestDevice.Got::expiryMillis)
                .containsExactly(stage.now() + 5_000);
        assertThat(watcher.takeBodies()).containsExactly("dead");
        assertThat(found("will")).containsExactly("will=dead");
        stage.pass(5_000);
        assertThat(found("will")).isEmpty();
    }

    @Test
    void theEndOfTheSessionIsTheEndOfTheDelay() {
        stage.drop(mortal("dead", 100, 10));
        stage.pass(9_999);
        assertThat(town.wills).isEmpty();
        stage.pass(1);
        assertThat(town.wills).containsExactly("will=dead");
        assertThat(stage.statuses().sessions()).isEmpty();
    }

    @Test
    void whoComesBackInTimeDoesNotDie() {
        stage.drop(mortal("dead", 10, 100));
        stage.pass(5_000);
        stage.attach("mortal");
        stage.pass(50_000);
        assertThat(town.wills).isEmpty();
    }

    @Test
    void aTakeOverPublishesAWillWithoutDelay() {
        mortal("first", 0, 100);
        mortal("second", 5, 100);
        assertThat(town.wills).containsExactly("will=first");
        mortal("third", 0, 100);
        assertThat(town.wills).containsExactly("will=first");
        stage.give(new TopicCommand.Discard(new TestDevice("clean"), 1, Town.HOST, "mortal", null));
        stage.turn();
        assertThat(town.wills).containsExactly("will=first", "will=third");
    }

    @Test
    void whoHeldASessionWhenTheNodeDiedIsDead() {
        mortal("dead", 0, 100);
        stage.crash();
        assertThat(town.wills).containsExactly("will=dead");
        stage.crash();
        assertThat(town.wills).containsExactly("will=dead");
    }
}
