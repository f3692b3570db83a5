package dev.parley.front.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;

/// Packets for those who damage them, and the check of what is answered.
final class Packets {
    /// What a client may say when it is logged in, of every kind.
    static final List<String> SAMPLES =
            List.of(
                    "30 0b 0003 \"a/b\" 00 \"hello\"",
                    "32 08 0001 \"t\" 0005 00 \"hi\"",
                    "34 08 0001 \"t\" 0006 00 \"hi\"",
                    "31 15 0003 \"a/b\" 0e 02 0000003c 26 0001 \"k\" 0001 \"v\" 01 01 \"x\"",
                    "30 08 0001 \"t\" 03 23 0001 \"a\"",
                    "62 02 0006",
                    "40 02 0001",
                    "50 04 0001 00 00",
                    "70 02 0001",
                    "82 0b 0001 02 0b 07 0003 \"a/+\" 02",
                    "82 10 0002 00 000a \"$share/g/#\" 01",
                    "a2 08 0003 00 0003 \"a/+\"",
                    "c0 00",
                    "e0 00");

    private static final int DISCONNECT = 14;

    private Packets() {}

    /// What a connection has said is packets, each whole and of a kind that a node sends, and
    /// nothing comes behind a farewell.
    static void check(String said, String where) {
        ByteBuffer out = Hex.bytes(said);
        while (out.hasRemaining()) {
            int type = (out.get() & 0xFF) >>> 4;
            assertThat(type).as(where).isIn(2, 3, 4, 5, 6, 7, 9, 11, 13, DISCONNECT, 15);
            int length = VariableInt.read(out);
            assertThat(length).as(where).isLessThanOrEqualTo(out.remaining());
            out.position(out.position() + length);
            if (type == DISCONNECT) {
                assertThat(out.hasRemaining())
                        .as("%s: something behind a farewell", where)
                        .isFalse();
            }
        }
    }
}
