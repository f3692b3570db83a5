package dev.parley.front.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Cutting a stream into packets.
class PacketReaderTest {
    private final PacketReader reader = new PacketReader(1_000);
    private final List<String> packets = new ArrayList<>();
    private boolean paused;
    private int held = -1;

    private final PacketReader.Sink sink =
            new PacketReader.Sink() {
                @Override
                public boolean paused() {
                    return paused;
                }

                @Override
                public boolean holds(int firstByte) {
                    return firstByte == held;
                }

                @Override
                public void onPacket(int firstByte, ByteBuffer body) {
                    packets.add(Integer.toHexString(firstByte) + " " + Hex.of(body));
                }
            };

    @Test
    void anyCutOfTheStreamReadsAlike() {
        ByteBuffer stream =
                Hex.bytes("c000 400201ff 30 8401" + "61".repeat(132) + "e000").asReadOnlyBuffer();
        for (int cut = 0; cut <= stream.limit(); cut++) {
            packets.clear();
            ByteBuffer in = ByteBuffer.allocate(stream.limit());
            in.put(stream.slice(0, cut)).flip();
            reader.read(in, sink);
            in.compact().put(stream.slice(cut, stream.limit() - cut)).flip();
            reader.read(in, sink);
            assertThat(in.hasRemaining()).isFalse();
            assertThat(packets)
                    .as("cut at %d", cut)
                    .containsExactly("c0 ", "40 01ff", "30 " + "61".repeat(132), "e0 ");
        }
    }

    @Test
    void nothingIsReadWhileTheSinkIsPaused() {
        paused = true;
        ByteBuffer in = Hex.bytes("c000");
        reader.read(in, sink);
        assertThat(in.remaining()).isEqualTo(2);
        assertThat(packets).isEmpty();
    }

    @Test
    void aPacketThatIsHeldStaysAndAllBehindIt() {
        held = 0x32;
        ByteBuffer in = Hex.bytes("c000 3200 c000");
        reader.read(in, sink);
        assertThat(packets).containsExactly("c0 ");
        assertThat(in.remaining()).isEqualTo(4);
    }

    @Test
    void aPacketIsRefusedByItsLengthAlone() {
        MqttException refusal =
                catchThrowableOfType(
                        MqttException.class, () -> reader.read(Hex.bytes("30 e607"), sink));
        assertThat(refusal.reason()).isEqualTo(ReasonCode.PACKET_TOO_LARGE);
    }

    @Test
    void aLengthHasFourBytes() {
        reader.speak(Integer.MAX_VALUE, false);
        MqttException refusal =
                catchThrowableOfType(
                        MqttException.class, () -> reader.read(Hex.bytes("30 ffffffff"), sink));
        assertThat(refusal.reason()).isEqualTo(ReasonCode.MALFORMED_PACKET);
    }

    @Test
    void version5WantsLengthsShort() {
        reader.read(Hex.bytes("c0 8000"), sink);
        assertThat(packets).containsExactly("c0 ");
        reader.speak(1_000, true);
        MqttException refusal =
                catchThrowableOfType(
                        MqttException.class, () -> reader.read(Hex.bytes("c0 8000"), sink));
        assertThat(refusal.reason()).isEqualTo(ReasonCode.MALFORMED_PACKET);
    }

    @Test
    void whatIsNeededIsKnownOnceTheLengthIs() {
        assertThat(PacketReader.needed(Hex.bytes("30"))).isEqualTo(5);
        assertThat(PacketReader.needed(Hex.bytes("30 80"))).isEqualTo(5);
        assertThat(PacketReader.needed(Hex.bytes("30 05"))).isEqualTo(7);
        assertThat(PacketReader.needed(Hex.bytes("30 8001"))).isEqualTo(131);
    }
}
