package dev.parley.front.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.core.topic.Will;
import dev.parley.front.mqtt.MqttMetrics.Count;
import dev.parley.front.pace.Misses;
import dev.parley.front.pace.Slow;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Connections whose session ends with them, without sockets: what goes in and comes out, byte for
/// byte.
class MqttConnectionTest {
    private static final MqttConfig CONFIG =
            new MqttConfig(
                    100_000,
                    2,
                    2,
                    2,
                    0,
                    100,
                    3,
                    10_000,
                    10,
                    64,
                    10_000,
                    1_000,
                    true,
                    "guest",
                    false,
                    new MqttConfig.SlowReaders(Slow.DROP_NEW, 3, 10_000, 5_000),
                    MqttConfig.Rates.NONE,
                    MqttConfig.Kept.DEFAULT);

    private final LoopTopics node = new LoopTopics(TestCatalog.make());

    MqttConnectionTest() {
        node.configure(CONFIG);
    }

    private TestLine five() {
        TestLine line = new TestLine(node);
        line.says(TestLine.HELLO_5);
        return line;
    }

    private TestLine three() {
        TestLine line = new TestLine(node);
        line.says(TestLine.HELLO_3);
        return line;
    }

    private TestLine named(String name) {
        TestLine line = new TestLine(node);
        line.says("10 0d 0004 \"MQTT\" 04 02 0000 0001 \"%s\"".formatted(name));
        return line;
    }

    private static String hex(String text) {
        return Hex.of(Hex.bytes(text));
    }

    // ---- hello

    @Test
    void aClientOfVersion311IsLetIn() {
        assertThat(new TestLine(node).says(TestLine.HELLO_3)).isEqualTo("20020000");
    }

    @Test
    void aClientOfVersion5IsToldWhatItMayDo() {
        // 34: aliases up to 2, 39: packets of 100,000 bytes, 33: two messages at a time
        assertThat(new TestLine(node).says(TestLine.HELLO_5))
                .isEqualTo(hex("20 0e 00 00 0b 22 0002 27 000186a0 21 0002"));
    }

    @Test
    void aClientWithoutANameIsGivenOne() {
        assertThat(new TestLine(node).says("10 0d 0004 \"MQTT\" 05 02 0000 00 0000"))
                .contains(
                        hex("12 0029 \"auto-7ddf32e1-7a6a-35ce-84a8-ecbf8ca49ba4\"")
                                .substring(0, 16));
    }

    @Test
    void whoIsNotLetInIsToldWhy() {
        TestLine line = new TestLine(node);
        String wrong = "0001 \"c\" 0005 \"guest\" 0005 \"wrong\"";
        assertThat(line.says("10 1b 0004 \"MQTT\" 04 c2 0000" + wrong)).isEqualTo("20020004");
        assertThat(line.closed()).isTrue();
        assertThat(new TestLine(node).says("10 1c 0004 \"MQTT\" 05 c2 0000 00" + wrong))
                .startsWith("20")
                .contains("0086");
        // a version that is not spoken; a session that stays without a name
        assertThat(new TestLine(node).says("10 0d 0004 \"MQTT\" 03 02 0000 0001 \"c\"")).isEmpty();
        assertThat(new TestLine(node).says("10 0c 0004 \"MQTT\" 04 00 0000 0000"))
                .isEqualTo("20020002");
    }

    @Test
    void whoeverSpeaksSomethingElseHearsNothing() {
        TestLine line = new TestLine(node);
        assertThat(line.says("c000")).isEmpty();
        assertThat(line.closed()).isTrue();
    }

    @Test
    void aSecondConnectionOfAClientEndsTheFirst() {
        TestLine first = five();
        TestLine second = five();
        assertThat(first.hears()).startsWith("e0").contains("8e");
        assertThat(first.closed()).isTrue();
        assertThat(second.closed()).isFalse();
    }

    /// 0x8F and 0x90 are for what is well-formed and not accepted.
    @Test
    void whatIsNoTopicAndNoFilterIsMalformed() {
        for (String packet :
                new String[] {
                    "30 06 0003 \"a/+\" 00",
                    "82 0a 0001 00 0004 \"#/ab\" 00",
                    "82 06 0001 00 0000 00",
                    "82 0e 0001 00 0008 \"$share/g\" 00",
                    "a2 05 0001 00 0000"
                }) {
            TestLine line = five();
            assertThat(line.says(packet)).as(packet).matches("e0..81.*");
            assertThat(line.closed()).isTrue();
        }
    }

    // ---- publishing

