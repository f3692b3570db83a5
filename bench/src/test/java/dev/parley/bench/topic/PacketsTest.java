package dev.parley.bench.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/// Bytes as the two specifications have them.
class PacketsTest {

    @Test
    void connect() {
        assertThat(hex(Packets.connect(4, "ab", true)))
                .isEqualTo("100e" + "00044d515454" + "0402" + "0000" + "00026162");
        assertThat(hex(Packets.connect(4, "ab", false)))
                .isEqualTo("100e" + "00044d515454" + "0400" + "0000" + "00026162");
        assertThat(hex(Packets.connect(5, "ab", true)))
                .isEqualTo("100f" + "00044d515454" + "0502" + "0000" + "00" + "00026162");
        assertThat(hex(Packets.connect(5, "ab", false)))
                .isEqualTo("1014" + "00044d515454" + "0500" + "0000" + "051100000e10" + "00026162");
    }

    @Test
    void subscribe() {
        assertThat(hex(Packets.subscribe(4, "a/#", 1)))
                .isEqualTo("8208" + "0001" + "0003612f23" + "01");
        assertThat(hex(Packets.subscribe(5, "a/#", 2)))
                .isEqualTo("8209" + "0001" + "00" + "0003612f23" + "02");
    }

    @Test
    void publish() {
        assertThat(hex(Packets.publish(4, "a", 0, false, 2))).isEqualTo("3005" + "000161" + "0000");
        assertThat(hex(Packets.publish(5, "a", 2, true, 1)))
                .isEqualTo("3507" + "000161" + "0000" + "00" + "00");
        assertThat(hex(Packets.publish(4, "a", 0, false, 200))).startsWith("30cb01" + "000161");
    }

    @Test
    void acknowledgements() {
        ByteBuffer out = ByteBuffer.allocate(16);
        Packets.acknowledge(out, Packets.PUBACK, 7);
        Packets.acknowledge(out, Packets.PUBREL, 0xfffe);
        assertThat(hex(Arrays.copyOf(out.array(), out.position())))
                .isEqualTo("40020007" + "6202fffe");
    }

    @Test
    void receiveMaximumBehindOtherProperties() {
        byte[] connack =
                HexFormat.of()
                        .parseHex(
                                "2013"
                                        + "0000"
                                        + "10"
                                        + "1200026162"
                                        + "22000a"
                                        + "210014"
                                        + "2701000000");
        assertThat(Packets.receiveMax(ByteBuffer.wrap(connack), 2, connack.length)).isEqualTo(20);
        byte[] none = {0x20, 3, 0, 0, 0};
        assertThat(Packets.receiveMax(ByteBuffer.wrap(none), 2, none.length)).isEqualTo(65_535);
    }

    @Test
    void templateIsPatchedInTheCopyOnly() {
        for (int level : new int[] {4, 5}) {
            Template template = Template.of(level, "a/b", 1, false, 24);
            ByteBuffer out = ByteBuffer.allocate(200);
            out.position(3);
            template.write(out, 0x1234, 5, 6, 7);
            int payloadAt = 3 + template.bytes() - 24;
            assertThat(out.position()).isEqualTo(3 + template.bytes());
            assertThat(out.getShort(3 + 2 + 2 + 3)).isEqualTo((short) 0x1234);
            assertThat(Template.publisher(out, payloadAt)).isEqualTo(5);
            assertThat(Template.number(out, payloadAt)).isEqualTo(6);
            assertThat(Template.dueNanos(out, payloadAt)).isEqualTo(7);
            ByteBuffer again = ByteBuffer.allocate(200);
            template.write(again, 0, 0, 0, 0);
            assertThat(Template.number(again, template.bytes() - 24)).isZero();
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
