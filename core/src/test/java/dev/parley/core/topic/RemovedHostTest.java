package dev.parley.core.topic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.api.Reason;
import dev.parley.core.shard.TestDecision;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Nothing in a virtual host outlives it.
class RemovedHostTest {
    private final Town town = new Town();
    private final TopicStage stage = town.stage(0);
    private final TestDevice publisher = new TestDevice("publisher");
    private final TestDevice there = stage.attach("there");

    @BeforeEach
    void fill() {
        Will will = new Will(TopicStage.message("will", "dead", 1), true, 100);
        TestDevice away = stage.attach(new TestDevice("away"), false, 1000, 20, will);
        stage.subscribe(away, "a/#", 1);
        stage.subscribe(there, "a/#", 2);
        stage.drop(away);
        stage.publish(publisher, TopicStage.message("a/b", "kept", 1), true, null);
        stage.turn();
    }

    private void remove() {
        town.gone.add(Town.HOST);
        stage.give(new TopicCommand.Drop());
        stage.turn();
    }

    private void expectNothing() {
        TopicReply.Statuses found = stage.statuses();
        assertThat(found.sessions()).isEmpty();
        assertThat(found.shard().retained()).isZero();
        assertThat(found.shard().bodies()).isZero();
    }

    @Test
    void sessionsAndRetainedMessagesGoAndNoWillComes() {
        remove();
        expectNothing();
        assertThat(there.ended).isTrue();
        assertThat(town.route(TopicStage.message("a/b", "more", 1), false, 0)).isEmpty();
        stage.pass(1_000_000);
        assertThat(town.wills).isEmpty();
    }

    @Test
    void whatIsGoneStaysGoneWhenThereIsSuchAHostAgain() {
        remove();
        town.gone.clear();
        stage.crash();
        expectNothing();
        assertThat(stage.retained("#", 10)).isEmpty();
    }

    @Test
    void aCrashBeforeTheyWentBringsThemBackOnlyUntilItIsSaidAgain() {
        stage.holdSync();
        remove();
        stage.crash();
        assertThat(stage.statuses().sessions()).hasSize(2);
        remove();
        expectNothing();
        assertThat(TestDecision.snapshot(stage.replayed())).isEqualTo(stage.state());
    }

    @Test
    void whatIsOnItsWayElsewhereArrivesNowhere() {
        TopicStage far = town.stage(3);
        TestDevice remote = far.attach("remote");
        far.subscribe(remote, "x", 1);
        town.keeper = 3;
        stage.dropSent(true);
        stage.publish(
                there,
                TopicStage.message("x", "late", 2),
                true,
                new TopicCommand.Origin(there.session, 7));
        stage.turn();
        remove();
        assertThat(stage.statuses().shard().bodies()).isEqualTo(1);
        town.gone.clear();
        stage.dropSent(false);
        stage.crash();
        town.turn();
        assertThat(remote.take()).isEmpty();
        assertThat(far.retained("#", 10)).isEmpty();
        assertThat(stage.statuses().shard().bodies()).isZero();
    }

    @Test
    void nothingBeginsInAHostThatIsGone() {
        remove();
        TestDevice late = new TestDevice("late");
        stage.give(
                new TopicCommand.Attach(late, 9, Town.HOST, "late", false, 1000, 20, null, null));
        stage.publish(publisher, TopicStage.message("a/b", "late", 1), true, null);
        stage.turn();
        assertThat(late.reply(9))
                .isInstanceOfSatisfying(
                        TopicReply.Refused.class,
                        refused ->
                                assertThat(refused.reason()).isInstanceOf(Reason.NotFound.class));
        expectNothing();
    }
}