    @Test
    void qualityOfServiceOne() {
        assertThat(three().says("32 07 0001 \"t\" 0005 \"hi\"")).isEqualTo("40020005");
        // 10: nobody subscribes
        assertThat(five().says("32 08 0001 \"t\" 0005 00 \"hi\"")).isEqualTo("4003000510");
        assertThat(node.published()).containsExactly("t=hi", "t=hi");
    }

    @Test
    void aMessageOfQualityOfServiceTwoIsTakenOnce() {
        TestLine line = three();
        assertThat(line.says("34 07 0001 \"t\" 0005 \"hi\"")).isEqualTo("50020005");
        assertThat(line.says("3c 07 0001 \"t\" 0005 \"hi\"")).isEqualTo("50020005");
        assertThat(line.says("62 02 0005")).isEqualTo("70020005");
        assertThat(node.published()).containsExactly("t=hi");
        assertThat(line.says("34 07 0001 \"t\" 0005 \"yo\"")).isEqualTo("50020005");
        assertThat(node.published()).containsExactly("t=hi", "t=yo");
        assertThat(five().says("62 02 0009")).isEqualTo("7003000992");
    }

    @Test
    void acknowledgementsKeepTheOrderOfTheMessages() {
        TestLine line = five();
        node.holdAnswers();
        assertThat(line.says("32 06 0001 \"t\" 0001 00 34 06 0001 \"t\" 0002 00")).isEmpty();
        node.answer(true);
        assertThat(line.hears()).isEmpty();
        node.answer(false);
        assertThat(line.hears()).isEqualTo("40020001" + "50020002");
    }

    @Test
    void whoeverWritesFarAheadIsReadOnWhenItIsAnswered() {
        TestLine line = three();
        node.holdAnswers();
        String[] messages = new String[Receiving.BUSY + 10];
        Arrays.fill(messages, "32 05 0001 \"t\" 0001");
        ByteBuffer in = Hex.bytes(String.join(" ", messages));
        line.connection().read(in);
        assertThat(line.connection().paused()).isTrue();
        assertThat(in.remaining()).isEqualTo(10 * 7);
        int before = line.resumes();
        node.answer(false);
        assertThat(line.hears()).isEqualTo("40020001");
        assertThat(line.connection().paused()).isFalse();
        assertThat(line.resumes()).isEqualTo(before + 1);
        line.connection().read(in);
        assertThat(in.remaining()).as("there is room for one").isEqualTo(9 * 7);
    }

    @Test
    void moreThanTheReceiveMaximumEndsTheConnection() {
        TestLine line = five();
        String said = line.says("34 06 0001 \"t\" 0001 00 34 06 0001 \"t\" 0002 00");
        assertThat(said).isEqualTo("50020001" + "50020002");
        assertThat(line.says("34 06 0001 \"t\" 0003 00")).startsWith("e0").contains("93");
        assertThat(line.closed()).isTrue();
    }

    @Test
    void aliasesStandForTopics() {
        TestLine line = five();
        line.says("30 08 0001 \"t\" 03 23 0002 \"a\"");
        line.says("30 07 0000 03 23 0002 \"b\"");
        assertThat(node.published()).containsExactly("t=a", "t=b");
        assertThat(line.says("30 07 0000 03 23 0003 \"c\"")).startsWith("e0").contains("94");
    }

    @Test
    void anAliasThatStandsForNothingIsAnError() {
        assertThat(five().says("30 07 0000 03 23 0001 \"b\"")).startsWith("e0").contains("82");
    }

    @Test
    void whoMayNotPublishIsTold() {
        TestLine line = new TestLine(node);
        String reader = "0001 \"c\" 0006 \"reader\" 0001 \"x\"";
        line.says("10 19 0004 \"MQTT\" 05 c2 0000 00" + reader);
        assertThat(line.says("32 06 0001 \"t\" 0001 00")).isEqualTo("4003000187");
        assertThat(line.says("34 06 0001 \"t\" 0001 00")).isEqualTo("5003000187");
        assertThat(line.closed()).isFalse();
        TestLine older = new TestLine(node);
        older.says("10 18 0004 \"MQTT\" 04 c2 0000" + reader);
        assertThat(older.says("32 05 0001 \"t\" 0001")).isEmpty();
        assertThat(older.closed()).isTrue();
        assertThat(node.published()).isEmpty();
    }

