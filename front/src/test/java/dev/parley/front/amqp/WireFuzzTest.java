package dev.parley.front.amqp;

import dev.parley.front.FuzzSeeds;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What the fuzzer does to a connection: any bytes behind none, some or all of a session that does
/// something. The answer is frames and at most a close, never an exception; others go on.
class WireFuzzTest {
    private static final byte[][] SCRIPT = Script.everything().frames();

    /// The first byte says how much of the script goes ahead, 0 for not even the handshake; the
    /// second in pieces of how many bytes the rest arrives, 0 for all at once.
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 2) {
            return;
        }
        int ahead = Byte.toUnsignedInt(input[0]) % (SCRIPT.length + 2);
        LoopBroker broker = new LoopBroker();
        LoopSession session = new LoopSession(broker);
        if (ahead > 0) {
            byte[] frames = Script.join(Arrays.copyOf(SCRIPT, ahead - 1));
            session.feed(Script.join(Script.handshake(), frames));
        }
        int piece = input[1] == 0 ? input.length : Byte.toUnsignedInt(input[1]);
        for (int at = 2; at < input.length; at += piece) {
            session.feed(Arrays.copyOfRange(input, at, Math.min(input.length, at + piece)));
        }
        List<String> said = session.said();
        int closed = said.indexOf("10.50");
        check(
                closed < 0
                        || said.subList(closed + 1, said.size()).stream().allMatch("10.51"::equals),
                "something behind the close",
                said);
        LoopSession other = new LoopSession(broker);
        other.feed(Script.handshake());
        Script script =
                new Script()
                        .method(1, 20, 10, Script.s(""))
                        .method(1, 85, 10, Script.b(0))
                        .method(
                                1,
                                60,
                                40,
                                Script.h(0),
                                Script.s(""),
                                Script.s("nobody"),
                                Script.b(0))
                        .content(1, new byte[] {0, 0}, new byte[2000]);
        other.feed(Script.join(script.frames()));
        check(
                other.said().equals(List.of("10.10", "10.30", "10.41", "20.11", "85.11", "60.80")),
                "others do not go on",
                other.said());
        other.end();
        session.end();
        // All of it is there only if nobody holds a byte.
        broker.connections().unfinished().take(1 << 20);
    }

    private static void check(boolean holds, String what, List<String> said) {
        if (!holds) {
            throw new AssertionError(what + ": " + said);
        }
    }

    @Test
    void theSeedsHarmNobody() throws IOException {
        Map<String, byte[]> made = new TreeMap<>();
        made.put("handshake", Script.join(new byte[2], Script.handshake()));
        for (int i = 0; i < SCRIPT.length; i++) {
            made.put(
                    "frame-%02d".formatted(i),
                    Script.join(Script.b(i + 1), Script.b(0), SCRIPT[i]));
        }
        made.put("all", Script.join(Script.b(1), Script.b(100), Script.join(SCRIPT)));
        FuzzSeeds.feed("wire", made, WireFuzzTest::fuzzerTestOneInput);
    }
}
