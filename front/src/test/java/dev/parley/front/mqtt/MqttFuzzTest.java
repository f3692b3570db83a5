package dev.parley.front.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.front.FuzzSeeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What the fuzzer does to a connection over MQTT: any bytes, at the beginning or behind a login.
/// The answer is well-formed packets and at most an end, with nothing behind a DISCONNECT, never an
/// exception; others go on.
class MqttFuzzTest {
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    /// MQTT 5 with a session that stays, and with a login that is shown by challenge.
    private static final String STAYING =
            "10 13 0004 \"MQTT\" 05 00 0000 05 11 0000003c 0001 \"s\"";

    private static final String CHALLENGED =
            "10 26 0004 \"MQTT\" 05 02 0000 17 15 000d \"SCRAM-SHA-256\" 16 0004 \"n,,n\""
                    + " 0002 \"ch\"";

    /// What may go ahead, by number; 0 is nothing.
    private static final String[] HELLOS = {"", TestLine.HELLO_5, TestLine.HELLO_3, STAYING};

    /// The first byte says which login goes ahead; the second in pieces of how many bytes the rest
    /// arrives, 0 for all at once.
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 2) {
            return;
        }
        LoopTopics node = new LoopTopics(TestCatalog.make());
        node.keepSessions();
        TestLine bystander = new TestLine(node);
        // Under a name that no fuzzing comes to, and with nothing to acknowledge.
        bystander.says("10 15 0004 \"MQTT\" 04 02 0000 0009 \"bystander\"");
        bystander.says("82 06 0001 0001 \"#\" 00");
        TestLine line = new TestLine(node);
        StringBuilder said = new StringBuilder();
        byte[] hello = array(HELLOS[Byte.toUnsignedInt(input[0]) % HELLOS.length]);
        ByteBuffer left = feed(line, EMPTY, hello, said);
        int piece = input[1] == 0 ? input.length : Byte.toUnsignedInt(input[1]);
        for (int at = 2; at < input.length; at += piece) {
            byte[] next = Arrays.copyOfRange(input, at, Math.min(input.length, at + piece));
            left = feed(line, left, next, said);
        }
        line.connection().onTick();
        said.append(line.hears());
        Packets.check(said.toString(), "what was said");
        line.connection().onDisconnected();
        bystander.hears();
        if (!taken(input)) {
            check(!bystander.closed(), "others do not go on", said);
            check(bystander.says("c000").equals("d000"), "others are not answered", said);
        }
    }

    /// Whether the input may have taken the bystander's name over, as anybody may.
    private static boolean taken(byte[] input) {
        return new String(input, java.nio.charset.StandardCharsets.ISO_8859_1)
                .contains("bystander");
    }

    /// Gives the connection these bytes behind those that it has left; returns what it leaves.
    private static ByteBuffer feed(
            TestLine line, ByteBuffer left, byte[] bytes, StringBuilder said) {
        ByteBuffer in = ByteBuffer.allocate(left.remaining() + bytes.length);
        in.put(left).put(bytes).flip();
        int before;
        do {
            before = in.remaining();
            line.connection().read(in);
            said.append(line.hears());
        } while (in.remaining() < before && in.hasRemaining());
        return in;
    }

    private static byte[] array(String hex) {
        ByteBuffer bytes = Hex.bytes(hex);
        byte[] all = new byte[bytes.remaining()];
        bytes.get(all);
        return all;
    }

    private static void check(boolean holds, String what, CharSequence said) {
        if (!holds) {
            throw new AssertionError(what + ": " + said);
        }
    }

    private static Map<String, byte[]> seeds() {
        Map<String, byte[]> made = new LinkedHashMap<>();
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < Packets.SAMPLES.size(); i++) {
            String packet = Packets.SAMPLES.get(i);
            for (int hello = 1; hello < HELLOS.length; hello++) {
                made.put("packet-%02d-%d".formatted(i, hello), array("0" + hello + "00 " + packet));
            }
            all.append(packet);
        }
        for (int hello = 1; hello < HELLOS.length; hello++) {
            made.put("hello-" + hello, array("0000 " + HELLOS[hello]));
            made.put("all-" + hello, array("0" + hello + "07 " + all));
        }
        made.put(
                "challenged",
                array(
                        "0000 "
                                + CHALLENGED
                                + "f0 1a 18 18 15 000d \"SCRAM-SHA-256\" 16 0005 \"proof\""));
        return made;
    }

    @Test
    void theSeedsHarmNobody() throws IOException {
        FuzzSeeds.feed("mqtt", seeds(), MqttFuzzTest::fuzzerTestOneInput);
    }

    @Test
    void everyLoginThatGoesAheadIsLetIn() {
        for (int hello = 1; hello < HELLOS.length; hello++) {
            LoopTopics node = new LoopTopics(TestCatalog.make());
            node.keepSessions();
            String answer = new TestLine(node).says(HELLOS[hello]);
            assertThat(answer).as(HELLOS[hello]).startsWith("20").matches("20..0000.*|20020000");
        }
        TestLine asked = new TestLine(new LoopTopics(TestCatalog.make()));
        assertThat(asked.says(CHALLENGED)).as("a challenge").startsWith("f0");
        assertThat(asked.says("f0 1a 18 18 15 000d \"SCRAM-SHA-256\" 16 0005 \"proof\""))
                .as("let in")
                .startsWith("20");
    }
}