    @Test
    void publishersWaitWhileTheDiskIsFull() {
        TestLine line = three();
        node.full(true);
        ByteBuffer in = Hex.bytes("c000 30 03 0001 \"a\" 32 05 0001 \"b\" 0001 c000");
        line.connection().read(in);
        assertThat(line.hears()).isEqualTo("d000");
        assertThat(in.remaining()).isEqualTo(9);
        assertThat(line.connection().paused()).isTrue();
        assertThat(node.published()).containsExactly("a=");
        node.full(false);
        line.connection().read(in);
        assertThat(line.hears()).isEqualTo("40020001" + "d000");
        assertThat(node.published()).containsExactly("a=", "b=");
    }

    @Test
    void subscribersWaitWhileTheDiskIsBehind() {
        TestLine line = three();
        node.behind(true);
        node.full(true);
        ByteBuffer in = Hex.bytes("c000 82 06 0001 0001 \"a\" 01 c000");
        line.connection().read(in);
        assertThat(line.hears()).isEqualTo("d000");
        assertThat(line.connection().paused()).isTrue();
        node.behind(false);
        line.connection().read(in);
        assertThat(line.hears()).isEqualTo("9003000101" + "d000");
    }

    @Test
    void whoeverWaitsForTheDiskDoesSoOnceHoweverOftenThereIsRoomMeanwhile() {
        TestLine line = three();
        node.behind(true);
        line.connection().read(Hex.bytes("32 05 0001 \"b\" 0001"));
        for (int i = 0; i < 3; i++) {
            node.full(true);
            node.full(false);
        }
        int before = line.resumes();
        node.behind(false);
        assertThat(line.resumes()).isEqualTo(before + 1);
        assertThat(line.connection().paused()).isFalse();
    }

    @Test
    void publishersOfQualityOfServiceZeroWaitForTheDiskWhereItGetsTheirMessages() {
        TestLine retaining = three();
        node.full(true);
        ByteBuffer in = Hex.bytes("30 03 0001 \"a\" 31 04 0001 \"b\" \"x\"");
        retaining.connection().read(in);
        assertThat(in.remaining()).isEqualTo(6);
        assertThat(retaining.connection().paused()).isTrue();
        node.full(false);
        TestLine queueing = named("q");
        node.full(true);
        in = Hex.bytes("30 0a 0008 \"queued/a\" 30 0a 0008 \"queued/b\"");
        queueing.connection().read(in);
        assertThat(node.published()).containsExactly("a=", "queued/a=");
        assertThat(in.remaining()).isEqualTo(12);
        node.full(false);
        queueing.connection().read(in);
        assertThat(node.published()).containsExactly("a=", "queued/a=", "queued/b=");
    }

    /// The same with so much that a client may send in a second.
    private static MqttConfig with(MqttConfig.Rates rates) {
        return new MqttConfig(
                CONFIG.packetBytesMax(),
                CONFIG.receiveMax(),
                CONFIG.inflightMax(),
                CONFIG.aliasMax(),
                CONFIG.keepAliveMaxSeconds(),
                CONFIG.sessionExpiryMaxSeconds(),
                CONFIG.queuedMessagesMax(),
                CONFIG.queuedBytesMax(),
                CONFIG.filtersMax(),
                CONFIG.levelsMax(),
                CONFIG.handshakeMillis(),
                CONFIG.outputBytesMax(),
                CONFIG.reasonStrings(),
                CONFIG.anonymousUser(),
                CONFIG.systemTopicsOpen(),
                CONFIG.slow(),
                rates,
                CONFIG.kept());
    }

    @Test
    void whoeverSendsMorePacketsThanItMayIsNotReadForAWhile() {
        node.configure(with(new MqttConfig.Rates(2, 0)));
        TestLine line = three();
        ByteBuffer in = Hex.bytes("30 04 0001 \"t\" \"%d\" ".repeat(5).formatted(1, 2, 3, 4, 5));
        line.connection().read(in);
        assertThat(node.published()).containsExactly("t=1", "t=2", "t=3");
        assertThat(line.connection().paused()).isTrue();
        int before = line.resumes();
        node.pass(499);
        assertThat(line.hears()).isEmpty();
        assertThat(line.connection().paused()).isTrue();
        node.pass(1);
        assertThat(line.hears()).isEmpty();
        assertThat(line.connection().paused()).isFalse();
        assertThat(line.resumes()).isEqualTo(before + 1);
        line.connection().read(in);
        assertThat(node.published()).endsWith("t=4").hasSize(4);
        assertThat(node.mqttMetrics().get(Count.THROTTLED)).isEqualTo(2);
        node.pass(500);
        assertThat(line.hears()).isEmpty();
        line.connection().read(in);
        assertThat(node.published()).endsWith("t=5").hasSize(5);
        assertThat(in.hasRemaining()).isFalse();
    }

