package dev.parley.front.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.front.mqtt.Publication.Ids;
import dev.parley.front.mqtt.PublishFrame.Naming;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// PUBLISH on its way out, byte for byte.
class PublishFrameTest {
    private final PacketWriter out = new PacketWriter();

    private static Publication message(long expiresAt, String properties, String payload) {
        return new Publication(
                "a/b", 1, true, expiresAt, Hex.bytes(properties), Hex.bytes(payload));
    }

    private String written(PublishFrame frame, int packetId, int alias, boolean dup) {
        out.publish(frame, packetId, alias, dup);
        return Hex.drained(out::drain);
    }

    @Test
    void plainInVersion311() {
        Publication message = message(Long.MAX_VALUE, "", "\"hi\"");
        PublishFrame frame = message.frame(false, 0, false, Naming.PLAIN, Ids.NONE, 0);
        assertThat(written(frame, 0, 0, false)).isEqualTo("30070003612f626869");
        frame = message.frame(false, 1, true, Naming.PLAIN, Ids.NONE, 0);
        assertThat(written(frame, 0x1234, 0, true)).isEqualTo("3b090003612f6212346869");
    }

    @Test
    void version5AddsWhatTheNodeKnows() {
        Publication message = message(10_500, "26 0001 \"k\" 0001 \"v\"", "\"hi\"");
        PublishFrame frame = message.frame(true, 2, false, Naming.PLAIN, Ids.of(300, 1), 1_000);
        // expiry: 10 of 9.5 seconds, rounded up; identifiers 1 and 300, ascending; the publisher's
        assertThat(written(frame, 7, 0, false))
                .isEqualTo(
                        "341b0003612f620007"
                                + "11"
                                + "020000000a"
                                + "0b01"
                                + "0bac02"
                                + "2600016b000176"
                                + "6869");
    }

    @Test
    void aliases() {
        Publication message = message(Long.MAX_VALUE, "", "\"hi\"");
        PublishFrame defining = message.frame(true, 0, false, Naming.DEFINING, Ids.NONE, 0);
        assertThat(written(defining, 0, 5, false)).isEqualTo("300b0003612f6203230005" + "6869");
        PublishFrame aliased = message.frame(true, 0, false, Naming.ALIASED, Ids.NONE, 0);
        assertThat(written(aliased, 0, 5, false)).isEqualTo("3008000003230005" + "6869");
    }

    @Test
    void isEncodedOnceForAllWhoGetItInTheSameWay() {
        Publication message = message(Long.MAX_VALUE, "", "\"hi\"");
        PublishFrame one = message.frame(true, 1, false, Naming.PLAIN, Ids.of(4), 0);
        assertThat(message.frame(true, 1, false, Naming.PLAIN, Ids.of(4), 999)).isSameAs(one);
        assertThat(message.frame(true, 1, false, Naming.PLAIN, Ids.of(5), 0)).isNotSameAs(one);
        assertThat(message.frame(true, 0, false, Naming.PLAIN, Ids.of(4), 0)).isNotSameAs(one);
    }

    @Test
    void aLargePayloadIsSharedAndNotCopied() {
        ByteBuffer payload = ByteBuffer.allocate(PublishFrame.LARGE);
        Publication message =
                new Publication("a", 0, false, Long.MAX_VALUE, Hex.bytes(""), payload);
        PublishFrame frame = message.frame(false, 0, false, Naming.PLAIN, Ids.NONE, 0);
        assertThat(Objects.requireNonNull(frame.payload()).isDirect()).isTrue();
        out.publish(frame, 0, 0, false);
        out.bare(PacketType.PINGRESP);
        assertThat(out.size()).isEqualTo(frame.size() + 2L);
        assertThat(Hex.drained(out::drain))
                .isEqualTo("30838001" + "000161" + "00".repeat(PublishFrame.LARGE) + "d000");
        assertThat(out.size()).isZero();
    }

    @Test
    void whatAClientMissedIsTold() {
        Publication message = message(Long.MAX_VALUE, "", "");
        PublishFrame frame = message.frame(false, 0, Ids.NONE, 0, 3);
        assertThat(written(frame, 0, 0, false))
                .isEqualTo(
                        Hex.of(Hex.bytes("30 14 0003 \"a/b\" 0e 26 0008 \"x-missed\" 0001 \"3\"")));
    }
}
