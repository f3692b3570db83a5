package dev.parley.core.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.parley.api.Reason;
import dev.parley.core.topic.TestDevice.Got;
import dev.parley.core.topic.TopicCommand.Step;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SessionTest {
    private final Town town = new Town();
    private final TopicStage stage = town.stage(0);
    private final TestDevice publisher = new TestDevice("publisher");

    private TestDevice subscriber(String filter, int qos) {
        TestDevice device = stage.attach("subscriber");
        stage.subscribe(device, filter, qos);
        return device;
    }

    @Test
    void whatIsPublishedReachesWhoSubscribesAndIsAcknowledged() {
        TestDevice device = subscriber("a/#", 1);
        long token = stage.publish(publisher, "a/b", "hello", 1);
        stage.turn();
        assertThat(publisher.accepted).containsExactly(token);
        Got got = device.take().getFirst();
        assertThat(got.topic()).isEqualTo("a/b");
        assertThat(got.body()).isEqualTo("hello");
        assertThat(got.properties()).isEqualTo("phello");
        assertThat(got.packetId()).isEqualTo(1);
        assertThat(got.repeated()).isFalse();
        assertThat(stage.status(device).inFlight()).isEqualTo(1);
        stage.settle(device, 1, Step.ACKNOWLEDGED);
        stage.turn();
        assertThat(stage.status(device).inFlight()).isZero();
        assertThat(stage.status(device).bytes()).isZero();
        assertThat(stage.statuses().shard().bodies()).isZero();
    }

    @Test
    void whatOneClientHasMadeOfAMessageServesTheOthers() {
        TestDevice one = subscriber("a", 1);
        TestDevice two = stage.attach("two");
        TestDevice alone = stage.attach("alone");
        stage.subscribe(two, "a", 2);
        stage.subscribe(alone, "b", 1);
        stage.publish(publisher, "a", "1", 1);
        stage.publish(publisher, "b", "2", 1);
        stage.publish(publisher, "a", "3", 1);
        stage.turn();
        assertThat(one.takeBodies()).containsExactly("1", "3");
        assertThat(two.takeBodies()).containsExactly("1", "3");
        assertThat(alone.takeBodies()).containsExactly("2");
        assertThat(one.forms).isZero();
        assertThat(two.forms).isEqualTo(2);
        assertThat(alone.forms).isZero();
        stage.publish(publisher, "a", "4", 1);
        stage.turn();
        assertThat(two.takeBodies()).containsExactly("4");
    }

    @Test
    void packetIdsThatFollowOneAnotherAreAcknowledgedAtOnce() {
        TestDevice device = subscriber("a", 2);
        for (int i = 1; i <= 5; i++) {
            stage.publish(publisher, "a", "" + i, i == 3 ? 2 : 1);
        }
        stage.turn();
        device.take();
        stage.give(new TopicCommand.Settle(device, device.session, 1, 40, Step.ACKNOWLEDGED));
        stage.turn();
        assertThat(stage.status(device).acknowledged()).isEqualTo(4);
        assertThat(stage.status(device).inFlight()).isEqualTo(1);
        stage.crash();
        TestDevice again = stage.attach("subscriber");
        assertThat(again.take())
                .extracting(Got::body, Got::packetId)
                .containsExactly(tuple("3", 3));
    }

    @Test
    void nothingGoesOutBeforeItIsDurable() {
        TestDevice device = subscriber("a", 1);
        stage.holdSync();
        stage.publish(publisher, "a", "early", 1);
        stage.turn();
        assertThat(device.got).isEmpty();
        assertThat(publisher.accepted).isEmpty();
        stage.sync();
        assertThat(device.takeBodies()).containsExactly("early");
        assertThat(publisher.accepted).hasSize(1);
    }

    @Test
    void anAcknowledgementIsNotSyncedForWhatWasPromisedBefore() {
        TestDevice device = subscriber("a", 1);
        stage.publish(publisher, "a", "1", 1);
        stage.turn();
        int packetId = device.take().getFirst().packetId();
        stage.holdSync();
        stage.publish(publisher, "a", "2", 1);
        stage.turn();
        int promised = stage.promised();
        assertThat(promised).isPositive();
        stage.settle(device, packetId, Step.ACKNOWLEDGED);
        stage.turn();
        assertThat(stage.promised()).isEqualTo(promised);
        stage.publish(publisher, "a", "3", 1);
        stage.turn();
        assertThat(stage.promised()).isGreaterThan(promised);
        stage.sync();
        assertThat(stage.promised()).isZero();
        assertThat(device.takeBodies()).containsExactly("2", "3");
    }

    @Test
    void waitsForAClientThatIsAway() {
        TestDevice device = subscriber("a", 1);
        stage.drop(device);
        stage.publish(publisher, "a", "1", 1);
        stage.publish(publisher, "a", "2", 2);
        stage.turn();
        TestDevice again = stage.attach("subscriber");
        TopicReply.Attached attached = (TopicReply.Attached) again.reply(1);
        assertThat(attached.present()).isTrue();
        assertThat(attached.session()).isEqualTo(device.session);
        assertThat(attached.subscriptions()).hasSize(1);
        assertThat(again.take())
                .extracting(Got::body, Got::repeated, Got::qos)
                .containsExactly(tuple("1", false, 1), tuple("2", false, 1));
    }

    @Test
    void whatWasNotAcknowledgedComesAgainUnderItsPacketIdAfterACrashToo() {
        TestDevice device = subscriber("a", 2);
        for (int n = 0; n < 5; n++) {
            stage.publish(publisher, "a", "m" + n, 1 + n % 2);
        }
        stage.turn();
        List<Got> first = device.take();
        stage.settle(device, first.get(2).packetId(), Step.ACKNOWLEDGED);
        stage.turn();
        stage.crash();
        TestDevice again = stage.attach("subscriber");
        List<Got> second = again.take();
        assertThat(second).extracting(Got::body).containsExactly("m0", "m1", "m3", "m4");
        for (Got got : second) {
            assertThat(got.repeated()).isTrue();
            assertThat(first)
                    .anyMatch(one ->
                            one.body().equals(got.body()) && one.packetId() == got.packetId());
        }
    }

    @Test
    void whatWasNeverSentIsNotCalledRepeatedAfterAGoodStop() {
        TestDevice device = stage.attach(new TestDevice("subscriber"), false, 1000, 2, null);
        stage.subscribe(device, "a", 1);
        for (int n = 0; n < 4; n++) {
            stage.publish(publisher, "a", "m" + n, 1);
        }
        stage.turn();
        assertThat(device.takeBodies()).containsExactly("m0", "m1");
        stage.give(new TopicCommand.Rest());
        stage.turn();
        stage.takeSnapshot();
        stage.crash();
        TestDevice again = stage.attach("subscriber");
        assertThat(again.take())
                .extracting(Got::repeated)
                .containsExactly(true, true, false, false);
    }

    @Test
    void aCrashBeforeTheSyncLeavesNoTraceAndItsPacketIdIsNotMistaken() {
        TestDevice device = subscriber("a", 2);
        stage.holdSync();
        stage.publish(publisher, "a", "lost", 2);
        stage.turn();
        stage.crash();
        TestDevice again = stage.attach("subscriber");
        stage.publish(publisher, "a", "kept", 2);
        stage.turn();
        assertThat(device.got).isEmpty();
        Got got = again.take().getFirst();
        assertThat(got.body()).isEqualTo("kept");
        assertThat(got.repeated()).isFalse();
    }

    @Test
    void theWindowBoundsWhatIsUnderWay() {
        TestDevice device = stage.attach(new TestDevice("subscriber"), false, 1000, 3, null);
        stage.subscribe(device, "a", 1);
        for (int n = 0; n < 10; n++) {
            stage.publish(publisher, "a", "m" + n, 1);
        }
        stage.turn();
        assertThat(device.got).hasSize(3);
        assertThat(stage.status(device).waiting()).isEqualTo(7);
        stage.settle(device, device.got.get(1).packetId(), Step.ACKNOWLEDGED);
        stage.turn();
        assertThat(device.got).extracting(Got::body).containsExactly("m0", "m1", "m2", "m3");
        for (int n = 0; n < 5; n++) {
            stage.acknowledgeAll(device);
        }
        assertThat(stage.status(device).acknowledged()).isEqualTo(10);
    }

    @Test
    void aClientThatIsNotReadyHoldsUpOnlyItself() {
        TestDevice device = subscriber("a", 1);
        TestDevice other = stage.attach("other");
        stage.subscribe(other, "a", 1);
        device.ready = false;
        stage.publish(publisher, "a", "m", 1);
        stage.turn();
        assertThat(device.got).isEmpty();
        assertThat(other.takeBodies()).containsExactly("m");
        device.ready = true;
        stage.give(new TopicCommand.Resume(device, device.session));
        stage.turn();
        assertThat(device.takeBodies()).containsExactly("m");
    }

    @Test
    void packetIdsGoRoundAndPassOverNothingThatIsInUse() {
        TestDevice device = stage.attach(new TestDevice("subscriber"), false, 1000, 1000, null);
        stage.subscribe(device, "a", 1);
        stage.publish(publisher, "a", "stays", 1);
        stage.turn();
        assertThat(device.take().getFirst().packetId()).isEqualTo(1);
        int last = 0;
        for (int n = 0; n < Mailbox.PACKET_IDS - 1; n++) {
            stage.publish(publisher, "a", "m", 1);
            if (n % 500 == 499 || n == Mailbox.PACKET_IDS - 2) {
                stage.turn();
                for (Got got : device.take()) {
                    last = got.packetId();
                    stage.settle(device, last, Step.ACKNOWLEDGED);
                }
                stage.turn();
            }
        }
        assertThat(last).isEqualTo(Mailbox.PACKET_IDS);
        stage.publish(publisher, "a", "next", 1);
        stage.turn();
        assertThat(device.got).isEmpty(); // its id would be that of the first, which is out
        stage.settle(device, 1, Step.ACKNOWLEDGED);
        stage.turn();
        Got next = device.take().getFirst();
        assertThat(next.body()).isEqualTo("next");
        assertThat(next.packetId()).isEqualTo(1);
    }

    @Test
    void qualityTwoGoesInFourSteps() {
        TestDevice device = subscriber("a", 2);
        stage.publish(publisher, "a", "m", 2);
        stage.turn();
        int id = device.take().getFirst().packetId();
        stage.holdSync();
        stage.settle(device, id, Step.RECEIVED);
        stage.turn();
        assertThat(device.releases).isEmpty();
        stage.sync();
        assertThat(device.releases).containsExactly("1");
        assertThat(stage.statuses().shard().bodies()).isZero();
        stage.crash();
        TestDevice again = stage.attach("subscriber");
        assertThat(again.got).isEmpty();
        assertThat(again.releases).containsExactly("1");
        stage.settle(again, id, Step.COMPLETED);
        stage.turn();
        assertThat(stage.status(again).inFlight()).isZero();
        stage.settle(again, id, Step.RECEIVED);
        stage.turn();
        assertThat(again.releases).containsExactly("1", "-1");
    }

    @Test
    void whatAClientRefusesIsDone() {
        TestDevice device = subscriber("a", 2);
        stage.publish(publisher, "a", "m", 2);
        stage.turn();
        stage.settle(device, device.take().getFirst().packetId(), Step.REFUSED);
        stage.turn();
        assertThat(stage.status(device).inFlight()).isZero();
    }

    @Test
    void stepsThatDoNotBelongToADeliveryChangeNothing() {
        TestDevice device = subscriber("a", 2);
        stage.publish(publisher, "a", "two", 2);
        stage.publish(publisher, "a", "one", 1);
        stage.turn();
        stage.settle(device, 1, Step.ACKNOWLEDGED);
        stage.settle(device, 1, Step.COMPLETED);
        stage.settle(device, 2, Step.RECEIVED);
        stage.settle(device, 3, Step.ACKNOWLEDGED);
        stage.settle(device, 60_000, Step.ACKNOWLEDGED);
        stage.settle(new TestDevice("stranger"), 2, Step.ACKNOWLEDGED);
        stage.turn();
        assertThat(stage.status(device).inFlight()).isEqualTo(2);
        assertThat(device.releases).containsExactly("-2");
    }

    @Test
    void aPublishOfQualityTwoIsTakenOnceUntilItsIdIsReleased() {
        TestDevice device = subscriber("a", 2);
        TestDevice sender = stage.attach("sender");
        long first = stage.publishOnce(sender, "a", "m", 7);
        stage.turn();
        long second = stage.publishOnce(sender, "a", "m", 7);
        stage.turn();
        assertThat(sender.accepted).containsExactly(first);
        assertThat(sender.known).containsExactly(second);
        stage.crash();
        TestDevice again = stage.attach("sender");
        assertThat(((TopicReply.Attached) again.reply(1)).received()).containsExactly(7);
        long third = stage.publishOnce(again, "a", "m", 7);
        stage.turn();
        assertThat(again.known).containsExactly(third);
        stage.give(new TopicCommand.Release(again, again.session, 7));
        stage.give(new TopicCommand.Release(again, again.session, 8));
        stage.turn();
        assertThat(again.completions).containsExactly("7", "-8");
        stage.publishOnce(again, "a", "new", 7);
        stage.turn();
        TestDevice reader = stage.attach("subscriber");
        assertThat(device.takeBodies()).containsExactly("m");
        assertThat(reader.takeBodies()).containsExactly("m", "new");
    }

    @Test
    void qualityZeroPassesThroughOrIsMissed() {
        TestDevice device = subscriber("a", 0);
        int before = stage.log.count(Records.PUBLISH);
        stage.publish(publisher, "a", "now", 1);
        stage.turn();
        assertThat(device.take()).extracting(Got::packetId).containsExactly(0);
        stage.drop(device);
        stage.publish(publisher, "a", "never", 0);
        stage.turn();
        TestDevice again = stage.attach("subscriber");
        assertThat(again.got).isEmpty();
        assertThat(stage.status(again).missed()).isEqualTo(1);
        assertThat(stage.log.count(Records.PUBLISH)).isEqualTo(before);
        assertThat(publisher.accepted).hasSize(2);
    }

    @Test
    void aFullSessionTakesNoMoreAndSaysSo() {
        TestDevice device = subscriber("a", 1);
        stage.drop(device);
        for (int n = 0; n < TopicStage.CONFIG.sessionMessagesMax() + 3; n++) {
            stage.publish(publisher, "a", "m" + n, 1);
            stage.turn();
        }
        assertThat(stage.status(device).refused()).isEqualTo(3);
        assertThat(town.overflows).hasSize(3);
        stage.turn();
        assertThat(publisher.accepted).hasSize(TopicStage.CONFIG.sessionMessagesMax() + 3);
    }

    @Test
    void aSessionIsTakenOver() {
        TestDevice device = subscriber("a", 1);
        stage.publish(publisher, "a", "m", 1);
        stage.turn();
        TestDevice next = stage.attach("subscriber");
        assertThat(device.takenOver).isTrue();
        assertThat(next.take()).extracting(Got::repeated).containsExactly(true);
        stage.drop(device); // too late
        stage.settle(device, 1, Step.ACKNOWLEDGED);
        stage.turn();
        assertThat(stage.status(next).connected()).isTrue();
        assertThat(stage.status(next).inFlight()).isEqualTo(1);
    }

    @Test
    void aCleanBeginningEndsWhatWasThere() {
        TestDevice device = subscriber("a", 1);
        stage.drop(device);
        stage.publish(publisher, "a", "m", 1);
        stage.turn();
        TestDevice next = stage.attach(new TestDevice("subscriber"), true, 1000, 20, null);
        assertThat(((TopicReply.Attached) next.reply(1)).present()).isFalse();
        assertThat(next.session).isNotEqualTo(device.session);
        assertThat(next.got).isEmpty();
        assertThat(stage.statuses().shard().bodies()).isZero();
        stage.publish(publisher, "a", "m", 1);
        stage.turn();
        assertThat(next.got).isEmpty();
    }

    @Test
    void sessionsEndInTimeAlsoAcrossACrash() {
        TestDevice device = stage.attach(new TestDevice("subscriber"), false, 10, 20, null);
        TestDevice other = stage.attach(new TestDevice("held"), false, 10, 20, null);
        TestDevice forever =
                stage.attach(new TestDevice("forever"), false, TopicCommand.NEVER, 20, null);
        stage.drop(device);
        stage.drop(forever);
        stage.pass(9_999);
        assertThat(stage.statuses().sessions()).hasSize(3);
        stage.crash();
        stage.pass(1);
        assertThat(stage.statuses().sessions())
                .extracting(SessionStatus::clientId)
                .containsExactlyInAnyOrder("held", "forever");
        stage.pass(9_999);
        assertThat(stage.statuses().sessions())
                .extracting(SessionStatus::clientId)
                .containsExactly("forever");
        assertThat(other.ended).isFalse();
        stage.pass(1_000_000_000_000L);
        assertThat(stage.statuses().sessions()).hasSize(1);
    }

    @Test
    void aSessionWithoutExpiryEndsWithItsConnection() {
        TestDevice device = stage.attach(new TestDevice("subscriber"), false, 0, 20, null);
        stage.subscribe(device, "a", 1);
        stage.publish(publisher, "a", "m", 1);
        stage.turn();
        stage.drop(device);
        assertThat(stage.statuses().sessions()).isEmpty();
        assertThat(stage.statuses().shard().bodies()).isZero();
    }

    @Test
    void messagesExpireUnlessTheyWereSent() {
        TestDevice device = stage.attach(new TestDevice("subscriber"), false, 100_000, 1, null);
        stage.subscribe(device, "a", 1);
        long soon = stage.now() + 5_000;
        for (String body : List.of("sent", "late")) {
            stage.publish(publisher, TopicStage.message("a", body, 1, soon), false, null);
        }
        stage.publish(publisher, "a", "stays", 1);
        stage.turn();
        stage.drop(device);
        assertThat(device.takeBodies()).containsExactly("sent");
        stage.pass(10_000);
        assertThat(stage.status(device).waiting()).isEqualTo(2);
        assertThat(stage.status(device).expired()).isEqualTo(1);
        TestDevice again = stage.attach("subscriber");
        assertThat(again.take())
                .extracting(Got::body, Got::expiryMillis)
                .containsExactly(tuple("sent", soon), tuple("stays", 0L));
    }

    @Test
    void whoHoldsTheSessionIsToldOfWhatNeverComes() {
        TestDevice device = stage.attach(new TestDevice("subscriber"), false, 100_000, 1, null);
        stage.subscribe(device, "a", 1);
        stage.publish(publisher, "a", "sent", 1);
        long swept = stage.now() + 5_000;
        stage.publish(publisher, TopicStage.message("a", "swept", 1, swept), false, null);
        stage.turn();
        stage.pass(4_000);
        assertThat(device.dropped).isZero();
        stage.pass(2_000);
        assertThat(device.dropped).isEqualTo(1);
        long soon = stage.now() + 100;
        stage.publish(publisher, TopicStage.message("a", "passed over", 1, soon), false, null);
        stage.publish(publisher, "a", "next", 1);
        stage.turn();
        stage.pass(200);
        assertThat(device.dropped).as("it is looked at when its turn comes").isEqualTo(1);
        stage.acknowledgeAll(device);
        assertThat(device.dropped).isEqualTo(2);
        assertThat(device.takeBodies()).containsExactly("next");
    }

    @Test
    void subscriptionsChangeAndEnd() {
        TestDevice device = subscriber("a", 1);
        stage.subscribe(device, new Subscription("a", 0, false, false, 5));
        stage.subscribe(device, new Subscription("+", 1, false, false, 6));
        assertThat(device.reply(2)).isEqualTo(new TopicReply.Subscribed(false));
        assertThat(device.reply(3)).isEqualTo(new TopicReply.Subscribed(true));
        stage.publish(publisher, "a", "m", 1);
        stage.turn();
        Got got = device.take().getFirst();
        assertThat(got.terms().ids()).containsExactlyInAnyOrder(5, 6);
        assertThat(got.qos()).isEqualTo(1);
        stage.give(
                new TopicCommand.Unsubscribe(
                        device, 100, device.session, List.of("+", "none", "a")));
        stage.turn();
        assertThat(device.reply(100)).isEqualTo(new TopicReply.Subscribed(true));
        assertThat(device.reply(101)).isEqualTo(new TopicReply.Subscribed(false));
        assertThat(device.reply(102)).isEqualTo(new TopicReply.Subscribed(true));
        stage.publish(publisher, "a", "m", 1);
        stage.turn();
        assertThat(device.got).isEmpty();
        List<Subscription> many = new ArrayList<>();
        for (int n = 0; n <= TopicStage.CONFIG.subscriptionsMax(); n++) {
            many.add(new Subscription("t" + n, 1, false, false, 0));
        }
        stage.give(new TopicCommand.Subscribe(device, 200, device.session, many));
        stage.turn();
        TopicReply last = device.reply(200 + TopicStage.CONFIG.subscriptionsMax());
        assertThat(((TopicReply.Refused) last).reason()).isInstanceOf(Reason.Full.class);
    }

    @Test
    void sessionsAreEndedByOthers() {
        TestDevice device = subscriber("a", 1);
        TestDevice admin = new TestDevice("admin");
        stage.give(new TopicCommand.End(admin, 1, device.session));
        stage.give(new TopicCommand.End(admin, 2, device.session));
        stage.turn();
        assertThat(admin.reply(1)).isEqualTo(new TopicReply.Done());
        assertThat(admin.reply(2)).isInstanceOf(TopicReply.Refused.class);
        assertThat(device.ended).isTrue();
        TestDevice again = stage.attach("subscriber");
        stage.give(new TopicCommand.Discard(admin, 3, Town.HOST, "subscriber", null));
        stage.turn();
        assertThat(admin.reply(3)).isEqualTo(new TopicReply.Done());
        assertThat(again.ended).isTrue();
        assertThat(stage.statuses().sessions()).isEmpty();
    }

    @Test
    void whatIsNoLongerInMemoryIsReadAndWhatIsDamagedIsPassedOver() {
        TestDevice device = subscriber("a", 1);
        stage.drop(device);
        for (int n = 0; n < 200; n++) {
            stage.publish(publisher, "a", "m" + n, 1);
        }
        stage.turn();
        stage.log.damage(stage.log.positions(Records.PUBLISH).get(50));
        stage.log.cool();
        TestDevice again = stage.attach(new TestDevice("subscriber"), false, 1000, 1000, null);
        List<String> bodies = again.takeBodies();
        assertThat(bodies)
                .hasSize(199)
                .doesNotContain("m50")
                .isSortedAccordingTo((a, b) -> Integer.compare(number(a), number(b)));
        assertThat(stage.damaged).hasSize(1);
    }

    private static int number(String body) {
        return Integer.parseInt(body.substring(1));
    }

    @Test
    void howManyOthersGetAMessageTakesNoRoomInASession() {
        List<TestDevice> devices = new ArrayList<>();
        for (int n = 0; n < TopicStage.CONFIG.sessionsMax(); n++) {
            TestDevice device = stage.attach("d" + n);
            stage.subscribe(device, "all", 1);
            stage.drop(device);
            devices.add(device);
        }
        for (int n = 0; n < 1_000; n++) {
            stage.publish(publisher, "all", "x", 1);
            stage.turn();
        }
        TestDevice last = devices.getLast();
        assertThat(stage.status(last).refused()).isZero();
        assertThat(stage.status(last).waiting()).isEqualTo(1_000);
        long bytes = stage.status(last).bytes();
        stage.takeSnapshot();
        stage.crash();
        assertThat(stage.status(last).bytes()).isEqualTo(bytes).isLessThan(100_000);
        stage.attach(last, false, 1_000, 1_000, null);
        stage.acknowledgeAll(last);
        assertThat(stage.status(last).bytes()).isZero();
    }

    @Test
    void aSessionWithManyMessagesIsLookedThroughForExpiredOnesNowAndThen() {
        TestDevice device = subscriber("a", 1);
        stage.drop(device);
        long first = stage.now() + 10_000;
        for (int n = 0; n < 1_400; n++) {
            stage.publish(publisher, TopicStage.message("a", "m", 1, first + n), false, null);
        }
        stage.turn();
        stage.pass(10_000);
        assertThat(stage.status(device).expired()).isEqualTo(1);
        stage.pass(1_200);
        assertThat(stage.status(device).expired()).isEqualTo(1);
        stage.pass(300);
        assertThat(stage.status(device).expired()).isGreaterThan(1_300);
        stage.attach("subscriber");
        assertThat(device.got).isEmpty();
    }
}