    @Test
    void whoeverSendsMoreBytesThanItMayIsNotReadAndNotTakenForSilent() {
        node.configure(with(new MqttConfig.Rates(0, 10)));
        TestLine line = new TestLine(node);
        line.says("10 0d 0004 \"MQTT\" 04 02 0002 0001 \"c\"");
        line.says("30 2e 0001 \"t\"" + " 61".repeat(43));
        assertThat(line.connection().paused()).as("48 bytes where 10 are allowed").isTrue();
        for (int i = 0; i < 4; i++) {
            node.pass(1_000);
            line.connection().onTick();
            assertThat(line.hears()).isEmpty();
        }
        assertThat(line.connection().paused()).isFalse();
        line.connection().onTick();
        assertThat(line.closed()).isFalse();
        node.pass(3_001);
        line.connection().onTick();
        assertThat(line.closed()).isTrue();
    }

    @Test
    void acknowledgementsAreReadAtAnyRate() {
        node.configure(with(new MqttConfig.Rates(2, 1_000)));
        TestLine line = three();
        line.says("82 06 0001 0001 \"a\" 01");
        for (int i = 0; i < 10; i++) {
            line.says("40 02 0001");
        }
        assertThat(line.connection().paused()).isFalse();
        assertThat(line.says("c000")).isEqualTo("d000");
        assertThat(line.connection().paused()).isFalse();
        assertThat(line.says("c000")).isEqualTo("d000");
        assertThat(line.connection().paused()).isTrue();
    }

    @Test
    void whoHasEnoughConnectionsGetsNoMore() {
        node.crowded("there are enough");
        assertThat(new TestLine(node).says(TestLine.HELLO_3)).isEqualTo("20020003");
        assertThat(new TestLine(node).says(TestLine.HELLO_5))
                .contains("0097", hex("\"there are enough\""));
        assertThat(node.mqttMetrics().get(Count.TURNED_AWAY)).isEqualTo(2);
    }

    // ---- subscribing

    @Test
    void messagesComeAtTheLowerQualityOfService() {
        TestLine line = three();
        assertThat(line.says("82 0a 0001 0001 \"a\" 01 0001 \"b\" 00")).isEqualTo("900400010100");
        TestLine other = named("d");
        other.says("34 05 0001 \"a\" 0001 32 05 0001 \"b\" 0002");
        assertThat(line.hears()).isEqualTo(hex("32 05 0001 \"a\" 0001 30 03 0001 \"b\""));
        assertThat(line.says("40020001")).isEmpty();
    }

    @Test
    void theWholeHandshakeOfQualityOfServiceTwo() {
        TestLine line = three();
        line.says("82 06 0001 0001 \"a\" 02");
        named("d").says("34 05 0001 \"a\" 0001");
        assertThat(line.hears()).isEqualTo(hex("34 05 0001 \"a\" 0001"));
        assertThat(line.says("50020001")).isEqualTo("62020001");
        assertThat(line.says("50020001")).isEqualTo("62020001");
        assertThat(line.says("70020001")).isEmpty();
        assertThat(line.says("50020001")).isEqualTo("62020001");
    }

    @Test
    void noMoreAreInFlightThanTheClientTakes() {
        TestLine line = three();
        line.says("82 06 0001 0001 \"a\" 01");
        TestLine other = named("d");
        for (int i = 0; i < 4; i++) {
            other.says("32 06 0001 \"a\" 0001 \"%d\"".formatted(i));
        }
        assertThat(line.hears())
                .isEqualTo(hex("32 06 0001 \"a\" 0001 \"0\" 32 06 0001 \"a\" 0002 \"1\""));
        assertThat(line.says("40020002")).isEqualTo(hex("32 06 0001 \"a\" 0003 \"2\""));
        assertThat(line.says("40020001")).isEqualTo(hex("32 06 0001 \"a\" 0004 \"3\""));
    }

    @Test
    void noMoreAreInFlightThanThereArePacketIdentifiers() {
        node.configure(
                new MqttConfig(
                        100_000,
                        2,
                        65_535,
                        2,
                        0,
                        100,
                        3,
                        10_000,
                        10,
                        64,
                        10_000,
                        1_000,
                        true,
                        "guest",
                        false,
                        MqttConfig.SlowReaders.DEFAULT,
                        MqttConfig.Rates.NONE,
                        MqttConfig.Kept.DEFAULT));
        TestLine line = three();
        line.says("82 06 0001 0001 \"a\" 01");
        TestLine other = named("d");
        for (int i = 0; i < 32_767; i++) {
            other.says("32 05 0001 \"a\" 0001");
            line.hears();
        }
        other.says("32 06 0001 \"a\" 0001 \"x\"");
        assertThat(line.hears()).isEmpty();
        assertThat(line.says("40020007")).isEqualTo(hex("32 06 0001 \"a\" 0007 \"x\""));
    }

    @Test
    void aSessionThatTooMuchWaitsForEnds() {
        TestLine line = five();
        line.says("82 07 0001 00 0001 \"a\" 01");
        TestLine other = named("d");
        for (int i = 0; i < 5; i++) {
            other.says("32 05 0001 \"a\" 0001");
        }
        assertThat(line.closed()).isFalse();
        other.says("32 05 0001 \"a\" 0001");
        // 97: two were sent, three waited, and there was one more
        assertThat(line.hears())
                .contains(hex("97 29 1f 0026 \"too many messages wait for this client\""));
        assertThat(line.closed()).isTrue();
        assertThat(node.mqttMetrics().get(Count.OVERRUN)).isEqualTo(1);
    }

    @Test
    void theSessionThatMostWaitsForEndsWhenTooMuchWaitsForAll() {
        TestLine first = named("1");
        TestLine second = named("2");
        TestLine sharing = named("3");
        first.says("82 06 0001 0001 \"a\" 01");
        second.says("82 06 0001 0001 \"b\" 01");
        sharing.says("82 06 0001 0001 \"b\" 01");
        TestLine other = named("d");
        String message = "32 d50f 0001 \"%s\" 0001" + "78".repeat(2_000);
        for (String topic : new String[] {"a", "a", "a", "b", "b", "b"}) {
            other.says(message.formatted(topic));
            first.hears();
            second.hears();
            sharing.hears();
        }
        // Two each are in flight; one waits for the first, and one for both others.
        long entry = 64;
        long each = (node.crowd().used() - 3 * entry) / 2;
        assertThat(each).isBetween(2_000L, 2_499L);
        other.says(message.formatted("a"));
        assertThat(first.hears()).isEmpty();
        assertThat(first.closed()).isTrue();
        assertThat(second.closed()).isFalse();
        assertThat(node.mqttMetrics().get(Count.OVERRUN)).isEqualTo(1);
        assertThat(node.crowd().used()).isEqualTo(each + 2 * entry);
        assertThat(second.says("40020001")).startsWith("32d50f0001");
        assertThat(node.crowd().used()).isEqualTo(each + entry);
        sharing.connection().onDisconnected();
        assertThat(node.crowd().used()).isZero();
    }

    @Test
    void whoDoesNotReadLosesMessagesAndIsToldHowMany() {
        TestLine line = five();
        line.says("82 07 0001 00 0001 \"a\" 00");
        TestLine other = named("d");
        line.stall(8_001);
        other.says("30 04 0001 \"a\" \"1\" 30 04 0001 \"a\" \"2\"");
        line.readAgain();
        other.says("30 04 0001 \"a\" \"3\" 30 04 0001 \"a\" \"4\"");
        assertThat(line.hears())
                .isEqualTo(
                        hex("30 13 0001 \"a\" 0e 26 0008 \"x-missed\" 0001 \"2\" \"3\"")
                                + hex("30 05 0001 \"a\" 00 \"4\""));
        assertThat(node.mqttMetrics().get(Count.DROPPED)).isEqualTo(2);
    }

    private TestLine slow(String policy) {
        TestLine line = new TestLine(node);
        int length = policy.length();
        line.says(
                "10 %02x 0004 \"MQTT\" 05 02 0000 %02x 26 0006 \"x-slow\" %04x \"%s\" 0001 \"c\""
                        .formatted(25 + length, 11 + length, length, policy));
        line.says("82 07 0001 00 0001 \"#\" 00");
        return line;
    }

    private static String missed(int count, String topic, String payload) {
        return hex(
                "30 13 0001 \"%s\" 0e 26 0008 \"x-missed\" 0001 \"%d\" \"%s\""
                        .formatted(topic, count, payload));
    }

    private static String plain(String topic, String payload) {
        return hex("30 05 0001 \"%s\" 00 \"%s\"".formatted(topic, payload));
    }

    private void publish(String... messages) {
        TestLine other = named("d");
        for (String one : messages) {
            String[] parts = one.split("=", -1);
            other.says("30 04 0001 \"%s\" \"%s\"".formatted(parts[0], parts[1]));
        }
    }

    @Test
    void whoDoesNotReadLosesOldMessagesIfItWantsThat() {
        TestLine line = slow("drop-old");
        publish("a=0");
        assertThat(line.hears()).isEqualTo(plain("a", "0"));
        line.stall(1);
        publish("a=1", "b=2", "a=3", "b=4", "c=5");
        assertThat(line.hears()).isEmpty();
        SessionView view = Objects.requireNonNull(line.connection().view());
        assertThat(view.waiting()).isEqualTo(3);
        assertThat(view.slow()).isEqualTo("drop-old");
        assertThat(view.missed()).isEqualTo(2);
        assertThat(view.missedOf()).containsExactly(new Misses.Row("a", 1), new Misses.Row("b", 1));
        line.readAgain();
        publish("c=6");
        assertThat(line.hears())
                .isEqualTo(
                        missed(2, "a", "3") + plain("b", "4") + plain("c", "5") + plain("c", "6"));
        assertThat(node.mqttMetrics().get(Count.DROPPED)).isEqualTo(2);
    }

    @Test
    void whoDoesNotReadGetsTheLastOfEachTopicIfItWantsThat() {
        TestLine line = slow("latest");
        line.stall(1);
        publish("a=1", "b=2", "a=3", "a=4");
        line.readAgain();
        assertThat(line.hears()).isEqualTo(plain("b", "2") + missed(2, "a", "4"));
        assertThat(Objects.requireNonNull(line.connection().view()).missedOf())
                .containsExactly(new Misses.Row("a", 2));
    }

    @Test
    void whatDoesNotFitBetweenIsToldLater() {
        TestLine line = slow("latest");
        line.stall(1);
        named("e").says("30 90 4e 0001 \"a\"" + " 61".repeat(9_997));
        assertThat(node.mqttMetrics().get(Count.DROPPED)).isEqualTo(1);
        line.readAgain();
        assertThat(line.hears()).isEmpty();
        publish("a=1");
        assertThat(line.hears()).isEqualTo(missed(1, "a", "1"));
    }

    @Test
    void whatWaitsForAReaderThatGoesIsForgotten() {
        TestLine line = slow("drop-old");
        line.stall(1);
        publish("a=1");
        assertThat(node.slowReaders().used()).isPositive();
        line.connection().onDisconnected();
        assertThat(node.slowReaders().used()).isZero();
    }

    @Test
    void whoDoesNotReadGoesIfItWantsThat() {
        TestLine line = slow("disconnect");
        line.stall(8_001);
        publish("a=1", "a=2");
        // 97: the quota is exceeded
        assertThat(line.hears()).startsWith("e0").contains("97");
        assertThat(line.closed()).isTrue();
        assertThat(node.mqttMetrics().get(Count.TOO_SLOW)).isEqualTo(1);
        assertThat(node.mqttMetrics().get(Count.DROPPED)).isZero();
    }

    @Test
    void whoDoesNotReadForTooLongGoesIfItWantsThat() {
        TestLine line = slow("disconnect");
        line.stall(100);
        line.connection().onTick();
        node.pass(4_999);
        line.connection().onTick();
        line.readAgain();
        line.stall(100);
        line.connection().onTick();
        node.pass(4_999);
        line.connection().onTick();
        assertThat(line.hears()).isEmpty();
        node.pass(1);
        line.connection().onTick();
        assertThat(line.hears()).startsWith("e0");
        assertThat(line.closed()).isTrue();
        assertThat(node.mqttMetrics().get(Count.TOO_SLOW)).isEqualTo(1);
    }

    @Test
    void aPolicyThatIsNoneIsRefused() {
        TestLine line = slow("faster");
        assertThat(line.closed()).isTrue();
        line = new TestLine(node);
        // 83: the node's own reason
        assertThat(
                        line.says(
                                "10 1f 0004 \"MQTT\" 05 02 0000 11 26 0006 \"x-slow\" 0006 \"faster\" 0001 \"c\""))
                .startsWith("20")
                .contains("0083")
                .contains(
                        hex(
                                "\"x-slow: 'faster' is none of drop-new, drop-old, latest, disconnect\""));
    }

    @Test
    void whoTakesOnlySmallPacketsIsToldOfMissesWhenItFits() {
        TestLine line = new TestLine(node);
        // 39: packets of at most 20 bytes
        line.says("10 13 0004 \"MQTT\" 05 02 0000 05 27 00000014 0001 \"c\"");
        line.says("82 07 0001 00 0001 \"a\" 00");
        line.stall(8_001);
        publish("a=0");
        line.readAgain();
        publish("a=1");
        assertThat(line.hears()).isEqualTo(plain("a", "1"));
        assertThat(Objects.requireNonNull(line.connection().view()).missed()).isEqualTo(1);
        named("d").says("30 03 0001 \"a\"");
        assertThat(line.hears())
                .isEqualTo(hex("30 12 0001 \"a\" 0e 26 0008 \"x-missed\" 0001 \"1\""));
    }

    @Test
    void whatIsTooLargeForAClientIsNotSentToIt() {
        TestLine line = new TestLine(node);
        // 39: packets of at most 20 bytes
        line.says("10 13 0004 \"MQTT\" 05 02 0000 05 27 00000014 0001 \"c\"");
        line.says("82 07 0001 00 0001 \"a\" 01");
        named("d").says("32 12 0001 \"a\" 0001 \"thirteen byte\" 32 06 0001 \"a\" 0002 \"2\"");
        assertThat(line.hears()).isEqualTo(hex("32 07 0001 \"a\" 0002 00 \"2\""));
        assertThat(node.mqttMetrics().get(Count.OVERSIZED)).isEqualTo(1);
    }

    @Test
    void theNodeSetsAliasesToo() {
        TestLine line = new TestLine(node);
        // 34: one alias
        line.says("10 11 0004 \"MQTT\" 05 02 0000 03 22 0001 0001 \"c\"");
        line.says("82 07 0001 00 0001 \"#\" 00");
        TestLine other = named("d");
        other.says("30 03 0001 \"a\" 30 03 0001 \"a\" 30 03 0001 \"b\"");
        assertThat(line.hears())
                .isEqualTo(
                        hex("30 07 0001 \"a\" 03 23 0001")
                                + hex("30 06 0000 03 23 0001")
                                + hex("30 04 0001 \"b\" 00"));
    }

    @Test
    void retainedMessagesComeAsTheClientTakesThem() {
        TestLine other = named("d");
        for (int i = 0; i < 5; i++) {
            other.says("33 07 0003 \"r/%d\" 0001".formatted(i));
        }
        TestLine line = three();
        assertThat(line.says("82 08 0001 0003 \"r/#\" 01"))
                .isEqualTo("9003000101" + hex("33 07 0003 \"r/0\" 0001 33 07 0003 \"r/1\" 0002"));
        assertThat(line.says("40020001")).isEqualTo(hex("33 07 0003 \"r/2\" 0003"));
        assertThat(line.says("40020002 40020003"))
                .isEqualTo(hex("33 07 0003 \"r/3\" 0004 33 07 0003 \"r/4\" 0005"));
    }

    @Test
    void retainedMessagesComeNoFurtherThanToTheEndOfTheSubscription() {
        TestLine other = named("d");
        for (int i = 0; i < 5; i++) {
            other.says("33 07 0003 \"r/%d\" 0001".formatted(i));
        }
        TestLine live = three();
        live.says("82 08 0001 0003 \"r/#\" 01");
        assertThat(live.says("a2 07 0002 0003 \"r/#\"")).isEqualTo("b0020002");
        assertThat(live.says("40020001 40020002")).isEmpty();
        node.keepSessions();
        TestLine durable = new TestLine(node);
        durable.says("10 0d 0004 \"MQTT\" 04 00 0000 0001 \"e\"");
        durable.says("82 08 0001 0003 \"r/#\" 01");
        assertThat(node.put()).containsExactly("r/0");
        durable.says("a2 07 0002 0003 \"r/#\" 40020001");
        assertThat(node.put()).containsExactly("r/0");
    }

    @Test
    void noMoreRetainedMessagesGoIntoASessionThanItHasRoomFor() {
        LoopSessions sessions = node.keepSessions();
        TestLine other = named("d");
        for (int i = 0; i < 5; i++) {
            other.says("33 07 0003 \"r/%d\" 0001".formatted(i));
        }
        // A session has room for three.
        TestLine line = new TestLine(node);
        line.says("10 0d 0004 \"MQTT\" 04 00 0000 0001 \"c\"");
        line.says("82 08 0001 0003 \"r/#\" 01");
        assertThat(node.put()).containsExactly("r/0");
        line.says("40020001");
        assertThat(node.put()).containsExactly("r/0", "r/1");
        line.says("40020002");
        assertThat(node.put()).containsExactly("r/0", "r/1", "r/2");
        sessions.drop(); // it expired there: nobody will settle it
        line.hears();
        assertThat(node.put()).containsExactly("r/0", "r/1", "r/2", "r/3");
        sessions.drop();
        line.hears();
        assertThat(node.put()).containsExactly("r/0", "r/1", "r/2", "r/3", "r/4");
    }

    @Test
    void subscriptionsHaveABound() {
        TestLine line = five();
        for (int i = 0; i < 10; i++) {
            line.says("82 07 0001 00 0001 \"%d\" 00".formatted(i));
        }
        assertThat(line.says("82 07 0001 00 0001 \"x\" 00")).isEqualTo("9004000100" + "97");
        assertThat(line.says("82 07 0001 00 0001 \"9\" 00")).isEqualTo("9004000100" + "00");
        // 11: there was none
        assertThat(line.says("a2 09 0002 00 0001 \"9\" 0001 \"y\""))
                .isEqualTo("b00500020000" + "11");
        assertThat(line.says("82 07 0001 00 0001 \"x\" 00")).isEqualTo("9004000100" + "00");
    }

    @Test
    void whoIsRefusedASubscriptionAgainKeepsTheOneThatThereWas() {
        LoopSessions sessions = node.keepSessions();
        TestLine line = new TestLine(node);
        line.says("10 0d 0004 \"MQTT\" 04 00 0000 0001 \"c\"");
        assertThat(line.says("82 06 0001 0001 \"a\" 01")).isEqualTo("9003000101");
        sessions.fill();
        assertThat(line.says("82 06 0002 0001 \"a\" 00")).isEqualTo("9003000280");
        assertThat(line.says("82 06 0003 0001 \"b\" 00")).isEqualTo("9003000380");
        assertThat(Objects.requireNonNull(line.connection().view()).subscriptions()).isEqualTo(1);
    }

    // ---- ends

    @Test
    void theWillIsPublishedUnlessTheClientSaysGoodbye() {
        String will = "10 12 0004 \"MQTT\" 04 06 0000 0001 \"%s\" 0001 \"w\" 0000";
        TestLine first = new TestLine(node);
        first.says(will.formatted("1"));
        first.says("e000");
        first.connection().onDisconnected();
        assertThat(node.published()).isEmpty();
        TestLine second = new TestLine(node);
        second.says(will.formatted("2"));
        second.connection().onDisconnected();
        assertThat(node.published()).containsExactly("w=");
        TestLine third = new TestLine(node);
        third.says("10 15 0004 \"MQTT\" 05 06 0000 00 0001 \"3\" 00 0001 \"w\" 0001 \"4\"");
        third.says("e001 04");
        assertThat(node.published()).containsExactly("w=", "w=4");
    }

    @Test
    void theTimeOfAWillDoesNotBeginWithItsConnection() {
        LoopSessions sessions = node.keepSessions();
        // session expiry 100; will delay 7, expiry 5
        new TestLine(node)
                .says(
                        "10 27 0004 \"MQTT\" 05 04 0000 05 11 00000064 0001 \"c\""
                                + "0a 18 00000007 02 00000005 0001 \"w\" 0004 \"dead\"");
        Will will = sessions.wills().getFirst();
        assertThat(will.delaySeconds()).isEqualTo(7);
        assertThat(will.lifeMillis()).isEqualTo(5_000);
        assertThat(will.message().expiryMillis()).isZero();
    }

    @Test
    void aSilentClientIsGone() {
        TestLine line = new TestLine(node);
        line.says("10 0e 0004 \"MQTT\" 05 02 000a 00 0001 \"c\"");
        node.pass(14_000);
        line.connection().onTick();
        assertThat(line.says("c000")).isEqualTo("d000");
        node.pass(16_000);
        line.connection().onTick();
        assertThat(line.hears()).startsWith("e0").contains("8d");
        assertThat(line.closed()).isTrue();
    }

    @Test
    void whoDoesNotSayHelloIsGone() {
        TestLine line = new TestLine(node);
        node.pass(10_001);
        line.connection().onTick();
        assertThat(line.closed()).isTrue();
        assertThat(node.mqttMetrics().get(Count.CONNECTIONS)).isEqualTo(1);
        line.connection().onDisconnected();
        assertThat(node.mqttMetrics().get(Count.CONNECTIONS)).isZero();
    }

    @Test
    void nothingIsReadBehindTheEnd() {
        TestLine line = three();
        ByteBuffer in = Hex.bytes("e000 30 03 0001 \"t\"");
        line.connection().read(in);
        assertThat(in.hasRemaining()).isFalse();
        assertThat(node.published()).isEmpty();
    }
}
